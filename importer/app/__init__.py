"""The import with a mouse, in a notebook: `App`; and every import there ever was: `History`."""

from __future__ import annotations

from importer.app._app import App
from importer.app._history import History

__all__ = ["App", "History"]
