"""What each action and each event makes of the model: `update`."""

from __future__ import annotations

from importer.app.update._grid import editable_rows
from importer.app.update._update import Outcome, update

__all__ = ["Outcome", "editable_rows", "update"]
