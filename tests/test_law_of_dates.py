"""What holds for dates and times: a column has one writing, and no other cell becomes a day that it may not mean."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.core import Chunk, Header
from importer.schema import Format
from importer.schema.inference import Guess, decide, infer
from importer.schema.parsing import Parsed, explain, parse
from importer.schema.parsing._months import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

few = settings(max_examples=12)

THIS_YEAR = dt.datetime.now(tz=dt.UTC).year
PROOF = dt.date(2024, 11, 25)
"""A day that tells the order of day and month."""


def unpadded(day: dt.date, form: str) -> str:
    return form.format(d=day.day, m=day.month, Y=day.year, y=f"{day.year % 100:02}")


WRITINGS: dict[str, Callable[[dt.date], str]] = {
    "ISO": lambda day: day.isoformat(),
    "year first, slashes": lambda day: f"{day:%Y/%m/%d}",
    "German": lambda day: f"{day:%d.%m.%Y}",
    "German, short": lambda day: unpadded(day, "{d}.{m}.{Y}"),
    "German, spaced": lambda day: unpadded(day, "{d}. {m}. {Y}"),
    "day first": lambda day: f"{day:%d/%m/%Y}",
    "day first, short": lambda day: unpadded(day, "{d}/{m}/{y}"),
    "day first, dashes": lambda day: f"{day:%d-%m-%Y}",
    "month first": lambda day: f"{day:%m/%d/%Y}",
    "month first, short": lambda day: unpadded(day, "{m}/{d}/{y}"),
    "English": lambda day: f"{day:%B} {day.day}, {day.year}",
    "abbreviated": lambda day: f"{day:%d-%b-%Y}",
    "abbreviated, short": lambda day: f"{day:%d-%b-%y}",
    "Japanese": lambda day: unpadded(day, "{Y}年{m}月{d}日"),
    "with a clock": lambda day: f"{day:%Y-%m-%d} 00:00:00",
}
SAME_SHAPE = [{"day first", "month first"}, {"day first, short", "month first, short"}]
days = st.dates(dt.date(THIS_YEAR - 80, 1, 1), dt.date(THIS_YEAR + 9, 12, 31))


def guess(cells: list[str | None], label: str = "date", **options: bool) -> Guess:
    frame = pl.DataFrame({label: cells}, schema={label: pl.String})
    chunk = Chunk(frame=frame, rows=pl.int_range(2, frame.height + 2, eager=True), completed=0)
    return infer(chunk, Header(row=1, labels=(label,)), **options).guesses[0]


def read(cells: list[str], column: dy.Column, sample: list[str]) -> tuple[Parsed, Format]:
    """The cells as values of a column that was inferred from the sample."""
    written = decide(pl.Series(sample), column.dtype, Format.of(column), is_inferred=True)
    return parse(pl.Series(cells), column.dtype, written), written


@pytest.mark.parametrize("way", WRITINGS)
@few
@given(known=st.lists(days, min_size=1, max_size=8), later=st.lists(days, max_size=4))
def test_dates_of_one_writing_are_read_and_written_back(way, known, later):
    write = WRITINGS[way]
    sample = [write(day) for day in [PROOF, *known]]
    column = guess(sample).column
    assert isinstance(column, dy.Datetime if way == "with a clock" else dy.Date)
    parsed, _ = read(sample, column, sample)
    assert parsed.warned is None
    assert [write(day) for day in parsed.values] == sample
    late, _ = read([write(day) for day in later], column, sample)
    assert late.values.cast(pl.Date).to_list() == later


@few
@given(
    ways=st.tuples(st.sampled_from(sorted(WRITINGS)), st.sampled_from(sorted(WRITINGS))),
    known=st.lists(days, min_size=1, max_size=8),
    late=days,
)
def test_a_late_cell_of_another_writing_is_refused_or_taken_for_its_day_with_a_warning(ways, known, late):
    own, other = WRITINGS[ways[0]], WRITINGS[ways[1]]
    sample = [own(day) for day in [PROOF, *known]]
    column = guess(sample).column
    cell = other(late)
    parsed, written = read([cell], column, sample)
    if own(late) == cell or set(ways) in SAME_SHAPE:
        return
    if parsed.failed[0]:
        sentence = explain(cell, column.dtype, written)
        assert cell in sentence
        assert parsed.values[0] is None
    else:
        assert parsed.values.cast(pl.Date)[0] == late
        is_padding = [run for run in cell if not run.isdigit()] == [run for run in sample[0] if not run.isdigit()]
        assert is_padding or parsed.warned is not None


@pytest.mark.parametrize("language", NAMES)
@few
@given(known=st.lists(days, min_size=1, max_size=6))
def test_months_are_read_in_the_language_of_the_column(language, known):
    names = [month.split("|") for month in NAMES[language].split()]
    for form in (0, -1):
        cells = [f"{day.day}. {names[day.month - 1][form]} {day.year}" for day in known]
        column = guess(cells).column
        if isinstance(column, dy.String):  # a name that is another month in another language
            continue
        assert parse(pl.Series(cells), column.dtype, Format.of(column)).values.to_list() == known


@pytest.mark.parametrize(
    ("cells", "label"),
    [
        *((["3.11.10", "3.12.11"], "python"), (["3.11.10", "3.12.11"], "x"), (["03.11.10"], "version")),
        *((["2023.3.2", "2024.1.1"], "release"), (["2023.3.2", "2024.1.1"], "x"), (["2008.11.10"], "hs_code")),
        *((["10-5-12", "12-4-10"], "record"), (["1.2.10", "1.2.11"], "section"), (["10.12.11"], "x")),
        *((["18.06.1815", "21.10.1805"], "x"), (["03/04/2025", "05/06/2025"], "x"), (["12.05.3456"], "part")),
    ],
    ids=str,
)
def test_versions_codes_and_years_far_off_are_no_dates_by_themselves(cells, label):
    found = guess(cells, label)
    assert isinstance(found.column, dy.String)
    assert found.doubt


@pytest.mark.parametrize(
    ("cells", "label"),
    [
        *((["3.11.10", "13.12.11"], "Datum"), (["03.11.10", "13.12.11"], "x"), (["2023.03.02", "2024.01.11"], "x")),
        *((["1815-06-18"], "battle"), (["18.06.1815"], "geboren"), (["3.1.2025"], "x"), (["13/1/25"], "x")),
    ],
    ids=str,
)
def test_dates_are_dates(cells, label):
    assert isinstance(guess(cells, label).column, dy.Date)


def test_a_birth_in_two_digits_is_past_and_told():
    ahead = f"07/15/{(THIS_YEAR + 4) % 100:02}"
    found = guess(["12/31/45", ahead], "Born")
    assert found.column.metadata is not None
    assert found.column.metadata["last_year"] == THIS_YEAR
    assert f"{THIS_YEAR - 99} to {THIS_YEAR}: '12/31/45' in row 2 is in 1945" in str(found.doubt)
    parsed = parse(pl.Series(["12/31/45", ahead]), pl.Date(), Format.of(found.column))
    assert parsed.values.dt.year().to_list() == [1945, THIS_YEAR - 96]
    assert guess([f"12/31/{(THIS_YEAR - 1) % 100:02}"], "sold").doubt is None


def test_a_number_far_from_the_dates_is_refused_and_one_among_them_is_told():
    sample = [f"2025-01-{day:02}" for day in range(3, 20)]
    column = guess([*sample, "250105"]).column
    parsed, written = read(["250105", "2025010", "45662", "20250105", "2025-01-05"], column, sample)
    day = dt.date(2025, 1, 5)
    assert parsed.values.to_list() == [None, None, day, day, day]
    assert parsed.failed.to_list() == [True, True, False, False, False]
    assert parsed.warned is not None
    assert parsed.warned.to_list() == [False, False, True, True, False]
    assert explain("250105", pl.Date(), written) == (
        "'250105' is 2584-10-04 if it is an Excel serial number, far from the other dates; "
        "the dates of the column are written like '2025-01-03'"
    )
    assert written.writing is not None
    assert written.writing.told("45662") == (
        "'45662' is taken for the Excel serial number of 2025-01-05, which lies among the other dates"
    )
    assert (
        written.writing.told("5.1.2025") == "'5.1.2025' is not written like '2025-01-03', and can only mean 2025-01-05"
    )


def test_two_writings_that_each_mean_one_day_are_told():
    found = guess(["2024-01-05", "2024-01-06", "5.1.2024", "16.1.2024"])
    assert isinstance(found.column, dy.Date)
    assert found.doubt == ("written in 2 ways, each of which can mean only one day: '2024-01-05' and '5.1.2024'")


@pytest.mark.parametrize(
    ("cells", "label", "kind", "is_doubted"),
    [
        *((["3:45", "4:05"], "length", dy.String, True), (["16:09", "4:03"], "ratio", dy.String, True)),
        *((["3:16"], "verse", dy.String, True), (["3:45", "4:05"], "x", dy.Time, True)),
        *(
            (["3:45", "4:05"], "start", dy.Time, False),
            (["3:45", "10:12"], "time", dy.Time, True),
            (["08:00", "17:30"], "x", dy.Time, False),
        ),
        *((["8:00 am"], "x", dy.Time, False), (["7:30", "30:15"], "time", dy.String, True)),
    ],
    ids=str,
)
def test_a_clock_and_a_length_are_told_apart_or_doubted(cells, label, kind, is_doubted):
    found = guess(cells, label)
    assert (type(found.column), found.doubt is not None) == (kind, is_doubted)


@pytest.mark.parametrize(
    ("sample", "cell", "outcome"),
    [
        *((["0:03:45", "1:02:03"], "3:45", "refused"), (["0:03:45", "1:02:03"], "3:45 pm", "warned")),
        *((["3:30 pm", "9:00 am"], "9:15", "refused"), (["3:30 pm", "9:00 am"], "15:30", "warned")),
        *((["08:00", "17:30"], "0.5", "refused"), (["08:00", "17:30"], "8:00:15", "fits"), (["08:00"], "9:15", "fits")),
        *((["08:00", "17:30"], "27:30", "refused"), (["08:00", "17:30"], "NaT", "nothing")),
    ],
)
def test_a_late_time_that_may_be_another_one_is_refused(sample, cell, outcome):
    column = guess(sample, "start").column
    written = decide(pl.Series(sample), column.dtype, Format.of(column), is_inferred=True)
    parsed = parse(pl.Series([cell]), column.dtype, written)
    warned = parsed.warned is not None
    assert (parsed.failed[0], warned, parsed.values.is_null()[0]) == {
        "refused": (True, False, True),
        "warned": (False, True, False),
        "fits": (False, False, False),
        "nothing": (False, False, True),
    }[outcome]


def test_the_order_that_one_column_proves_serves_the_others_and_is_told():
    frame = pl.DataFrame({"ordered": ["03/04/2025", "04/04/2025"], "paid": ["25/04/2025", "13/05/2025"]})
    chunk = Chunk(frame=frame, rows=pl.Series([2, 3]), completed=0)
    ordered, _ = infer(chunk, Header(row=1, labels=("ordered", "paid"))).guesses
    assert ordered.code == 'dy.Date(nullable=True, metadata={"day_first": True})'
    assert str(ordered.doubt).startswith("'03/04/2025' in row 2 is read day first, as the column 'paid' shows")
    contrary = chunk.frame.with_columns(due=pl.Series(["04/25/2025", "05/13/2025"]))
    guesses = infer(replace(chunk, frame=contrary), Header(row=1, labels=("ordered", "paid", "due"))).guesses
    assert [type(one.column) for one in guesses] == [dy.String, dy.Date, dy.Date]


def test_texts_of_a_key_that_look_alike_are_told():
    frame = pl.DataFrame({"sku": ["AB-1", "ab-1", "x", "x"]})
    chunk = Chunk(frame=frame, rows=pl.Series([2, 3, 4, 5]), completed=0)
    found = infer(chunk, Header(row=1, labels=("sku",)), key=["sku"]).guesses[0]
    assert found.doubt == (
        "'AB-1' in row 2 and 'ab-1' in row 3 differ only in case or white space, and are different keys"
    )
    assert infer(chunk, Header(row=1, labels=("sku",))).guesses[0].doubt is None


def test_one_date_of_the_other_order_does_not_make_a_column_text():
    sample = [f"{day}/11/2024" for day in range(1, 29)]
    found = guess([*sample, *sample, "12/31/2024"])
    assert found.code == 'dy.Date(nullable=True, metadata={"day_first": True})'
    assert found.doubt == (
        "the day is first in '13/11/2024' and the month in '12/31/2024': "
        "all that may be either are read day first, as most are"
    )
    parsed, written = read(["12/31/2024", "31/12/2024"], found.column, sample)
    assert parsed.values.to_list() == [dt.date(2024, 12, 31)] * 2
    assert parsed.warned is not None
    assert parsed.warned.to_list() == [True, False]
    assert written.writing is not None
    assert "can only mean 2024-12-31" in written.writing.told("12/31/2024")


@pytest.mark.parametrize(
    ("cells", "label", "doubt"),
    [
        (["45352", "45353"], "date", "all may be Excel serial numbers of dates"),
        (["8.30", "12.45"], "start", "all may be times of day with a point between hours and minutes"),
        (["01/02/2567", "15/03/2567"], "date", "2 lie outside the years 1900 to 2100, e.g. '01/02/2567' in row 2"),
    ],
)
def test_numbers_and_years_that_may_be_meant_otherwise_are_doubted(cells, label, doubt):
    assert guess(cells, label).doubt.partition("; give ")[0] == doubt
    if not label.startswith("date") or "/" not in cells[0]:
        assert guess(cells, "price").doubt is None


def test_a_given_type_reads_every_writing_but_no_number_far_from_the_dates():
    sample = pl.Series(["2025-01-03", "4.1.2025", "2025-01-05"])
    written = decide(sample, pl.Date(), Format())
    parsed = parse(pl.Series(["6.1.2025", "7 Jan 2025", "45665", "250105"]), pl.Date(), written)
    assert parsed.values.to_list() == [*(dt.date(2025, 1, day) for day in (6, 7, 8)), None]
    assert parsed.warned is not None
    assert parsed.warned.to_list() == [False, False, True, False]
    serials = decide(pl.Series(["45665", "250105"]), pl.Date(), Format())
    assert not parse(pl.Series(["45665", "250105"]), pl.Date(), serials).failed.any()


def test_a_few_odd_dates_that_mean_one_day_count_as_dates():
    odd = ["2025-1-6", "2025/01/07", "January 9, 2025", "20250110", "45668"]
    found = guess([*["2025-01-05"] * 20, *odd, "07-01-2025"])
    assert found.code == "dy.Date(nullable=True)"
    assert found.why == "25 of 26 filled cells are dates; 1 is not, e.g. '07-01-2025' in row 27"


def test_a_time_that_may_be_minutes_does_not_make_lengths_of_times():
    found = guess([*[f"08:{minute:02}:00" for minute in range(20)], "8:15"], "start")
    assert found.code == "dy.Time(nullable=True)"
    assert "1 is not, e.g. '8:15' in row 22" in found.why


def test_a_given_type_takes_the_language_of_the_months_from_the_column():
    written = decide(pl.Series(["5 listopada 2024", "3 maja 2024"]), pl.Date(), Format())
    assert written.language == "pl"
    assert parse(pl.Series(["5 listopada 2024"]), pl.Date(), written).values.to_list() == [dt.date(2024, 11, 5)]
