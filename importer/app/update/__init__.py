"""What each action and each event makes of the model: `update`."""

from __future__ import annotations

from importer.app.update._update import Outcome, update

__all__ = ["Outcome", "update"]
