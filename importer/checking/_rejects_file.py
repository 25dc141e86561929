"""Writes refused rows to a workbook or a CSV file, to be corrected and imported again: `write_rejects`."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl

from importer.core import (
    LAST_OF_A_FILE,
    NUMBER,
    REFUSED_NAME,
    ROWS_OF_A_FILE,
    RUNS,
    WHY,
    UsedFiles,
    free_name,
    harmless,
    temporary_folder_full,
    why,
    written_beside,
)
from importer.errors import ImporterError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from importer.checking._rejects import Rejects
    from importer.core import FileRows

__all__ = ["write_rejects"]

SHEET = "Refused rows"
ROWS_OF_A_SHEET, COLUMNS_OF_A_SHEET, LONGEST_CELL = 1_048_575, 16_384, 32_767
"""What a sheet holds below its header, and a cell in characters."""

ESCAPED_LENGTH, SHOWN = len("_x000D_"), 80
"""Characters for one that is escaped, and those of a header that a message shows."""

COMMENTED = 10_000
"""Rows whose cells get comments: a comment takes 5 kB of memory, and spreadsheet programs are slow with many."""

RED, PALE = "FFC7CE", "FFF2CC"
ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|^[\t\n]|[\t\n]$|^\s(?=\s*\Z)")
"""What XML cannot hold, or readers take for layout: line ends at either end, and a text of nothing but white space."""


def write_rejects(
    path: str | os.PathLike[str],
    rejects: Rejects,
    *,
    used: UsedFiles | None = None,
    rows_of_a_sheet: int = ROWS_OF_A_SHEET,
    told: Callable[[int], object] = lambda _rows: None,
) -> Path:
    """Write the refused rows with their reasons. Only some rows are in memory at a time.

    The rows are written as they were read, followed by a column with the reasons. A ``.xlsx`` file also has a
    sheet with a summary, cells at fault are coloured, and those of the first rows have comments. A text that a
    spreadsheet program might run as a formula is written in a way that prevents it.

    Parameters
    ----------
    path
        The file; one that exists is replaced once the new one is whole.
    rejects
        The refused rows.
    used
        Files of a job, onto which nothing is written. Those of the history are among them in any case.
    rows_of_a_sheet
        How many rows a sheet takes; the others follow in further sheets.
    told
        Called with how many more rows are written; an error that it raises leaves no file.

    Raises
    ------
    ImporterError
        If the suffix of the file is neither, the file cannot be written, it is one of those that are used, or a
        sheet cannot hold such rows.
    """
    file = Path(path)
    kind = file.suffix.lower()
    if kind not in {".csv", ".xlsx"}:
        raise ImporterError(
            f"cannot write the refused rows to {str(file)!r}",
            code="file-kind-unsupported",
            facts={"file": str(file)},
            fixes=["name a file that ends in .xlsx or .csv"],
        )
    (used or UsedFiles()).raise_for(file)
    try:
        with written_beside(file) as out:
            if kind == ".csv":
                _write_csv(out, rejects, told)
            else:
                _write_xlsx(out, rejects, rows_of_a_sheet, told)
    except OSError as exc:
        raise ImporterError(
            f"cannot write the refused rows to {str(file)!r}: {why(exc)}",
            code="file-unwritable",
            facts={"file": str(file), "error": why(exc)},
            fixes=["close it in the program that holds it", "name another file"],
        ) from exc
    return file


def _write_csv(out: BinaryIO, rejects: Rejects, told: Callable[[int], object]) -> None:
    is_new = True
    for errors, rows in _parts(rejects):
        named = rows[:, 1:].with_columns(_whys(errors, rows, rejects.files))
        named.columns = harmless(pl.Series(named.columns), keeps_numbers=False).to_list()
        texts = (harmless(text, keeps_numbers=at > 0) for at, text in enumerate(named))
        pl.DataFrame(texts).write_csv(out, include_header=is_new)
        is_new = False
        told(rows.height)
    if is_new:
        out.write(f"{WHY}\n".encode())


def _parts(rejects: Rejects) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The refused rows that somebody can correct, without those that stand for the rest of a file."""
    for errors, rows in rejects.parts():
        if rejects.files.are_many:
            rows = rows.filter(pl.first() % ROWS_OF_A_FILE != LAST_OF_A_FILE)  # noqa: PLW2901 - the same without some
        if not rows.is_empty():
            yield errors, rows


def _whys(errors: pl.DataFrame, rows: pl.DataFrame, files: FileRows) -> pl.Series:
    """The reasons of each row, joined into one text, after its place if there are several files."""
    reason = pl.concat_str([pl.col("column").fill_null("row"), pl.lit(": "), pl.col("message")])
    why = errors.group_by("row").agg(why=reason.str.join("; "))
    numbers = pl.DataFrame([rows.to_series(0).alias("row")])
    whys = numbers.join(why, on="row", how="left", maintain_order="left")["why"]
    if files.are_many:
        whys = pl.Series([files.place(number) for number in numbers["row"]]) + ": " + whys
    return whys.alias(free_name(WHY, rows.columns))


def _write_xlsx(out: BinaryIO, rejects: Rejects, rows_of_a_sheet: int, told: Callable[[int], object]) -> None:
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    book = Workbook(write_only=True)
    try:
        _fill(book, rejects, rows_of_a_sheet, told)
    except OSError as exc:  # openpyxl keeps the sheets in the temporary folder until they are whole.
        raise temporary_folder_full(exc, "the refused rows") from exc
    finally:
        _let_go(book)
    archive = ZipFile(out, "w", ZIP_DEFLATED)
    try:
        ExcelWriter(book, archive).save()
    finally:
        with suppress(Exception):
            archive.close()


def _let_go(book: Workbook) -> None:
    """Close what an error has left open, which would print another one when Python lets go of it."""
    for sheet in book.worksheets:
        for part in (sheet, sheet._writer):  # noqa: SLF001 - the sheet closes it only if all goes well
            with suppress(Exception):
                part.close()


def _fill(book: Workbook, rejects: Rejects, rows_of_a_sheet: int, told: Callable[[int], object]) -> None:
    summary = book.create_sheet("Summary")
    height = room = 0
    for errors, part in _parts(rejects):
        rows = _fitting(part)
        while rows.height:
            if not room:
                sheet, room = _new_sheet(book, rows.columns), rows_of_a_sheet
            here, rows = rows.head(room), rows[room:]
            _append(sheet, errors, here, COMMENTED - height, rejects.files)
            height += here.height
            room -= here.height
            told(here.height)
    if not height:
        _new_sheet(book)
    _sum_up(summary, rejects, height, book.sheetnames[1:])
    for sheet in book.worksheets:
        sheet.close()


def _fitting(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, if they are not too wide for a sheet, and no text is too long for a cell, which would be cut."""
    if rows.width > COLUMNS_OF_A_SHEET:  # The numbers of the rows are left out, the reasons are added.
        raise _too_large(f"the refused rows have {rows.width - 1:,} columns and the reasons", COLUMNS_OF_A_SHEET)
    for text in rows[:, 1:]:
        is_long = text.str.len_bytes() > LONGEST_CELL // ESCAPED_LENGTH
        cells = zip(rows.to_series(0).filter(is_long), text.filter(is_long), strict=True)
        for row, value in [(None, text.name), *cells]:
            if (length := _units(str(_stored(value)))) > LONGEST_CELL:
                place = f"column {text.name[:SHOWN]!r} in {'the header' if row is None else f'row {row:,}'}"
                raise _too_large(f"{place} has {length:,} characters", LONGEST_CELL)
    return rows


def _units(text: str) -> int:
    """Length as spreadsheet programs count it: a character beyond the first 65,536 is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _too_large(what: str, most: int) -> ImporterError:
    return ImporterError(
        f"{what}, and a workbook holds {most:,}",
        code="workbook-too-small",
        facts={"most": most},
        fixes=["write them to a .csv file"],
    )


def _new_sheet(book: Workbook, columns: Sequence[str] = ()) -> WriteOnlyWorksheet:
    """One more sheet for refused rows, which is known as one when it comes back."""
    from openpyxl.workbook.defined_name import DefinedName

    count = len(book.sheetnames)
    name = SHEET if count == 1 else f"{SHEET} {count}"
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    sheet.defined_names = {REFUSED_NAME: DefinedName(REFUSED_NAME, attr_text=f"'{name}'!$A$1")}
    if columns:
        sheet.append([_cell(sheet, label, bold=True) for label in (*columns[1:], free_name(WHY, columns))])
    return sheet


def _sum_up(sheet: WriteOnlyWorksheet, rejects: Rejects, height: int, names: Sequence[str]) -> None:
    first, *others = map(repr, names)
    where = (
        f"the sheet {first}, save, and import this file"
        if not others
        else (f"the sheets {first} to {others[-1]}, save, and import each of these sheets")
    )
    sheet.column_dimensions["A"].width = sheet.column_dimensions["B"].width = 22
    sheet.column_dimensions["D"].width = 90
    sheet.append([_cell(sheet, f"{height:,} rows were refused", bold=True)])
    sheet.append([f"Correct the coloured cells in {where} with the same plan."])
    sheet.append([])
    sheet.append([_cell(sheet, name, bold=True) for name in ("Column", "Rule", "Cells", "For example")])
    most = rejects.kinds().filter(severity="error").sort("cells", descending=True, maintain_order=True)
    for column, rule, count, row, message in most.select("column", "rule", "cells", "row", "message").iter_rows():
        example = _cell(sheet, f"{rejects.files.place(row)}: {message}")
        sheet.append([_cell(sheet, column or "(the whole row)"), _cell(sheet, rule), count, example])


def _append(sheet: WriteOnlyWorksheet, errors: pl.DataFrame, rows: pl.DataFrame, room: int, files: FileRows) -> None:
    """Append the rows; the first `room` of them get comments."""
    labels = rows.columns[1:]
    reasons: dict[int, dict[str | None, list[str]]] = {}
    for row, column, message in errors.select("row", "column", "message").iter_rows():
        reasons.setdefault(row, {}).setdefault(column if column in labels else None, []).append(message)
    for number, ((row, *values), reason) in enumerate(zip(rows.iter_rows(), _whys(errors, rows, files), strict=True)):
        cells = _marked(sheet, labels, values, reasons.get(row, {}), is_commented=number < room)
        sheet.append([*cells, _cell(sheet, reason)])


def _marked(
    sheet: WriteOnlyWorksheet,
    labels: Sequence[str],
    values: Iterable[str | None],
    reasons: Mapping[str | None, Sequence[str]],
    *,
    is_commented: bool,
) -> Iterator[Any]:
    """Cells of one row, with those at fault in red; reasons of the whole row are at its first cell."""
    of_row = reasons.get(None, ())
    for position, (label, value) in enumerate(zip(labels, values, strict=True)):
        why = [*reasons.get(label, ()), *(of_row if position == 0 else ())]
        colour = RED if label in reasons else PALE if of_row else None
        yield _cell(sheet, value, colour=colour, comment="\n".join(why) if is_commented else "")


def _cell(
    sheet: WriteOnlyWorksheet, value: str | None, *, bold: bool = False, colour: str | None = None, comment: str = ""
) -> Any:  # noqa: ANN401 - what openpyxl appends
    """The cell, or only its value if it needs no style: that takes a tenth of the time."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment

    stored = _stored(value)
    is_text = isinstance(stored, str)
    runs = is_text and value is not None and RUNS.match(value) is not None
    if not (bold or colour or comment or runs or (is_text and stored.startswith("#"))):  # An error value.
        return stored
    cell = WriteOnlyCell(sheet, stored)
    if is_text:
        cell.data_type = "s"  # Never a formula, an error or a date.
        cell.quotePrefix = runs
    if bold or colour:
        cell.font, cell.fill = _look(bold=bold, colour=colour)
    if comment:
        cell.comment = Comment(comment, "importer", width=320, height=90)
    return cell


@cache
def _look(*, bold: bool, colour: str | None) -> tuple[Font, PatternFill]:
    from openpyxl.styles import Font, PatternFill

    return Font(bold=bold), PatternFill() if colour is None else PatternFill("solid", start_color=colour)


def _stored(value: str | None) -> Any:  # noqa: ANN401 - what a cell may hold
    """The number if a number cell reads back as the same text, or else the text, escaped for XML."""
    if value is None:
        return None
    if NUMBER.fullmatch(value):
        number = float(value) if "." in value else int(value)
        if repr(number) == value:  # No digit is lost, and no sign.
            return number
    text = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", value)
    return ESCAPED.sub(lambda found: f"_x{ord(found.group()):04X}_", text)
