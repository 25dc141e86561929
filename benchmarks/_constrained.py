"""Rows that the database refuses: the stock into a table with a rule that none, one in 200, or one in five breaks."""

from __future__ import annotations

import sqlite3
from contextlib import closing, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from _ours import duckdb_count, sqlite_count, stock_schema
from _place import STOCK, TYPES, Place
from _postgres import own_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUANTITIES = 5_000
"""Quantities are spread evenly from 0 up to this."""


RULES = {
    "check": ("quantity {int}", "quantity {{int}} CHECK (quantity >= {least})"),
    "unique": ("note {text}", "note {{text}} UNIQUE"),
    "foreign": ("quantity {int}", "quantity {{int}} REFERENCES quantities (quantity)"),
    "own": ("note {text}", "note {{text}} REFERENCES stock (sku)"),
    "domain": ("quantity {int}", "quantity quantity_domain"),
}


def _constrained(kind: str, rule: str, share: float, place: Place) -> Iterator[Any]:
    import importer

    statements = _statements(kind, rule, round(QUANTITIES * share))
    csv = CHANGED[rule](place, share) if rule in CHANGED else place.csv
    into = {"sqlite": place.sqlite, "duckdb": f"duckdb:///{place.duckdb}", "postgresql": place.postgresql}[kind]
    load = partial(importer.load, schema=stock_schema(), into=into, table="stock", listeners=())
    with own_schema(place) if kind == "postgresql" else nullcontext() as run:
        if kind == "sqlite":
            with closing(sqlite3.connect(place.sqlite)) as connection:
                for statement in statements:
                    connection.execute(statement)
                connection.commit()
        elif kind == "duckdb":
            import duckdb

            with duckdb.connect(place.duckdb) as file:
                for statement in statements:
                    file.execute(statement)
        elif run is not None:
            for statement in statements:
                run(statement)
        yield
        report = load(csv)
        yield
        if kind == "sqlite":
            there = sqlite_count(place.sqlite, "stock")
        elif kind == "duckdb":
            there = duckdb_count(place.duckdb, "stock")
        else:
            there = 0 if run is None else run("SELECT count(*) FROM stock")
        yield there + report.progress.rejected


def _statements(kind: str, rule: str, least: int) -> list[str]:
    """What makes the table with its rule, which quantities below `least` break."""
    plain, ruled = RULES[rule]
    table = STOCK.replace(plain, ruled.format(least=least)).format(**TYPES[kind])
    if rule == "domain":
        return [f"CREATE DOMAIN quantity_domain AS bigint CHECK (VALUE >= {least})", table]
    if rule == "foreign":
        known = ", ".join(f"({quantity})" for quantity in range(least, QUANTITIES))
        make = f"CREATE TABLE quantities (quantity {TYPES[kind]['int']} PRIMARY KEY)"
        return [make, f"INSERT INTO quantities VALUES {known}", table]
    return [table]


def _repeating(place: Place, share: float) -> Path:
    """The stock with a note of its own in each row, but for a share that repeat the note before."""
    import polars as pl

    row = pl.int_range(pl.len())
    repeats = row % round(1 / share) == 1 if share else pl.lit(value=False)
    path = place.work / "repeating.csv"
    stock = pl.read_csv(place.csv, infer_schema=False)
    stock.with_columns(note=pl.format("note {}", row - repeats)).write_csv(path)
    return path


def _pointing(place: Place, share: float) -> Path:
    """The stock, of which each row points at the first one, but for a share that point at none."""
    import polars as pl

    row, path = pl.int_range(pl.len()), place.work / "pointing.csv"
    lost = row % round(1 / share) == 1 if share else pl.lit(value=False)
    first = pl.when(row > 0).then(pl.col("sku").first())
    stock = pl.read_csv(place.csv, infer_schema=False)
    stock.with_columns(note=pl.when(lost).then(pl.lit("nobody")).otherwise(first)).write_csv(path)
    return path


CHANGED = {"unique": _repeating, "own": _pointing}
"""Rules that need another file."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a case
    """The case of a name such as ``sqlite_unique_few``."""
    kind, rule, case = name.split("_")
    share = {"none": 0, "few": 0.005, "many": 0.2}[case]
    return partial(_constrained, "postgresql" if kind == "postgres" else kind, rule, share)
