"""Everything that reads files, databases or the job store, or runs jobs: all outside the lock."""

from __future__ import annotations

from importer.app.effects._bring import BringRows, SumUpBrought
from importer.app.effects._database import ListDatabases, ListTables, ReadTable, TableSeen
from importer.app.effects._files import CompareFiles, DiscardFile, FindFile, JoinFiles, ListFiles, StopDownload
from importer.app.effects._first_look import FirstLook
from importer.app.effects._grid_rows import GridRows
from importer.app.effects._jobs import RequestOfJob, StartJob, SumUp, SumUpAgain
from importer.app.effects._odd_rows import OddRow
from importer.app.effects._opening import LookAtFile, MakePlan, PlanResume
from importer.app.effects._port import Effect, Port
from importer.app.effects._problems import Density, Faults, Kind
from importer.app.effects._recognised import Recognised
from importer.app.effects._rows import CheckRows, FindCells, FindRows, OfferRows
from importer.app.effects._save_plan import SavePlanFile
from importer.app.effects._take_out import TakeItOut

__all__ = [
    "BringRows",
    "CheckRows",
    "CompareFiles",
    "Density",
    "DiscardFile",
    "Effect",
    "Faults",
    "FindCells",
    "FindFile",
    "FindRows",
    "FirstLook",
    "GridRows",
    "JoinFiles",
    "Kind",
    "ListDatabases",
    "ListFiles",
    "ListTables",
    "LookAtFile",
    "MakePlan",
    "OddRow",
    "OfferRows",
    "PlanResume",
    "Port",
    "ReadTable",
    "Recognised",
    "RequestOfJob",
    "SavePlanFile",
    "StartJob",
    "StopDownload",
    "SumUp",
    "SumUpAgain",
    "SumUpBrought",
    "TableSeen",
    "TakeItOut",
]
