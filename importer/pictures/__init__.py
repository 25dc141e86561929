"""Pictures behind addresses, fetched side by side and kept once each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.pictures._cache import Cache, Kept
    from importer.pictures._fetching import Fetched, Fetching
    from importer.pictures._texts import (
        file_of,
        in_html,
        in_markdown,
        markdown_with_sources,
        rendered,
        with_sources,
    )

__all__ = [
    "Cache",
    "Fetched",
    "Fetching",
    "Kept",
    "file_of",
    "in_html",
    "in_markdown",
    "markdown_with_sources",
    "rendered",
    "with_sources",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
