"""What is measured of others: the same files into the same tables, as far as each of them goes."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any

from _case import Unavailable
from _ours import duckdb_count, sqlite_count
from _place import FLIGHTS, FLIGHTS_KEY, STOCK, TYPES, Place
from _postgres import own_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BATCH = 20_000


def sqlite_utils_stock(place: Place) -> Iterator[Any]:
    """``sqlite-utils upsert --csv --pk``."""
    yield from _sqlite_utils(place, "stock", place.csv, ["sku"])


def sqlite_utils_flights(place: Place) -> Iterator[Any]:
    """The same with a key of seven columns."""
    yield from _sqlite_utils(place, "flights", place.flights_csv, FLIGHTS_KEY)


def _sqlite_utils(place: Place, table: str, path: Path, key: list[str]) -> Iterator[Any]:
    from sqlite_utils.cli import cli

    pk = [word for name in key for word in ("--pk", name)]
    yield
    cli.main(["upsert", str(place.sqlite), table, str(path), "--csv", "--silent", *pk], standalone_mode=False)
    yield
    yield sqlite_count(place.sqlite, table)


def sqlite3_stock(place: Place) -> Iterator[Any]:
    """``.import`` of the ``sqlite3`` shell into the same keyed table."""
    yield from _sqlite3(place, "stock", STOCK, place.csv)


def sqlite3_flights(place: Place) -> Iterator[Any]:
    """The same of the flights."""
    yield from _sqlite3(place, "flights", FLIGHTS, place.flights_csv)


def _sqlite3(place: Place, table: str, create: str, path: Path) -> Iterator[Any]:
    shell = shutil.which("sqlite3")
    if shell is None:
        raise Unavailable("not installed: the sqlite3 shell")
    with closing(sqlite3.connect(place.sqlite)) as connection:
        connection.execute(create.format(**TYPES["sqlite"]))
    yield
    subprocess.run([shell, place.sqlite, ".mode csv", f".import --skip 1 '{path}' {table}"], check=True)
    yield
    yield sqlite_count(place.sqlite, table)


def polars_stock(place: Place) -> Iterator[Any]:
    """``polars.read_excel``."""
    yield from _read_excel(place.xlsx)


def polars_inline(place: Place) -> Iterator[Any]:
    """The same with inline text."""
    yield from _read_excel(place.inline)


def polars_flights(place: Place) -> Iterator[Any]:
    """The same of the flights."""
    yield from _read_excel(place.flights_xlsx)


def _read_excel(path: Path) -> Iterator[Any]:
    import fastexcel  # noqa: F401 - so that it is not timed
    import polars as pl

    yield
    frame = pl.read_excel(path)
    yield
    yield frame.height


def openpyxl_stock(place: Place) -> Iterator[Any]:
    """A loop of openpyxl and ``executemany``, upserting."""
    yield from _openpyxl(place, "stock", STOCK, place.xlsx, ["sku"])


def openpyxl_flights(place: Place) -> Iterator[Any]:
    """The same of the flights."""
    yield from _openpyxl(place, "flights", FLIGHTS, place.flights_xlsx, FLIGHTS_KEY)


def _openpyxl(place: Place, table: str, create: str, path: Path, key: list[str]) -> Iterator[Any]:
    from datetime import datetime

    from openpyxl import load_workbook

    sqlite3.register_adapter(datetime, lambda moment: moment.isoformat(" "))
    with closing(sqlite3.connect(place.sqlite)) as connection:
        connection.execute(create.format(**TYPES["sqlite"]))
        yield
        sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
        rows = sheet.iter_rows(values_only=True)
        header = [str(name) for name in next(rows)]
        changes = ", ".join(f"{name} = excluded.{name}" for name in header if name not in key)
        sql = (
            f"INSERT INTO {table} ({', '.join(header)}) VALUES ({', '.join('?' * len(header))}) "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
        )
        while batch := list(islice(rows, BATCH)):
            with connection:
                connection.executemany(sql, batch)
        yield
    yield sqlite_count(place.sqlite, table)


def duckdb_stock(place: Place) -> Iterator[Any]:
    """``INSERT … SELECT FROM read_csv`` into the same keyed table."""
    import duckdb

    with duckdb.connect(place.duckdb) as connection:
        connection.execute(STOCK.format(**TYPES["duckdb"]))
        yield
        connection.execute(f"INSERT INTO stock SELECT * FROM read_csv('{place.csv}')")
    yield
    yield duckdb_count(place.duckdb, "stock")


def psql_stock(place: Place) -> Iterator[Any]:
    r"""``\copy`` of psql into the same keyed table."""
    shell = shutil.which("psql")
    if shell is None:
        raise Unavailable("not installed: psql")
    with own_schema(place) as run:
        run(STOCK.format(**TYPES["postgresql"]))
        yield
        copy = rf"\copy stock FROM '{place.csv}' WITH (FORMAT csv, HEADER)"
        subprocess.run([shell, "--quiet", "--no-psqlrc", place.postgresql, "--command", copy], check=True)
        yield
        yield run("SELECT count(*) FROM stock")


def dlt_stock(place: Place) -> Iterator[Any]:
    """A dlt pipeline that merges Arrow tables into DuckDB."""
    import dlt
    from pyarrow import csv

    dlt.config["runtime.dlthub_telemetry"] = False
    dlt.config["runtime.log_level"] = "CRITICAL"
    target = dlt.destinations.duckdb(str(place.duckdb))
    pipeline = dlt.pipeline("bench", str(place.work / "dlt"), destination=target, dataset_name="bench")
    yield
    resource = dlt.resource(csv.open_csv(place.csv), name="stock", write_disposition="merge", primary_key="sku")
    pipeline.run(resource)
    yield
    yield duckdb_count(place.duckdb, "bench.stock")


def pandas_stock(place: Place) -> Iterator[Any]:
    """``pandas.read_csv`` and ``to_sql`` into SQLite: no check, no key, all of the file in memory."""
    import pandas as pd

    with closing(sqlite3.connect(place.sqlite)) as connection:
        yield
        pd.read_csv(place.csv).to_sql("stock", connection, index=False)
        yield
    yield sqlite_count(place.sqlite, "stock")


def csvsql_stock(place: Place) -> Iterator[Any]:
    """``csvsql --insert`` into SQLite: no key."""
    from csvkit.utilities.csvsql import CSVSQL

    yield
    CSVSQL(["--db", f"sqlite:///{place.sqlite}", "--insert", "--tables", "stock", str(place.csv)]).run()
    yield
    yield sqlite_count(place.sqlite, "stock")


def django_stock(place: Place) -> Iterator[Any]:
    """django-import-export, its bulk mode, into SQLite."""
    from _django import import_stock

    work = import_stock(place)
    next(work)
    yield
    next(work)
    yield
    yield sqlite_count(place.sqlite, "stock")
