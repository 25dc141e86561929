"""The table after an import: how many rows it has, the first of them, and code that reads it: `draw_seen`."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from importer.app._messages import sentence_of
from importer.app.views._controls import copied
from importer.app.views._kinds import kind_badge
from importer.views import rounded, say
from importer.views.html import Html, escape, note, scrolling

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.app.effects import TableSeen
    from importer.sinks import Head

__all__ = ["draw_seen"]

LONGEST = 80
"""Characters of a cell that are shown; the page cuts them to the width of a column."""


def draw_seen(seen: TableSeen | None, table: str) -> Iterator[Html]:
    """The table, or why it cannot be read; nothing until it is."""
    if seen is None:
        return
    if seen.error is not None:
        yield note(say("result.unread", table=table, why=sentence_of(seen.error)), "warn")
    elif (head := seen.head) is not None:
        yield Html(f'<div class="im-now"><p>{escape(_count(head, table))}</p>{_code(seen)}</div>')
        if head.rows:
            yield _rows(head, table)


def _count(head: Head, table: str) -> str:
    """How many rows there are."""
    if head.count is None:
        return say("result.table", table=table, rows=say("foot.some_rows"))
    rows = say("count.rows", n=head.count if head.is_exact else rounded(head.count))
    return say("result.table", table=table, rows=rows if head.is_exact else say("preview.roughly") + rows)


def _code(seen: TableSeen) -> Html:
    return copied(seen.code, into_cell=say("result.read"))


def _rows(head: Head, table: str) -> Html:
    shown = list(head.columns.items())[: len(head.rows[0])]
    heads = "".join(_head(name, dtype) for name, dtype in shown)
    right = [dtype is not None and dtype.is_numeric() for _, dtype in shown]
    lines = "".join(
        "<tr>" + "".join(_cell(cell, is_right=is_right) for cell, is_right in zip_longest(row, right)) + "</tr>"
        for row in head.rows
    )
    more = len(head.columns) - len(shown)
    away = note(say("result.more", n=more)) if more else ""
    drawn = Html(f'<table class="im-table im-top"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>')
    return Html(f"{scrolling(drawn, say('result.first_rows', table=table))}{away}")


def _head(name: str, dtype: pl.DataType | None) -> str:
    kind = ' class="im-number"' if dtype is not None and dtype.is_numeric() else ""
    mark = "" if dtype is None else kind_badge(dtype)
    return f'<th scope="col"{kind}>{escape(name[:LONGEST])}{mark}</th>'


def _cell(cell: str | None, *, is_right: bool) -> str:
    """One value; what the database has none of reads null."""
    kinds = [*(["im-null"] if cell is None else []), *(["im-number"] if is_right else [])]
    whole = f' title="{escape(cell[:1000])}"' if cell is not None and len(cell) > LONGEST else ""
    return f'<td class="{" ".join(kinds)}"{whole}>{escape(say("table.null") if cell is None else cell[:LONGEST])}</td>'
