from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from importer.errors import SchemaError
from importer.schema._schema import NULL_WORDS, Format
from importer.schema.parsing import explain, parse

PLAIN = Format()
COMMA = Format(decimal=",")
DAY, MONTH = Format(day_first=True), Format(day_first=False)
INT, FLOAT, MONEY = pl.Int64(), pl.Float64(), pl.Decimal(10, 2)
MOMENT, UTC, BERLIN = pl.Datetime("us"), pl.Datetime("us", "UTC"), pl.Datetime("us", "Europe/Berlin")
EVERY_DTYPE = [
    *(pl.Int8(), pl.Int16(), pl.Int32(), INT, pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64()),
    *(pl.Float32(), FLOAT, MONEY, pl.String(), pl.Enum(["a"]), pl.Categorical(), pl.Boolean(), pl.Date()),
    *(pl.Datetime("ms"), MOMENT, pl.Datetime("ns"), UTC, BERLIN, pl.Time(), pl.Duration("ms"), pl.Duration("ns")),
]


def read(cell: str | None, dtype: pl.DataType, written: Format = PLAIN) -> object:
    parsed = parse(pl.Series([cell], dtype=pl.String), dtype, written)
    return "refused" if parsed.failed[0] else parsed.values[0]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *(("12", 12), (" 12\t", 12), ("+12", 12), ("-12", -12), ("0042", 42), ("12.0", 12), ("12.", 12), ("1e3", 1000)),
        *(("1.5e3", 1500), ("12-", -12), ("(12)", -12), ("−12", -12), ("- 12", -12), ("1,234", 1234)),
        *(("1,234,567", 1_234_567), ("1,23,456", 123_456), ("1 234", 1234), ("1\u00a0234\u202f567", 1_234_567)),
        *(("1’234", 1234), ("1'234'567", 1_234_567), ("$5", 5), ("5 €", 5), ("EUR 5", 5), ("5 USD", 5), ("-€5", -5)),
        *(("€-5", -5), ("(€5)", -5), ("5,-", 5), ("5.--", 5), ("Rs.500", 500), ("US$ 1,000", 1000), ("1200%", 12)),
        *(("٣٤", 34), ("１２", 12), ("१२", 12), ("\u200e12", 12)),
    ],
)
def test_whole_numbers_are_read_as_people_write_them(cell, number):
    assert read(cell, INT) == number


@pytest.mark.parametrize(
    "cell",
    [
        *("12.5", "1,5", "12,34", "0,123", "1,2345", "1,234,56", "12%", "1e-1", "1e400", "abc", "inf", "0x10"),
        *(
            "1_000",
            "12 kg",
            "12€50",
            "12.-5",
            "5 -",
            "5 - 3",
            "5-3",
            "(12",
            "12)",
            "-(12)",
            "--5",
            "- -",
            "2²",
            "½",
            "'12",
        ),
        *("1\n2", "€", "€5€", "1 2", "1 23 456", "e5", "+", "99999999999999999999", "9223372036854775808", "TRUE"),
        *("1'23", "1,234 567", "1e999999999999999999999", "#REF!", "12:30"),
    ],
)
def test_what_is_no_whole_number_is_refused(cell):
    assert read(cell, INT) == "refused"


@pytest.mark.parametrize(
    ("cell", "written", "number"),
    [
        *(("3.5", PLAIN, 3.5), (".5", PLAIN, 0.5), ("1,234.5", PLAIN, 1234.5), ("12.5%", PLAIN, 0.125)),
        *(("(12.5 %)", PLAIN, -0.125), ("12.50- EUR", PLAIN, -12.5), ("5e-324", PLAIN, 5e-324), ("0e5", PLAIN, 0.0)),
        *(("1e16", PLAIN, 1e16), ("1152921504606847000", PLAIN, 1152921504606847000.0), ("0.1", PLAIN, 0.1)),
        *(("12,5 %", COMMA, 0.125), ("1.234,5", COMMA, 1234.5), ("1234,5", COMMA, 1234.5), ("1.234", COMMA, 1234.0)),
        *(
            ("1 234,5", COMMA, 1234.5),
            (",5", COMMA, 0.5),
            ("1,5e3", COMMA, 1500.0),
            ("-1.234.567,25 €", COMMA, -1234567.25),
        ),
    ],
)
def test_floats_are_read_as_people_write_them(cell, written, number):
    assert read(cell, FLOAT, written) == number


@pytest.mark.parametrize("cell", ["1e400", "-1e400", "inf", "-Infinity", "1e-400", "5e2%", "1.234,5", "1,5"])
def test_floats_are_never_bent(cell):
    assert read(cell, FLOAT) == "refused"


def test_a_whole_number_that_a_float_cannot_hold_is_refused():
    assert read("9007199254740992", FLOAT) == 2.0**53
    assert read("9007199254740993", FLOAT) == "refused"
    assert read("16777217", pl.Float32()) == "refused"
    assert read("3.5e38", pl.Float32()) == "refused"


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *(("1.23", "1.23"), ("1.2", "1.20"), ("1.230", "1.23"), ("-.5", "-0.50"), ("1e2", "100.00"), ("12%", "0.12")),
        *(("99,999,999.99", "99999999.99"), ("1.239", None), ("0.005", None), ("12.5%", None), ("1.5e-3", None)),
        *(("100000000", None), ("1e9", None), ("inf", None)),
    ],
)
def test_decimals_are_exact_or_refused(cell, number):
    assert read(cell, MONEY) == ("refused" if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("dtype", "least", "most"),
    [(pl.Int8(), -128, 127), (pl.Int32(), -(2**31), 2**31 - 1), (pl.UInt8(), 0, 255), (pl.UInt64(), 0, 2**64 - 1)],
    ids=str,
)
def test_whole_numbers_end_where_their_type_ends(dtype, least, most):
    assert [read(str(number), dtype) for number in (least, most)] == [least, most]
    assert [read(str(number), dtype) for number in (least - 1, most + 1)] == ["refused", "refused"]


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "2025-01-31",
            "2025/1/31",
            "2025.01.31",
            "2025.01.31.",
            "31.01.2025",
            "31. 1. 2025",
            "31.1.25",
            " 2025-01-31 ",
        ),
        *(
            "31 Jan 2025",
            "31-Jan-25",
            "31. Januar 2025",
            "January 31, 2025",
            "Jan 31st 2025",
            "JAN. 31 2025",
            "31JAN2025",
        ),
        *("31 janvier 2025", "31 de enero de 2025", "31 gennaio 2025", "31 de janeiro de 2025", "31 januari 2025"),
        *("2025-Jan-31", "20250131", "45688", "45688.0", "2025-01-31T00:00:00", "2025-01-31 00:00", "31.01.2025 0:00"),
        *("2025-01-31T00:00:00Z", "\u200e31.\u200e01.\u200e2025", "２０２５-０１-３１", "2025–01–31"),
    ],
)
def test_dates_are_read_as_people_write_them(cell):
    assert read(cell, pl.Date()) == dt.date(2025, 1, 31)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "31.02.2025",
            "29.02.2023",
            "2025-13-01",
            "2025-00-10",
            "25-01-01",
            "0025-01-01",
            "0999-12-31",
            "12025-01-01",
        ),
        *(
            "25/12/2025",
            "03/04/2025",
            "3-4-2025",
            "2025",
            "9999",
            "2958466",
            "45688.5",
            "20251331",
            "Jan 2025",
            "Jan 12025",
        ),
        *(
            "31.01-2025",
            "31.01.202",
            "31.01",
            "31 Foo 2025",
            "2025-01-31 10:11",
            "2025-01-31x",
            "abc",
            "1.2.3",
            "+2025-01-31",
        ),
    ],
)
def test_what_is_no_date_or_may_be_two_is_refused(cell):
    assert read(cell, pl.Date()) == "refused"


def test_day_first_decides_and_bends_nothing():
    cells = ["03/04/2025", "3-4-25", "13/04/2025", "04/13/2025"]
    third, fourth = dt.date(2025, 4, 3), dt.date(2025, 3, 4)
    assert [read(cell, pl.Date(), DAY) for cell in cells] == [third, third, dt.date(2025, 4, 13), "refused"]
    assert [read(cell, pl.Date(), MONTH) for cell in cells] == [fourth, fourth, "refused", dt.date(2025, 4, 13)]
    assert read("03.04.2025", pl.Date(), MONTH) == third


def test_two_digit_years_end_ten_years_from_today():
    last = dt.datetime.now(tz=dt.UTC).year + 10
    for cell in (f"31.12.{last % 100:02}", f"31 Dec {last % 100:02}"):
        assert read(cell, pl.Date()).year == last
    for cell in (f"31.12.{(last + 1) % 100:02}", f"31 Dec {(last + 1) % 100:02}"):
        assert read(cell, pl.Date()).year == last - 99
    assert read(f"31|12|{(last + 1) % 100:02}", pl.Date(), Format(formats=("%d|%m|%y",))).year == last - 99


def test_the_hundred_years_of_two_digits_are_the_column_s_own():
    born = Format(last_year=2010, day_first=False)
    assert [read(cell, pl.Date(), born).year for cell in ("12/31/45", "1-Jan-10", "01.01.11")] == [1945, 2010, 1911]
    assert read("29.02.00", pl.Date(), Format(last_year=1999)) == "refused"


@pytest.mark.parametrize(
    "cell",
    [
        *("31 stycznia 2025", "31 sty 2025", "31. ledna 2025", "31 января 2025 г.", "31 січня 2025", "31 Ocak 2025"),
        *("31. tammikuuta 2025", "2025. január 31.", "31 ianuarie 2025", "31 de gener de 2025", "31 Ιανουαρίου 2025"),
        *("2025年1月31日", "2025년 1월 31일", "31. januára 2025", "31 janv. 2025", "31-ene-2025", "31 siječnja 2025"),
    ],
)
def test_months_have_names_in_many_languages(cell):
    assert read(cell, pl.Date()) == dt.date(2025, 1, 31)


def test_a_name_of_two_months_needs_the_language():
    assert read("5 listopada 2025", pl.Date()) == "refused"
    assert read("5 listopada 2025", pl.Date(), Format(language="pl")) == dt.date(2025, 11, 5)
    assert read("5 listopada 2025", pl.Date(), Format(language="hr")) == dt.date(2025, 10, 5)


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        *(("2025-01-31", "00:00"), ("2025-01-31 10:11", "10:11"), ("2025-01-31T10:11:12", "10:11:12")),
        *(("2025-01-31T10:11:12.5", "10:11:12.500"), ("2025-01-31 10:11:12,123456", "10:11:12.123456")),
        *(("2025-01-31 1:11 PM", "13:11"), ("2025-01-31 12:30 a. m.", "00:30"), ("31.01.2025, 10:11", "10:11")),
        *(("31 Jan 2025 10:11", "10:11"), ("45688.5", "12:00"), ("45688.4583333333", "11:00")),
        ("2025-01-31T10:11:12.1234560", "10:11:12.123456"),
    ],
)
def test_date_times_are_read_as_people_write_them(cell, clock):
    assert read(cell, MOMENT) == dt.datetime.combine(dt.date(2025, 1, 31), dt.time.fromisoformat(clock))


@pytest.mark.parametrize(
    "cell",
    [
        *("2025-01-31 24:00", "2025-01-31 10:60", "2025-01-31T10:11:60", "2025-01-31 23:59:60", "2025-01-31 13:00 pm"),
        *("2025-01-31T10:11Z", "2025-01-31T10:11+02:00", "2025-01-31T10:11:12.1234567", "10:11", "2025-01-31-10:11"),
    ],
)
def test_what_is_no_moment_of_a_column_without_zone_is_refused(cell):
    assert read(cell, MOMENT) == "refused"


def test_a_zone_is_converted_and_local_time_is_taken_for_the_column_s():
    noon = dt.datetime(2025, 6, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    for cell in (
        "2025-06-01T12:00",
        "2025-06-01T10:00Z",
        "2025-06-01 10:00 UTC",
        "2025-06-01T15:30+05:30",
        "2025-06-01T1000Z",
    ):
        assert read(cell, BERLIN) == ("refused" if "1000" in cell else noon)


def test_local_times_that_do_not_exist_or_exist_twice_are_refused():
    assert [read(cell, BERLIN) for cell in ("2025-03-30 02:30", "2025-10-26 02:30")] == ["refused", "refused"]
    clear = parse(pl.Series(["2025-10-26 02:30+01:00"]), BERLIN, PLAIN).values
    assert clear.dt.convert_time_zone("UTC")[0].hour == 1


def test_moments_outside_of_what_nanoseconds_reach_are_refused():
    cells = ["1500-01-01", "1500-01-01T00:00:00", "2262-04-12", "2025-01-31T10:11:12.123456789"]
    parsed = parse(pl.Series(cells), pl.Datetime("ns"), PLAIN)
    assert parsed.failed.to_list() == [True, True, True, False]
    assert parsed.values.dt.nanosecond()[3] == 123_456_789


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        *(
            ("10:11", "10:11"),
            ("1:02:03", "01:02:03"),
            ("10:11:12.5", "10:11:12.500"),
            ("1:11 pm", "13:11"),
            ("0.5", "12:00"),
        ),
        *(
            ("0", "00:00"),
            ("24:00", None),
            ("10:60", None),
            ("10:11:60", None),
            ("1", None),
            ("1.5", None),
            ("13:00 pm", None),
        ),
        *(("0.9999999999", None), ("-0.5", None), ("1030", None)),
    ],
)
def test_times_of_day(cell, clock):
    assert read(cell, pl.Time()) == ("refused" if clock is None else dt.time.fromisoformat(clock))


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        *(("30:15", 30.25), ("30:15:00", 30.25), ("-1:30", -1.5), ("PT30H15M", 30.25), ("P1DT2H", 26), ("P1W", 168)),
        *(("1 day, 2:00:00", 26), ("2 days 03:00", 51), ("0.5", 12), ("0:00:00.5", 0.5 / 3600), ("0", 0)),
        *(
            ("8", None),
            ("7.5", None),
            ("-1 day, 2:00:00", None),
            ("30:60", None),
            ("P", None),
            ("PT", None),
            ("P1Y", None),
        ),
    ],
)
def test_lengths_of_time(cell, hours):
    assert read(cell, pl.Duration("us")) == ("refused" if hours is None else dt.timedelta(hours=hours))


def test_formats_are_read_instead_of_the_usual_ways():
    written = Format(formats=("%d|%m|%Y", "%Y年%m月%d日"))
    cells = ["31|01|2025", "2025年1月31日", "2025-01-31", "31|02|2025", "31|01|25"]
    day = dt.date(2025, 1, 31)
    assert [read(cell, pl.Date(), written) for cell in cells] == [day, day, "refused", "refused", "refused"]
    assert read("31|01|2025 10:11", pl.Date(), Format(formats=("%d|%m|%Y %H:%M",))) == "refused"
    assert read("10h11", pl.Time(), Format(formats=("%Hh%M",))) == dt.time(10, 11)
    aware = Format(formats=("%d.%m.%Y %H:%M %z",))
    assert read("31.01.2025 10:11 +0200", UTC, aware) == dt.datetime(2025, 1, 31, 8, 11, tzinfo=dt.UTC)
    assert read("31.01.2025 10:11 +0200", MOMENT, aware) == "refused"


def test_a_format_that_polars_cannot_use_is_an_error():
    with pytest.raises(SchemaError, match="'%H'"):
        read("10", MOMENT, Format(formats=("%H",)))


@pytest.mark.parametrize("cell", ["true", "TRUE", " Yes ", "ja", "Oui", "1", "✓", "はい"])
def test_words_for_yes(cell):
    assert read(cell, pl.Boolean()) is True


def test_words_for_yes_and_no_are_the_column_s_own():
    written = Format(true=("aktiv",), false=("inaktiv",))
    assert [read(cell, pl.Boolean(), written) for cell in ("AKTIV", "inaktiv", "yes")] == [True, False, "refused"]
    with pytest.raises(SchemaError, match="'n' stands for both"):
        read("n", pl.Boolean(), Format(true=("n",)))


@pytest.mark.parametrize("word", NULL_WORDS)
@pytest.mark.parametrize(
    "dtype", [INT, FLOAT, MONEY, pl.Boolean(), pl.Date(), MOMENT, pl.Time(), pl.Enum(["a"])], ids=str
)
def test_words_for_nothing_are_nothing_where_no_text_stands(word, dtype):
    assert read(f" {word} ", dtype) is None


def test_words_for_nothing_are_texts_among_texts():
    assert [read(cell, pl.String()) for cell in ("NA", "-", "", " ", None)] == ["NA", "-", None, None, None]
    assert [read(cell, pl.String(), Format(strip=False)) for cell in ("", " ")] == ["", " "]
    own = Format(nulls=("NA", ""))
    assert [read(cell, pl.String(), own) for cell in ("NA", " NA ", "", "-")] == [None, None, None, "-"]
    assert [read(cell, INT, Format(nulls=("-999",))) for cell in ("-999", "NA", "12")] == [None, "refused", 12]


def test_a_category_is_one_even_where_it_is_a_word_for_nothing():
    countries = pl.Enum(["NA", "DE"])
    assert [read(cell, countries) for cell in ("NA", " DE", "-", "", "XX")] == ["NA", "DE", None, None, "refused"]


def test_texts_lose_white_space_around_them_and_say_so():
    parsed = parse(pl.Series("name", ["a ", "\u00a0b\u200b", "c d", None, "  "]), pl.String(), PLAIN)
    assert parsed.values.to_list() == ["a", "b", "c d", None, None]
    assert parsed.values.name == "name"
    assert parsed.trimmed is not None
    assert parsed.trimmed.to_list() == [True, True, False, False, False]
    assert parse(pl.Series(["a"]), pl.String(), PLAIN).trimmed is None
    assert parse(pl.Series([" a"]), INT, PLAIN).trimmed is None
    exact = parse(pl.Series([" a "]), pl.String(), Format(strip=False))
    assert (exact.values.to_list(), exact.trimmed) == ([" a "], None)


@pytest.mark.parametrize("dtype", EVERY_DTYPE, ids=str)
@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#GETTING_DATA", " #NAME? "])
def test_excel_errors_are_refused_in_every_type(dtype, error):
    assert read(error, dtype) == "refused"
    assert explain(error, dtype, PLAIN) == f"the cell holds the Excel error {error.strip()}"


@pytest.mark.parametrize("dtype", EVERY_DTYPE, ids=str)
def test_every_type_takes_columns_without_cells_and_without_values(dtype):
    for cells in (pl.Series("x", [], dtype=pl.String), pl.Series("x", [None, None]), pl.Series("x", [None, ""])):
        parsed = parse(cells, dtype, PLAIN)
        assert (parsed.values.dtype, parsed.values.name, len(parsed.values)) == (dtype, "x", len(cells))
        assert not parsed.failed.any()


@pytest.mark.parametrize("dtype", [pl.List(pl.Int64), pl.Struct({"a": pl.Int64}), pl.Binary(), pl.Object()], ids=str)
def test_types_that_no_cell_can_hold_are_schema_errors(dtype):
    with pytest.raises(SchemaError, match="no cell can be read as"):
        read("1", dtype)


@pytest.mark.parametrize(
    ("cell", "dtype", "written", "sentence"),
    [
        ("abc", INT, PLAIN, "'abc' is not a whole number"),
        ("12.5", INT, PLAIN, "'12.5' is not a whole number"),
        ("1,5", FLOAT, PLAIN, "'1,5' is not a number where '.' is the decimal mark"),
        ("12.5", FLOAT, COMMA, "'12.5' is not a number where ',' is the decimal mark"),
        ("99999999999", pl.Int32(), PLAIN, "'99999999999' is too large for Int32 (−2,147,483,648 to 2,147,483,647)"),
        ("-1", pl.UInt8(), PLAIN, "'-1' is too small for UInt8 (0 to 255)"),
        ("1e400", FLOAT, PLAIN, "'1e400' is too large for Float64"),
        ("1e-400", FLOAT, PLAIN, "'1e-400' is too close to zero for Float64"),
        ("1.239", MONEY, PLAIN, "'1.239' has more than the 2 decimals that Decimal(10, 2) holds"),
        (
            "123456789",
            MONEY,
            PLAIN,
            "'123456789' has more than the 8 digits before the decimal mark that Decimal(10, 2) holds",
        ),
        ("31.02.2025", pl.Date(), PLAIN, "'31.02.2025' is not a date: February 2025 has 28 days"),
        ("31/02/2025", pl.Date(), DAY, "'31/02/2025' is not a date: February 2025 has 28 days"),
        ("30 Feb 2024", pl.Date(), PLAIN, "'30 Feb 2024' is not a date: February 2024 has 29 days"),
        ("13/13/2025", pl.Date(), DAY, "'13/13/2025' is not a date: there is no month 13"),
        ("0025-01-01", pl.Date(), PLAIN, "'0025-01-01' is not a date: the year 25 is not within 1000 to 9999"),
        ("yesterday", MOMENT, PLAIN, "'yesterday' is not a date and time"),
        ("24:00", pl.Time(), PLAIN, "'24:00' is not a time of day: the hours go to 23, not 24"),
        ("1", pl.Enum(["a", "b"]), PLAIN, "'1' is not in the list: there are: a, b"),
        ("perhaps", pl.Boolean(), PLAIN, "'perhaps' is neither yes nor no, such as 'true' or 'false'"),
        ("31|01", pl.Date(), Format(formats=("%d.%m.%Y",)), "'31|01' is not a date written as '%d.%m.%Y'"),
    ],
)
def test_a_refused_cell_is_explained_in_a_sentence(cell, dtype, written, sentence):
    assert read(cell, dtype, written) == "refused"
    assert explain(cell, dtype, written) == sentence


@pytest.mark.parametrize(
    ("cell", "dtype", "part"),
    [
        ("03/04/2025", pl.Date(), "day first or month first, and nothing says which"),
        ("2025-01-31 10:11", pl.Date(), "holds a time of day"),
        ("2025-01-31T10:11Z", MOMENT, "holds a time zone"),
        ("2025-01-31T10:11:12.1234567", MOMENT, "more than the 6 decimals of a second"),
        ("2025-03-30 02:30", BERLIN, "not a clear moment in Europe/Berlin"),
        ("1500-01-01", pl.Datetime("ns"), "1678 to 2261"),
        ("9007199254740993", FLOAT, "more digits than Float64 holds exactly"),
        ("8", pl.Duration("us"), "does not say whether it counts days"),
        ("x" * 40_000, INT, "a text of 40,000 characters"),
    ],
)
def test_the_explanation_names_the_reason(cell, dtype, part):
    assert part in explain(cell, dtype, PLAIN)
