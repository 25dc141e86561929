"""Search for counterexamples to the laws: every property-based test again and again, with a new seed each time.

``make fuzz SECONDS=3600`` runs this. It stops at the first failure, and prints the failing example and the seed.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import time

USAGE = "usage: python tests/fuzz.py SECONDS [pytest arguments]"


def main(arguments: list[str]) -> int:
    """Run rounds until the time is up; the last round is run to its end."""
    if not arguments or not arguments[0].isdigit():
        print(USAGE, file=sys.stderr)
        return 2
    end = time.monotonic() + int(arguments[0])
    rounds = 0
    while time.monotonic() < end:
        seed = secrets.randbelow(1 << 32)
        print(f"round {rounds + 1}, seed {seed}", flush=True)
        if status := fuzz(seed, arguments[1:]):
            print(f"\nseed {seed} failed: mend the code, and keep the failing example as an @example of its test")
            return status
        rounds += 1
    print(f"{rounds} rounds passed")
    return 0


def fuzz(seed: int, arguments: list[str]) -> int:
    """Run every test that hypothesis drives once; the status is pytest's own."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider"]
    hypothesis = ["-m", "hypothesis", "--hypothesis-profile=fuzz", f"--hypothesis-seed={seed}"]
    return subprocess.run([*command, *hypothesis, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
