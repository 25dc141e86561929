"""Run the few tests that failed once more, by themselves.

Many tests wait for servers, processes and pages, and four of them share two cores: one of ten thousand may run out of
patience. One that fails by itself too is a failure, and so is a law that met a counterexample, since another run would
draw other examples. What passes here is named, so that it can be mended.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

FEW = 5
FAILED = Path(".pytest_cache/v/cache/lastfailed")
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:nbval", "-p", "no:schemathesis"]


def main() -> int:
    """Exit status: 0 if all of them pass."""
    names = list(json.loads(FAILED.read_text())) if FAILED.exists() else []
    if not names or len(names) > FEW:
        print(f"{len(names)} tests failed: none of them runs once more")
        return 1
    laws = subprocess.run([*PYTEST, "--collect-only", "-q", "-m", "hypothesis", *names], check=False)
    if laws.returncode != pytest.ExitCode.NO_TESTS_COLLECTED:
        print("A law failed: it does not run once more")
        return 1
    print("Failed beside others, and run once more by themselves:", *names, sep="\n  ", flush=True)
    return subprocess.run([*PYTEST, *names], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
