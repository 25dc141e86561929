"""What outlives a process: the history of all jobs, in a file of the user's or in PostgreSQL."""

from __future__ import annotations

from importer.store._jobs import Jobs, ask, forget, prune
from importer.store._keeper import Keeper, let_in
from importer.store._record import NESTED, JobRecord, now_text
from importer.store._store import Store, following, open_store

__all__ = [
    "NESTED",
    "JobRecord",
    "Jobs",
    "Keeper",
    "Store",
    "ask",
    "following",
    "forget",
    "let_in",
    "now_text",
    "open_store",
    "prune",
]
