"""Databases that a test has for itself, through the API as an analyst uses it."""

from __future__ import annotations

import os
import uuid
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

import importer
from importer.sinks import open_sink

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")


@dataclass(frozen=True)
class Database:
    """A database of one kind, which the test has for itself."""

    kind: str
    into: str

    def sink(self) -> Any:
        """A sink that is connected."""
        sink: Any = open_sink(self.into)
        sink.dialect.connect()
        return sink

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements, and return the rows of the last."""
        sink = self.sink()
        with closing(sink.dialect):
            return [sink.dialect.execute(sql) for sql in statements][-1]

    def load(self, file: Path | pl.DataFrame, **options: Any) -> importer.Report:
        """Import without a bar."""
        return importer.load(file, into=self.into, listeners=[], **{"table": "t", "if_imported": "again", **options})

    def plan(self, file: Path | pl.DataFrame, **options: Any) -> importer.Plan:
        """A plan without a bar."""
        return importer.plan(file, into=self.into, listeners=[], **{"table": "t", "if_imported": "again", **options})


@pytest.fixture(params=["sqlite", "duckdb", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param != "postgres":
        yield Database(request.param, f"{request.param}:///{tmp_path}/a.db")
        return
    try:
        connection = psycopg.connect(POSTGRES, connect_timeout=3, autocommit=True)
    except psycopg.OperationalError as exc:
        pytest.skip(f"no PostgreSQL answers at IMPORTER_TEST_POSTGRES: {exc}")
    schema = f"test_{uuid.uuid4().hex}"
    with connection:
        connection.execute(f"CREATE SCHEMA {schema}")  # type: ignore[call-overload]
        yield Database("postgres", f"{POSTGRES}?options=-csearch_path%3D{schema}")
        connection.execute(f"DROP SCHEMA {schema} CASCADE")  # type: ignore[call-overload]


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    return Database("sqlite", f"sqlite:///{tmp_path}/a.db")


def counts(report: importer.Report) -> tuple[int, int, int, int]:
    now = report.progress
    return now.created, now.updated, now.unchanged, now.rejected


def written(folder: Path, text: str) -> Path:
    (file := folder / "file.csv").write_text(text)
    return file
