"""Situations in which people were hurt, imported as they did it: what lands, and what is told."""

from __future__ import annotations

import json
import os
import sqlite3
import tomllib
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importer.cli import main

TABLE = tomllib.loads((Path(__file__).parent / "situations.toml").read_text(encoding="utf-8"))["situation"]
DATA = os.environ.get("IMPORTER_TEST_DATA")
SERVER = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")

pytestmark = pytest.mark.skipif(DATA is None, reason="IMPORTER_TEST_DATA does not name the folder of real files")


def named(situation: dict[str, Any]) -> str:
    return " ".join([situation["kind"].replace(" ", "-"), *situation["files"], *situation.get("options", ())])


class Database:
    """A new and empty database of one kind."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        if kind == "postgresql":
            self.ask("DROP SCHEMA IF EXISTS situations CASCADE; CREATE SCHEMA situations")
        self.url = {
            "sqlite": f"sqlite:///{folder / 't.db'}",
            "duckdb": f"duckdb:///{folder / 't.duckdb'}",
            "postgresql": f"{SERVER}?options=-csearch_path%3Dsituations",
        }[kind]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Run statements, and return what a query finds."""
        if self.kind == "sqlite":
            with closing(sqlite3.connect(self.folder / "t.db")) as connection:
                if sql.startswith("SELECT"):
                    return connection.execute(sql).fetchall()
                connection.executescript(sql)
                return []
        if self.kind == "duckdb":
            import duckdb

            with duckdb.connect(str(self.folder / "t.duckdb")) as connection:
                return connection.execute(sql).fetchall()
        import psycopg

        with psycopg.connect(SERVER, autocommit=True) as connection:
            connection.execute("SET search_path = situations")
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def columns(self) -> list[str]:
        """Names of the columns of the table."""
        return [name for (name,) in self.ask("SELECT name FROM pragma_table_info('t')")]


def shown(value: Any) -> Any:
    """A value as the table of situations writes it: nothing is empty, an empty text is two quotes."""
    match value:
        case None:
            return ""
        case "":
            return "''"
        case Decimal():
            return float(value)
        case int() | float() | str():
            return value
        case _:
            return str(value)


def imported(situation: dict[str, Any], database: Database, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the shell says of the last file, with all that it says of refused cells."""
    folder = Path(DATA or "", "reports")
    options = [*situation.get("options", ()), "--table", "t", "--if-imported", "again", "--json"]
    if "schema" in situation:
        options += ["--schema", str(folder / situation["schema"])]
    for name in situation["files"]:
        refused = database.folder / "refused.csv"
        main(["load", str(folder / name), "--into", database.url, "--rejects", str(refused), *options])
        out, err = capsys.readouterr()
    said = json.loads(out.splitlines()[-1])
    reasons = refused.read_text(encoding="utf-8") if refused.exists() else ""
    return {**said, "told": "\n".join([*said["notes"], said["error"] or "", err, reasons])}


@pytest.mark.parametrize("situation", TABLE, ids=named)
def test_what_lands(situation, tmp_path, capsys):
    database = Database(situation.get("database", "sqlite"), tmp_path)
    if "setup" in situation:
        database.ask(situation["setup"])
    said = imported(situation, database, capsys)
    for name, count in situation.get("counts", {}).items():
        assert said[name] == count, said
    for words in situation.get("told", ()):
        assert words in said["told"], said
    if situation.get("quiet"):
        assert said["notes"] == []
    if "columns" in situation:
        assert database.columns() == situation["columns"]
    if "rows" in situation or "some" in situation:
        found = [[*map(shown, row)] for row in database.ask(situation.get("query", "SELECT * FROM t"))]
        assert [row for row in situation.get("some", ()) if row not in found] == [], found
        assert found == situation.get("rows", found)


def test_every_situation_is_in_the_table():
    files = {path.name for path in Path(DATA or "", "reports").iterdir() if path.suffix in {".csv", ".xlsx"}}
    assert files == {name for situation in TABLE for name in situation["files"]}
