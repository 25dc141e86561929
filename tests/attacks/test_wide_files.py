"""Files with more columns than a table may have are refused by their header alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from databases import written

from importer.errors import SinkError
from importer.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from databases import Database

    from importer.core import Chunk


class HeaderSource:
    """A source of which only the header may be read."""

    label = "wide"

    def __init__(self, width: int) -> None:
        inner = open_source(pl.DataFrame({f"c{number}": ["1"] for number in range(width)}))
        self.unit, self.total, self.header, self.book = inner.unit, inner.total, inner.header, inner.book

    def chunks(self, size: int, *, after_row: int = 0) -> Iterator[Chunk]:
        raise AssertionError((size, after_row))

    def sample(self, size: int) -> Chunk:
        raise AssertionError(size)


@pytest.mark.parametrize("options", [{}, {"if_table_exists": "fail"}], ids=["any table", "a new table"])
@pytest.mark.parametrize("what", ["run", "check"])
def test_a_file_that_is_too_wide_is_refused_before_a_row_is_read(
    database: Database, what: str, options: dict[str, Any]
) -> None:
    if database.kind == "duckdb":  # has no limit
        with pytest.raises(AssertionError):
            getattr(database.plan(HeaderSource(2_100), **options), what)()  # type: ignore[arg-type]
        return
    with pytest.raises(SinkError, match=r"'t' would get 2,100 columns, and a table of .* at most; give a schema"):
        getattr(database.plan(HeaderSource(2_100), **options), what)()  # type: ignore[arg-type]


def test_a_wide_file_still_fills_the_columns_that_a_table_has(database: Database, tmp_path: Path) -> None:
    database.run("CREATE TABLE t (c1 INTEGER, c7 INTEGER)")
    file = written(tmp_path, ",".join(f"c{n}" for n in range(2_100)) + "\n" + ",".join(map(str, range(2_100))) + "\n")
    database.load(file, new_columns="ignore", if_table_exists="append")
    assert database.run("SELECT * FROM t") == [(1, 7)]


def test_a_table_gets_no_more_columns_than_the_database_allows(database: Database, tmp_path: Path) -> None:
    most = {"sqlite": 2_000, "postgres": 1_600, "duckdb": 2_000}[database.kind]
    database.run(f"CREATE TABLE t ({', '.join(f'c{n} INTEGER' for n in range(most))})")
    file = written(tmp_path, "c1,d\n1,2\n")
    if database.kind == "duckdb":
        database.load(file, new_columns="add", if_table_exists="append")
        assert database.run("SELECT c1, d FROM t") == [(1, 2)]
        return
    with pytest.raises(SinkError, match=f"'t' would get {most + 1:,} columns, and a table of"):
        database.load(file, new_columns="add", if_table_exists="append")
