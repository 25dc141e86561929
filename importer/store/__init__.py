"""What outlives a process: the history of all jobs, in a file of the user's or in PostgreSQL."""

from __future__ import annotations

from importer.store._jobs import Jobs, ask, prune
from importer.store._keeper import Keeper, wait_until_recorded
from importer.store._open import open_store
from importer.store._record import NESTED, JobRecord
from importer.store._record_view import jobs_text
from importer.store._store import Store, subscribe

__all__ = [
    "NESTED",
    "JobRecord",
    "Jobs",
    "Keeper",
    "Store",
    "ask",
    "jobs_text",
    "open_store",
    "prune",
    "subscribe",
    "wait_until_recorded",
]
