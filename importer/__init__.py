"""Import spreadsheets into a database: every cell checked, every row accounted for, progress shown live.

>>> import importer, polars as pl
>>> report = importer.load(pl.DataFrame({"id": [1, 2]}), into=importer.testing.MemorySink(), listeners=[])
>>> report.progress.created
2
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from importer.doors import door as _door

if _TYPE_CHECKING:
    from importer import errors, testing
    from importer.api import (
        SavedPlan,
        doctor,
        images,
        infer,
        job,
        jobs,
        load,
        plan,
        preview,
        prune,
        read,
        read_plan,
        resume,
        retry,
        sample,
        start_undo,
        submit,
        track,
        undo,
    )
    from importer.app import App, History
    from importer.core import (
        Checkpoint,
        Chunk,
        Header,
        Images,
        Listener,
        Options,
        Progress,
        Refusal,
        State,
        Table,
        TableColumn,
        Written,
    )
    from importer.engine import (
        Diagnosis,
        Finding,
        Job,
        Operation,
        Plan,
        Preview,
        Report,
        Session,
        Stage,
        UndoJob,
        UndoReport,
    )
    from importer.errors import ImporterError
    from importer.listeners import Bar, Log, Notify, Panel
    from importer.schema.inference import Inference
    from importer.sinks import Sink, schema_of
    from importer.sources import Source
    from importer.sources.remote import Pages
    from importer.store import JobRecord, Jobs

__all__ = [
    "App",
    "Bar",
    "Checkpoint",
    "Chunk",
    "Diagnosis",
    "Finding",
    "Header",
    "History",
    "Images",
    "ImporterError",
    "Inference",
    "Job",
    "JobRecord",
    "Jobs",
    "Listener",
    "Log",
    "Notify",
    "Operation",
    "Options",
    "Pages",
    "Panel",
    "Plan",
    "Preview",
    "Progress",
    "Refusal",
    "Report",
    "SavedPlan",
    "Session",
    "Sink",
    "Source",
    "Stage",
    "State",
    "Table",
    "TableColumn",
    "UndoJob",
    "UndoReport",
    "Written",
    "doctor",
    "errors",
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
    "schema_of",
    "start_undo",
    "submit",
    "testing",
    "track",
    "undo",
]

__version__ = "0.1.0"

if not _TYPE_CHECKING:
    __getattr__ = _door(__name__)[0]


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
