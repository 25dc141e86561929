"""Where SQLite lacks room, which its error does not tell: `temporary_folder_full`, `is_temporary_folder_full`."""

from __future__ import annotations

import os
from shutil import disk_usage
from typing import TYPE_CHECKING

from importer.errors import SinkError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_temporary_folder_full", "temporary_folder_full"]

LEAST = 1 << 16
"""Bytes that SQLite can do something with: its largest page."""


def _folder() -> str:
    """Where SQLite has temporary tables, and what it sorts."""
    return os.environ.get("SQLITE_TMPDIR") or os.environ.get("TMPDIR") or "/var/tmp"  # noqa: S108 - as SQLite does  # nosec B108


def is_temporary_folder_full(database: Path) -> bool:
    """Whether there is no room left for what SQLite sorts, but some for the database."""
    try:
        return disk_usage(_folder()).free < LEAST <= disk_usage(database.parent).free
    except OSError:
        return False


def temporary_folder_full(label: str) -> SinkError:
    """The error of a statement that found no room there."""
    return SinkError(
        f"{label}: SQLite has no room for temporary tables in {_folder()!r}",
        code="temporary-folder-full",
        facts={"folder": _folder()},
        fixes=["make room there", "set TMPDIR to another folder"],
    )
