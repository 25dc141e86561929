"""The names of several files beside their refused rows, so that these can be told apart later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.core import FileRows, private_folder, written_beside

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["keep_names", "read_names"]

NAME = "files.json"


def keep_names(folder: Path, files: FileRows) -> None:
    """Write the names, unless they are there.

    Raises
    ------
    OSError
        If there is no room for them.
    """
    place = folder / NAME
    if not place.exists():
        private_folder(folder)
        with written_beside(place, is_private=True) as out:
            out.write(json.dumps(files.names).encode("utf-8", "surrogateescape"))


def read_names(folder: Path) -> FileRows:
    """The names that were written; none if there are none."""
    try:
        found = json.loads((folder / NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        return FileRows()
    is_good = isinstance(found, list) and all(isinstance(one, str) for one in found)
    return FileRows(names=tuple(found) if is_good else ())
