from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from importer.schema._schema import Format
from importer.schema.parsing import explain, parse

few = settings(max_examples=25)
many = settings(max_examples=150)

NON_TEXT = [
    *(pl.Int8(), pl.Int64(), pl.UInt32(), pl.Float32(), pl.Float64(), pl.Decimal(12, 3), pl.Boolean(), pl.Date()),
    *(pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns"), pl.Datetime("us", "Europe/Berlin"), pl.Time()),
    *(pl.Duration("us"), pl.Duration("ns")),
]
EVERY = [*NON_TEXT, pl.String(), pl.Enum(["a", "-", "1"]), pl.Categorical()]

written = st.builds(
    Format,
    decimal=st.sampled_from([None, ".", ","]),
    day_first=st.sampled_from([None, True, False]),
    nulls=st.sampled_from([None, (), ("0", "12"), ("-", "")]),
    strip=st.booleans(),
)
numberish = st.text("0123456789.,-+eE% '€()\u00a0−", max_size=14)
dateish = st.text("0123456789-./: TZ+,AMpm\u00a0", max_size=24)
forms = st.sampled_from(
    [
        *(
            "2025-01-31",
            "31.01.2025",
            "1/2/2025",
            "13/02/25",
            "31 Jan 2025",
            "Jan 31, 2025",
            "20250131",
            "45688",
            "45688.5",
        ),
        *(
            "2025-01-31T10:11:12",
            "2025-01-31 1:11 PM",
            "2025-01-31T10:11:12.123Z",
            "2025-01-31 10:11+02:00",
            "10:11",
            "0.5",
        ),
        *(
            "24:00",
            "23:59:60",
            "PT1H",
            "1 day, 2:03:04",
            "1.234,5 €",
            "(12)",
            "12.5%",
            "1e400",
            "NaN",
            "NA",
            "",
            "yes",
            "#REF!",
        ),
    ]
)
anything = st.one_of(st.text(max_size=20), numberish, dateish, forms)
cells = st.lists(st.one_of(st.none(), anything), max_size=12).map(lambda found: pl.Series("c", found, dtype=pl.String))


@many
@given(dtype=st.sampled_from(EVERY), cells=cells, written=written)
def test_no_text_makes_it_raise_and_no_cell_is_both_value_and_failure(dtype, cells, written):
    parsed = parse(cells, dtype, written)
    assert parsed.values.dtype == dtype
    assert len(parsed.values) == len(parsed.failed) == len(cells)
    assert parsed.failed.null_count() == 0
    assert not (parsed.failed & parsed.values.is_not_null()).any()
    assert not (parsed.failed & cells.is_null()).any()
    for cell in cells.filter(parsed.failed):
        sentence = explain(cell, dtype, written)
        assert sentence
        assert "\n" not in sentence


@many
@given(dtype=st.sampled_from(EVERY), cells=cells, written=written, data=st.data())
def test_a_column_read_in_two_parts_is_the_same(dtype, cells, written, data):
    cut = data.draw(st.integers(0, len(cells)))
    whole = parse(cells, dtype, written)
    head, tail = parse(cells[:cut], dtype, written), parse(cells[cut:], dtype, written)
    assert_series_equal(pl.concat([head.values, tail.values]), whole.values)
    assert pl.concat([head.failed, tail.failed]).to_list() == whole.failed.to_list()
    lost = [part.trimmed if part.trimmed is not None else part.failed & False for part in (head, tail, whole)]
    assert pl.concat(lost[:2]).to_list() == lost[2].to_list()


@many
@given(dtype=st.sampled_from(NON_TEXT), cells=cells, written=written)
def test_the_fast_way_and_the_thorough_way_agree(dtype, cells, written):
    """White space around a cell takes it off the fast way."""
    fast = parse(cells, dtype, written)
    thorough = parse("\u00a0" + cells + " ", dtype, written)
    assert_series_equal(fast.values, thorough.values, check_names=False)
    assert fast.failed.to_list() == thorough.failed.to_list()


def groups(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


WHOLE = {
    "plain": (str, {}),
    "commas": (lambda n: groups(n, ","), {}),
    "dots": (lambda n: groups(n, "."), {"decimal": ","}),
    "spaces": (lambda n: groups(n, "\u202f"), {"decimal": ","}),
    "apostrophes": (lambda n: groups(n, "’"), {}),
    "brackets": (lambda n: f"({-n})" if n < 0 else str(n), {}),
    "minus behind": (lambda n: f"{-n}-" if n < 0 else f"{n}", {}),
    "Unicode minus": (lambda n: str(n).replace("-", "−"), {}),
    "currency": (lambda n: f"{groups(n, ',')} €", {}),
    "code before": (lambda n: f"USD {n}", {}),
    "point nought": (lambda n: f"{n}.0", {}),
    "exponent": (lambda n: f"{n}e0", {}),
    "Arabic digits": (lambda n: str(n).translate({ord("0") + digit: 0x660 + digit for digit in range(10)}), {}),
}


@pytest.mark.parametrize("way", WHOLE)
@few
@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=8))
def test_whole_numbers_that_go_in_come_out(way, numbers):
    write, hints = WHOLE[way]
    parsed = parse(pl.Series([write(number) for number in numbers]), pl.Int64(), Format(**hints))
    assert parsed.values.to_list() == numbers


@few
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_floats_that_go_in_come_out(numbers):
    shortest = pl.Series([repr(number) for number in numbers])
    assert parse(shortest, pl.Float64(), Format()).values.to_list() == numbers
    commas = shortest.str.replace(".", ",", literal=True)
    assert parse(commas, pl.Float64(), Format(decimal=",")).values.to_list() == numbers
    assert parse(" " + commas + " €", pl.Float64(), Format(decimal=",")).values.to_list() == numbers


@few
@given(numbers=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_small_floats_that_go_in_come_out(numbers):
    series = pl.Series(numbers, dtype=pl.Float32)
    parsed = parse(pl.Series([repr(number) for number in series.to_list()]), pl.Float32(), Format())
    assert parsed.values.to_list() == series.to_list()


@few
@given(numbers=st.lists(st.decimals(-(10**9), 10**9, places=3), min_size=1, max_size=8))
def test_decimals_that_go_in_come_out(numbers):
    dtype = pl.Decimal(13, 3)
    for cells, decimal in (
        ([f"{number:,f}" for number in numbers], "."),
        ([f"{number:f}".replace(".", ",") for number in numbers], ","),
        ([f"{number * 100:f} %" for number in numbers], "."),
        ([f"{number:E}" for number in numbers], "."),
    ):
        assert parse(pl.Series(cells), dtype, Format(decimal=decimal)).values.to_list() == numbers


@few
@given(text=numberish)
def test_a_number_is_what_it_says(text):
    """Python's own reading, where it has one, is the same or the cell is refused for its size."""
    value = parse(pl.Series([text]), pl.Float64(), Format()).values[0]
    try:
        said = Decimal(text.replace("−", "-").strip("\u00a0 ")) if "_" not in text else None
    except ArithmeticError:
        said = None
    if value is not None and said is not None:
        assert math.isclose(value, float(said), rel_tol=1e-15)
    whole = parse(pl.Series([text]), pl.Int64(), Format()).values[0]
    if whole is not None:
        assert whole == value or abs(whole) > 2**53


DATES = {
    "ISO": ("%Y-%m-%d", None),
    "slashed, year first": ("%Y/%m/%d", None),
    "dotted": ("%d.%m.%Y", None),
    "day first": ("%d/%m/%Y", True),
    "month first": ("%m/%d/%Y", False),
    "dashed": ("%d-%m-%Y", True),
    "short": ("%d %b %Y", None),
    "full": ("%B %d, %Y", None),
    "compact": ("%Y%m%d", None),
    "at midnight": ("%Y-%m-%dT00:00:00", None),
}


@pytest.mark.parametrize("way", DATES)
@few
@given(days=st.lists(st.dates(dt.date(1000, 1, 1), dt.date(9999, 12, 31)), min_size=1, max_size=8))
def test_dates_that_go_in_come_out(way, days):
    fmt, day_first = DATES[way]
    parsed = parse(pl.Series([day.strftime(fmt) for day in days]), pl.Date(), Format(day_first=day_first))
    assert parsed.values.to_list() == days


@few
@given(days=st.lists(st.dates(dt.date(1927, 5, 18), dt.date(9999, 12, 31)), min_size=1, max_size=8))
def test_excel_serials_that_go_in_come_out(days):
    cells = pl.Series([str((day - dt.date(1899, 12, 30)).days) for day in days])
    assert parse(cells, pl.Date(), Format()).values.to_list() == days


moments = st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31))


@pytest.mark.parametrize("separator", ["T", " "])
@few
@given(found=st.lists(moments, min_size=1, max_size=8))
def test_moments_that_go_in_come_out(separator, found):
    cells = pl.Series([moment.isoformat(separator) for moment in found])
    assert parse(cells, pl.Datetime("us"), Format()).values.to_list() == found
    assert parse(cells + "Z", pl.Datetime("us", "UTC"), Format()).values.dt.replace_time_zone(None).to_list() == found


@few
@given(found=st.lists(st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)), min_size=1, max_size=8))
def test_moments_are_the_same_in_every_unit_and_zone(found):
    whole = [moment.replace(microsecond=0) for moment in found]
    for unit in ("ms", "us", "ns"):
        cells = pl.Series([moment.strftime("%d.%m.%Y %I:%M:%S %p") for moment in whole])
        assert parse(cells, pl.Datetime(unit), Format()).values.to_list() == whole
    cells = pl.Series([f"{moment.isoformat()}+05:30" for moment in whole])
    utc = parse(cells, pl.Datetime("us", "America/New_York"), Format()).values.dt.convert_time_zone("UTC")
    assert utc.dt.replace_time_zone(None).to_list() == [moment - dt.timedelta(hours=5.5) for moment in whole]


@few
@given(found=st.lists(st.times(), min_size=1, max_size=8))
def test_times_that_go_in_come_out(found):
    assert parse(pl.Series([time.isoformat() for time in found]), pl.Time(), Format()).values.to_list() == found
    half = [time.replace(microsecond=0) for time in found]
    assert (
        parse(pl.Series([time.strftime("%I:%M:%S %p") for time in half]), pl.Time(), Format()).values.to_list() == half
    )


@few
@given(found=st.lists(st.timedeltas(dt.timedelta(0), dt.timedelta(days=9999)), min_size=1, max_size=8))
def test_lengths_of_time_that_go_in_come_out(found):
    cells = pl.Series([str(length) for length in found])
    assert parse(cells, pl.Duration("us"), Format()).values.to_list() == found
    iso = pl.Series([f"P{length.days}DT{length.seconds}.{length.microseconds:06}S" for length in found])
    assert parse(iso, pl.Duration("us"), Format()).values.to_list() == found


@few
@given(found=st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=8))
def test_texts_that_go_in_come_out_where_white_space_counts(found):
    parsed = parse(pl.Series(found, dtype=pl.String), pl.String(), Format(strip=False))
    assert parsed.values.to_list() == found
