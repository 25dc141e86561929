"""Where in a file the problems are, one strip for each column, and how complete the columns are: `draw_picture`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.views import say
from importer.views.html import Html, escape, percent, scrolling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.app.effects import Density, GridRows

__all__ = ["draw_picture"]

WIDEST = 60
"""Columns that are drawn."""

PALEST = 0.25
"""Minimum opacity of a place with a problem, so that a single cell in a long file is visible."""


def draw_picture(rows: GridRows, filled: Mapping[str, float]) -> Html:
    """Strips for the columns of the file; `filled` is the share of cells that are not empty, by header."""
    density = rows.density
    lines = "".join(_strip(label, density, filled.get(label)) for label in rows.header.labels[:WIDEST])
    if None in density.cells:
        lines += _strip(None, density, None)
    heads = "".join(f'<th scope="col">{escape(say(f"picture.{name}"))}</th>' for name in ("column", "where", "cells"))
    drawn = Html(
        f'<table class="im-table"><thead><tr>{heads}<th scope="col">{escape(say("picture.filled"))}</th></tr></thead>'
        f"<tbody>{lines}</tbody></table>"
    )
    title = say("picture.title")
    return Html(f'<details class="im-picture"><summary>{escape(title)}</summary>{scrolling(drawn, title)}</details>')


def _strip(label: str | None, density: Density, filled: float | None) -> str:
    counts = density.cells.get(label, ())
    total = sum(counts)
    said = say("picture.some", cells=total) if total else say("picture.none")
    share = "" if filled is None else _share(filled)
    name = say("grid.whole_row") if label is None else label
    return (
        f'<tr><th scope="row">{escape(name)}</th><td><svg class="im-strip" role="img" aria-label="{escape(said)}" '
        f'viewBox="0 0 {len(density.spans)} 1" preserveAspectRatio="none">{"".join(_marks(counts, density))}</svg></td>'
        f'<td class="im-number">{escape(said)}</td><td>{share}</td></tr>'
    )


def _share(filled: float) -> str:
    bar = f'<i style="width: {filled * 100:.1f}%"></i>'
    return f'<span class="im-share" aria-hidden="true">{bar}</span>{percent(filled)}'


def _marks(counts: tuple[int, ...], density: Density) -> Iterator[str]:
    most = max(density.most, 1)
    for place, count in enumerate(counts):
        if count:
            first, last = density.spans[place]
            title = say("picture.place", first=first, last=last, cells=count)
            shade = f'fill-opacity="{PALEST + (1 - PALEST) * count / most:.2f}"'
            yield f'<rect x="{place}" width="1" height="1" {shade}><title>{escape(title)}</title></rect>'
