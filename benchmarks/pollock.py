"""How much of the files of the Pollock benchmark readers get: `python benchmarks/pollock.py FOLDER`."""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from statistics import fmean

from _readers import READERS, Table
from messy import measures


def score(clean: list[list[str]], table: Table | None) -> float:
    """From 0 to 10, as the benchmark counts: it loads, and its header, records and cells are those of the clean file.

    The first row of the clean file is the header, whatever it is. Cells are the same if their texts are, which is
    stricter than the benchmark: it takes 7.0 and 7 for the same.
    """
    if table is None:
        return 0.0
    if not clean:
        return 10.0
    header, rows = table
    loaded = [["" if cell is None else cell for cell in row] for row in [*([header] if header else []), *rows]]
    found = loaded or [[]]
    parts = [
        measures(Counter(clean[0]), Counter(found[0])),
        measures(Counter(map("".join, clean[1:])), Counter(map("".join, found[1:]))),
        measures(Counter(cell for row in clean for cell in row), Counter(cell for row in found for cell in row)),
    ]
    return 1.0 + sum(map(sum, parts))


def main() -> None:
    """Print the mean scores of the readers, by kind of file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the benchmark is, with its polluted files")
    parser.add_argument("--only", action="append", help="one reader; may repeat")
    parser.add_argument("--worst", type=int, default=0, help="how many of the files that each reader reads worst")
    chosen = parser.parse_args()
    readers = {name: read for name, read in READERS.items() if not chosen.only or name in chosen.only}
    weights = json.loads(Path(chosen.folder, "pollock_weights.json").read_text())
    scores: dict[str, dict[str, float]] = {name: {} for name in readers}
    for path in sorted(Path(chosen.folder, "polluted_files", "csv").iterdir()):
        with Path(chosen.folder, "polluted_files", "clean", path.name).open(encoding="utf-8-sig", newline="") as file:
            clean = list(csv.reader(file))
        for name, read in readers.items():
            scores[name][path.name] = score(clean, read(path))
    files = list(next(iter(scores.values())))
    kinds = defaultdict(list)
    for file in files:
        kinds[re.sub(r"\d+.*", "", file) if file.startswith("row_") else file].append(file)
    total = sum(weights[file] for file in files)
    print("| files |", " | ".join(readers), "|")
    print("| --- |", " | ".join("---:" for _ in readers), "|")
    for kind, group in kinds.items():
        means = (fmean(found[file] for file in group) for found in scores.values())
        print(f"| {kind}, {len(group)} |", " | ".join(f"{mean:.2f}" for mean in means), "|")
    simple = (fmean(found.values()) for found in scores.values())
    print(f"| **simple, {len(files)}** |", " | ".join(f"{mean:.3f}" for mean in simple), "|")
    weighted = (sum(weights[file] * found[file] for file in files) / total for found in scores.values())
    print(f"| **weighted, {len(files)}** |", " | ".join(f"{mean:.3f}" for mean in weighted), "|")
    for name, found in scores.items() if chosen.worst else ():
        print(name, sorted((round(value, 2), file) for file, value in found.items())[: chosen.worst])


if __name__ == "__main__":
    main()
