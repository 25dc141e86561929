"""The import with a mouse, in a notebook: `App`."""

from __future__ import annotations

from importer.app._app import App

__all__ = ["App"]
