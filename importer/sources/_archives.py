"""What a zip archive holds: `kind_in_archive`."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from importer.errors import SourceError
from importer.sources.converted import kind_of_parts
from importer.sources.csv import files_in

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["kind_in_archive"]

MIMETYPE_BYTES = 200
"""Longest part that names the kind of an OpenDocument file."""


def kind_in_archive(path: Path) -> str | None:
    """Which kind of workbook the archive is; None if it holds one file.

    Raises
    ------
    SourceError
        If the archive is damaged or holds something else.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            is_locked = any(member.flag_bits & 1 for member in archive.infolist())
            mimetype = b""
            with suppress(KeyError, RuntimeError, NotImplementedError, zlib.error), archive.open("mimetype") as part:
                mimetype = part.read(MIMETYPE_BYTES)
    except zipfile.BadZipFile as exc:
        raise SourceError(
            f"{path.name!r} begins like a workbook but is damaged or cut short ({exc})",
            code="file-damaged",
            facts={"file": path.name},
            fixes=["copy or download it again"],
        ) from exc
    if (kind := kind_of_parts(names, mimetype)) is not None:
        return kind
    if "content.xml" in names:
        raise SourceError(
            f"{path.name!r} is an OpenDocument file but no spreadsheet",
            code="file-kind-unsupported",
            facts={"file": path.name},
            fixes=["copy its table into a spreadsheet"],
        )
    files = files_in(names)
    if len(files) == 1 and not is_locked:
        return None
    held = ", ".join(map(repr, files[:3])) + (", …" if files[3:] else "")
    raise SourceError(
        f"{path.name!r} is a zip archive of {held or 'nothing'}{', with a password' if is_locked else ''}",
        code="file-kind-unsupported",
        facts={"file": path.name, "holds": files[:3]},
        fixes=["unpack it and give a file in it"],
    )
