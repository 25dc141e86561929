"""A frame is a source whose cells are texts that lose nothing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import SourceError
from importer.sources._frame import BLOCK, FrameSource
from importer.testing._source_contract import SOURCE_CONTRACT, whole

TALL = pl.DataFrame({"id": range(BLOCK + 9)})
FRAMES = {
    "plain": pl.DataFrame({"id": [1, 2, 3], "name": ["Ada", None, "Alan"]}),
    "with_empty_rows": pl.DataFrame({"id": [None, 1, None, 2] * 10}),
    "without_rows": pl.DataFrame({"id": []}, schema={"id": pl.Int64}),
    "tall": TALL,
    "lazy": pl.LazyFrame({"id": range(50)}).filter(pl.col("id") % 2 == 0),
    "lazy_tall": TALL.lazy().with_columns(twice=pl.col("id") * 2),
}


@pytest.mark.parametrize("promise", SOURCE_CONTRACT, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_keeps_the_promises_of_a_source(name, promise):
    promise(lambda: FrameSource(FRAMES[name]))


NOON = datetime(2025, 1, 31, 12, 30)
TEXTS = {
    "integers": (pl.Series([1, -2, 2**63 - 1]), ["1", "-2", "9223372036854775807"]),
    "floats": (pl.Series([1.0, -0.5, 0.1 + 0.2, 1e20, -0.0]), ["1", "-0.5", "0.30000000000000004", "1e+20", "-0"]),
    "no_numbers": (pl.Series([float("nan"), float("inf")]), ["NaN", "inf"]),
    "short_floats": (pl.Series([0.1, 3.0], dtype=pl.Float32), ["0.1", "3"]),
    "decimals": (pl.Series([Decimal("1.50"), Decimal("-2.00")]), ["1.50", "-2.00"]),
    "booleans": (pl.Series([True, False]), ["TRUE", "FALSE"]),
    "texts": (pl.Series(["", " a ", "007", "1.0"]), ["", " a ", "007", "1.0"]),
    "dates": (pl.Series([date(2025, 1, 31)]), ["2025-01-31"]),
    "datetimes": (
        pl.Series([NOON, NOON.replace(microsecond=120_000)]),
        ["2025-01-31T12:30:00", "2025-01-31T12:30:00.12"],
    ),
    "nanoseconds": (pl.Series([NOON], dtype=pl.Datetime("ns")), ["2025-01-31T12:30:00"]),
    "time_zones": (pl.Series([NOON]).dt.replace_time_zone("Europe/Berlin"), ["2025-01-31T12:30:00+01:00"]),
    "times": (pl.Series([time(8, 30), time(8, 30, 1, 500)]), ["08:30:00", "08:30:01.0005"]),
    "durations": (
        pl.Series([timedelta(hours=30), timedelta(seconds=-1.5), timedelta(0)]),
        ["30:00:00", "-00:00:01.5", "00:00:00"],
    ),
    "categories": (pl.Series(["a", "b"], dtype=pl.Categorical), ["a", "b"]),
    "enums": (pl.Series(["x"], dtype=pl.Enum(["x"])), ["x"]),
    "nothing": (pl.Series([None], dtype=pl.Null), [None]),
}


@pytest.mark.parametrize(("values", "texts"), TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
def test_values_become_the_shortest_text_that_loses_nothing(values, texts, lazy):
    frame = pl.DataFrame({"id": pl.int_range(0, values.len(), eager=True), "value": values})
    cells, _, _ = whole(FrameSource(frame.lazy() if lazy else frame))
    assert [value for _, value in cells] == texts


@settings(max_examples=50)
@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_floats_come_back_to_the_last_bit(values):
    texts = [cell for (cell,) in whole(FrameSource(pl.DataFrame({"x": values})))[0]]
    assert list(map(float, texts)) == values
    assert not any(text.endswith(".0") for text in texts)


@settings(max_examples=50)
@given(st.lists(st.datetimes(), min_size=1))
def test_datetimes_come_back_to_the_microsecond(values):
    texts = [cell for (cell,) in whole(FrameSource(pl.DataFrame({"x": values})))[0]]
    assert [datetime.fromisoformat(text) for text in texts] == values


@settings(max_examples=50)
@given(st.lists(st.times(), min_size=1))
def test_times_come_back_to_the_microsecond(values):
    texts = [cell for (cell,) in whole(FrameSource(pl.DataFrame({"x": values})))[0]]
    assert [time.fromisoformat(text) for text in texts] == values


@settings(max_examples=50)
@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=1), st.sampled_from(["ms", "us", "ns"]))
def test_durations_come_back_to_the_last_tick(ticks, unit):
    series = pl.Series("x", ticks, dtype=pl.Int64).cast(pl.Duration(unit))
    second = {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    for tick, (text,) in zip(ticks, whole(FrameSource(series.to_frame()))[0], strict=True):
        hours, minutes, seconds = text.removeprefix("-").split(":")
        found = (int(hours) * 3_600 + int(minutes) * 60 + Decimal(seconds)) * second
        assert (-found if text.startswith("-") else found) == tick


def test_rows_are_numbered_as_if_the_frame_stood_in_a_sheet():
    cells, rows, _ = whole(FrameSource(pl.DataFrame({"a": [1, None, 3]})))
    assert (cells, rows) == ([("1",), ("3",)], [2, 4])


def test_the_total_of_a_lazy_frame_is_unknown():
    assert FrameSource(TALL).total == BLOCK + 9
    assert FrameSource(TALL.lazy()).total is None
    assert [chunk.completed for chunk in FrameSource(TALL.lazy()).chunks(10**6)][-1] == BLOCK + 9


def test_column_names_stay_as_they_are_but_for_an_empty_one_and_a_pattern_of_polars():
    frame = pl.DataFrame({" a b ": [1], "": [2], "^x.*$": [3]})
    source = FrameSource(frame)
    assert source.header.labels == (" a b ", "column_B", "^x.*$_")
    assert whole(source)[0] == [("1", "2", "3")]


@pytest.mark.parametrize("values", [[[1, 2]], [{"a": 1}], [b"bytes"]], ids=["list", "struct", "binary"])
def test_a_nested_column_is_refused_by_name(values):
    with pytest.raises(SourceError, match=r"column 'odd' holds .*cast it"):
        FrameSource(pl.DataFrame({"odd": values}))


def test_a_frame_without_columns_is_refused():
    with pytest.raises(SourceError, match="has no columns"):
        FrameSource(pl.DataFrame())


def test_a_lazy_frame_that_fails_says_so(tmp_path):
    path = tmp_path / "gone.csv"
    path.write_text("a\n1\nx\n")
    source = FrameSource(pl.scan_csv(path, schema={"a": pl.Int64}), label="gone")
    with pytest.raises(SourceError, match="'gone' cannot be collected: "):
        whole(source)


def test_values_that_are_no_numbers_are_told():
    frame = pl.DataFrame({"a": [1.0, float("nan"), None], "b": [1.0, 2.0, 3.0]})
    (note,) = FrameSource(frame).book.notes
    assert (note, note.column, note.n) == ("1 value is NaN in 'a', which is nothing in a column of numbers", "a", 1)
