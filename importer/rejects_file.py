"""Refused rows as a workbook or a CSV file that can be corrected and imported again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import ImporterError
from importer.rejects import REFUSED_NAME, WHY

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

__all__ = ["write_rejects"]

SHEET = "Refused rows"
ROWS_OF_A_SHEET = 1_048_575
RED, PALE = "FFC7CE", "FFF2CC"
RUNS = re.compile(r"[=+\-@\t\r]")
"""Beginning of a text that a spreadsheet program might run."""

NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{0,14}[1-9])?")
"""Text that is exactly what a number cell of the same value reads as."""


def write_rejects(path: str | os.PathLike[str], cells: pl.DataFrame, rows: pl.DataFrame) -> Path:
    """Write the refused rows, each cell at fault with its reasons.

    A ``.xlsx`` gets a first sheet that sums up, and a second with the rows as they were read, bad
    cells coloured, the reasons as comments; a ``.csv`` gets the reasons in a last column. Texts that
    a spreadsheet program might run are written so that it does not.

    Raises
    ------
    ImporterError
        Where the file's ending says neither, or a sheet cannot hold so many rows.
    """
    file = Path(path)
    errors = cells.filter(severity="error")
    if file.suffix.lower() == ".csv":
        _write_csv(file, errors, rows)
    elif file.suffix.lower() == ".xlsx":
        if rows.height > ROWS_OF_A_SHEET:
            raise ImporterError(f"{rows.height:,} refused rows are more than a sheet holds. Write them to a .csv file")
        _write_xlsx(file, errors, rows)
    else:
        raise ImporterError(f"cannot write the refused rows to {str(file)!r}. Name a file that ends in .xlsx or .csv")
    return file


def _write_csv(file: Path, errors: pl.DataFrame, rows: pl.DataFrame) -> None:
    why = errors.group_by("row", maintain_order=True).agg(
        pl.concat_str([pl.col("column").fill_null("row"), pl.lit(": "), pl.col("message")]).str.join("; ").alias(WHY)
    )
    named = rows.join(why, on="row", how="left", maintain_order="left").drop("row")
    named.with_columns(_harmless(label) for label in named.columns).write_csv(file)


def _harmless(label: str) -> pl.Expr:
    """Text that no spreadsheet program runs, by an apostrophe before it.

    One more also where there is one already, so that taking one off is always right.
    """
    text = pl.col(label)
    runs = text.str.contains(f"^'*{RUNS.pattern}") & ~text.str.contains(f"^{NUMBER.pattern}$")
    return pl.when(runs).then(pl.lit("'") + text).otherwise(text).alias(label)


def _write_xlsx(file: Path, errors: pl.DataFrame, rows: pl.DataFrame) -> None:
    from openpyxl import Workbook
    from openpyxl.workbook.defined_name import DefinedName

    book = Workbook(write_only=True)
    _summary(book.create_sheet("Summary"), errors, rows.height)
    sheet = book.create_sheet(SHEET)
    _rows(sheet, errors, rows)
    sheet.defined_names = {REFUSED_NAME: DefinedName(REFUSED_NAME, attr_text=f"'{SHEET}'!$A$1")}
    book.save(file)


def _summary(sheet: WriteOnlyWorksheet, errors: pl.DataFrame, height: int) -> None:
    sheet.column_dimensions["A"].width = sheet.column_dimensions["B"].width = 22
    sheet.column_dimensions["D"].width = 90
    sheet.append([_cell(sheet, f"{height:,} rows were refused", bold=True)])
    sheet.append([f"Correct the coloured cells in the sheet {SHEET!r}, save, and import this file with the same plan."])
    sheet.append([])
    sheet.append([_cell(sheet, name, bold=True) for name in ("Column", "Rule", "Cells", "For example")])
    counts = errors.group_by("column", "rule", maintain_order=True).agg(pl.len(), pl.col("row", "message").first())
    for column, rule, count, row, message in counts.sort("len", descending=True, maintain_order=True).iter_rows():
        example = _cell(sheet, f"row {row}: {message}")
        sheet.append([_cell(sheet, column or "(the whole row)"), rule, count, example])


def _rows(sheet: WriteOnlyWorksheet, errors: pl.DataFrame, rows: pl.DataFrame) -> None:
    labels = rows.columns[1:]
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, label, bold=True) for label in labels])
    reasons: dict[int, dict[str | None, list[str]]] = {}
    for row, column, message in errors.select("row", "column", "message").iter_rows():
        reasons.setdefault(row, {}).setdefault(column if column in labels else None, []).append(message)
    for row, *values in rows.iter_rows():
        sheet.append(_marked(sheet, labels, values, reasons.get(row, {})))


def _marked(
    sheet: WriteOnlyWorksheet,
    labels: Sequence[str],
    values: Iterable[str | None],
    reasons: Mapping[str | None, Sequence[str]],
) -> list[WriteOnlyCell]:
    """Cells of one row, those at fault red; what is wrong with the whole row stands at its first cell."""
    of_row = reasons.get(None, ())
    cells = []
    for position, (label, value) in enumerate(zip(labels, values, strict=True)):
        why = [*reasons.get(label, ()), *(of_row if position == 0 else ())]
        colour = RED if label in reasons else PALE if of_row else None
        cells.append(_cell(sheet, value, colour=colour, comment="\n".join(why)))
    return cells


def _cell(
    sheet: WriteOnlyWorksheet, value: str | None, *, bold: bool = False, colour: str | None = None, comment: str = ""
) -> WriteOnlyCell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill

    cell = WriteOnlyCell(sheet, _stored(value))
    if isinstance(cell.value, str):
        cell.data_type = "s"  # Never a formula, an error or a date.
        cell.quotePrefix = RUNS.match(cell.value) is not None
    if bold:
        cell.font = Font(bold=True)
    if colour is not None:
        cell.fill = PatternFill("solid", start_color=colour)
    if comment:
        cell.comment = Comment(comment, "importer", width=320, height=90)
    return cell


def _stored(value: str | None) -> Any:  # noqa: ANN401 - what a cell may hold
    """The number where a number cell reads back as the same text, else the text, escaped as XML needs."""
    if value is None:
        return None
    if NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    # What XML cannot hold, and line ends at either end, which readers take for layout.
    text = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", value)
    return re.sub(
        r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|^[\t\n]|[\t\n]$", lambda found: f"_x{ord(found.group()):04X}_", text
    )
