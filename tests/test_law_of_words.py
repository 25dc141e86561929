"""What holds for words for yes, no and nothing: one pair, of one language, and nothing is not a text."""

from __future__ import annotations

from typing import Any

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.core import Chunk, Header
from importer.schema import Format
from importer.schema._words import NULL_WORDS, PAIRS
from importer.schema.inference import Guess, infer
from importer.schema.parsing import explain, parse

few = settings(max_examples=50)

LONG_PAIRS = [(yes[0], no[0]) for yes, no in PAIRS if not yes[0].isdigit() and {yes[0], no[0]} != {"s", "n"}]
CASES: Any = st.sampled_from([str, str.upper, str.capitalize])


def guess(cells: list[str | None], label: str = "x") -> Guess:
    frame = pl.DataFrame({label: cells}, schema={label: pl.String})
    chunk = Chunk(frame=frame, rows=pl.int_range(2, frame.height + 2, eager=True), completed=0)
    return infer(chunk, Header(row=1, labels=(label,))).guesses[0]


@few
@given(pair=st.sampled_from(LONG_PAIRS), case=CASES, said=st.lists(st.sampled_from([0, 1, None]), max_size=20))
def test_a_pair_of_one_language_is_read_and_remembered(pair, case, said):
    cells = [case(pair[0]), case(pair[1]), *(None if side is None else case(pair[side]) for side in said)]
    column = guess(cells).column
    assert isinstance(column, dy.Bool)
    parsed = parse(pl.Series(cells), pl.Boolean(), Format.of(column))
    assert parsed.values.to_list() == [True, False, *(None if side is None else side == 0 for side in said)]


@few
@given(one=st.sampled_from(LONG_PAIRS), other=st.sampled_from(LONG_PAIRS), data=st.data())
def test_a_late_word_of_another_language_is_refused_with_the_reason(one, other, data):
    column = guess([*one, *one]).column
    late = data.draw(st.sampled_from(other))
    parsed = parse(pl.Series([late]), pl.Boolean(), Format.of(column))
    folded = [next(pair for pair in PAIRS if word in pair[0] + pair[1]) for word in (one[0], late)]
    if folded[0] != folded[1] and late not in one:
        assert parsed.failed.to_list() == [True]
        assert f"such as {one[0]!r} or {one[1]!r}" in explain(late, pl.Boolean(), Format.of(column))


@pytest.mark.parametrize(
    ("cells", "label"),
    [
        *((["sand"] * 4, "soil"), (["waar", "waar"], "x"), (["ON", "ON", None], "prov"), (["ja", "no"], "lang")),
        *((["NO", "SI"], "country"), (["DA", "NE"], "language"), (["NO", None], "country"), (["da", "ne", "fr"], "x")),
        *((["sand", "clay", "sand"], "soil"), (["ja", "yes"], "x"), (["x", None], "x"), (["o", "o"], "x")),
        *((["N", "S"], "side"), (["no", "no"], "x"), (["Y"], "x"), (["faux", "faux"], "fur"), (["on"], "x")),
    ],
    ids=str,
)
def test_codes_soils_and_single_letters_stay_text(cells, label):
    assert isinstance(guess(cells, label).column, dy.String)


def test_words_with_a_capital_are_no_codes():
    assert isinstance(guess(["Si", "No", "No"]).column, dy.Bool)


def test_codes_that_may_be_words_are_doubted():
    assert guess(["NO", "SI"]).doubt == (
        "'no' and 'si' may be codes of languages or countries; the type Bool reads them as words for yes and no"
    )


@pytest.mark.parametrize("word", [word for word in NULL_WORDS if word])
@pytest.mark.parametrize(
    ("cells", "kind"),
    [(["1", "2"], dy.Int64), (["1.5", "2.25"], dy.Float64), (["2025-01-31"] * 2, dy.Date), (["yes", "no"], dy.Bool)],
    ids=["whole", "decimal", "date", "yes"],
)
def test_a_word_for_nothing_is_nothing_in_a_typed_column(cells, kind, word):
    column = guess([*cells, word]).column
    assert isinstance(column, kind)
    parsed = parse(pl.Series([word, cells[0]]), column.dtype, Format.of(column))
    assert (parsed.failed.to_list(), parsed.values.is_null().to_list()) == ([False, False], [True, False])


@pytest.mark.parametrize("word", ["NA", "null", "None", "-", "NaN", "n.a."])
def test_a_word_for_nothing_is_a_text_among_texts(word):
    column = guess(["Ann", word, "Bob"]).column
    parsed = parse(pl.Series([word, "", " ", None]), column.dtype, Format.of(column))
    assert parsed.values.to_list() == [word, None, None, None]
