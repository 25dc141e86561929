"""The functions of the package: look at a file, import it, look back at jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.api._doctor import doctor
    from importer.api._images import images
    from importer.api._jobs import job, jobs, prune
    from importer.api._load import load, resume
    from importer.api._look import infer, preview, read
    from importer.api._plan import plan
    from importer.api._queue import retry, submit
    from importer.api._sample import sample
    from importer.api._saved import SavedPlan, read_plan
    from importer.api._table_name import table_name
    from importer.api._track import track
    from importer.api._undo import start_undo, undo
    from importer.api._watch import watching

__all__ = [
    "SavedPlan",
    "doctor",
    "images",
    "infer",
    "job",
    "jobs",
    "load",
    "plan",
    "preview",
    "prune",
    "read",
    "read_plan",
    "resume",
    "retry",
    "sample",
    "start_undo",
    "submit",
    "table_name",
    "track",
    "undo",
    "watching",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
