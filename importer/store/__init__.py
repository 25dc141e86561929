"""What outlives a process: the history of all jobs, in a file of the user's or in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.store._jobs import Jobs, ask, ask_pace, prune
    from importer.store._keeper import Keeper, wait_until_recorded
    from importer.store._open import open_store
    from importer.store._queue import RETRIES, Claimed, Queue, Queued, WorkerRecord, backoff_s
    from importer.store._record import KINDS, NESTED, JobRecord, user_name
    from importer.store._record_view import jobs_text, queue_text, record_word
    from importer.store._sessions import change_session
    from importer.store._store import PARTS, Store, subscribe
    from importer.store._uploads import Upload, drop_upload, sweep_uploads

__all__ = [
    "KINDS",
    "NESTED",
    "PARTS",
    "RETRIES",
    "Claimed",
    "JobRecord",
    "Jobs",
    "Keeper",
    "Queue",
    "Queued",
    "Store",
    "Upload",
    "WorkerRecord",
    "ask",
    "ask_pace",
    "backoff_s",
    "change_session",
    "drop_upload",
    "jobs_text",
    "open_store",
    "prune",
    "queue_text",
    "record_word",
    "subscribe",
    "sweep_uploads",
    "user_name",
    "wait_until_recorded",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
