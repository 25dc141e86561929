"""The import with a mouse, in a notebook: `App`; and the history of all imports: `History`."""

from __future__ import annotations

from importer.app._app import App
from importer.app.history import History

__all__ = ["App", "History"]
