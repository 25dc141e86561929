"""Values into escaped HTML strings."""

from __future__ import annotations

import html
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, NewType

from importer.errors import visible
from importer.views._catalogue import say
from importer.views._numbers import duration, number, percent, rate, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "Cell",
    "Html",
    "Mark",
    "badge",
    "code",
    "counts",
    "duration",
    "escape",
    "exact",
    "note",
    "number",
    "part",
    "percent",
    "rate",
    "scrolling",
    "size",
    "style",
    "table",
    "title",
    "whole",
]

Html = NewType("Html", str)
"""HTML; every text in it went through `escape` or `exact`."""

Mark = Literal["good", "warn", "bad", "busy", "quiet", "none"]
"""Meaning of a colour; a text always says the same."""

LONG, LONGEST = 40, 300
"""Characters from which a cell may take several lines, and characters that a table shows at most."""


@cache
def style() -> str:
    """The common style sheet; greys derive from the text colour, so they suit light and dark themes."""
    text = resources.files(__package__).joinpath("html.css").read_text("utf-8")
    return " ".join(text.split())


def escape(value: object) -> Html:
    r"""Text of any value, safe between tags and inside quoted attributes, with marks for what is not seen.

    Examples
    --------
    >>> escape("<b> & 'co'"), escape(7), escape("\u202egnp.csv")
    ('&lt;b&gt; &amp; &#x27;co&#x27;', '7', '⟨U+202E⟩gnp.csv')
    """
    return Html(html.escape(visible(str(value))))


def exact(value: object) -> Html:
    r"""Text of an attribute that the page sends back, and that no reader sees: each character stays.

    Examples
    --------
    >>> exact("a\u200b") == "a\u200b"
    True
    """
    # A file name may contain a lone surrogate, which UTF-8 cannot encode.
    return Html(html.escape(str(value).encode("utf-8", "replace").decode()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A marked value in a table.

    Attributes
    ----------
    title
        Tooltip, which screen readers read too.
    """

    value: object
    mark: Mark = "none"
    title: str | None = None


def _attributes(**values: object) -> Html:
    """Attributes of a tag, without those that are None."""
    return Html("".join(f' {name}="{escape(value)}"' for name, value in values.items() if value is not None))


def part(element: Html) -> Html:
    """One element without a `<time>`, which the page parses again only if its HTML is another."""
    return Html(f"<!--part-->{element}<!--end-->")


def badge(text: str, mark: Mark = "quiet") -> Html:
    """A word or two in a coloured pill."""
    return Html(f'<span class="im-badge im-{escape(mark)}">{escape(text)}</span>')


def title(text: str, *badges: Html) -> Html:
    """Heading with badges beside it."""
    return Html(f'<div class="im-head"><span class="im-title">{escape(text)}</span>{"".join(badges)}</div>')


def note(text: str, mark: Mark = "none") -> Html:
    """Sentence as a paragraph."""
    return Html(f'<p class="im-note im-{escape(mark)}">{escape(text)}</p>')


def code(summary: str, text: str) -> Html:
    """Python code that unfolds on a click."""
    return Html(f"<details><summary>{escape(summary)}</summary><pre>{escape(text)}</pre></details>")


def counts(figures: Mapping[str, int | str], marks: Mapping[str, Mark] | None = None) -> Html:
    """Key figures, each below its name; a marked one is underlined in the colour of the mark.

    Examples
    --------
    >>> counts({"created": 12_345})
    '<dl class="im-counts"><div><dt>created</dt><dd><span class="im-none">12,345</span></dd></div></dl>'
    """
    of = marks or {}
    cells = (
        f'<div><dt>{escape(name)}</dt><dd><span class="im-{escape(of.get(name, "none"))}">'
        f"{escape(number(value) if isinstance(value, int) else value)}</span></dd></div>"
        for name, value in figures.items()
    )
    return Html(f'<dl class="im-counts">{"".join(cells)}</dl>')


def table(
    columns: Sequence[str | tuple[str, str]],
    rows: Iterable[Sequence[object]],
    *,
    caption: str | None = None,
) -> Html:
    """Table of any values: numbers are aligned right, None reads null, and long texts are cut.

    Parameters
    ----------
    columns
        A heading for each column, or a heading and a small note below it.
    rows
        Values of each row; use a `Cell` to mark a value.

    Examples
    --------
    >>> html = table(["key", ("qty", "Int64")], [["<a>", Cell(value="7h30", mark="bad", title="not a number")]])
    >>> "&lt;a&gt;" in html, 'class="im-bad" title="not a number" aria-invalid="true"' in html
    (True, True)
    """
    cells = [[value if isinstance(value, Cell) else Cell(value=value) for value in row] for row in rows]
    top = "".join(_th(head, [row[n].value for row in cells]) for n, head in enumerate(columns))
    body = "".join(f"<tr>{''.join(map(_td, row))}</tr>" for row in cells)
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    drawn = Html(f'<table class="im-table">{above}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')
    return scrolling(drawn, caption or ", ".join(head if isinstance(head, str) else head[0] for head in columns))


def scrolling(drawn: Html, label: str) -> Html:
    """Content that may be wider than the page and scrolls, by mouse and by keyboard.

    Examples
    --------
    >>> scrolling(Html("<table></table>"), "Sheets")
    '<div class="im-scroll" role="region" aria-label="Sheets" tabindex="0"><table></table></div>'
    """
    return Html(f'<div class="im-scroll" role="region" aria-label="{escape(_cut(label))}" tabindex="0">{drawn}</div>')


def _th(head: str | tuple[str, str], values: Iterable[object]) -> Html:
    """Heading of a column, aligned like its values."""
    name, under = head if isinstance(head, tuple) else (head, "")
    known = [value for value in values if value is not None]
    kinds = ["im-number"] if known and all(map(_is_number, known)) else ["im-long"] if len(name) > LONG else []
    small = f"<small>{escape(under)}</small>" if under else ""
    tag = _attributes(**{"class": " ".join(kinds) or None})
    return Html(f'<th scope="col"{tag}>{escape(_cut(name))}{small}</th>')


def _td(cell: Cell) -> Html:
    """One cell of a table."""
    kinds = [] if cell.mark == "none" else [f"im-{cell.mark}"]
    if cell.value is None:
        kinds.append("im-null")
    elif _is_number(cell.value):
        kinds.append("im-number")
    elif len(str(cell.value)) > LONG:
        kinds.append("im-long")
    invalid = "true" if cell.mark == "bad" else None
    tag = _attributes(**{"class": " ".join(kinds) or None, "title": cell.title, "aria-invalid": invalid})
    return Html(f"<td{tag}>{escape(_text(cell.value))}</td>")


def _text(value: object) -> str:
    """Text of a cell: nothing reads null, whole numbers get thousands separators, long texts are cut."""
    if value is None:
        return say("table.null")
    return number(value) if isinstance(value, int) and not isinstance(value, bool) else _cut(str(value))


def _is_number(value: object) -> bool:
    """Whether a value is aligned right."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _cut(text: str) -> str:
    """Text, cut if it is too long for a table."""
    more = len(text) - LONGEST
    return say("table.cut", text=text[:LONGEST], more=more) if more > 0 else text


def whole(*parts: Html) -> Html:
    """Parts with the common style sheet: what ``_repr_html_`` returns."""
    return Html(f'<div class="importer"><style>{style()}</style>{"".join(parts)}</div>')
