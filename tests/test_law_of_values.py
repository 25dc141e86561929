"""The law of the round trip: written as its column is written, a value is its cell again."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING

import dataframely as dy
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import importer
from importer.core import Chunk, Header
from importer.schema import Format
from importer.schema.inference import Guess, decide, infer
from importer.schema.parsing import NumberWriting, explain, parse

few = settings(max_examples=150)

if TYPE_CHECKING:
    from pathlib import Path

ARABIC = str.maketrans("0123456789,.", "٠١٢٣٤٥٦٧٨٩٬٫")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")
PLAIN = str.maketrans("٠١٢٣٤٥٦٧٨٩٬٫०१२३४५६७८९\u00a0\u202f’−", "0123456789'.0123456789  '-")


def grouped(number: float, places: int, mark: str = ",", point: str = ".") -> str:
    return f"{number:,.{places}f}".replace(",", "m").replace(".", point).replace("m", mark)


def indian(number: int) -> str:
    head, tail = divmod(number, 1000)
    pairs = []
    while head:
        head, pair = divmod(head, 100)
        pairs.append(f"{pair:02}" if head else str(pair))
    return ",".join([*reversed(pairs), f"{tail:03}"]) if pairs else str(tail)


whole = st.integers(-(10**7), 10**7)
amount = st.decimals(-(10**7), 10**7, places=2)
floats = st.floats(-1e9, 1e9, allow_nan=False)


def form(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True).map(str)


def money(mark: str, point: str) -> st.SearchStrategy[str]:
    return amount.map(lambda number: grouped(float(number), 2, mark, point))


ASCII = re.ASCII
WAYS: dict[str, st.SearchStrategy[str]] = {
    "whole": whole.map(str),
    "codes": form("[0-9]{1,6}"),
    "invoices": form("[1-9][0-9]{3}[A-Z]?"),
    "parts": form("[1-9][0-9]?E[0-9]"),
    "NACE": form(r"[0-9]{2}\.[0-9]{2}"),
    "HS": form(r"[0-9]{4}\.[0-9]{2}"),
    "Dewey": form(r"[0-9]{3}(\.[0-9]{1,3})?"),
    "sections": form(r"[1-9]\.[1-9][0-9]?"),
    "versions": form(r"[0-9]\.[0-9]{1,2}(\.[0-9]{1,2})?"),
    "telephones": form("[1-9][0-9]{2} [0-9]{3} [0-9]{3}|1 [38]00 [0-9]{3} [0-9]{3}"),
    "international": form(r"\+[1-9][0-9]{6,12}"),
    "addresses": form(r"(10|127|192)(\.(1[0-9]{2}|2[0-4][0-9]|[1-9][0-9]?)){3}"),
    "ISBN": form("97[89][0-9]{10}|[0-9]{9}[0-9X]|978-[0-9]-[0-9]{4}-[0-9]{4}-[0-9]"),
    "IBAN": form("DE[0-9]{2}( [0-9]{4}){4} [0-9]{2}"),
    "cards": form("[1-9][0-9]{15}"),
    "ages": form(r"[1-9][0-9]?\+?"),
    "list": form(r"\([1-9][0-9]?\)|[1-9]"),
    "grades": form("[1-6][-+–]?"),
    "ranges": form("[1-9][0-9]?–?"),
    "fractions": form(r"[0-9]|[0-9] ?1/[2-8]|[0-9]\.5"),
    "ratios": form("[0-9]:[0-9]"),
    "decimals": amount.map(lambda number: f"{number:f}"),
    "prices": amount.map(lambda number: f"{float(number)}"),
    "doubles": floats.map(repr),
    "17 digits": floats.map(lambda number: f"{number:.17g}"),
    "6 digits": floats.map(lambda number: f"{number:g}"),
    "many digits": form(r"[0-9]\.[0-9]{12,22}"),
    "large": form(r"[1-9][0-9]{10,16}\.[0-9]{2}"),
    "percent": amount.map(lambda number: f"{number}%"),
    "percent of some": st.one_of(amount.map(lambda number: f"{number}%"), amount.map(str)),
    "euros": money(",", ".").map(lambda text: f"€{text}"),
    "euros behind": money(".", ",").map(lambda text: f"{text} €"),
    "several currencies": st.tuples(st.sampled_from("€$£"), money(",", ".")).map("".join),
    "currency of some": st.tuples(st.sampled_from(["$", ""]), money(",", ".")).map("".join),
    "rooms": form("RM [1-9][0-9]{2}"),
    "English": money(",", "."),
    "German": money(".", ","),
    "French": money("\u202f", ","),
    "Swiss": money("’", "."),
    "Indian": st.integers(0, 10**9).map(indian),
    "Arabic": money(",", ".").map(lambda text: text.translate(ARABIC)),
    "Devanagari": st.integers(0, 10**7).map(lambda number: indian(number).translate(DEVANAGARI)),
    "accounts": amount.map(
        lambda number: f"({grouped(-float(number), 2)})" if number < 0 else grouped(float(number), 2)
    ),
    "minus behind": amount.map(lambda number: grouped(abs(float(number)), 2) + "-" * (number < 0)),
    "three places": st.integers(0, 9999).map(lambda number: f"{number / 1000:.3f}"),
    "thousands": st.integers(1, 10**6).map(lambda number: f"{number:,}"),
    "points": st.integers(1, 10**6).map(lambda number: f"{number:,}".replace(",", ".")),
    "signs": whole.map(lambda number: f"{number:+}"),
    "dashes": st.one_of(form("[1-9][0-9]{0,2},-"), form("[1-9][0-9]{0,2},[0-9]{2}")),
}
"""How people fill columns that hold digits."""

cells = st.sampled_from(sorted(WAYS)).flatmap(lambda way: st.lists(WAYS[way], min_size=1, max_size=12))
odd = st.sampled_from(sorted(WAYS)).flatmap(WAYS.__getitem__)


def guess(column: list[str], key: tuple[str, ...] = ()) -> Guess:
    frame = pl.DataFrame({"x": column}, schema={"x": pl.String})
    chunk = Chunk(frame=frame, rows=pl.int_range(2, frame.height + 2, eager=True), completed=0)
    return infer(chunk, Header(row=1, labels=("x",)), key=key).guesses[0]


def written(column: list[str], found: Guess) -> Format:
    return decide(
        pl.Series(column, dtype=pl.String),
        found.column.dtype,
        Format.of(found.column),
        is_inferred=True,
        is_key=found.column.primary_key,
    )


def printed(value: float, cell: str, writing: NumberWriting) -> str:
    """The number with the cell's own digits, in the writing of the column; without white space and signs."""
    digits = cell.partition(writing.decimal)[2]
    places = len(re.match("[0-9]*", digits)[0]) if digits else 0  # type: ignore[index]
    exact = abs(Decimal(repr(value)) * (100 if writing.is_percent else 1))
    if re.search("[eE]", cell):
        count = len(re.sub("[eE].*|[-+.]", "", cell).lstrip("0"))
        return f"{abs(value):.{max(count - 1, 0)}e}"
    text = f"{exact:.{places}f}" if len(re.sub("[^0-9]", "", cell)) < 16 else f"{abs(value):.{places}f}"
    front, point, behind = text.partition(".")
    if writing.mark and writing.mark in cell:
        front = indian(int(front)) if writing.is_indian else f"{int(front):,}".replace(",", writing.mark)
    return front + (writing.decimal if point else "") + behind


def comes_back(value: float, cell: str, writing: NumberWriting) -> bool:
    """Whether the value, written as the column is, is the cell again, white space aside."""
    text = re.sub("(?<=[0-9])[.,]--?$", "", cell.translate(PLAIN))
    body = re.search(r"[0-9.,][0-9.,' ]*([eE][-+]?[0-9]+)?", text)
    assert body
    around = (text[: body.start()] + text[body.end() :]).replace(" ", "").replace(writing.currency or " ", "")
    is_negative = around in ("-", "()", "-%", "(%)") or (around == "-" and writing.has_after)
    assert around.replace("%", "") in ("", "+", "-", "()"), around
    assert ("%" in around) == writing.is_percent or text == "0"
    digits = body[0].strip()
    back = printed(value, digits, writing).replace(" ", "")
    if re.search("[eE]", digits):
        return Decimal(back) == Decimal(digits.lower()) and (value < 0) == is_negative
    # A zero has no sign, and a point may stand without digits on one side of it.
    digits = digits.replace(" ", "").removesuffix(writing.decimal)
    digits = f"0{digits}" if digits.startswith(writing.decimal) else digits
    return back == digits and (value == 0 or (value < 0) == is_negative)


@few
@given(column=cells)
@example(column=["01.10", "10.10"])
@example(column=["1.1", "1.9", "1.10"])
@example(column=["99999999999999.99", "12.10"])
@example(column=["0.79580889432691038"])
@example(column=["612 345 678", "1 300 555 123"])
def test_what_is_typed_comes_back_as_it_was_written(column):
    found = guess(column)
    if found.column.dtype not in (pl.Int64, pl.Float64):
        return
    hints = written(column, found)
    assert isinstance(hints.writing, NumberWriting)
    parsed = parse(pl.Series(column), found.column.dtype, hints)
    assert parsed.failed.sum() <= 0.1 * len(column)
    warned = [False] * len(column) if parsed.warned is None else parsed.warned
    for value, cell, is_told in zip(parsed.values, column, warned, strict=True):
        assert value is None or is_told or comes_back(value, cell, hints.writing), (value, cell)


@few
@given(column=cells, late=odd)
@example(column=["1000", "1001"], late="007003")
@example(column=["1000", "1001"], late="12E3")
@example(column=["12.50", "3.20"], late="1,250")
@example(column=["5%", "10%"], late="0.5")
@example(column=["$5", "$6"], late="€5")
@example(column=["1", "2"], late="90+")
@example(column=["1,00"], late="٠٫٠٠")
def test_a_later_cell_of_another_writing_is_refused_or_told(column, late):
    found = guess(column)
    if found.column.dtype not in (pl.Int64, pl.Float64):
        return
    hints = written(column, found)
    assert isinstance(hints.writing, NumberWriting)
    parsed = parse(pl.Series([late]), found.column.dtype, hints)
    if parsed.failed[0]:
        assert repr(late)[:9] in explain(late, found.column.dtype, hints)
    elif parsed.warned is not None:
        assert repr(late)[:9] in hints.writing.told(late)
    else:
        assert comes_back(parsed.values[0], late, hints.writing)


@few
@given(column=cells, late=odd)
@example(column=["1.5", "1.50"], late="2")
@example(column=["1", "2"], late="-0")
@example(column=["1", "2"], late="+1")
@example(column=["1", "2"], late="١")
@example(column=["1.5", "2.5"], late="2.50")
@example(column=["10010000001100000.00", "10010000001100000.01"], late="0")
def test_two_texts_of_a_key_never_become_one_value(column, late):
    found = guess(column, key=("x",))
    texts = dict.fromkeys(cell.strip() for cell in [*column, late])
    parsed = parse(pl.Series(list(texts)), found.column.dtype, written(column, found))
    values = parsed.values.drop_nulls()
    assert values.n_unique() == len(values)


@pytest.mark.parametrize(
    ("late", "value"),
    [("52,53", 52.53), ("1,234.50", 1234.5), ("1.234,50", 1234.5), ("1 234,50", 1234.5), ("1,234,567", 1234567.0)],
)
def test_a_cell_that_can_mean_only_one_thing_is_taken_with_a_warning(late, value):
    column = ["13.39", "8.20"]
    hints = written(column, guess(column))
    parsed = parse(pl.Series([late]), pl.Float64(), hints)
    assert (parsed.values.to_list(), parsed.warned.to_list()) == ([value], [True])
    assert f"{late!r}" in hints.writing.told(late)


@pytest.mark.parametrize(
    ("column", "late", "why"),
    [
        (["100", "200"], "007", "'007' has leading zeros, and the column holds whole numbers without"),
        (["100", "200"], "12E3", "'12E3' has an exponent"),
        (["100", "200"], "1,250", "'1,250' may be 1250 or 1.25"),
        (["100", "200"], "(5)", "'(5)' is in brackets, and the other cells are not"),
        (["100", "200"], "5%", "'5%' has a percent sign, and the other cells have none"),
        (["5%", "6%"], "0.5", "'0.5' has no percent sign, and the other cells have one"),
        (["100", "200"], "€5", "'€5' is in '€', and the other cells have no currency"),
        (["$1.50", "$2.00"], "€5.00", "'€5.00' is in '€', and the other cells are in '$'"),
        (["12.50", "3.20"], "0.1234567890123456789", "has more digits than Float64 holds exactly"),
        (["12.50-", "3.20"], "90+", "'90+' is not a number"),
    ],
)
def test_a_cell_of_another_writing_is_refused_with_the_way_on(column, late, why):
    found = guess(column)
    hints = written(column, found)
    assert parse(pl.Series([late]), found.column.dtype, hints).failed[0]
    assert why in explain(late, found.column.dtype, hints)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (["262.16", "0", "49.22"], dy.Float64),
        (["0.0", "0.30000000000000004", "1e-05"], dy.Float64),
        (["0.79580889432691038", "0.14000000000000001"], dy.Float64),
        (["1.01087e+006", "2.5e-003"], dy.Float64),
        (["12.5", "12.50", "9.99"], dy.Float64),
        (["1 234,50", "99,10"], dy.Float64),
        (["1’234.50", "99.95"], dy.Float64),
        (["(1,200.00)", "35.10"], dy.Float64),
        (["1,200.00-", "18.00"], dy.Float64),
        (["1,23,456.00", "2,000.50"], dy.Float64),
        (["١٬٢٣٤٫٥", "٢٫٥"], dy.Float64),
        (["१,२३,४५६", "५०"], dy.Int64),
        (["$1,200", "$950"], dy.Int64),
        (["+5", "-3", "0"], dy.Int64),
        (["4006381333931", "4006381333948"], dy.Int64),
    ],
    ids=str,
)
def test_honest_numbers_stay_numbers(column, kind):
    assert isinstance(guess(column).column, kind)


def test_columns_of_a_file_share_their_decimal_mark():
    frame = pl.DataFrame({"price": ["12,50", "3,20"], "kg": ["1,250", "1,750"], "pieces": ["1.250", "2.000"]})
    sample = Chunk(frame=frame, rows=pl.Series([2, 3]), completed=0)
    guesses = infer(sample, Header(row=1, labels=tuple(frame.columns))).guesses
    assert [type(found.column) for found in guesses] == [dy.Float64, dy.Float64, dy.Int64]
    assert "as '12,50' in the column 'price' shows" in str(guesses[1].doubt)
    alone = infer(sample, Header(row=1, labels=("kg",)), delimiter=";").guesses[0]
    assert "as ';' between the fields shows" in str(alone.doubt)


class Shop(dy.Schema):
    item = dy.String(nullable=True)
    price = dy.Float64(nullable=True)


@pytest.mark.parametrize(
    ("prices", "refused", "values"),
    [
        (["1,250", "950.0"], [], [1250.0, 950.0]),
        (["1,250", "950"], ["'1,250' may be 1250 or 1.250, and nothing in the file shows which"], [950.0]),
        (["007", "1.5"], [], [7.0, 1.5]),
        (["5%", "1.5", "2"], ["'5%' has a percent sign, and the other cells have none"], [1.5, 2.0]),
        (["5%", "6%", "2"], ["'2' has no percent sign, and the other cells have one"], [0.05, 0.06]),
        (["3", "90+"], ["'90+' is not a number"], [3.0]),
    ],
)
def test_a_schema_that_is_given_reads_what_is_not_in_doubt(prices, refused, values, tmp_path):
    frame = pl.DataFrame({"item": "a", "price": prices})
    frame.write_csv(tmp_path / "shop.csv")
    report = importer.load(tmp_path / "shop.csv", into=tmp_path / "shop.db", schema=Shop, listeners=[])
    assert [message.startswith(why) for message, why in zip(report.rejects["message"], refused, strict=True)] == [
        True for _ in refused
    ]
    assert sorted(rows_of(tmp_path / "shop.db", "price", "shop")) == sorted(values)


def test_another_column_proves_the_decimal_mark_under_a_given_schema(tmp_path):
    (tmp_path / "shop.csv").write_text("item;price\n12,50;1,250\n3,20;1,750\n")
    importer.load(tmp_path / "shop.csv", into=tmp_path / "shop.db", schema=Shop, listeners=[])
    assert rows_of(tmp_path / "shop.db", "price", "shop") == [1.25, 1.75]


def rows_of(path: Path, column: str, table: str) -> list[float]:
    with closing(sqlite3.connect(path)) as db:
        return [value for (value,) in db.execute(f"SELECT {column} FROM {table}")]


def test_a_resumed_job_refuses_what_it_would_have_refused(tmp_path):
    rows = [f"{n},{n % 9 + 1}.50" for n in range(60_000)]
    rows[100], rows[30_007], rows[59_000] = '"1,000",3.20', "007003,1.50", "59000,12E3"
    path = tmp_path / "long.csv"
    path.write_text("\n".join([f"id,price{' ' * 70}", *(f"{row}{' ' * 70}" for row in rows)]))

    def stop(now: importer.Progress) -> None:
        if now.rows_read >= 20_000:
            job.cancel()

    whole = importer.load(path, into=tmp_path / "whole.db", table="t", listeners=[])
    job = importer.plan(
        path, into=tmp_path / "t.db", table="t", chunk_rows=5_000, if_imported="again", listeners=[stop]
    ).job()
    job._run._broadcast._min_interval_s = 0.0
    before = job.start().result()
    after = importer.resume(job.id, listeners=[])
    assert before.progress.rows_read < 60_000 == after.progress.rows_read
    assert after.rejects["message"].to_list() == whole.rejects["message"].to_list()
    assert len(after.rejects) >= 2


def test_columns_that_would_refuse_many_rows_together_become_text():
    rows = range(12)
    frame = pl.DataFrame({f"kind {n}": ["<5" if row == n else "0" for row in rows] for n in rows})
    sample = Chunk(frame=frame, rows=pl.int_range(2, 14, eager=True), completed=0)
    guesses = infer(sample, Header(row=1, labels=tuple(frame.columns))).guesses
    assert {type(found.column) for found in guesses} == {dy.String}
    assert "cells such as '<5' are why the column is text" in str(guesses[0].doubt)
    alone = infer(sample, Header(row=1, labels=("kind 0",))).guesses[0]
    assert isinstance(alone.column, dy.Int64)


def test_rows_that_are_refused_for_other_cells_show_no_types(tmp_path):
    lines = [
        f"{year},{name},{n},{n % 9}%" for year in (2021, 2022) for n, name in enumerate(("a", "b", "c, d", "e"), 11)
    ]
    (tmp_path / "x.csv").write_text("\n".join(["year,name,n,share", *lines]))
    report = importer.load(tmp_path / "x.csv", into=tmp_path / "x.db", table="t", listeners=[])
    assert (report.progress.created, report.progress.rejected) == (6, 2)
    assert rows_of(tmp_path / "x.db", "n", "t") == [11, 12, 14] * 2
    assert rows_of(tmp_path / "x.db", "share", "t") == [0.02, 0.03, 0.05] * 2


def test_numbers_of_a_workbook_fit_beside_those_that_are_text():
    frame = pl.DataFrame({"x": ["1.5", "2,50", "1e21", "3,75"]})
    stored = pl.DataFrame({"x": [True, False, True, False]})
    sample = Chunk(frame=frame, rows=pl.int_range(2, 6, eager=True), completed=0, numbers=stored)
    found = infer(sample, Header(row=1, labels=("x",))).guesses[0]
    assert found.code == 'dy.Float64(nullable=True, metadata={"decimal": ","})'
    assert found.why == "all 4 filled cells are numbers"
