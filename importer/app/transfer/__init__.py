"""Files on their way from and to a browser, piece by piece."""

from __future__ import annotations

from importer.app.transfer._inbox import Arriving, Inbox, Received, discard, is_upload
from importer.app.transfer._outbox import Outbox

__all__ = ["Arriving", "Inbox", "Outbox", "Received", "discard", "is_upload"]
