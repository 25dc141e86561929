"""The table after an import: its first rows in the App, and code that reads it into a data frame."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg
import pytest
from databases import POSTGRES, Database, written
from gates import Gate

import importer
from importer.app.choices import read_code
from importer.app.effects import ReadTable, TableSeen
from importer.app.views import DRAW
from importer.errors import SinkError
from importer.sinks import head_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "ku\"n 'den"
PASSWORD = "s3cr/et@"
TEXT = "id,name,day,amount,vip,at\n" + "".join(
    f"{n},Ann {n},2001-02-0{n % 9 + 1},{n}.5,{'yes' if n % 2 else 'no'},2001-02-03 04:05:0{n % 9}\n"
    for n in range(1, 301)
)


def frame_of(code: str) -> pl.DataFrame:
    """What the code leaves in `df`."""
    names: dict[str, Any] = {}
    exec(code, names)
    found: pl.DataFrame = names["df"]
    return found


def seen(app: importer.App) -> str:
    """The result, as a person reads it."""
    model = app._controller.model
    return unescape(re.sub("<[^>]*>", " ", DRAW["result"](replace(model, open=frozenset({"result"})))))


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate(POSTGRES, password=PASSWORD) as found:
        yield found


def test_the_result_shows_the_table_and_code_that_reads_it(database: Database, tmp_path: Path) -> None:
    app = importer.App(written(tmp_path, TEXT), into=database.into, table=NAME)
    app.check()
    app.run()
    shown = seen(app)
    assert f"{NAME} now has 300 rows" in shown
    assert re.search(r"1\s+Ann 1\s+2001-02-02\s+1\.5\s+true\s+2001-02-03 04:05:01\s+2\s+Ann 2", shown)
    assert "Ann 6" not in shown
    done: Any = app._controller.model.phase
    found = frame_of(done.table.code)
    assert found.shape == (300, 6)
    assert found.row(0) == (1, "Ann 1", date(2001, 2, 2), Decimal("1.5"), True, datetime(2001, 2, 3, 4, 5, 1))
    app.close()


def test_a_table_that_cannot_be_read_says_so_and_breaks_nothing(tmp_path: Path) -> None:
    app = importer.App(written(tmp_path, TEXT), into=f"sqlite:///{tmp_path}/a.db", table="t")
    app.check()
    report = app.run()
    assert report is not None
    (tmp_path / "a.db").write_bytes(b"no database " * 1_000)
    read = ReadTable(into=f"sqlite:///{tmp_path}/a.db", report=report)
    with pytest.raises(SinkError) as caught:
        head_of(read.into, "t")
    app._controller.tell(read.failed(caught.value))
    assert "t cannot be read now: " in seen(app)
    assert "300 created" in seen(app)
    app.close()


def test_a_table_is_read_in_bounded_time(database: Database, tmp_path: Path) -> None:
    database.load(written(tmp_path, TEXT), table="t")
    head = head_of(database.into, "t", limit_s=60, rows=2, columns=1)
    assert head is not None
    assert (head.rows, head.count, head.is_exact) == ((("1",), ("2",)), 300, True)
    assert list(head.columns) == ["id", "name", "day", "amount", "vip", "at"]
    assert head_of(database.into, "no such table") is None
    if database.kind == "postgres":
        with psycopg.connect(database.into) as other:
            other.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(SinkError):
                head_of(database.into, "t", limit_s=0.1)


def test_no_database_is_made_by_a_look(tmp_path: Path) -> None:
    assert head_of(f"sqlite:///{tmp_path}/new.db", "t") is None
    assert not (tmp_path / "new.db").exists()


def test_the_password_comes_from_where_the_kernel_has_it(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    url = gate.url(PASSWORD)
    importer.load(pl.DataFrame({"id": [1, 2]}), into=url, table="secret", if_table_exists="replace", listeners=[])

    def read() -> tuple[int, ...]:
        code = read_code(url, "secret", {})
        assert PASSWORD not in code
        assert "s3cr" not in code
        return frame_of(code).shape

    asked: list[str] = []
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or PASSWORD)
    assert read() == (2, 1)
    assert asked == ["Password: "]
    for variable, value in {"SHOP_PASSWORD": PASSWORD, "SHOP_URL": url, "PGPASSWORD": PASSWORD}.items():
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            assert read() == (2, 1)
    assert len(asked) == 1


def test_a_wide_table_with_long_values_is_cut(tmp_path: Path) -> None:
    file = written(tmp_path, ",".join(f"c{n}" for n in range(70)) + "\n" + ",".join(["<b>" + "x" * 500] * 70) + "\n")
    app = importer.App(file, into=f"sqlite:///{tmp_path}/a.db", table="t")
    app.check()
    app.run()
    html = DRAW["result"](replace(app._controller.model, open=frozenset({"result"})))
    assert "10 more columns are not shown." in html
    assert "<b>" not in html
    assert f">&lt;b&gt;{'x' * 77}</td>" in html
    app.close()


def test_what_comes_late_of_an_earlier_import_is_not_shown(tmp_path: Path) -> None:
    app = importer.App(written(tmp_path, TEXT), into=f"sqlite:///{tmp_path}/a.db", table="t")
    app.check()
    report = app.run()
    assert report is not None
    late = ReadTable(into="a.db", report=replace(report)).failed(SinkError("gone"))
    app._controller.tell(late)
    done: Any = app._controller.model.phase
    assert isinstance(done.table, TableSeen)
    assert done.table.error is None
    app.close()
