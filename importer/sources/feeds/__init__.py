"""RSS and Atom feeds: their entries as rows."""

from __future__ import annotations

from importer.sources.feeds._feed import feed_of, is_feed
from importer.sources.feeds._source import feed_source

__all__ = ["feed_of", "feed_source", "is_feed"]
