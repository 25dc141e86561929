"""JSON, Parquet and Arrow files, and tables that Python, pandas and pyarrow hold."""

from __future__ import annotations

import gzip
import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.errors import SourceError
from importer.sources import open_source
from importer.sources.records import _json
from importer.testing import check_source
from importer.testing._source_contract import whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLE = pl.DataFrame(
    {
        "id": [1, 2],
        "at": [{"city": "Bonn", "geo": {"x": 1.5}}, {"city": "Köln", "geo": None}],
        "day": [date(2025, 1, 3), None],
        "price": [Decimal("1.10"), None],
    }
)
CELLS = [("1", "Bonn", "1.5", "2025-01-03", "1.10"), ("2", "Köln", None, None, None)]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: text.strip() != "")
VALUE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
RECORDS = st.lists(st.dictionaries(TEXT, VALUE, min_size=1), min_size=1, max_size=9)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[tuple[str, ...], list[tuple[str | None, ...]]]]:
    """Labels and cells of a file with this content."""

    def read(content: str | bytes, name: str = "a.json") -> tuple[tuple[str, ...], list[tuple[str | None, ...]]]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        source = open_source(path)
        check_source(lambda: open_source(path))
        return source.header.labels, whole(source)[0]

    return read


@pytest.mark.parametrize(
    ("content", "labels", "cells"),
    [
        ('[{"id": 1, "x": 1.50}, {"x": null, "id": 2}]', ("id", "x"), [("1", "1.50"), ("2", None)]),
        ('{"id": 1}\n{"id": 2}\n\n{"id": 3}', ("id",), [("1",), ("2",), ("3",)]),
        ('{"id": 1}', ("id",), [("1",)]),
        ('{"data": [{"id": 1}, {"id": 2}], "next": null}', ("id",), [("1",), ("2",)]),
        ('[{"at": {"city": "Bonn"}}, {"late": true}]', ("at.city", "late"), [("Bonn", None), (None, "TRUE")]),
        ('[{"a.b": 1, "a": {"b": 2}}]', ("a.b", "a.b_2"), [("1", "2")]),
        ('[{"n": 12345678901234567890.10, "e": 1E5}]', ("n", "e"), [("12345678901234567890.10", "1E5")]),
        ('[{"tags": ["a", 1.50, {"b": null}]}]', ("tags",), [('["a", 1.50, {"b": null}]',)]),
        (b'\xef\xbb\xbf[{"a": "\xc3\xa4"}]', ("a",), [("ä",)]),
        (gzip.compress(b'[{"a": 1}]'), ("a",), [("1",)]),
    ],
    ids=["array", "lines", "one object", "in an envelope", "nested", "twins", "digits", "list", "mark", "gzip"],
)
def test_json_is_read_as_it_is_written(content, labels, cells, read):
    assert read(content) == (labels, cells)
    assert read(content, "export.txt") == (labels, cells)


@settings(max_examples=40)
@given(RECORDS)
def test_what_is_written_as_json_is_read_back_in_pieces_of_any_size(tmp_path_factory, records):
    folder = tmp_path_factory.mktemp("json")
    names = list(dict.fromkeys(name for record in records for name in record))
    shown = [[_shown(record.get(name)) for name in names] for record in records]
    (folder / "a.json").write_text(json.dumps(records), encoding="utf-8")
    (folder / "b.json").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    for path in folder.iterdir():
        for piece in (1, 7, 1 << 18):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(_json, "PIECE", piece)
                assert [[_shown(record.get(name)) for name in names] for record, _ in _json.json_records(path)] == shown


def _shown(value: object) -> object:
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"a": 1},', "record 2 of 'a.json' is not JSON: the file ends before the list does"),
        ('[{"a": 1}] x', "record 2 of 'a.json' is not JSON: something follows the list"),
        ('{"a": 1}\n{"a":', "record 2 of 'a.json' is not JSON: Expecting value"),
        ('{"a": 1, "a": 2}', "the name 'a' stands twice in one object"),
        ('[{"a": 1},, {"a": 2}]', "record 2 of 'a.json' is not JSON: Expecting value"),
        ('[{"a": 1} {"a": 2}]', "record 2 of 'a.json' is not JSON: there is no comma before it"),
        ('[{"a": 1},]', "record 2 of 'a.json' is not JSON"),
        ('[{"a": "b"}, {"a": "\\ud800x"}]', "record 2 of 'a.json' is not JSON: it holds half of a character"),
        ("[[1, 2]]", r"record 1 of 'a.json' is a list, not an object with names; export it as a list of objects"),
        ('"hello"', "record 1 of 'a.json' is the value 'hello', not an object"),
        ("hello", "record 1 of 'a.json' is not JSON"),
        ("[" * 9_000, "nested too deeply"),
        (b'[{"a": "\xe4"}]', "'a.json' is not UTF-8, as JSON has to be"),
        ("[]", "'a.json' holds no records"),
    ],
    ids=str,
)
def test_broken_json_is_refused_with_its_place(content, message, read):
    with pytest.raises(SourceError, match=message):
        read(content)


@pytest.mark.parametrize("text", ["{x},b\n1,2\n", "[id],[name]\n1,2\n", '{"a"},b\n1,2\n'])
def test_text_that_only_begins_like_json_is_csv(text, read):
    assert len(read(text, "a.csv")[0]) == 2


@pytest.mark.parametrize("write", ["write_parquet", "write_ipc", "write_ipc_stream"])
def test_a_table_with_types_is_read_exactly_whatever_the_name_of_its_file(write, tmp_path):
    path = tmp_path / "all *[1].xlsx"
    getattr(TABLE, write)(path)
    source = open_source(path)
    assert source.header.labels == ("id", "at.city", "at.geo.x", "day", "price")
    assert (whole(source)[0], source.total) == (CELLS, 2)
    check_source(lambda: open_source(path))


@pytest.mark.parametrize(
    ("write", "end"),
    [
        *(("write_parquet", end) for end in (8, 40, -9)),
        *(("write_ipc", end) for end in (8, 40, -9)),
        *(("write_ipc_stream", end) for end in (8, 40)),
    ],
)
def test_a_damaged_table_with_types_is_refused(write, end, tmp_path):
    path = tmp_path / "a.bin"
    getattr(TABLE, write)(path)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(SourceError, match=r"begins like .* but cannot be read"):
        open_source(path)


def test_columns_that_fit_into_no_cell_are_named(tmp_path):
    pl.DataFrame({"tags": [[1, 2]]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(SourceError, match=r"the column 'tags' holds List\(Int64\)"):
        open_source(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    "table",
    [
        TABLE.to_arrow(),
        TABLE.to_dicts(),
        iter(TABLE.to_dicts()),
        [TABLE[:1], TABLE[1:]],
    ],
    ids=["pyarrow", "dictionaries", "generator", "frames"],
)
def test_tables_of_others_are_sources(table):
    assert whole(open_source(table))[0] == CELLS


def test_a_table_of_pandas_is_a_source():
    pandas = TABLE.drop("at").to_pandas()
    assert whole(open_source(pandas))[0] == [("1", "2025-01-03T00:00:00", "1.10"), ("2", None, None)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([1], "row 1 is of the type int, not a dictionary"),
        ([{"a": object()}], "'a' of row 1 is of the type object, which does not fit into a cell"),
        ([{"a": "\ud800"}], "'a' of row 1 is of the type str, which does not fit into a cell"),
        ([pl.DataFrame({"a": [1]}), pl.DataFrame({"a": ["x"]})], "the frames do not fit together"),
        ([], "'rows' holds no records"),
    ],
    ids=["numbers", "an object", "half", "other types", "nothing"],
)
def test_what_is_no_table_is_refused_in_words(rows, message):
    with pytest.raises(SourceError, match=message):
        open_source(rows)


def test_json_is_imported_as_any_other_file_and_known_again(tmp_path):
    path = tmp_path / "orders.json"
    path.write_text('[{"id": 1, "qty": 2.5}, {"id": 2, "qty": "many"}, {"id": 3, "qty": 3}]')
    into = tmp_path / "shop.duckdb"
    report = importer.load(path, into=into, key="id", types={"qty": "Float64"}, listeners=[])
    assert (report.progress.created, report.progress.rejected) == (2, 1)
    assert report.rejects["message"].to_list() == ["'many' is not a number"]
    assert "how it was read: JSON" in str(report)
    again = importer.load(path, into=into, key="id", types={"qty": "Float64"}, if_imported="skip", listeners=[])
    assert again.progress.rows_read == 0
