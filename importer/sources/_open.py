"""The source for a file: `open_source`."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, Unpack, cast

import polars as pl

from importer.core import WHY
from importer.errors import SourceError
from importer.sources._archives import kind_in_archive
from importer.sources._book import Book
from importer.sources._corrected import corrected, has_reasons
from importer.sources._derived import DerivedSource
from importer.sources._last_row import ended, refuse_above
from importer.sources._names import with_note_of_name
from importer.sources._outlined import Outlined
from importer.sources._packed_book import packed_book
from importer.sources._passwords import forget_password, password_of
from importer.sources._row_limits import RowLimits
from importer.sources._tables import held_table, table_file
from importer.sources.converted import converted, kind_of
from importer.sources.csv import ZIP, first_bytes, reading, unpacked
from importer.sources.feeds import feed_source, is_feed
from importer.sources.records import RecordSource, is_json, json_records
from importer.sources.remote import Pages, notes_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.core import Merged
    from importer.sources._book import Sheet
    from importer.sources._protocol import Source

__all__ = ["File", "Opening", "list_sheets", "open_source"]

File: TypeAlias = "str | os.PathLike[str] | Pages | pl.DataFrame | pl.LazyFrame | Iterable[object] | Source"
"""Anything that you can import."""

WRITTEN = ("delimiter", "quote", "escape", "comment", "encoding")
"""Options that say how a text file is written."""

HEADER = 1
"""The row in which the names of records stand."""

HEAD_BYTES = 1 << 18
"""Bytes at the beginning from which the format is recognised."""

SAVED = ((",", '"'), (";", '"'), ("\t", '"'), (None, None))
"""Delimiters and quotes of refused rows as they were written, as spreadsheet programs save them, and to be found."""


class Opening(TypedDict, total=False):
    """Options for opening a file that does not speak for itself.

    Attributes
    ----------
    sheet
        Name of the sheet of a workbook, or its number from 1.
    header_row
        Number of the header row, 0 if there is none.
    header_rows
        How many rows name the columns.
    last_row
        Number of the last row of the table, if notes or totals follow.
    rows
        Numbers of the rows to import.
    leave_out
        Rows below the header to leave out, by kind or by number.
    merged
        ``"fill"`` to fill merged cells of a workbook with the value of the first one.
    delimiter, quote, escape, encoding
        How a text file is written.
    comment
        What begins the lines of a text file that are no rows.
    file_column
        Header of a column with the name of the file, which `importer.plan` adds.
    """

    sheet: str | int | None
    header_row: int | None
    header_rows: int | None
    last_row: int | None
    rows: str | None
    leave_out: tuple[str, ...] | None
    merged: Merged | None
    delimiter: str | None
    quote: str | None
    escape: str | None
    comment: str | None
    encoding: str | None
    file_column: str | None


def open_source(file: File, **options: Unpack[Opening]) -> Source:
    """Open a file as a source. The first bytes decide the format, not the name.

    Parameters
    ----------
    file
        An XLSX, XLSM, XLSB, XLS or ODS workbook, a CSV or TSV file or JSON, compressed or not, a Parquet or Arrow
        file, a table of polars, pandas or pyarrow, an iterable of dictionaries, or a source, which is returned as it
        is.
    options
        The fields of `Opening`.

    Raises
    ------
    SourceError
        If the file cannot be read, or an option does not apply to its format.

    Examples
    --------
    >>> import polars as pl
    >>> open_source(pl.DataFrame({"id": [1, 2]})).header.labels
    ('id',)
    """
    _refuse({"file_column": options.pop("file_column", None)}, "one open source")
    which = {name: options.pop(name, None) for name in ("rows", "leave_out")}  # type: ignore[misc]
    limits = RowLimits.of(options.get("last_row"), **which, header_row=options.get("header_row"))
    source = _opened(file.inner if isinstance(file, Outlined) else file, options, limits)
    is_path = isinstance(file, (str, os.PathLike))
    return Outlined(source, **which) if is_path or any(value is not None for value in which.values()) else source


def _opened(file: File, options: Opening, limits: RowLimits) -> Source:
    """The file as a source, with all rows down to the last one."""
    if isinstance(file, (pl.DataFrame, pl.LazyFrame)):
        from importer.sources._frame import FrameSource

        _refuse(options, "a frame")
        return FrameSource(file)
    if not isinstance(file, (str, os.PathLike)):
        if not hasattr(file, "chunks"):
            table = held_table(file)
            if table is not None:
                _refuse(options, "a table")
                return table
            kind = f"{type(file).__module__}.{type(file).__qualname__}"
            raise SourceError(
                f"{kind} cannot be read",
                code="source-unknown",
                facts={"type": kind},
                fixes=["give a path, a polars frame, a list of dictionaries or a source"],
            )
        _refuse(options, "a source that is open")
        # A source of your own need not say what it is made from.
        source = cast("Source", file)
        return source if hasattr(source, "book") else DerivedSource(source, book=Book())

    _raise_for_name(Path(file))
    refuse_above(options.get("last_row"), options.get("header_row") or 0)
    source = _read(Path(file), options, limits)
    refuse_above(options.get("last_row"), source.header.row)
    return source


def _raise_for_name(path: Path) -> None:
    """Refuse a file whose name no database can hold; the history and the checkpoints name it."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError as exc:
        raise SourceError(
            f"the name of the file {os.fsencode(path)!r} is not UTF-8",
            code="file-name-unreadable",
            facts={"file": os.fsencode(path).decode(errors="backslashreplace")},
            fixes=["rename it"],
        ) from exc


def _read(path: Path, options: Opening, limits: RowLimits) -> Source:
    """The file as a source, in which nothing is found from rows outside the limits."""
    sheet, header_row, header_rows = options.get("sheet"), options.get("header_row"), options.get("header_rows")
    written: dict[str, Any] = {name: options.get(name) for name in WRITTEN}
    head = first_bytes(path, HEAD_BYTES)
    workbook = _workbook(path, head)
    if workbook is not None:
        from importer.sources.xlsx import XlsxSource

        _refuse(written, "a workbook")
        merged = options.get("merged") or "keep"
        kind, place, original = workbook
        book = XlsxSource(
            place,
            original=original,
            sheet=sheet,
            header_row=header_row,
            header_rows=header_rows,
            merged=merged,
            limits=limits,
        )
        book.book = with_note_of_name(book.book, path, kind)
        return corrected(book, is_quoted=False) if has_reasons(book, is_quoted=False) else book

    if (table := table_file(path, head)) is not None:
        _refuse({name: value for name, value in options.items() if name != "last_row"}, "a table with types")
        return table if limits.last is None else ended(table, limits.last)
    text, most = _text_of(path), None if limits.last is None else max(limits.last - HEADER, 0)
    if is_feed(text):
        _refuse({name: value for name, value in options.items() if name != "last_row"}, "a feed")
        return feed_source(path, most)
    if is_json(path, text):
        _refuse({name: value for name, value in options.items() if name != "last_row"}, "JSON")
        with reading(path):
            total = path.stat().st_size
        return RecordSource(
            lambda: islice(json_records(path), most),
            label=path.name,
            kind="json",
            unit="B",
            total=total,
            notes=notes_beside(path),
        )

    from importer.sources.csv import CsvSource

    _refuse({"sheet": sheet, "merged": options.get("merged")}, "a text file")
    if header_row is None and WHY.encode() in head.replace(b"\0", b""):
        # Refused rows have their header in row 1, whatever the rows look like; other files only mention the words.
        for one, quote in SAVED if written["delimiter"] is None else [(written["delimiter"], '"')]:
            with suppress(SourceError):
                refused = CsvSource(
                    path, header_row=1, delimiter=one, encoding=written["encoding"], quote=quote, limits=limits
                )
                if has_reasons(refused, is_quoted=True):
                    return corrected(refused, is_quoted=True)
    source = CsvSource(path, header_row=header_row, header_rows=header_rows, limits=limits, **written)
    source.book = with_note_of_name(source.book, path, "csv")
    is_refused = source.header.row == 1 and has_reasons(source, is_quoted=True)
    return corrected(source, is_quoted=True) if is_refused else source


def _workbook(path: Path, head: bytes) -> tuple[str, Path, object] | None:
    """What kind of workbook a file is, where it is as XLSX, and what keeps it there; None if it is none."""
    kind = kind_in_archive(path) if head.startswith(ZIP) else kind_of(head)
    packed = packed_book(path, head) if kind is None else None
    kind = kind if packed is None else packed.kind
    if kind in {None, "xlsx"}:
        return None if kind is None else (kind, path if packed is None else packed.path, packed)
    try:
        rewritten = converted(path if packed is None else packed.path, kind, password_of(path))
    except SourceError as exc:
        # A password that does not open it is not tried again.
        if exc.code == "file-password-wrong":
            forget_password(path)
        raise
    return kind, rewritten.path, rewritten


def _text_of(path: Path) -> bytes:
    """The first bytes of the text; nothing if it is compressed and damaged, about which its source says more."""
    with suppress(SourceError), reading(path), path.open("rb") as raw:
        return unpacked(raw).read(HEAD_BYTES)
    return b""


def list_sheets(path: Path) -> tuple[Sheet, ...]:
    """Worksheets of a workbook in its order, also hidden ones but no chart sheets, and what a glance shows of each.

    Raises
    ------
    SourceError
        If the file is not a workbook.
    """
    from importer.sources.xlsx import list_sheets

    workbook = _workbook(path, first_bytes(path, HEAD_BYTES))
    return list_sheets(path if workbook is None else workbook[1])


def _refuse(options: Mapping[str, object], what: str) -> None:
    for name, value in options.items():
        if value is not None:
            raise SourceError(
                f"the {name.replace('_', ' ')} {value!r} means nothing for {what}",
                code="option-unused",
                facts={"option": name, "value": value},
                fixes=["leave it out"],
            )
