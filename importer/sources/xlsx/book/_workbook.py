"""The table of contents of a workbook: its sheets, and the parts that hold them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from importer.core import REFUSED_NAME
from importer.errors import SheetNotFoundError, SourceError
from importer.sources._book import Sheet
from importer.sources.xlsx.book._escapes import unescaped
from importer.sources.xlsx.book._xml import elements

if TYPE_CHECKING:
    from importer.sources.xlsx.book._archive import Archive

__all__ = ["Workbook", "read_workbook", "relations", "workbook_part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """The worksheets in the workbook's order, and the parts of the archive.

    Attributes
    ----------
    sheets, parts
        The worksheets, and the part of each.
    date1904
        Whether days count from 1904.
    styles, strings
        Parts of the styles and the shared strings; None if the workbook lacks them.
    recalculates
        Whether the program that opens it is to calculate all formulas anew.
    refused
        Indexes of the sheets with refused rows, if an import wrote this workbook.
    """

    sheets: tuple[Sheet, ...]
    parts: tuple[str, ...]
    date1904: bool
    styles: str | None
    strings: str | None
    recalculates: bool = False
    refused: tuple[int, ...] = ()

    def index(self, sheet: str | int | None) -> int:
        """Index of a sheet by name or number from 1; by default that of refused rows, else the first visible.

        Raises
        ------
        SheetNotFoundError
            If the workbook has no such sheet.
        """
        names = [each.name for each in self.sheets]
        if not names:
            raise SourceError(
                "the workbook has no worksheet", code="sheets-missing", fixes=["save the table on a sheet of its own"]
            )
        if sheet is None and self.refused:
            return self.refused[0]
        if sheet is None:
            return next((at for at, known in enumerate(self.sheets) if known.visible), 0)
        if isinstance(sheet, int):
            if 1 <= sheet <= len(names):
                return sheet - 1
            if str(sheet) in names:  # A sheet named 2024.
                return names.index(str(sheet))
        elif sheet in names:
            return names.index(sheet)
        else:
            for at, name in enumerate(names):
                if name.casefold() == sheet.casefold():
                    return at
        raise SheetNotFoundError.among(sheet, names)


def read_workbook(archive: Archive) -> Workbook:
    """Read the table of contents. Follows relations instead of assuming names of parts."""
    part = workbook_part(archive)
    targets = {relation["Id"]: relation for relation in relations(archive, part) if "Id" in relation}
    sheets: list[Sheet] = []
    parts: list[str] = []
    date1904, recalculates = False, False
    refused: list[int] = []
    for tag, attributes in elements(archive.read(part), f"{part!r} in {archive.name!r}"):
        if tag == "workbookPr":
            date1904 = attributes.get("date1904", "0") in {"1", "true", "on"}
        elif tag == "calcPr":
            recalculates = attributes.get("fullCalcOnLoad", "0") in {"1", "true", "on"}
        elif tag == "definedName" and attributes.get("name") == REFUSED_NAME:
            at = attributes.get("localSheetId", "0")
            refused += [int(at)] if re.fullmatch("[0-9]{1,5}", at) else []
        elif tag == "sheet":
            relation = targets.get(attributes.get("id", ""), {})
            if _kind(relation) == "worksheet":
                name, state = unescaped(attributes.get("name", "")), attributes.get("state", "visible")
                sheets.append(Sheet(name=name, visible=state == "visible"))
                parts.append(relation["Target"])
    by_kind: dict[str, str] = {}
    for relation in targets.values():
        kind, target = _kind(relation), relation["Target"]
        if kind in {"styles", "sharedStrings"} and by_kind.get(kind, target) != target:
            raise SourceError(
                f"{archive.name!r} has two parts of the kind {kind}, {by_kind[kind]!r} and {target!r}",
                code="file-damaged",
                facts={"file": archive.name, "part": target},
                fixes=["open it in a spreadsheet program, which may repair it, and save it again"],
            )
        by_kind[kind] = target
    return Workbook(
        sheets=tuple(sheets),
        parts=tuple(parts),
        date1904=date1904,
        styles=_optional(archive, by_kind.get("styles")),
        strings=_optional(archive, by_kind.get("sharedStrings")),
        recalculates=recalculates,
        refused=tuple(sorted(at for at in refused if at < len(sheets))),
    )


def workbook_part(archive: Archive) -> str:
    """The part with the table of contents."""
    found = relations(archive, "") if "_rels/.rels" in archive else []
    part = next((each["Target"] for each in found if _kind(each) == "officeDocument"), "xl/workbook.xml")
    if part.lower().endswith(".bin"):
        raise SourceError(
            f"{archive.name!r} is a binary workbook (.xlsb)",
            code="file-kind-unsupported",
            facts={"file": archive.name},
            fixes=["save it as .xlsx"],
        )
    if part not in archive or "word/" in part or "ppt/" in part:
        raise SourceError(
            f"{archive.name!r} is a zip archive but not an Excel workbook",
            code="file-kind-unsupported",
            facts={"file": archive.name},
            fixes=["save the table as .xlsx"],
        )
    return part


def relations(archive: Archive, part: str) -> list[dict[str, str]]:
    """Relations of a part to others inside the archive, their targets as full names."""
    folder, name = posixpath.split(part)
    source = posixpath.join(folder, "_rels", f"{name}.rels")
    found = [
        attributes
        for tag, attributes in elements(archive.read(source), f"{source!r} in {archive.name!r}")
        if tag == "Relationship" and attributes.get("TargetMode") != "External" and "Target" in attributes
    ]
    return [each | {"Target": _absolute(folder, each["Target"])} for each in found]


def _absolute(folder: str, target: str) -> str:
    path = unquote(target).replace("\\", "/")
    return posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")


def _kind(relation: dict[str, str]) -> str:
    return relation.get("Type", "").rpartition("/")[2]


def _optional(archive: Archive, part: str | None) -> str | None:
    return part if part is not None and part in archive else None
