"""A look at a file before anything is done with it."""

from __future__ import annotations

import warnings
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from importer.schema import match
from importer.views import html, terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import dataframely as dy

    from importer.core import Header
    from importer.engine._reading import Reading
    from importer.schema import Match
    from importer.schema.inference import Guess
    from importer.sources import Footer, Source

__all__ = ["ColumnPreview", "Preview"]

LOOKED_AT = 1_000
"""Rows by which the number of all rows is estimated."""

SHOWN = 5
"""Columns without room in a terminal that are named."""

NO_HEADER, LEFT_OUT = "(no header)", "(left out)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPreview:
    """What will become of one column of the file.

    Attributes
    ----------
    letter, label
        Where it stands in the sheet, and its header; None where no header fills the column.
    column, dtype
        Its name and type in the table; None where it is left out.
    why
        How that was found out.
    """

    letter: str | None
    label: str | None
    column: str | None
    dtype: str | None
    why: str

    @classmethod
    def of_all(
        cls, header: Header, schema: type[dy.Schema], matches: Sequence[Match], guesses: Sequence[Guess]
    ) -> Iterator[Self]:
        """One for each column of the file, then those of the table that no header fills."""
        columns = schema.columns()
        by_label = {found.label: found for found in matches if found.label is not None}
        whys = {guess.name: guess.doubt or guess.why for guess in guesses}
        for label in header.labels:
            found = by_label.get(label)
            yield cls(
                letter=header.letter(label),
                label=label,
                column=None if found is None else found.column,
                dtype=None if found is None else str(columns[found.column].dtype),
                why="the schema has no such column" if found is None else whys.get(found.column) or _how(found),
            )
        for found in matches:
            if found.label is None:
                dtype = str(columns[found.column].dtype)
                yield cls(letter=None, label=None, column=found.column, dtype=dtype, why="stays empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows as they stand in the file, and what will become of every column.

    Attributes
    ----------
    label
        The file and the sheet.
    rows
        The first rows as text, their number in the sheet in ``row``.
    columns
        One a column of the file, then the columns of the table that no header fills.
    read_as
        How the file is read: the row of the header, and the encoding and delimiter of a text file.
    rows_expected
        About how many rows there are, None where nobody knows.
    footer
        Rows at the end that may be notes or totals.
    """

    label: str
    rows: pl.DataFrame
    columns: tuple[ColumnPreview, ...]
    rows_expected: int | None
    read_as: str = ""
    footer: Footer | None = None

    @classmethod
    def of(
        cls, source: Source, columns: Iterable[ColumnPreview], *, rows: int, footer: Footer | None = None
    ) -> Preview:
        """Read the first rows of the source."""
        with closing(source.chunks(max(rows, LOOKED_AT))) as chunks:
            chunk = next(chunks, None)
        if chunk is None:
            labels = ["row", *source.header.labels]
            rows_of_none = pl.DataFrame(schema=labels)
            return cls(label=source.label, rows=rows_of_none, columns=tuple(columns), rows_expected=0)
        expected = chunk.frame.height
        if source.total is not None and 0 < chunk.completed < source.total:
            expected = round(expected * source.total / chunk.completed)
        frame = chunk.frame.select(chunk.rows.alias("row"), pl.all()).head(rows)
        return cls(
            label=source.label,
            rows=frame,
            columns=tuple(columns),
            rows_expected=None if source.total is None else expected,
            read_as=_read_as(source),
            footer=footer,
        )

    @classmethod
    def of_reading(
        cls,
        reading: Reading,
        schema: type[dy.Schema],
        *,
        mapping: Mapping[str, str] | None = None,
        guesses: Sequence[Guess] = (),
        rows: int = 10,
    ) -> Preview:
        """Preview of a file that fills a schema; the guesses say why the schema is as it is."""
        matches = match(schema, reading.header.labels, mapping)
        columns = ColumnPreview.of_all(reading.header, schema, matches, guesses)
        return cls.of(reading.source, columns, rows=rows, footer=reading.footer)

    @property
    def opened(self) -> str:
        """Deprecated name of `read_as`."""
        warnings.warn("Preview.opened is now Preview.read_as", DeprecationWarning, stacklevel=2)
        return self.read_as

    @property
    def tail(self) -> Footer | None:
        """Deprecated name of `footer`."""
        warnings.warn("Preview.tail is now Preview.footer", DeprecationWarning, stacklevel=2)
        return self.footer

    def as_dict(self) -> dict[str, Any]:
        """The preview as plain values, as ``importer preview --json`` prints it."""
        fields = ColumnPreview.__slots__
        return {
            "label": self.label,
            "rows_expected": self.rows_expected,
            "opened": self.read_as,
            "tail": None if self.footer is None else str(self.footer),
            "columns": [{name: getattr(column, name) for name in fields} for column in self.columns],
            "rows": self.rows.to_dicts(),
        }

    def __str__(self) -> str:
        """The preview as text for a terminal."""
        return "\n".join(self._lines(terminal.columns()))

    __repr__ = __str__

    def _lines(self, room: int) -> Iterator[str]:
        yield terminal.printable(f"{self.label}: {_about(self)}")
        yield from terminal.paragraph(self.read_as, room=room)
        if self.footer is not None:
            yield from terminal.paragraph(f"note: {self.footer.note}", room=room)
        columns = (
            (column.letter, column.label or NO_HEADER, column.column or LEFT_OUT, column.dtype, column.why)
            for column in self.columns
        )
        yield from ("", *terminal.table(("", "header", "column", "type", "why"), columns, room=room))
        texts = [[str(row), *("" if cell is None else cell for cell in cells)] for row, *cells in self.rows.iter_rows()]
        right = {n for n, name in enumerate(self.rows.columns) if n == 0 or name in self._numbers}
        lines = terminal.table(self.rows.columns, texts, room=room, right=right)
        yield from ("", *lines)
        shown = len(terminal.fitted([self.rows.columns, *texts], room=room))
        if more := self.rows.columns[shown:]:
            names = ", ".join(more[:SHOWN]) + (", …" if len(more) > SHOWN else "")
            yield from terminal.paragraph(f"and {len(more):,} more: {names}", room=room)

    @property
    def _numbers(self) -> set[str]:
        """Headers of the columns that become numbers, which stand right."""
        return {
            column.label
            for column in self.columns
            if column.label is not None and (column.dtype or "").startswith(("Int", "UInt", "Float", "Decimal"))
        }

    def _repr_html_(self) -> str:
        columns = [
            [column.letter or "", column.label or NO_HEADER, column.column or LEFT_OUT, column.dtype or "", column.why]
            for column in self.columns
        ]
        rows = [["" if cell is None else cell for cell in cells] for cells in self.rows.iter_rows()]
        first = [("row", ""), *((column.label, column.dtype or LEFT_OUT) for column in self.columns if column.label)]
        return html.whole(
            html.title(self.label),
            html.note("; ".join(filter(None, (_about(self), self.read_as)))),
            *(() if self.footer is None else (html.note(self.footer.note, "warn"),)),
            html.table(("", "header", "column", "type", "why"), columns),
            html.table(first, rows, caption="The first rows, as they stand in the file"),
        )


def _how(found: Match) -> str:
    """How a header was found for a column, in words."""
    words = {
        "given": "as the mapping says",
        "exact": "by its name",
        "folded": "by its name",
        "alias": "by an alias",
        "likeness": f"by likeness, {found.score:.0f} of 100",
    }
    return words[found.how]


def _about(preview: Preview) -> str:
    if preview.rows_expected is None:
        return f"{preview.rows.height:,} rows shown"
    count, about = preview.rows_expected, ""
    if count >= LOOKED_AT:
        # An estimate has no more than three figures.
        count, about = round(count, 3 - len(str(count))), "about "
    rows, columns = "row" if count == 1 else "rows", "column" if len(preview.columns) == 1 else "columns"
    return f"{about}{count:,} {rows}, {len(preview.columns)} {columns}"


def _read_as(source: Source) -> str:
    """How the file was understood, in words."""
    dialect = source.book.dialect
    delimiters = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
    text = ""
    if dialect is not None:
        text = f"{dialect.encoding} text with {delimiters.get(dialect.delimiter, repr(dialect.delimiter))}, "
    return f"{text}header in row {source.header.row}" if source.header.row else f"{text}no header"
