"""Rows that the database refuses: the stock into a table with a CHECK that none, one in 200, or one in five breaks."""

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

QUANTITIES = 5_000
"""Quantities are spread evenly from 0 up to this."""


def _constrained(kind: str, share: float, place: Place) -> Iterator[Any]:
    import importer

    table = STOCK.replace("quantity {int}", f"quantity {{int}} CHECK (quantity >= {QUANTITIES * share:.0f})")
    statement = table.format(**TYPES[kind])
    into = {"sqlite": place.sqlite, "duckdb": f"duckdb:///{place.duckdb}", "postgresql": place.postgresql}[kind]
    load = partial(importer.load, schema=stock_schema(), into=into, table="stock", listeners=())
    with own_schema(place) if kind == "postgresql" else nullcontext() as run:
        if kind == "sqlite":
            with closing(sqlite3.connect(place.sqlite)) as connection:
                connection.execute(statement)
        elif kind == "duckdb":
            import duckdb

            with duckdb.connect(place.duckdb) as file:
                file.execute(statement)
        elif run is not None:
            run(statement)
        yield
        report = load(place.csv)
        yield
        if kind == "sqlite":
            there = sqlite_count(place.sqlite, "stock")
        elif kind == "duckdb":
            there = duckdb_count(place.duckdb, "stock")
        else:
            there = 0 if run is None else run("SELECT count(*) FROM stock")
        yield there + report.progress.rejected


sqlite_none, sqlite_few, sqlite_many = (partial(_constrained, "sqlite", share) for share in (0, 0.005, 0.2))
duckdb_none, duckdb_few, duckdb_many = (partial(_constrained, "duckdb", share) for share in (0, 0.005, 0.2))
postgres_none, postgres_few, postgres_many = (partial(_constrained, "postgresql", share) for share in (0, 0.005, 0.2))
