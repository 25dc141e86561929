"""Files elsewhere: behind https://, s3:// and whatever else fsspec opens, and interfaces that answer page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.sources.remote._fetched import fetched, notes_of_fetch
    from importer.sources.remote._stop import Stop
    from importer.sources.remote._urls import is_remote, name_of, shown
    from importer.sources.remote.pages import Pages, collected, notes_beside

__all__ = ["Pages", "Stop", "collected", "fetched", "is_remote", "name_of", "notes_beside", "notes_of_fetch", "shown"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
