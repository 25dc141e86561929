"""The source for a file: `open_source`."""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, Unpack, cast

import polars as pl

from importer.core import WHY
from importer.errors import SourceError
from importer.sources._book import Book
from importer.sources._corrected import corrected, has_reasons
from importer.sources._derived import DerivedSource
from importer.sources._last_row import ended
from importer.sources._outlined import Outlined
from importer.sources._tables import held_table, table_file
from importer.sources.converted import converted, kind_of
from importer.sources.csv import OLE2, ZIP, files_in, first_bytes, reading, unpacked
from importer.sources.records import RecordSource, is_json, json_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.core import Merged
    from importer.sources._book import Sheet
    from importer.sources._protocol import Source

__all__ = ["File", "Opening", "list_sheets", "open_source"]

File: TypeAlias = "str | os.PathLike[str] | pl.DataFrame | pl.LazyFrame | Iterable[object] | Source"
"""Anything that you can import."""

WRITTEN = ("delimiter", "quote", "escape", "comment", "encoding")
"""Options that say how a text file is written."""

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


def open_source(file: File, **options: Unpack[Opening]) -> Source:
    """Open a file as a source. The first bytes decide the format, not the name.

    Parameters
    ----------
    file
        An XLSX or XLSM workbook, a CSV or TSV file or JSON, gzipped or not, a Parquet or Arrow file, a table of
        polars, pandas or pyarrow, an iterable of dictionaries, or a source, which is returned as it is.
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
    which = {name: options.pop(name, None) for name in ("rows", "leave_out")}  # type: ignore[misc]
    source = _opened(file.inner if isinstance(file, Outlined) else file, options)
    is_path = isinstance(file, (str, os.PathLike))
    return Outlined(source, **which) if is_path or any(value is not None for value in which.values()) else source


def _opened(file: File, options: Opening) -> Source:
    """The file as a source, with all rows of its table."""
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
    source, last_row = _whole(Path(file), options), options.get("last_row")
    return source if last_row is None else ended(source, last_row)


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


def _whole(path: Path, options: Opening) -> Source:
    """The file as a source, without `last_row`."""
    sheet, header_row, header_rows = options.get("sheet"), options.get("header_row"), options.get("header_rows")
    written: dict[str, Any] = {name: options.get(name) for name in WRITTEN}
    head = first_bytes(path, HEAD_BYTES)
    if head.startswith(OLE2) and _is_encrypted(path):
        raise SourceError(
            f"{path.name!r} is encrypted",
            code="file-encrypted",
            facts={"file": path.name},
            fixes=["open it, take the password off and save it again"],
        )
    kind = kind_of(head)
    if kind is not None or (head.startswith(ZIP) and _is_workbook(path)):
        from importer.sources.xlsx import XlsxSource

        _refuse(written, "a workbook")
        merged = options.get("merged") or "keep"
        original = None if kind is None else converted(path, kind)
        book = XlsxSource(
            path if original is None else original.path,
            original=original,
            sheet=sheet,
            header_row=header_row,
            header_rows=header_rows,
            merged=merged,
        )
        return corrected(book, is_quoted=False) if has_reasons(book, is_quoted=False) else book

    if (table := table_file(path, head)) is not None:
        _refuse({name: value for name, value in options.items() if name != "last_row"}, "a table with types")
        return table
    if is_json(path, _text_of(path)):
        _refuse({name: value for name, value in options.items() if name != "last_row"}, "JSON")
        with reading(path):
            total = path.stat().st_size
        return RecordSource(lambda: json_records(path), label=path.name, kind="json", unit="B", total=total)

    from importer.sources.csv import CsvSource

    _refuse({"sheet": sheet, "merged": options.get("merged")}, "a text file")
    if header_row is None and WHY.encode() in head.replace(b"\0", b""):
        # Refused rows have their header in row 1, whatever the rows look like; other files only mention the words.
        for one, quote in SAVED if written["delimiter"] is None else [(written["delimiter"], '"')]:
            with suppress(SourceError):
                refused = CsvSource(path, header_row=1, delimiter=one, encoding=written["encoding"], quote=quote)
                if has_reasons(refused, is_quoted=True):
                    return corrected(refused, is_quoted=True)
    source = CsvSource(path, header_row=header_row, header_rows=header_rows, **written)
    is_refused = source.header.row == 1 and has_reasons(source, is_quoted=True)
    return corrected(source, is_quoted=True) if is_refused else source


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

    kind = kind_of(first_bytes(path))
    return list_sheets(path if kind is None else converted(path, kind).path)


def _refuse(options: Mapping[str, object], what: str) -> None:
    for name, value in options.items():
        if value is not None:
            raise SourceError(
                f"the {name.replace('_', ' ')} {value!r} means nothing for {what}",
                code="option-unused",
                facts={"option": name, "value": value},
                fixes=["leave it out"],
            )


def _is_workbook(path: Path) -> bool:
    """Whether the zip archive is a workbook.

    Raises
    ------
    SourceError
        If the archive is damaged or holds something else.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            is_locked = any(member.flag_bits & 1 for member in archive.infolist())
    except zipfile.BadZipFile as exc:
        raise SourceError(
            f"{path.name!r} begins like a workbook but is damaged or cut short ({exc})",
            code="file-damaged",
            facts={"file": path.name},
            fixes=["copy or download it again"],
        ) from exc
    # Some programs name the parts with backslashes, or in other case.
    if any(name.lower() == "[content_types].xml" or name.lower().startswith(("xl/", "xl\\")) for name in names):
        return True
    if "content.xml" in names:
        raise SourceError(
            f"{path.name!r} is an OpenDocument file",
            code="file-kind-unsupported",
            facts={"file": path.name},
            fixes=["save it as .xlsx or .csv"],
        )
    files = files_in(names)
    if len(files) == 1 and not is_locked:
        return False
    held = ", ".join(map(repr, files[:3])) + (", …" if files[3:] else "")
    raise SourceError(
        f"{path.name!r} is a zip archive of {held or 'nothing'}{', with a password' if is_locked else ''}",
        code="file-kind-unsupported",
        facts={"file": path.name, "holds": files[:3]},
        fixes=["unpack it and give a file in it"],
    )


def _is_encrypted(path: Path) -> bool:
    """Whether Microsoft's older container holds a workbook with a password."""
    with reading(path), path.open("rb") as file:
        return "EncryptedPackage".encode("utf-16-le") in file.read(1 << 26)
