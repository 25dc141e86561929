"""The user's choices for one file, and the code that does the same."""

from __future__ import annotations

from importer.app.choices._answers import UNNAMED, Asked, answers_of, asked_of, open_notes
from importer.app.choices._choices import OPENING, Choices, Corrects
from importer.app.choices._code import plan_code, resume_code
from importer.app.choices._columns import FORMATS, KINDS, ColumnChoice, wrong_names
from importer.app.choices._corrections import MOST_CORRECTIONS, Cell, Corrections
from importer.app.choices._memory import Memory, recall, remember
from importer.app.choices._place import FILES, PLACES, Place
from importer.app.choices._plans import PlanOffer, Plans, kept_plan, plan_folders, plans_for
from importer.app.choices._read_code import read_code
from importer.app.choices._target import Target, UnreachableError, columns_there

__all__ = [
    "FILES",
    "FORMATS",
    "KINDS",
    "MOST_CORRECTIONS",
    "OPENING",
    "PLACES",
    "UNNAMED",
    "Asked",
    "Cell",
    "Choices",
    "ColumnChoice",
    "Corrections",
    "Corrects",
    "Memory",
    "Place",
    "PlanOffer",
    "Plans",
    "Target",
    "UnreachableError",
    "answers_of",
    "asked_of",
    "columns_there",
    "kept_plan",
    "open_notes",
    "plan_code",
    "plan_folders",
    "plans_for",
    "read_code",
    "recall",
    "remember",
    "resume_code",
    "wrong_names",
]
