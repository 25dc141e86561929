"""A spreadsheet into a database: every cell checked, every row accounted for, counted while it moves.

>>> import importer, polars as pl
>>> report = importer.load(pl.DataFrame({"id": [1, 2]}), into=importer.testing.MemorySink(), listeners=[])
>>> report.progress.created
2
"""

from importer import errors, testing
from importer.api import infer, job, jobs, load, plan, preview, prune, read, resume, sample
from importer.app import App, History
from importer.core import Chunk, Header, Listener, Progress, State, Table, Written
from importer.engine import Job, Plan, Report
from importer.errors import ImporterError
from importer.listeners import Bar, Panel
from importer.sinks import Sink, schema_of
from importer.sources import Source
from importer.store import JobRecord, Jobs

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


def __dir__() -> list[str]:
    """The public names, and none of the rooms behind them."""
    return [*__all__, "__version__"]
