"""A pattern that takes other engines years to refuse a cell."""

from __future__ import annotations

import dataframely as dy
import polars as pl
import pytest

import importer
from importer.testing import MemorySink

PATTERNS = [r"^(a+)+$", r"^(a|aa)+$", r"^(.*)*b$", r"^(\w+\s?)*$", r"^((a+)*)*c$"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_of_a_schema_is_matched_in_one_pass(pattern):
    class Codes(dy.Schema):
        code = dy.String(regex=pattern)

    frame = pl.DataFrame({"code": ["a" * 20_000 + "!", "a" * 30 + "!"]})
    report = importer.load(frame, into=MemorySink(), table="codes", schema=Codes, listeners=[])
    assert (report.progress.created, report.progress.rejected) == (0, 2)


@pytest.mark.parametrize(
    "cell",
    [
        "1" * 5_000,
        "1," * 3_000,
        "(" * 5_000,
        " " * 5_000 + "x",
        "1.1." * 2_000,
        "e" * 5_000 + "1",
        "-" * 5_000,
        "1/" * 3_000,
    ],
)
def test_our_own_patterns_are_too(tmp_path, cell):
    file = tmp_path / "cells.csv"
    pl.DataFrame({"id": ["1"] * 40, "x": ["12.5"] * 39 + [cell], cell: ["2025-01-31"] * 39 + [cell]}).write_csv(file)
    progress = importer.load(file, into=MemorySink(), table="cells", listeners=[]).progress
    assert progress.rows_read == 40
