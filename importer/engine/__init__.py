"""One import, from its plan to its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.engine._already_imported import checkpoints_of, raise_for_imported, raise_for_live
    from importer.engine._doctor import Diagnosis, Finding, diagnose
    from importer.engine._fetching import fetch_all
    from importer.engine._job import Job
    from importer.engine._known_file import known_file
    from importer.engine._many_reading import ManyReading, is_many, reading_of
    from importer.engine._operation import Operation, current_stage
    from importer.engine._part import usual_listener
    from importer.engine._picturing import addresses_in
    from importer.engine._plan import Plan
    from importer.engine._plan_file import PlanFile
    from importer.engine._preview import ColumnPreview, Preview
    from importer.engine._preview_view import preview_lines
    from importer.engine._reading import SAMPLE_ROWS, Reading
    from importer.engine._report import Report
    from importer.engine._resume import plan_to_resume
    from importer.engine._retry import can_retry, retry
    from importer.engine._session import LONGEST_LAPSE_S, Session
    from importer.engine._setup import fingerprint_of, options_of, record_of
    from importer.engine._stage import Stage
    from importer.engine._submit import submit
    from importer.engine._undo import undo, undo_job
    from importer.engine._undo_job import UndoJob
    from importer.engine._undo_report import UndoReport
    from importer.engine._watch import Watch
    from importer.engine._worker import Worker

__all__ = [
    "LONGEST_LAPSE_S",
    "SAMPLE_ROWS",
    "ColumnPreview",
    "Diagnosis",
    "Finding",
    "Job",
    "ManyReading",
    "Operation",
    "Plan",
    "PlanFile",
    "Preview",
    "Reading",
    "Report",
    "Session",
    "Stage",
    "UndoJob",
    "UndoReport",
    "Watch",
    "Worker",
    "addresses_in",
    "can_retry",
    "checkpoints_of",
    "current_stage",
    "diagnose",
    "fetch_all",
    "fingerprint_of",
    "is_many",
    "known_file",
    "options_of",
    "plan_to_resume",
    "preview_lines",
    "raise_for_imported",
    "raise_for_live",
    "reading_of",
    "record_of",
    "retry",
    "submit",
    "undo",
    "undo_job",
    "usual_listener",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
