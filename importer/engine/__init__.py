"""One import, from its plan to its report."""

from __future__ import annotations

from importer.engine._already_imported import checkpoints_of, raise_for_imported, raise_for_live
from importer.engine._job import Job
from importer.engine._known_file import known_file
from importer.engine._plan import Plan
from importer.engine._preview import ColumnPreview, Preview
from importer.engine._preview_view import preview_lines
from importer.engine._reading import SAMPLE_ROWS, Reading
from importer.engine._report import Report
from importer.engine._resume import plan_to_resume
from importer.engine._setup import fingerprint_of, options_of, record_of
from importer.engine._undo import undo
from importer.engine._undo_report import UndoReport

__all__ = [
    "SAMPLE_ROWS",
    "ColumnPreview",
    "Job",
    "Plan",
    "Preview",
    "Reading",
    "Report",
    "UndoReport",
    "checkpoints_of",
    "fingerprint_of",
    "known_file",
    "options_of",
    "plan_to_resume",
    "preview_lines",
    "raise_for_imported",
    "raise_for_live",
    "record_of",
    "undo",
]
