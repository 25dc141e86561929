"""Import spreadsheets into a database: every cell checked, every row accounted for, progress shown live.

>>> import importer, polars as pl
>>> report = importer.load(pl.DataFrame({"id": [1, 2]}), into=importer.testing.MemorySink(), listeners=[])
>>> report.progress.created
2
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING as _TYPE_CHECKING

from importer import errors, testing
from importer.api import infer, job, jobs, load, plan, preview, prune, read, resume, sample, undo
from importer.core import (
    Checkpoint,
    Chunk,
    Header,
    Listener,
    Options,
    Progress,
    Refusal,
    State,
    Table,
    TableColumn,
    Written,
)
from importer.engine import Job, Plan, Preview, Report, UndoReport
from importer.errors import ImporterError
from importer.listeners import Bar, Panel
from importer.sinks import Sink, schema_of
from importer.sources import Source
from importer.store import JobRecord, Jobs

if _TYPE_CHECKING:
    from importer.app import App, History
    from importer.schema.inference import Inference

__all__ = [
    "App",
    "Bar",
    "Checkpoint",
    "Chunk",
    "Header",
    "History",
    "ImporterError",
    "Inference",
    "Job",
    "JobRecord",
    "Jobs",
    "Listener",
    "Options",
    "Panel",
    "Plan",
    "Preview",
    "Progress",
    "Refusal",
    "Report",
    "Sink",
    "Source",
    "State",
    "Table",
    "TableColumn",
    "UndoReport",
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
    "undo",
]

__version__ = "0.1.0"

_LOADED_WHEN_USED = {
    "App": "importer.app",
    "History": "importer.app",
    "Inference": "importer.schema.inference",
}
"""Public names whose modules need large libraries, or a screen."""


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _LOADED_WHEN_USED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(_LOADED_WHEN_USED[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
