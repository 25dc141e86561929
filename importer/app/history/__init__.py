"""The history of all imports, in a cell or in a tab of the App."""

from __future__ import annotations

from importer.app.history._history import History

__all__ = ["History"]
