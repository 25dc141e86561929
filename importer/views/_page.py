"""One page that needs nothing else: `draw_page`."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from importer.views.html import Html, escape, percent, scrolling, style

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["bar_rows", "draw_page", "heading", "link", "section"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What the page may load: nothing."""


@cache
def page_style() -> str:
    """The style sheet of a page."""
    text = resources.files(__package__).joinpath("page.css").read_text("utf-8")
    return " ".join(text.split())


def draw_page(title: str, parts: Iterable[Html]) -> Html:
    """A whole document, for light and dark screens and for paper.

    Examples
    --------
    >>> draw_page("<a>", [Html("<p>7</p>")]).startswith("<!DOCTYPE html>")
    True
    """
    return Html(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{style()} {page_style()}</style></head>"
        f'<body><main class="importer im-page">{"".join(parts)}</main></body></html>\n'
    )


def heading(text: str, *badges: Html) -> Html:
    """The heading of the page, with badges beside it."""
    return Html(f'<h1 class="im-head"><span class="im-title">{escape(text)}</span>{"".join(badges)}</h1>')


def section(title: str, *parts: Html) -> Html:
    """A part of the page below its heading; nothing if it is empty."""
    drawn = "".join(parts)
    return Html(f"<section><h2>{escape(title)}</h2>{drawn}</section>" if drawn else "")


def link(text: str, *, file: str, kind: str, data: str) -> Html:
    """A file within the page, which a click saves.

    Parameters
    ----------
    kind, data
        Its type, and its octets in base 64.
    """
    return Html(
        f'<a class="im-save" download="{escape(file)}" href="data:{escape(kind)};base64,{escape(data)}">'
        f"{escape(text)}</a>"
    )


def bar_rows(heads: Iterable[str], rows: Iterable[tuple[str, float, str]], *, caption: str, whole: bool) -> Html:
    """A table of shares, each drawn as a bar.

    Parameters
    ----------
    rows
        Name, share between 0 and 1, and figure.
    whole
        Whether the share itself is written too.

    Examples
    --------
    >>> "width: 50.0%" in bar_rows(["column", "filled"], [("qty", 0.5, "5")], caption="filled", whole=True)
    True
    """
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="im-barred"><span class="im-share" aria-hidden="true">'
        f'<i style="width: {share * 100:.1f}%"></i></span></td><td class="im-number">{escape(figure)}</td>'
        f"{_share(share) if whole else ''}</tr>"
        for name, share, figure in rows
    )
    top = "".join(_head(n, head) for n, head in enumerate(heads))
    drawn = Html(f'<table class="im-table"><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>')
    return scrolling(drawn, caption)


def _share(share: float) -> str:
    return f'<td class="im-number">{percent(share)}</td>'


def _head(place: int, head: str) -> str:
    """A heading; bars have none."""
    if not head:
        return "<td></td>"
    aligned = ' class="im-number"' if place > 1 else ""
    return f'<th scope="col"{aligned}>{escape(head)}</th>'
