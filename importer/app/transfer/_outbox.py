"""Files that a browser fetches piece by piece: `Outbox`."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Outbox"]

PIECE_BYTES = 2 << 20
KEPT = 4
"""Number of files that are kept for slow pages."""


class Outbox:
    """Keeps files until a page has fetched them, in a folder that only this user can read.

    Examples
    --------
    >>> outbox = Outbox()
    >>> offer = outbox.offer("refused.csv", lambda path: path.write_text("id"))
    >>> offer["name"], offer["size"], outbox.piece(offer["key"], 0)
    ('refused.csv', 2, b'id')
    >>> outbox.close()
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files: dict[str, Path] = {}
        self._forget: Callable[[], object] = lambda: None

    def offer(self, name: str, write: Callable[[Path], object]) -> dict[str, Any]:
        """Write a file, and return what a page needs to fetch it."""
        if self._folder is None or not self._folder.is_dir():
            self._folder = Path(tempfile.mkdtemp(prefix="importer-downloads-"))
            self._forget = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        key = secrets.token_hex(16)
        path = self._folder / f"{key}{Path(name).suffix}"
        write(path)
        path.chmod(0o600)
        self._files[key] = path
        for old in list(self._files)[:-KEPT]:
            self._files.pop(old).unlink(missing_ok=True)
        return {"key": key, "name": name, "size": path.stat().st_size}

    def piece(self, key: object, offset: object) -> bytes | None:
        """A part of a file; None if the file does not exist."""
        path = self._files.get(key) if isinstance(key, str) else None
        if path is None or not isinstance(offset, int) or offset < 0:
            return None
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(PIECE_BYTES)

    def discard(self, key: object) -> None:
        """Delete a file that nobody wants any more."""
        path = self._files.pop(key, None) if isinstance(key, str) else None
        if path is not None:
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Delete the folder with everything in it."""
        self._files = {}
        self._forget()
