"""Measures importer beside other tools and prints one table; ``--write`` keeps it in README.md.

Every run of a case has a process of its own; the two sides of a line take turns, and each side's best counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from _lines import LINES, Line
from _table import Result, machine, row_of, write_into

HERE = Path(__file__).parent
SUFFIXES = {"csv": "csv", "xlsx": "xlsx", "inline": "inline.xlsx"}
QUICK_SHARE = 10


def main() -> None:
    """Measure the lines that were asked for, and print each as soon as it is done."""
    options = _options()
    lines = [line for line in LINES if not options.only or line.name in options.only]
    if options.rows or options.quick:
        lines = [_resized(line, options.rows) for line in lines]
    runs = options.runs or (1 if options.quick else 3)
    data = options.data or Path(tempfile.gettempdir(), f"importer-benchmark-{os.getuid()}")
    data.mkdir(parents=True, exist_ok=True)
    results = []
    print(f"{machine()}; best of {runs}\n")
    for line in lines:
        result = measured(line, data, runs)
        results.append(result)
        print(row_of(result), flush=True)
    if options.write:
        write_into(HERE / "README.md", results, runs)


def measured(line: Line, data: Path, runs: int) -> Result:
    """Best of both sides, or why there is none."""
    if line.is_of_flights and "IMPORTER_TEST_DATA" not in os.environ:
        return Result(line=line, skipped="skipped: IMPORTER_TEST_DATA is not set")
    sides = [(line.ours, line.rows)]
    if line.measures == "memory":
        sides.append((line.ours, line.more_rows))
    elif line.peer:
        sides.append((line.peer, line.rows))
    for kind in line.kinds:
        for _, rows in sides:
            _make(kind, data, rows)
    found: list[list[dict[str, Any]]] = [[] for _ in sides]
    for _ in range(runs * line.repeats):
        for (case, rows), figures in zip(sides, found, strict=True):
            figures.append(_run(case, data, rows))
            if "skip" in figures[-1]:
                return Result(line=line, skipped=f"skipped: {figures[-1]['skip']}")
    best = [{name: min(figure[name] for figure in figures) for name in figures[0]} for figures in found]
    return Result(line=line, ours=best[0], peer=best[1] if len(best) > 1 else None)


def _run(case: str, data: Path, rows: int) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", str(HERE / "_case.py"), case, str(data), str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"skip": f"{case} failed: {(done.stderr.strip() or 'without a word').splitlines()[-1]}"}
    return dict(json.loads(done.stdout.splitlines()[-1]))


@cache
def _make(kind: str, data: Path, rows: int) -> None:
    """Make the file where it is missing, in another process so that this one stays small."""
    target = data / ("flights.csv" if kind == "flights" else f"stock-{rows}.{SUFFIXES[kind]}")
    if not target.exists():
        subprocess.run([sys.executable, str(HERE / "_data.py"), kind, str(target), str(rows)], check=True)


def _resized(line: Line, rows: int | None) -> Line:
    if line.is_of_flights:
        return line
    if rows is not None and line.measures != "memory":
        return replace(line, rows=min(rows, line.rows))
    return replace(line, rows=line.rows // QUICK_SHARE, more_rows=line.more_rows // QUICK_SHARE)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=[line.name for line in LINES], help="one line; may repeat")
    parser.add_argument("--rows", type=int, help="rows of the file, at most")
    parser.add_argument("--runs", type=int, help="runs of each side, of which the best counts: 3, with --quick 1")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, once: whether it runs, not how fast")
    parser.add_argument("--write", action="store_true", help="keep the table in README.md")
    parser.add_argument("--data", type=Path, help="folder in which the files are made and kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
