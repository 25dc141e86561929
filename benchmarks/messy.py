"""How much of a table readers get from files that are written oddly: `python benchmarks/messy.py`."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean

from _pollution import Case, cases
from _readers import READERS, Table


def measures(expected: Counter[object], found: Counter[object]) -> tuple[float, float, float]:
    """Recall, precision, and the harmonic mean of both."""
    if not expected:
        return 1.0, 1.0, 1.0
    same = (expected & found).total()
    if not same:
        return 0.0, 0.0, 0.0
    recall, precision = same / expected.total(), same / found.total()
    return recall, precision, 2 * recall * precision / (recall + precision)


def score(case: Case, table: Table | None) -> float:
    """From 0 to 10: whether it loads, and how much of the header, the records and the cells is right."""
    if table is None:
        return 0.0
    header, rows = table
    loaded = [tuple(cell or "" for cell in row) for row in rows]
    parts = [
        measures(Counter(case.header), Counter(cell or "" for cell in header)),
        measures(Counter(map(_record, case.rows)), Counter(map(_record, loaded))),
        measures(Counter(_cells(case.rows)), Counter(_cells(loaded))),
    ]
    return 1.0 + sum(map(sum, parts))


def _record(row: tuple[str, ...]) -> str:
    # Whether a row that ends early was padded makes no difference.
    return "\x1f".join(row).rstrip("\x1f")


def _cells(rows: object) -> list[str]:
    return [cell for row in rows for cell in row if cell]  # type: ignore[attr-defined]


def main() -> None:
    """Print the mean scores of every reader, by kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", help="one reader; may repeat")
    parser.add_argument("--worst", type=int, default=0, help="the files that ours reads worst")
    chosen = parser.parse_args()
    readers = {name: read for name, read in READERS.items() if not chosen.only or name in chosen.only}
    files = list(cases())
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    with tempfile.TemporaryDirectory() as folder:
        for case in files:
            path = Path(folder, f"{case.name}.csv")
            path.write_bytes(case.content)
            for name, read in readers.items():
                scores[name][case.name] = score(case, read(path))
    kinds = list(dict.fromkeys(case.kind for case in files))
    print("| kind | files |", " | ".join(readers), "|")
    print("| --- | ---: |", " | ".join("---:" for _ in readers), "|")
    for kind in kinds:
        group = [case for case in files if case.kind == kind]
        print(f"| {kind} | {len(group)} |", " | ".join(_mean(scores[name], group) for name in readers), "|")
    print(f"| **all, simple** | {len(files)} |", " | ".join(_mean(scores[name], files) for name in readers), "|")
    total = sum(case.weight for case in files)
    weighted = {name: sum(case.weight * scores[name][case.name] for case in files) / total for name in readers}
    print(f"| **all, weighted** | {len(files)} |", " | ".join(f"{weighted[name]:.3f}" for name in readers), "|")
    for name in readers if chosen.worst else ():
        print(name, sorted((round(value, 2), file) for file, value in scores[name].items())[: chosen.worst])


def _mean(found: dict[str, float], group: list[Case]) -> str:
    return f"{fmean(found[case.name] for case in group):.2f}"


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"{time.perf_counter() - started:.0f} s")
