from __future__ import annotations

import io
import unicodedata
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import dataframely as dy
import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import importer
from importer.core._chunk import Chunk, Header
from importer.errors import SchemaError
from importer.schema._matching import match
from importer.schema._schema import Format
from importer.schema.inference import Guess, Inference, decide, infer
from importer.schema.parsing import parse

if TYPE_CHECKING:
    from pathlib import Path

few = settings(max_examples=30)


def sampled(frame: pl.DataFrame, **options: Any) -> Inference:
    rows = pl.int_range(2, frame.height + 2, eager=True)
    return infer(Chunk(frame=frame, rows=rows, completed=0), Header(row=1, labels=tuple(frame.columns)), **options)


def guess(cells: list[str | None], **options: Any) -> Guess:
    return sampled(pl.DataFrame({"x": cells}, schema={"x": pl.String}), **options).guesses[0]


def code(cells: list[str | None], **options: Any) -> str:
    return guess(cells, **options).code.replace("nullable=True, ", "").replace("nullable=True", "")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["yes", "No", "YES"], 'dy.Bool(metadata={"true": ["yes"], "false": ["no"]})'),
        (["true", "true"], 'dy.Bool(metadata={"true": ["true"], "false": ["false"]})'),
        (["y", "n"], 'dy.Bool(metadata={"true": ["y"], "false": ["n"]})'),
        (["0", "1", "1"], "dy.Int64()"),
        (["1", "-2", " 3 ", "NA", None], "dy.Int64()"),
        (["1.5", "2"], "dy.Float64()"),
        (["12.00", "15.00"], "dy.Float64()"),
        (["0%", "100%"], "dy.Float64()"),
        (["1.5e3", "2e-05"], "dy.Float64()"),
        (["1e3", "2e3"], "dy.String()"),
        (["€5", "€6"], "dy.Int64()"),
        (["2025-01-31", "2025-02-01"], "dy.Date()"),
        (["31.01.2025", "1.2.2025"], "dy.Date()"),
        (["31 Jan 2025", "1 Feb 2025"], "dy.Date()"),
        (["2025-01-31T10:11", "2025-01-31"], "dy.Datetime()"),
        (["2025-01-31 00:00:00", "2025-02-01 00:00:00"], "dy.Datetime()"),
        (["2025-01-31T10:11Z", "2025-01-31T10:11+02:00"], 'dy.Datetime(time_zone="UTC")'),
        (["2025-01-31T10:11:12.123456789"], 'dy.Datetime(time_unit="ns")'),
        (["10:11", "23:59:59", "1:11 pm"], "dy.Time()"),
        (["a", "b"], "dy.String()"),
        (["a", "1"], "dy.String()"),
        ([None, None], "dy.String()"),
        (["NA", "-"], "dy.String()"),
        ([], "dy.String()"),
    ],
    ids=str,
)
def test_the_narrowest_type_that_fits_is_taken(cells, expected):
    assert code(cells).replace(", )", ")") == expected


@pytest.mark.parametrize(
    "cells",
    [
        *(["N", "S"], ["F", "M"], ["x", None], ["ON", "ON"], ["ON", None], ["t", "t"], ["n", "o", "s"]),
        *(["sand", "sand"], ["waar", "waar"], ["ja", "no", "ja"], ["NO", "SI"], ["sand", "clay"], ["no", "si", "de"]),
    ],
    ids=str,
)
def test_words_that_only_may_mean_yes_and_no_stay_text(cells):
    assert code(cells) == "dy.String()"


@pytest.mark.parametrize(
    "cells",
    [
        ["0042", "17", "18"],
        ["01067", "10115"],
        ["4111111111111111", "1"],
        ["+4930123456", "+49301234567"],
        ["612 345 678", "699 111 222"],
        ["(212) 555-1234", "212-555-1234"],
        ["06 12 34 56 78"],
        ["007"],
    ],
    ids=str,
)
def test_what_a_number_would_lose_stays_text(cells):
    assert code(cells) == "dy.String()"


def test_one_leading_zero_among_many_numbers_keeps_them_text_and_says_so():
    found = guess([*map(str, range(1, 200)), "0042"])
    assert found.code == "dy.String(nullable=True)"
    assert found.why == "kept as text: 1 of 200 filled cells has leading zeros, e.g. '0042' in row 201"
    assert found.doubt == (
        "1 of 200 cells has leading zeros, so the column is text; "
        "give types={'x': 'Int64'} to read all as whole numbers"
    )


def test_floats_of_many_digits_are_no_long_numbers():
    assert code(["0.30000000000000004", "1e22", "1.7976931348623157e308"]) == "dy.Float64()"


def test_rare_dirt_is_counted_with_an_example_and_does_not_change_the_type():
    found = guess([*map(str, range(95)), *["n/a hours"] * 5])
    assert found.code == "dy.Int64(nullable=True)"
    assert found.why == "95 of 100 filled cells are whole numbers; 5 are not, e.g. 'n/a hours' in row 97"
    assert found.doubt is None


def test_much_dirt_makes_text_and_a_doubt():
    found = guess([*map(str, range(80)), *["abc"] * 20])
    assert found.code == "dy.String(nullable=True)"
    assert (
        found.doubt == "80 of 100 filled cells are whole numbers, and others are not, e.g. 'abc' in row 82, "
        "so the column is text; give types={'x': 'Int64'} to refuse the others"
    )


def test_a_type_that_is_given_is_taken_and_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("no,Day,n\n1,2025-01-03,007\n2,soon,8\n3,2025-01-04,9\n")
    into = tmp_path / "a.duckdb"
    report = importer.load(tmp_path / "a.csv", into=into, types={"day": "date", "n": "Int64"}, listeners=[])
    with closing(duckdb.connect(into)) as connection:
        found = connection.execute("SELECT day, n FROM a ORDER BY n").fetchall()
    assert found == [(date(2025, 1, 3), 7), (date(2025, 1, 4), 9)]
    assert report.rejects.select("row", "column").rows() == [(3, "Day")]


def test_a_type_for_a_column_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("no,Day\n1,2025-01-03\n2,2025-01-04\n")
    with pytest.raises(SchemaError, match=r"the column 'Dya' is not in the file: did you mean 'Day'"):
        importer.infer(tmp_path / "a.csv", types={"Dya": "Date"})


def test_a_few_decimals_make_a_column_of_decimals():
    assert code([*map(str, range(95)), *["2.5"] * 5]) == "dy.Float64()"


def test_excel_errors_do_not_decide():
    found = guess([*["1"] * 5, *["#DIV/0!"] * 5])
    assert found.code == "dy.Int64(nullable=True)"
    assert found.why == "all 5 filled cells are whole numbers; 5 hold an Excel error, e.g. '#DIV/0!' in row 7"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1.234,56", "7"], 'dy.Float64(metadata={"decimal": ","})'),
        (["1,234.56", "7"], 'dy.Float64(metadata={"decimal": "."})'),
        (["12,5", "1.234"], 'dy.Float64(metadata={"decimal": ","})'),
        (["1.234.567", "1.234"], 'dy.Int64(metadata={"decimal": ","})'),
        (["1,234", "950"], 'dy.Int64(metadata={"decimal": "."})'),
        (["1,234", "1234"], "dy.String()"),
        (["0,123", "1,234"], 'dy.Float64(metadata={"decimal": ","})'),
        (["1.234", "950"], "dy.Float64()"),
        (["1,5", "2.5", "1,234"], "dy.String()"),
        (["1,234", "1.234"], "dy.String()"),
    ],
    ids=str,
)
def test_the_decimal_mark_is_told_from_the_whole_column(cells, expected):
    assert code(cells) == expected


def test_a_mark_that_nothing_proves_is_doubted():
    assert "'1,234' is read with ',' as the thousands mark" in str(guess(["1,234", "950"]).doubt)
    assert "'1,234' may be meant either way, because '1234' has no thousands mark" in str(
        guess(["1,234", "1234"]).doubt
    )
    assert "'1.234' is read with '.' as the decimal mark" in str(guess(["1.234", "950"]).doubt)
    assert guess(["1,234", "1,234,567"]).doubt is None
    assert guess(["1.234", "1.5"]).doubt is None


def test_one_slip_does_not_turn_a_thousand_numbers():
    found = guess([*["1,234"] * 500, "1,5"])
    assert found.code == "dy.String(nullable=True)"
    assert "only '1,5' tells that ',' is the decimal mark" in str(found.doubt)


@pytest.mark.parametrize(
    ("cells", "day_first", "expected"),
    [
        (["03/04/2025", "25/12/2025"], None, 'dy.Date(metadata={"day_first": True})'),
        (["03/04/2025", "12/25/2025"], None, 'dy.Date(metadata={"day_first": False})'),
        (["03/04/2025", "12/25/2025"], True, 'dy.Date(metadata={"day_first": False})'),
        (["03/04/2025", "05/06/2025"], True, 'dy.Date(metadata={"day_first": True})'),
        (["03/04/2025", "05/06/2025"], False, 'dy.Date(metadata={"day_first": False})'),
        (["03/04/2025", "05/06/2025"], None, "dy.String()"),
        (["25/12/2025", "12/25/2025"], None, "dy.String()"),
        (["25/12/2025", "12/25/2025"], True, "dy.String()"),
        (["3/4/2025 10:11", "25/12/2025 11:12"], None, 'dy.Datetime(metadata={"day_first": True})'),
        (["24-01-05", "24-01-20", "25-02-28"], None, "dy.String()"),
    ],
    ids=str,
)
def test_the_order_of_day_and_month_is_told_from_the_whole_column(cells, day_first, expected):
    assert code(cells, day_first=day_first) == expected


def test_an_order_that_nothing_proves_is_doubted_with_the_way_out():
    assert guess(["03/04/2025"]).doubt == (
        "'03/04/2025' may be day first or month first; give day_first=True, or day_first=False"
    )
    assert "the day is first in '25/12/2025' and the month in '12/25/2025'" in str(
        guess(["25/12/2025", "12/25/2025"]).doubt
    )
    assert "may begin with the year" in str(guess(["24-01-05", "24-01-20", "25-02-28"]).doubt)


def test_lengths_of_time_are_no_times_of_day():
    found = guess(["7:30", "30:15"])
    assert found.code == "dy.String(nullable=True)"
    assert "the type Duration" in str(found.doubt)


def test_numbers_that_may_be_dates_stay_numbers_with_a_doubt():
    assert guess(["20250131", "20250201"]).code == "dy.Int64(nullable=True)"
    assert "types={'x': 'Date'} to read them so" in str(guess(["20250131", "20250201"]).doubt)
    assert code(["45688", "45689"]) == "dy.Int64()"


def test_a_cell_without_zone_among_others_with_one_is_doubted():
    found = guess(["2025-01-31T10:11Z", "2025-01-31T10:11Z", "2025-01-31T10:12"])
    assert found.code == 'dy.Datetime(nullable=True, time_zone="UTC")'
    assert "'2025-01-31T10:12' in row 4" in str(found.doubt)


def test_namibia_survives_even_where_the_word_means_nothing_among_numbers():
    frame = pl.DataFrame({"country": ["NA", "DE"], "n": ["1", "-"], "m": ["1", "NA"]})
    country = sampled(frame).guesses[0]
    assert country.code == "dy.String(nullable=True)"
    assert country.why == "text, e.g. 'DE' in row 3; 'NA' stays a text, though it means nothing in 'm'"
    assert sampled(frame.drop("m")).guesses[0].why == "text, e.g. 'DE' in row 3"


def test_a_word_that_only_programs_write_is_nothing_among_texts_too():
    found = guess(["a", r"\N", "b"])
    assert found.code == r'dy.String(nullable=True, metadata={"nulls": ["\\N"]})'
    assert found.why == r"text, e.g. 'a' in row 2; nothing is written '\\N'"


def test_headers_become_identifiers_and_stay_as_aliases():
    labels = [
        "Order No.",
        "filter",
        "2024",
        "order_no",
        "%",
        "Größe (cm)",
        "价格",
        "class",
        "dy",
        "OrderDate",
        "id",
        "mro",
        "_x",
    ]
    inference = sampled(pl.DataFrame({label: ["a"] for label in labels}))
    assert [found.name for found in inference.guesses] == [
        *(
            "order_no",
            "filter",
            "column_2024",
            "order_no_2",
            "column_e",
            "größe_cm",
            "价格",
            "class",
            "dy",
            "order_date",
        ),
        *("id", "mro", "x"),
    ]
    assert inference.guesses[0].column.metadata == {"aliases": ["Order No."]}
    assert inference.guesses[10].column.metadata is None
    assert inference.guesses[4].letter == "E"


def test_the_key_is_given_by_header_or_by_name():
    frame = pl.DataFrame({"Order No": ["1"], "line": ["1"], "note": ["a"]})
    inference = sampled(frame, key=["Order No", "line"])
    assert inference.schema.primary_key() == ["order_no", "line"]
    assert [column.nullable for column in inference.schema.columns().values()] == [False, False, True]
    assert sampled(frame, key=["order_no"]).schema.primary_key() == ["order_no"]
    with pytest.raises(SchemaError, match="'Order' is not in the file: did you mean 'Order No'"):
        sampled(frame, key=["Order"])


def pasted(inference: Inference) -> type[dy.Schema]:
    names: dict[str, Any] = {}
    exec(compile(inference.code(), "pasted", "exec"), names)
    (schema,) = (value for value in names.values() if isinstance(value, type) and issubclass(value, dy.Schema))
    return schema


def same(one: type[dy.Schema], other: type[dy.Schema]) -> bool:
    pairs = list(zip(one.columns().values(), other.columns().values(), strict=True))
    return (
        one.__name__ == other.__name__
        and one.matches(other)
        and one.primary_key() == other.primary_key()
        and all(a.dtype == b.dtype and a.nullable == b.nullable and a.metadata == b.metadata for a, b in pairs)
    )


TWINS = ["ID", "id", "Id", "id_2", "€", "£", "%", "Order No", "order_no", "1_11", "11_1", "row", "class", "columns"]
LONG = ["primary_key", "Why refused", f"{'x' * 70}a", f"{'x' * 70}b", f"{'Щ' * 40} one", f"{'Щ' * 40} two", "CÓDIGO"]
label = st.one_of(st.text(max_size=12), st.sampled_from(TWINS + LONG))
labels = st.lists(label, min_size=1, max_size=6, unique=True)
cell = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(
        ["1", "0042", "1,5", "1.234", "03/04/2025", "2025-01-31", "10:11", "NA", "yes", "#REF!", "\r\n'\"\\"]
    ),
)


@few
@given(labels=labels, data=st.data(), name=st.text(max_size=8))
def test_the_code_makes_the_same_schema(labels, data, name):
    frame = pl.DataFrame(
        {label: data.draw(st.lists(cell, min_size=3, max_size=3)) for label in labels},
        schema=dict.fromkeys(labels, pl.String),
    )
    key = data.draw(st.lists(st.sampled_from(labels), max_size=1))
    inference = sampled(frame, name=name, key=key)
    assert same(inference.schema, pasted(inference))
    assert str(inference) == inference.code().rstrip()
    found = [guess.name for guess in inference.guesses]
    assert len(set(found)) == len(labels)
    for one in found:
        assert one.isidentifier()
        assert unicodedata.normalize("NFKC", one) == one
        assert len(one.encode()) <= 63


@few
@given(labels=labels, data=st.data())
def test_every_header_finds_its_own_column_again(labels, data):
    frame = pl.DataFrame(
        {label: data.draw(st.lists(cell, min_size=2, max_size=2)) for label in labels},
        schema=dict.fromkeys(labels, pl.String),
    )
    inference = sampled(frame)
    for matches in (inference.matches(), match(inference.schema, labels), match(inference.schema, labels[::-1])):
        assert {one.column: one.label for one in matches} == {guess.name: guess.label for guess in inference.guesses}


@few
@given(cells=st.lists(st.one_of(st.none(), cell), min_size=1, max_size=12))
def test_most_cells_of_the_sample_are_of_the_type_that_they_gave(cells):
    column = guess(cells).column
    parsed = parse(pl.Series(cells, dtype=pl.String), column.dtype, Format.of(column))
    errors = parse(pl.Series(cells, dtype=pl.String), pl.String(), Format()).failed
    assert (parsed.failed & ~errors).sum() <= 0.1 * len(cells)


def test_html_escapes_what_the_file_holds():
    inference = sampled(pl.DataFrame({"<b>": ["<script>alert(1)</script>"]}), name="Table")
    html = inference._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_an_inference_without_columns_is_still_python():
    assert pasted(sampled(pl.DataFrame())).columns() == {}


@pytest.mark.parametrize(
    ("cells", "dtype", "decided"),
    [
        (["1.234,5", "7"], pl.Float64(), Format(decimal=",")),
        (["1.234", "12.345", "7.100", "950"], pl.Int64(), Format(decimal=",")),
        (["1.234", "12.345", "7.100", "950"], pl.Decimal(10, 2), Format(decimal=",")),
        (["1.234", "12.345", "7.100", "950"], pl.Decimal(10, 3), Format(decimal=".")),
        (["1.234", "950"], pl.Int64(), Format(decimal=".")),
        (["1.234", "12.345", "7.100", "9500"], pl.Int64(), Format(decimal=".")),
        (["1,234", "1234"], pl.Int64(), Format(decimal=".")),
        (["1,234", "1,5", "950"], pl.Int64(), Format(decimal=".")),
        (["1,234", "950"], pl.Int64(), Format(decimal=".")),
        (["1.234", "950"], pl.Float64(), Format(decimal=".")),
        (["12", "NA", None], pl.Float64(), Format()),
        (["25/12/2025", "03/04/2025"], pl.Date(), Format(day_first=True)),
        (["12/25/25 10:11"], pl.Datetime("us"), Format(day_first=False)),
        (["2025-01-31"], pl.Date(), Format()),
        (["03/04/2025"], pl.String(), Format()),
        ([*["2025-01-31"] * 20, "03/04/2025"], pl.Date(), Format()),
        ([], pl.Date(), Format()),
        ([], pl.Int64(), Format()),
    ],
    ids=str,
)
def test_a_column_decides_what_its_hints_leave_open(cells, dtype, decided):
    assert replace(decide(pl.Series(cells, dtype=pl.String), dtype, Format()), writing=None) == decided


def test_hints_that_are_given_are_not_decided_again():
    written = Format(decimal=".", day_first=False)
    assert replace(decide(pl.Series(["1.234,5"]), pl.Float64(), written), writing=None) == written
    assert decide(pl.Series(["25/12/2025"]), pl.Date(), written) == written


@pytest.mark.parametrize(
    ("cells", "dtype", "message"),
    [
        (
            ["03/04/2025"],
            pl.Date(),
            "'when' cannot be read: '03/04/2025' may be day first or month first; give day_first=True",
        ),
        (["25/12/2025", "12/25/2025"], pl.Date(), "the day is first in '25/12/2025' and the month in '12/25/2025'"),
        (["1,5", "2.5", "1,234"], pl.Float64(), "'when' cannot be read: '1,234' may be meant either way"),
    ],
    ids=str,
)
def test_what_a_column_must_tell_and_does_not_is_a_schema_error(cells, dtype, message):
    with pytest.raises(SchemaError) as caught:
        decide(pl.Series("when", cells), dtype, Format())
    assert message in str(caught.value)


def test_the_flights_are_typed(data):
    with zipfile.ZipFile(data / "flights.csv.zip") as folder:
        flights = pl.read_csv(io.BytesIO(folder.read("flights.csv")), infer_schema=False)
    sample = pl.concat([flights.head(500), flights.gather_every(500), flights.tail(500)])
    inference = sampled(sample, name="Flights")
    numbers = set(flights.columns) - {"carrier", "tailnum", "origin", "dest", "time_hour"}
    kinds = {one.name: one.code for one in inference.guesses}
    assert {name for name, kind in kinds.items() if kind == "dy.Int64(nullable=True)"} == numbers
    for name in ("carrier", "tailnum", "origin", "dest"):
        assert kinds[name] == "dy.String(nullable=True)"
    assert kinds["time_hour"] == 'dy.Datetime(nullable=True, time_zone="UTC")'
    assert not any(one.doubt for one in inference.guesses)
    typed = {
        name: parse(flights[name], column.dtype, Format.of(column))
        for name, column in inference.schema.columns().items()
    }
    assert not any(parsed.failed.any() for parsed in typed.values())
    assert typed["distance"].values.sum() == 350_217_607
    assert typed["dep_time"].values.null_count() == 8_255
