"""The functions of the package: look at a file, import it, look back at jobs."""

from __future__ import annotations

from importer.api._jobs import job, jobs, prune
from importer.api._load import load, resume
from importer.api._look import infer, preview, read
from importer.api._plan import plan, table_name
from importer.api._sample import sample
from importer.api._undo import undo

__all__ = ["infer", "job", "jobs", "load", "plan", "preview", "prune", "read", "resume", "sample", "table_name", "undo"]
