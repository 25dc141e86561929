"""Values into escaped HTML."""

from __future__ import annotations

from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import visible
from importer.views import html

TEXTS = st.text() | st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onclick='x", "&lt;"]
)


class Tags(HTMLParser):
    """The tags of a text, its attributes, and what stands between."""

    def __init__(self, drawn: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: dict[str, list[str | None]] = {}
        self.text = ""
        self.feed(drawn)
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
    drawn = html.whole(
        html.title(head, html.badge(value)),
        html.counts({head: value}),
        html.note(value, "bad"),
        html.table([(head, under)], [[html.Cell(value=value, title=tip)], [value]], caption=caption),
    )
    plain = html.whole(
        html.title("a", html.badge("a")),
        html.counts({"a": "a"}),
        html.note("a", "bad"),
        html.table([("a", "a" * bool(under))], [[html.Cell(value="a", title="a")], ["a"]], caption="a" * bool(caption)),
    )
    found, expected = Tags(drawn), Tags(plain)
    assert found.tags == expected.tags
    assert set(found.attributes) == set(expected.attributes)


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(exclude_categories=["C"]), max_size=200))
def test_a_cell_says_exactly_its_text(text: str) -> None:
    assert Tags(html.table([], [[text]])).text == visible(text)


def test_half_a_character_becomes_a_mark() -> None:
    assert html.escape("a\udcff.csv") == "a⟨U+DCFF⟩.csv"


def test_a_long_cell_is_cut_and_says_so() -> None:
    said = Tags(html.table(["a"], [["x" * 32_767]])).text
    assert said.endswith("… (32,467 more characters)")
    assert len(said) < 400


@pytest.mark.parametrize(
    ("values", "is_right"),
    [([1, 2.5, None], True), ([Decimal(1)], True), ([True], False), (["1"], False), ([None], False), ([], False)],
    ids=["numbers", "decimals", "booleans", "text", "nulls", "nothing"],
)
def test_a_column_of_numbers_stands_right_with_its_heading(values: list[object], *, is_right: bool) -> None:
    drawn = html.table(["n"], [[value] for value in values])
    assert ('<th scope="col" class="im-number">' in drawn) is is_right


def test_a_marked_cell_is_not_marked_by_colour_alone() -> None:
    drawn = html.table(["a"], [[html.Cell(value="7h30", mark="bad", title="not a number")]])
    assert 'title="not a number" aria-invalid="true"' in drawn


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (html.number(0), "0"),
        (html.number(-1234567), "-1,234,567"),
        (html.percent(0.0), "0%"),
        (html.percent(0.29), "29%"),
        (html.percent(0.99999), "99%"),
        (html.percent(1.0), "100%"),
        (html.rate(0), "0.0 rows/s"),
        (html.rate(9.96), "10 rows/s"),
        (html.rate(99.6), "100 rows/s"),
        (html.rate(999.6), "1,000 rows/s"),
        (html.rate(1_234_567), "1,230,000 rows/s"),
        (html.duration(0), "0 s"),
        (html.duration(9.96), "10 s"),
        (html.duration(59.6), "1 min 00 s"),
        (html.duration(3_599.6), "1 h 00 min"),
        (html.duration(90_000), "25 h 00 min"),
        (html.size(0), "0 B"),
        (html.size(999), "999 B"),
        (html.size(1000), "1.0 kB"),
        (html.size(41_000_000), "41.0 MB"),
        (html.size(2 * 10**15), "2000.0 TB"),
    ],
)
def test_figures_read_as_a_person_says_them(said: str, expected: str) -> None:
    assert said == expected
