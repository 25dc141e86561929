"""Rewrite what Microsoft's older container holds as XLSX: an old workbook, or any workbook with a password."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from importer.sources.converted._kinds import OLE2, kind_of_parts
from importer.sources.converted._xls import rewrite_xls
from importer.sources.converted._xlsb import rewrite_xlsb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["LockedError", "rewrite_ole"]

BY_EXCEL = "VelvetSweatshop"
"""The password of workbooks that Excel opens without asking, such as those that are protected against changes."""

FOREIGN = {
    "WordDocument": "a Word document",
    "PowerPoint Document": "a PowerPoint presentation",
    "__properties_version1.0": "an Outlook message",
}
"""Streams of other documents in the same container."""


class LockedError(Exception):
    """The file has a password, and none of those that are known opens it."""


def rewrite_ole(path: Path, target: Path, passwords: Sequence[str]) -> None:
    """Write the workbook to `target`, without its password if it has one.

    Raises
    ------
    LockedError
        If it has a password that is not among those to try.
    ValueError
        If it is another document.
    """
    plain = target.with_name(f"{target.name}.plain")
    if not _decrypted(path, plain, [*passwords, BY_EXCEL]):
        rewrite_xls(path, target)
        return
    with plain.open("rb") as file:
        is_old = file.read(len(OLE2)) == OLE2
    if is_old:
        rewrite_xls(plain, target)
    elif _kind_of_archive(plain) == "xlsb":
        rewrite_xlsb(plain, target)
    else:
        plain.replace(target)
    plain.unlink(missing_ok=True)


def _kind_of_archive(path: Path) -> str | None:
    with zipfile.ZipFile(path) as archive:
        return kind_of_parts(archive.namelist(), b"")


def _decrypted(path: Path, target: Path, passwords: Sequence[str]) -> bool:
    """Write the file without its password to `target`; False if it has none."""
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import DecryptionError, FileFormatError
    from olefile import OleFileIO, isOleFile

    if not isOleFile(str(path)):
        return False
    with OleFileIO(str(path)) as container:
        for stream, what in FOREIGN.items():
            if container.exists(stream):
                raise ValueError(f"it is {what}")
    with path.open("rb") as file:
        try:
            office = OfficeFile(file)
            if not office.is_encrypted():
                return False
        except (FileFormatError, OSError):
            return False
        for password in dict.fromkeys(passwords):
            try:
                # Old workbooks are verified in any case.
                office.load_key(password=password, **({"verify_password": True} if office.format == "ooxml" else {}))
                with target.open("wb") as out:
                    office.decrypt(out)
            except DecryptionError:
                continue
            return True
    raise LockedError
