"""Values into words: the catalogue of texts, HTML, and tables for a terminal."""

from __future__ import annotations

from importer.views._catalogue import by_kind, catalogue, say

__all__ = ["by_kind", "catalogue", "say"]
