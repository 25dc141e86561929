"""Recognise a file by its first bytes, and explain why it is not text."""

from __future__ import annotations

import contextlib
import stat
import zipfile
import zlib
from difflib import get_close_matches
from typing import TYPE_CHECKING

from importer.core import masked_file
from importer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["GZIP", "OLE2", "ZIP", "first_bytes", "reading", "refuse_binary", "refuse_foreign"]

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_EXPORT = "open it where it was made and save it as .xlsx or .csv"
_UNPACK = "unpack it first"
_MAGIC = (
    (OLE2, "an old Excel workbook (.xls) or one with a password", "save it as .xlsx without a password"),
    (ZIP, "a zip archive", f"{_UNPACK}, or give the workbook itself its own name in .xlsx"),
    (b"PK\x05\x06", "an empty zip archive", "save the file again"),
    (b"%PDF", "a PDF document", _EXPORT),
    (b"\x89PNG", "an image (PNG)", _EXPORT),
    (b"\xff\xd8\xff", "an image (JPEG)", _EXPORT),
    (b"GIF8", "an image (GIF)", _EXPORT),
    (b"MIME-Version:", "a web archive (MHTML)", _EXPORT),
    (b"{\\rtf", "a text document (RTF)", _EXPORT),
    (b"SQLite format 3\0", "a SQLite database", "read it with a database tool and export the table as .csv"),
    (b"FEA1", "a Feather file of the first version", "write it again as Parquet or Arrow"),
    (b"7z\xbc\xaf", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
)
_MARKUP = (
    ((b"<!doctype html", b"<html", b"<head", b"<meta", b"<table", b"<body"), "a web page (HTML)"),
    ((b"<?xml",), "an XML document"),
)
_CONTROL = dict.fromkeys(set(range(1, 32)) - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f"))


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn errors of the file system and of archives into `SourceError`."""
    try:
        yield
    except FileNotFoundError as exc:
        if masked_file(path) != str(path):
            raise SourceError(
                f"{masked_file(path)!r} stands for a database, not for a file",
                code="file-not-found",
                facts={"file": masked_file(path)},
                fixes=["name the file first, and the database as the target"],
            ) from None
        near = get_close_matches(path.name, _names_in(path.parent), n=1)
        raise SourceError(
            f"no file {path.name!r} in {str(path.parent)!r}",
            code="file-not-found",
            facts={"file": path.name, "folder": str(path.parent), "near": near},
            fixes=[f"did you mean {near[0]!r}?" if near else "check the name and the folder"],
        ) from exc
    except IsADirectoryError as exc:
        raise SourceError(
            f"{path.name or str(path)!r} is a folder",
            code="file-is-folder",
            facts={"file": path.name},
            fixes=["name the file in it"],
        ) from exc
    except (EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as exc:
        raise SourceError(
            f"{path.name!r} is damaged or cut short ({exc})",
            code="file-damaged",
            facts={"file": path.name},
            fixes=["copy or download it again"],
        ) from exc
    except OSError as exc:
        why = exc.strerror or exc
        raise SourceError(
            f"{path.name!r} cannot be read: {why}",
            code="file-unreadable",
            facts={"file": path.name, "error": str(why)},
            fixes=["check the file and its permissions"],
        ) from exc


def _names_in(folder: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return [other.name for other in folder.iterdir()]
    return []


def first_bytes(path: Path, size: int = 512) -> bytes:
    """The beginning of the file as it is on disk.

    Raises
    ------
    SourceError
        If the file does not exist, is no regular file, or must not be read.
    """
    with reading(path):
        mode = path.stat().st_mode
        # Opening a pipe waits for its other end, and a device may never end.
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise SourceError(
                f"{path.name!r} is a pipe or a device, not a file",
                code="file-kind-unsupported",
                facts={"file": path.name},
                fixes=["write what it gives to a file, and import that"],
            )
        with path.open("rb") as file:
            return file.read(size)


def refuse_foreign(head: bytes, name: str) -> None:
    """Do nothing if `head` may begin a table in text.

    Raises
    ------
    SourceError
        If the file is something else; the message says what, and what to do.

    Examples
    --------
    >>> refuse_foreign(b"%PDF-1.7", "orders.csv")
    Traceback (most recent call last):
    importer.errors.SourceError: 'orders.csv' is a PDF document; open it where it was made and save it as .xlsx or .csv
    """
    for magic, what, fix in _MAGIC:
        if head.startswith(magic):
            raise SourceError(
                f"{name!r} is {what}", code="file-kind-unsupported", facts={"file": name, "kind": what}, fixes=[fix]
            )
    markup = head.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").lstrip().lower()
    for beginnings, what in _MARKUP:
        if markup.startswith(beginnings):
            raise SourceError(
                f"{name!r} is {what}, although its name says otherwise",
                code="file-kind-unsupported",
                facts={"file": name, "kind": what},
                fixes=[_EXPORT],
            )


def refuse_binary(text: str, head: bytes, name: str) -> None:
    """Do nothing if the decoded text has hardly any control characters; `head` is its bytes.

    Raises
    ------
    SourceError
        If it is not text.
    """
    if len(text) - len(text.translate(_CONTROL)) > len(text) // 50:
        raise SourceError(
            f"{name!r} is not text: it begins with {head[:8]!r}",
            code="file-kind-unsupported",
            facts={"file": name},
            fixes=[_EXPORT],
        )
