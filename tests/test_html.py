"""Values into escaped HTML."""

from __future__ import annotations

from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer import _html

TEXTS = st.text() | st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onclick='x", "&lt;"]
)


class Tags(HTMLParser):
    """The tags of a text, its attributes, and what stands between."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: dict[str, list[str | None]] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(max_examples=100)
@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_value_becomes_a_tag_or_an_attribute(head: str, under: str, value: str, tip: str, caption: str) -> None:
    html = _html.whole(
        _html.title(head, _html.badge(value)),
        _html.counts({head: value}),
        _html.note(value, "bad"),
        _html.table([(head, under)], [[_html.Cell(value=value, title=tip)], [value]], caption=caption),
    )
    plain = _html.whole(
        _html.title("a", _html.badge("a")),
        _html.counts({"a": "a"}),
        _html.note("a", "bad"),
        _html.table(
            [("a", "a" * bool(under))], [[_html.Cell(value="a", title="a")], ["a"]], caption="a" * bool(caption)
        ),
    )
    found, expected = Tags(html), Tags(plain)
    assert found.tags == expected.tags
    assert set(found.attributes) == set(expected.attributes)


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=200))
def test_a_cell_says_exactly_its_text(text: str) -> None:
    assert Tags(_html.table([], [[text]])).text == text


def test_half_a_character_becomes_a_question_mark() -> None:
    assert _html.escape("a\udcff.csv") == "a?.csv"


def test_a_long_cell_is_cut_and_says_so() -> None:
    said = Tags(_html.table(["a"], [["x" * 32_767]])).text
    assert said.endswith("… (32,467 more characters)")
    assert len(said) < 400


@pytest.mark.parametrize(
    ("values", "is_right"),
    [([1, 2.5, None], True), ([Decimal(1)], True), ([True], False), (["1"], False), ([None], False), ([], False)],
    ids=["numbers", "decimals", "booleans", "text", "nulls", "nothing"],
)
def test_a_column_of_numbers_stands_right_with_its_heading(values: list[object], *, is_right: bool) -> None:
    html = _html.table(["n"], [[value] for value in values])
    assert ('<th scope="col" class="im-number">' in html) is is_right


def test_a_marked_cell_is_not_marked_by_colour_alone() -> None:
    html = _html.table(["a"], [[_html.Cell(value="7h30", mark="bad", title="not a number")]])
    assert 'title="not a number" aria-invalid="true"' in html


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (_html.number(0), "0"),
        (_html.number(-1234567), "-1,234,567"),
        (_html.percent(0.0), "0%"),
        (_html.percent(0.29), "29%"),
        (_html.percent(0.99999), "99%"),
        (_html.percent(1.0), "100%"),
        (_html.rate(0), "0.0 rows/s"),
        (_html.rate(9.96), "10 rows/s"),
        (_html.rate(99.6), "100 rows/s"),
        (_html.rate(999.6), "1,000 rows/s"),
        (_html.rate(1_234_567), "1,230,000 rows/s"),
        (_html.duration(0), "0 s"),
        (_html.duration(9.96), "10 s"),
        (_html.duration(59.6), "1 min 00 s"),
        (_html.duration(3_599.6), "1 h 00 min"),
        (_html.duration(90_000), "25 h 00 min"),
        (_html.size(0), "0 B"),
        (_html.size(999), "999 B"),
        (_html.size(1000), "1.0 kB"),
        (_html.size(41_000_000), "41.0 MB"),
        (_html.size(2 * 10**15), "2000.0 TB"),
    ],
)
def test_figures_read_as_a_person_says_them(said: str, expected: str) -> None:
    assert said == expected
