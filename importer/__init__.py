"""A spreadsheet into a database: every cell checked, every row accounted for, counted while it moves.

>>> import importer, polars as pl
>>> report = importer.load(pl.DataFrame({"id": [1, 2]}), into=importer.testing.MemorySink(), listeners=[])
>>> report.progress.created
2
"""

from importer import errors, testing
from importer.api import infer, job, jobs, load, plan, preview, prune, read, resume
from importer.app import App, History
from importer.chunks import Chunk, Header, Sink, Source, Table, Written
from importer.errors import ImporterError
from importer.existing import schema_of
from importer.history import Jobs
from importer.job import Job
from importer.listeners import Bar, Panel
from importer.planning import Plan
from importer.progress import Listener, Progress, State
from importer.report import Report
from importer.samples import sample
from importer.store import JobRecord

__all__ = [
    "App",
    "Bar",
    "Chunk",
    "Header",
    "History",
    "ImporterError",
    "Job",
    "JobRecord",
    "Jobs",
    "Listener",
    "Panel",
    "Plan",
    "Progress",
    "Report",
    "Sink",
    "Source",
    "State",
    "Table",
    "Written",
    "errors",
    "infer",
    "job",
    "jobs",
    "load",
    "plan",
    "preview",
    "prune",
    "read",
    "resume",
    "sample",
    "schema_of",
    "testing",
]

__version__ = "0.1.0"
