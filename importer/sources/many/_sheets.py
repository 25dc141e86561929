"""All sheets of a workbook as if each were a file: `sheets_of_all`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import Fix, Note, SourceError
from importer.sources.many._files import Files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.sources._book import Sheet

__all__ = ["ALL_SHEETS", "sheets_of_all"]

ALL_SHEETS = "all"
"""What the option says for all visible sheets of a workbook that has none of this name."""

NAMED = 5
"""Sheets that a note names."""


def sheets_of_all(given: Path | Files) -> Files | None:
    """The visible sheets of the workbooks that hold cells; None of a workbook with a sheet of that name.

    Parameters
    ----------
    given
        A workbook, or several files.

    Raises
    ------
    SourceError
        If the only file is no workbook, or has no visible sheet with cells.
    """
    files = given if isinstance(given, Files) else Files(paths=(given,), names=(given.name,), label=given.name)
    is_one = len(files.paths) == 1
    found: list[tuple[Path, str, str]] = []
    notes: list[Note] = []
    for path, name in zip(files.paths, files.names, strict=True):
        try:
            sheets = _sheets(path)
        except SourceError:
            if is_one:
                raise
            # Opening it says why not.
            found.append((path, name, ALL_SHEETS))
            continue
        if is_one and any(sheet.name.casefold() == ALL_SHEETS for sheet in sheets):
            return None
        shown = [sheet for sheet in sheets if sheet.visible and sheet.rows != 0]
        notes += _notes_of(path, [sheet for sheet in sheets if not sheet.visible and sheet.rows != 0])
        found += [(path, sheet.name if is_one else f"{name}, sheet {sheet.name!r}", sheet.name) for sheet in shown]
    if not found:
        raise SourceError(
            f"no visible sheet of {files.label!r} has cells",
            code="sheet-empty",
            facts={"file": files.label},
            fixes=[Fix("sheet", ..., "if a hidden one is meant")],
        )
    paths, names, sheets_read = zip(*found, strict=True)
    label = f"{files.label}, {len(found):,} sheet{'s' * (len(found) > 1)}"
    place = files.paths[0] if is_one else files.place
    return replace(
        files, paths=paths, names=names, label=label, sheets=sheets_read, place=place, notes=(*files.notes, *notes)
    )


def _sheets(path: Path) -> tuple[Sheet, ...]:
    from importer.sources._open import list_sheets

    return list_sheets(path)


def _notes_of(path: Path, hidden: list[Sheet]) -> Iterator[Note]:
    if hidden:
        named = ", ".join(repr(sheet.name) for sheet in hidden[:NAMED]) + (", …" if hidden[NAMED:] else "")
        count = f"{len(hidden)} hidden sheet{'s' * (len(hidden) > 1)}"
        yield Note(
            f"{count} of {path.name!r} {'are' if hidden[1:] else 'is'} not read: {named}",
            [Fix("sheet", hidden[0].name)],
            code="sheets-left-out",
            kind="rows",
            n=sum(sheet.rows or 0 for sheet in hidden),
        )
