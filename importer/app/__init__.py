"""The import with a mouse, in a notebook: `App`, which may `take` files from JupyterLab; all imports: `History`."""

from __future__ import annotations

from importer.app._app import App
from importer.app._front import take
from importer.app.history import History

__all__ = ["App", "History", "take"]
