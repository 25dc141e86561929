"""A preview as text for a terminal and as HTML for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.engine._reading import TOP_ROWS
from importer.errors import Note
from importer.views import html, rounded, say, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.engine._preview import Preview
    from importer.schema import Match
    from importer.sources import Source

__all__ = ["preview_html", "preview_lines", "read_as", "reason"]


NAMED = 5
"""Columns that do not fit in a terminal and are named."""

COLUMNS = ("letter", "header", "column", "type", "why")

DELIMITERS = {
    "\t": "tab",
    ",": "comma",
    ";": "semicolon",
    "|": "bar",
    ", ": "comma_space",
    " ": "space",
    "\x1f": "none",
}


def preview_lines(preview: Preview, room: int, write: Callable[[str], str] = str) -> Iterator[str]:
    """The preview in lines of at most so many columns, its messages written by `write`."""
    yield terminal.printable(say("preview.headline", label=preview.label, about=_about(preview)))
    yield from terminal.paragraph(preview.read_as, room=room)
    for note in _about_file(preview):
        yield from terminal.paragraph(say("report.note", note=write(note)), room=room)
    yield from ("", *terminal.table(_heads(), _columns(preview, write), room=room))
    names = preview.rows.columns
    texts = [["" if cell is None else str(cell) for cell in cells] for cells in preview.rows.iter_rows()]
    numeric = _numeric(preview)
    places = _places(preview)
    right = {n for n, name in enumerate(names) if n == len(places) - 1 or (n >= len(places) and name in numeric)}
    heads = [*places, *names[len(places) :]]
    yield from ("", *terminal.table(heads, texts, room=room, right=right))
    shown = len(terminal.fitted([heads, *texts], room=room))
    if more := names[shown:]:
        listed = ", ".join(more[:NAMED]) + (", …" if len(more) > NAMED else "")
        yield from terminal.paragraph(say("preview.more", count=len(more), names=listed), room=room)


def preview_html(preview: Preview) -> html.Html:
    """The preview as a notebook shows it."""
    rows = [["" if cell is None else cell for cell in cells] for cells in preview.rows.iter_rows()]
    labelled = (column for column in preview.columns if column.label)
    first = [
        *((place, "") for place in _places(preview)),
        *((column.label or "", column.dtype or say("preview.left_out")) for column in labelled),
    ]
    return html.whole(
        html.title(preview.label),
        html.note("; ".join(filter(None, (_about(preview), preview.read_as)))),
        *(html.note(note, "warn") for note in _about_file(preview)),
        html.table(_heads(), _columns(preview)),
        html.table(first, rows, caption=say("preview.rows")),
    )


def _places(preview: Preview) -> list[str]:
    """Heads of the columns that say where a row stands: its number, after its file if there are several."""
    is_of_files = preview.rows.width > 1 and preview.rows.dtypes[1] == pl.Int64
    return [say("preview.file"), say("preview.row")] if is_of_files else [say("preview.row")]


def _about_file(preview: Preview) -> Iterator[str]:
    """The notes that no line of the table of columns tells, and who should import so many rows."""
    told = {column.label: str(column.why) for column in preview.columns}
    for note in preview.notes:
        if not (isinstance(note, Note) and note.kind == "doubt" and told.get(note.column, "\0") in str(note)):
            yield note
    if preview.advice is not None:
        yield preview.advice


def reason(found: Match | None) -> str:
    """Why a header fills this column of the table, or none."""
    if found is None:
        return say("preview.no_such_column")
    return say(f"preview.match_{found.how}", score=round(found.score))


def read_as(source: Source) -> str:
    """How the file was read: encoding and delimiter of text, and the row of the header."""
    if source.book.format == "nothing":
        return ""
    if source.book.names_columns:
        return say(f"preview.format_{source.book.format}")
    header = say("preview.header", row=source.header.row) if source.header.row else say("preview.no_header")
    dialect = source.book.dialect
    if dialect is None:
        return header
    name = DELIMITERS.get(dialect.delimiter)
    delimiter = repr(dialect.delimiter) if name is None else say(f"preview.delimiter_{name}")
    # What most files have is not said.
    unusual = {"quote": dialect.quote.replace('"', ""), "escape": dialect.escape}
    marks = [say(f"preview.{name}", mark=repr(mark)) for name, mark in unusual.items() if mark]
    return say("preview.text", encoding=dialect.encoding, delimiter=delimiter, header=", ".join([*marks, header]))


def _heads() -> list[str]:
    return [say(f"preview.head_{name}") for name in COLUMNS]


def _columns(preview: Preview, write: Callable[[str], str] = str) -> list[tuple[str, str, str, str, str]]:
    """What happens to each column: letter, header, column, type and reason."""
    return [
        (
            column.letter or "",
            column.label or say("preview.unlabelled"),
            column.column or say("preview.left_out"),
            column.dtype or "",
            write(column.why),
        )
        for column in preview.columns
    ]


def _numeric(preview: Preview) -> set[str | None]:
    """Headers of the columns that become numbers, which are aligned to the right."""
    kinds = ("Int", "UInt", "Float", "Decimal")
    return {column.label for column in preview.columns if (column.dtype or "").startswith(kinds)}


def _about(preview: Preview) -> str:
    """Number of rows and columns."""
    if preview.rows_expected is None:
        return say("preview.rows_shown", n=preview.rows.height)
    count = preview.rows_expected
    is_estimate = count >= TOP_ROWS
    rows = say("count.rows", n=rounded(count) if is_estimate else count)
    columns = say("count.columns", n=len(preview.columns))
    return say("preview.about" if is_estimate else "preview.exactly", rows=rows, columns=columns)
