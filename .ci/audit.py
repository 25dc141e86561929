"""Fails if something that is installed has a known vulnerability, and says so if nobody could be asked."""

from __future__ import annotations

import json
import subprocess
import sys

OFFLINE = ("ConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError", "NameResolutionError", "SSLError")


def main() -> int:
    """Ask the vulnerability database about every installed package."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        is_offline = any(word in done.stderr for word in OFFLINE)
        print("pip-audit: its data cannot be reached, nothing was audited" if is_offline else done.stderr)
        return 0 if is_offline else 1
    known = [package for package in packages if "vulns" in package]
    print(f"pip-audit: {len(known)} of {len(packages)} packages were audited, the others are unknown to it")
    found = [(package, flaw) for package in known for flaw in package["vulns"]]
    for package, flaw in found:
        fixed = ", ".join(flaw["fix_versions"]) or "nothing yet"
        print(f"  {package['name']} {package['version']}: {flaw['id']}, mended in {fixed}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
