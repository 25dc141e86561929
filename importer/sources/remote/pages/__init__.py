"""A paged JSON interface or a feed, fetched page by page into one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.sources.remote.pages._collect import collected
    from importer.sources.remote.pages._journal import notes_beside
    from importer.sources.remote.pages._pages import Pages

__all__ = ["Pages", "collected", "notes_beside"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
