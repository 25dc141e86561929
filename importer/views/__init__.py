"""Values into words: the catalogue of texts, messages, HTML, and tables for a terminal."""

from __future__ import annotations

from importer.views._catalogue import by_kind, catalogue, say
from importer.views._messages import for_mouse, for_shell

__all__ = ["by_kind", "catalogue", "for_mouse", "for_shell", "say"]
