"""A workbook inside a compressed file, unpacked: `packed_book`."""

from __future__ import annotations

import shutil
import weakref
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

from importer.core import temporary_folder_full
from importer.errors import SourceError
from importer.sources._archives import kind_in_archive
from importer.sources.converted import kind_of
from importer.sources.csv import ZIP, first_bytes, is_packed, reading, unpacked

__all__ = ["PackedBook", "packed_book"]

MOST_BYTES = 2 << 30
"""Limit of what is unpacked."""

HEAD_BYTES, PIECE = 1 << 18, 1 << 20


class PackedBook:
    """The workbook in a folder of its own, which is deleted with this object.

    Attributes
    ----------
    path
        The workbook, called as the compressed file is.
    kind
        As `kind_of` says.
    """

    def __init__(self, file: Path) -> None:
        folder = mkdtemp(prefix="importer-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = Path(folder) / file.name
        left = MOST_BYTES
        with reading(file), file.open("rb") as raw, self.path.open("xb") as out:
            packed = unpacked(raw)
            while piece := packed.read(PIECE):
                left -= len(piece)
                if left < 0:
                    raise _too_large(file)
                try:
                    out.write(piece)
                except OSError as exc:
                    raise temporary_folder_full(exc, f"what {file.name!r} holds") from exc
        head = first_bytes(self.path, HEAD_BYTES)
        self.kind = kind_in_archive(self.path) if head.startswith(ZIP) else kind_of(head)


def packed_book(path: Path, head: bytes) -> PackedBook | None:
    """The workbook inside a compressed file that begins with `head`; None if it holds something else.

    Raises
    ------
    SourceError
        If it is damaged, or unpacks to more than a workbook has.
    """
    if not is_packed(head):
        return None
    inner = b""
    # A damaged file is told by whoever reads the text.
    with suppress(SourceError), reading(path), path.open("rb") as raw:
        inner = unpacked(raw).read(HEAD_BYTES)
    if not inner.startswith(ZIP) and kind_of(inner) is None:
        return None
    state = path.stat()
    book = _unpacked(path.absolute(), state.st_mtime_ns, state.st_size)
    return None if book.kind is None else book


@lru_cache(maxsize=4)
def _unpacked(path: Path, changed: int, size: int) -> PackedBook:  # noqa: ARG001 - another file has others
    return PackedBook(path)


def _too_large(file: Path) -> SourceError:
    return SourceError(
        f"{file.name!r} unpacks to a workbook of more than {MOST_BYTES >> 30} GB",
        code="file-suspicious",
        facts={"file": file.name},
        fixes=["unpack it yourself, if you trust the file"],
    )
