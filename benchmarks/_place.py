"""Where a case finds its file and leaves its table: `Place`, and the tables as SQL makes them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ["FLIGHTS", "FLIGHTS_KEY", "STOCK", "Place", "postgres_url"]

SCHEMA = "importer_bench"

STOCK = """CREATE TABLE stock (
    sku {text} PRIMARY KEY, name {text}, category {text}, quantity {int}, price {decimal}, listed {date},
    changed {datetime}, active {boolean}, note {text}, weight {float})"""

FLIGHTS_KEY = "year month day carrier flight origin sched_dep_time".split()
FLIGHTS = (
    "CREATE TABLE flights (year {int}, month {int}, day {int}, dep_time {int}, sched_dep_time {int}, dep_delay {int}, "
    "arr_time {int}, sched_arr_time {int}, arr_delay {int}, carrier {text}, flight {int}, tailnum {text}, "
    "origin {text}, dest {text}, air_time {int}, distance {int}, hour {int}, minute {int}, time_hour {datetime}, "
    f"PRIMARY KEY ({', '.join(FLIGHTS_KEY)}))"
)

TYPES = {
    "sqlite": {"text": "TEXT", "int": "INTEGER", "decimal": "DECIMAL(12, 2)", "date": "DATE", "datetime": "DATETIME"}
    | {"boolean": "BOOLEAN", "float": "REAL"},
    "duckdb": {"text": "VARCHAR", "int": "BIGINT", "decimal": "DECIMAL(12, 2)", "date": "DATE", "datetime": "TIMESTAMP"}
    | {"boolean": "BOOLEAN", "float": "DOUBLE"},
    "postgresql": {"text": "text", "int": "bigint", "decimal": "numeric(12, 2)", "date": "date"}
    | {"datetime": "timestamp", "boolean": "boolean", "float": "double precision"},
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """The files of one case, and a folder of its own.

    Attributes
    ----------
    data
        Folder with the files that are read.
    work
        Empty folder for what is written.
    rows
        How many rows the file has.
    """

    data: Path
    work: Path
    rows: int

    @property
    def csv(self) -> Path:
        """The stock as CSV."""
        return self.data / f"stock-{self.rows}.csv"

    @property
    def xlsx(self) -> Path:
        """The stock as a workbook, its text shared."""
        return self.data / f"stock-{self.rows}.xlsx"

    @property
    def inline(self) -> Path:
        """The stock as a workbook, its text in the cells."""
        return self.data / f"stock-{self.rows}.inline.xlsx"

    @property
    def flights_csv(self) -> Path:
        """The flights as CSV."""
        return self.data / "flights.csv"

    @property
    def flights_xlsx(self) -> Path:
        """The flights as a workbook."""
        return Path(os.environ["IMPORTER_TEST_DATA"], "flights.xlsx")

    @property
    def sqlite(self) -> Path:
        """A SQLite file that is not there yet."""
        return self.work / "target.db"

    @property
    def duckdb(self) -> Path:
        """A DuckDB file that is not there yet."""
        return self.work / "target.duckdb"

    @cached_property
    def postgresql(self) -> str:
        """URL of the server, with a schema of the benchmark's own first in the path."""
        url = postgres_url()
        return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{SCHEMA}"


def postgres_url() -> str:
    """URL of the PostgreSQL server to measure with."""
    return os.environ.get("IMPORTER_TEST_POSTGRES") or "postgresql://localhost/test"
