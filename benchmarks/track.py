"""What `importer.track` costs: nanoseconds of processor time a step, beside the bare loop."""

from __future__ import annotations

import os
import tempfile
import time

import importer

STEPS, ROUNDS = 1_000_000, 3


def bare() -> None:
    """Loop, and nothing else."""
    for _ in range(STEPS):
        pass


def unheard() -> None:
    """Loop while nobody listens."""
    for _ in importer.track(range(STEPS), listeners=[], history=False):
        pass


def heard() -> None:
    """Loop with a listener and the history."""
    for _ in importer.track(range(STEPS), listeners=[lambda _: None]):
        pass


def advanced() -> None:
    """Count each step with a message while nobody listens."""
    with importer.track("steps", total=STEPS, listeners=[], history=False) as op:
        for _ in range(STEPS):
            op.advance(message="one more", key="a")


def main() -> None:
    """Print the best of some rounds, all ways in turns."""
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["IMPORTER_HOME"] = folder
        for _ in range(ROUNDS):
            for way in (bare, unheard, heard, advanced):
                began_s = time.process_time()
                way()
                best[way.__name__] = min(best.get(way.__name__, 1e9), time.process_time() - began_s)
    for name, took_s in best.items():
        print(f"{name:<10} {took_s / STEPS * 1e9:6.0f} ns a step")


if __name__ == "__main__":
    main()
