"""A text in place of empty cells is what a cell with this text would be."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import dataframely as dy
import openpyxl
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import importer
from importer.app import _actions as actions
from importer.app.views import DRAW
from importer.cli import main
from importer.errors import ImporterError, SchemaError
from importer.testing import MemorySink

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame({"id": ["1", "2", "3"], "qty": ["5", None, " "], "day": ["31.01.2025", "", "13.02.2025"]})
TYPES = [dy.Int64, dy.Float64, dy.String, dy.Date, dy.Bool]


def outcome(file: Any, **options: Any) -> tuple[list[tuple], list[tuple]]:
    """The rows that go in, and why others do not."""
    sink = MemorySink()
    report = importer.plan(file, into=sink, table="t", listeners=[], **options).run()
    return [tuple(row.values()) for row in sink.rows], report.rejects["row", "value", "message"].rows()


@given(
    st.sampled_from(TYPES),
    st.lists(st.sampled_from(["7", "1,250", "31.01.2025", "yes", "n/a", "x"]) | st.none(), min_size=2, max_size=5),
    st.sampled_from(["7", "1.5", "13.02.2025", "2025-01-31", "no", "n/a", "x"]) | st.text(min_size=1, max_size=4),
)
@example(dy.Int64, ["7", None], "-")
@settings(max_examples=8)
def test_a_default_is_read_as_a_cell_with_its_text_would_be(
    kind: type[dy.Column], cells: list[str | None], text: str
) -> None:
    schema = type("T", (dy.Schema,), {"id": dy.Int64(), "it": kind(nullable=True, metadata={"day_first": True})})
    ids = list(map(str, range(len(cells))))
    frame = pl.DataFrame({"id": ids, "it": cells}, schema={"id": pl.String, "it": pl.String})
    try:
        rows, refused = outcome(frame, schema=schema, defaults={"it": text})
    except SchemaError as exc:
        assert "cannot have the value" in str(exc) or "is not clear" in str(exc)  # noqa: PT017 - or it is as below
        return
    plain, plainly = outcome(frame, schema=schema)
    assert refused == plainly
    kept = dict(plain)
    for at, found in rows:
        assert found == kept[at] if kept[at] is not None else found is not None
    values = {found for at, found in rows if kept[at] is None}
    alone, _ = outcome(frame.with_columns(it=pl.col("it").fill_null(text)), schema=schema)
    blank = {at for at, cell in enumerate(cells) if cell is None}
    assert len(values) <= 1
    assert values >= {found for at, found in alone if at in blank}


def test_empty_cells_have_the_value_and_others_keep_theirs() -> None:
    rows, refused = outcome(FRAME, defaults={"qty": "0", "day": "01.02.2025"})
    assert rows == [(1, 5, date(2025, 1, 31)), (2, 0, date(2025, 2, 1)), (3, 0, date(2025, 2, 13))]
    assert refused == []
    report = importer.load(FRAME, into=MemorySink(), table="t", defaults={"qty": "0"}, listeners=[])
    assert "'qty' is '0' where the cell of 'qty' is empty" in report.notes


@pytest.mark.parametrize(
    ("defaults", "says"),
    [
        ({"qty": "many"}, "the column 'qty' cannot have the value 'many' in place of empty cells: 'many' is not a"),
        ({"qty": "n/a"}, "'n/a' means an empty cell there"),
        ({"day": "soon"}, "'soon' is not a date"),
        ({"qyt": "0"}, "defaults names the column 'qyt', which the file lacks: did you mean 'qty'?"),
    ],
)
def test_a_default_that_does_not_fit_is_an_error_before_anything_is_written(
    defaults: dict[str, str], says: str
) -> None:
    sink = MemorySink()
    with pytest.raises(ImporterError) as raised:
        importer.load(FRAME, into=sink, table="t", defaults=defaults, listeners=[])
    assert says in str(raised.value)
    assert sink.rows == []


def test_the_rules_of_the_column_hold_for_a_default_too() -> None:
    schema = type("T", (dy.Schema,), {"id": dy.Int64(), "qty": dy.Int64(max=5)})
    frame = FRAME.select("id", "qty")
    assert outcome(frame, schema=schema, defaults={"qty": "4"}) == ([(1, 5), (2, 4), (3, 4)], [])
    rows, refused = outcome(frame, schema=schema, defaults={"qty": "6"})
    assert rows == [(1, 5)]
    assert [(value, message) for _, value, message in refused] == [("6", "'6' is greater than the most allowed, 5")] * 2


def test_a_column_that_must_be_filled_takes_rows_with_empty_cells_and_files_without_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        database.execute("CREATE TABLE t (id INTEGER, qty INTEGER NOT NULL)")
    into = f"sqlite:///{tmp_path / 's.db'}"
    options: dict[str, Any] = {"into": into, "table": "t", "listeners": [], "if_table_exists": "append"}
    frame = FRAME.select("id", "qty")
    assert importer.load(frame, **options).progress.rejected == 2
    options["if_imported"] = "again"
    assert importer.load(frame, **options, defaults={"qty": "0"}).progress.created == 3
    assert importer.load(frame.select("id"), **options, defaults={"qty": "9"}).progress.created == 3
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        assert database.execute("SELECT qty FROM t").fetchall() == [(5,), (5,), (0,), (0,), (9,), (9,), (9,)]


def test_empty_cells_of_a_workbook_and_the_shell_do_the_same(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ["id", "price"], [1, 2.5], [2, None], [3, 4]:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    rows, _ = outcome(tmp_path / "a.xlsx", defaults={"price": "0.5"})
    assert [float(price) for _, price in rows] == [2.5, 0.5, 4.0]
    into = f"sqlite:///{tmp_path / 's.db'}"
    main(["load", str(tmp_path / "a.xlsx"), "--into", into, "--default", "price=0.5"])
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        assert database.execute("SELECT price FROM a").fetchall() == [(2.5,), (0.5,), (4.0,)]


def send(app: importer.App, action: str, value: str, of: str) -> None:
    """What the page sends."""
    found = actions.parse({"action": action, "value": value, "of": of})
    assert found is not None
    assert app._controller.dispatch(found)
    app.wait()


def columns(app: importer.App) -> str:
    return DRAW["columns"](replace(app._controller.model, open=frozenset({"columns"})))


def opened(folder: Path, **options: Any) -> importer.App:
    (folder / "a.csv").write_text("id,qty,note\n1,5,a\n2,,b\n3,7,\n")
    app = importer.App(folder / "a.csv", into=f"sqlite:///{folder}/s.db", **options)
    app.wait()
    return app


def table(folder: Path) -> list[tuple]:
    with closing(sqlite3.connect(folder / "s.db")) as database:
        return database.execute("SELECT * FROM a ORDER BY id").fetchall()


def test_the_app_asks_for_a_default_where_cells_are_empty_and_its_code_does_the_same(tmp_path: Path) -> None:
    app = opened(tmp_path)
    assert re.findall(r'data-action="default" data-of="(\w+)"', columns(app)) == ["qty", "note"]
    send(app, "default", "many", "qty")
    assert "cannot have the value &#x27;many&#x27; in place of empty cells" in columns(app)
    assert app.plan is None
    send(app, "default", "0", "qty")
    send(app, "name", "amount", "qty")
    send(app, "default", "none", "note")
    send(app, "from", "", "note")
    assert app._controller.model.choices.options["defaults"] == {"qty": "0"}  # type: ignore[union-attr]
    app.run()
    assert table(tmp_path) == [(1, 5), (2, 0), (3, 7)]
    (tmp_path / "s.db").unlink()
    code = app.code() or ""
    assert 'defaults={"amount": "0"}' in code
    exec(code.replace("table=", "listeners=[], if_imported='again', table="), {})
    assert table(tmp_path) == [(1, 5), (2, 0), (3, 7)]
    app.close()
    again = opened(tmp_path, table="b")
    send(again, "memory", "take", "")
    assert again._controller.model.choices.options["defaults"] == {"qty": "0"}  # type: ignore[union-attr]
    again.close()


def test_a_default_for_a_table_that_exists_goes_with_its_column(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "s.db")) as database:
        database.execute("CREATE TABLE a (id INTEGER, qty INTEGER NOT NULL, note TEXT)")
    app = opened(tmp_path, if_table_exists="append")
    send(app, "default", "0", "qty")
    assert app.checked is not None
    assert app.checked.progress.rejected == 0
    assert 'defaults={"qty": "0"}' in (app.code() or "")
    send(app, "from", "", "note")
    send(app, "constant", "new", "note")
    app.run()
    assert table(tmp_path) == [(1, 5, "new"), (2, 0, "new"), (3, 7, "new")]
    app.choose(header_row=1)
    app.wait()
    assert "defaults" not in app._controller.model.choices.options  # type: ignore[union-attr]
    app.close()
