"""A table of a database as a place for rows; the door is `open_sink`."""

from __future__ import annotations

from importer.sinks._counting import CountingSink
from importer.sinks._dialect import Dialect
from importer.sinks._driver_errors import RefusedError
from importer.sinks._dry_run_diff import CHANGES, Changes, key_text
from importer.sinks._emptying import Reference
from importer.sinks._head import Head, head_of
from importer.sinks._limits import NameLimit, raise_if_too_wide
from importer.sinks._listing import tables_of
from importer.sinks._open import label_of, open_sink
from importer.sinks._password import ELSEWHERE, has_password, lacks_password, with_password
from importer.sinks._patience import Patience, locked, wait_limit_s
from importer.sinks._protocol import Chunked, Column, Found, Inspectable, Listed, Mode, Remembering, Sink, Undoable
from importer.sinks._read_back import Bent
from importer.sinks._seen_keys import SeenKeys
from importer.sinks._shared_keys import REPEATED, SHARES, SharedKeys
from importer.sinks._sql import SqlSink
from importer.sinks._staging import ROW, STAGE, merge_staged
from importer.sinks._table_lock import FileTableLock, Held, Lockable, Patient, TableLock
from importer.sinks._table_schema import columns_of, columns_there, rows_there, schema_of, schema_with
from importer.sinks._types import dtype_of
from importer.sinks._undo_log import UndoLog, is_undo_table
from importer.sinks._undo_words import UNDO_REFUSALS
from importer.sinks._undoing import Undoing, forget_logs
from importer.sinks._undone import Left, Undone

__all__ = [
    "CHANGES",
    "ELSEWHERE",
    "REPEATED",
    "ROW",
    "SHARES",
    "STAGE",
    "UNDO_REFUSALS",
    "Bent",
    "Changes",
    "Chunked",
    "Column",
    "CountingSink",
    "Dialect",
    "FileTableLock",
    "Found",
    "Head",
    "Held",
    "Inspectable",
    "Left",
    "Listed",
    "Lockable",
    "Mode",
    "NameLimit",
    "Patience",
    "Patient",
    "Reference",
    "RefusedError",
    "Remembering",
    "SeenKeys",
    "SharedKeys",
    "Sink",
    "SqlSink",
    "TableLock",
    "UndoLog",
    "Undoable",
    "Undoing",
    "Undone",
    "columns_of",
    "columns_there",
    "dtype_of",
    "forget_logs",
    "has_password",
    "head_of",
    "is_undo_table",
    "key_text",
    "label_of",
    "lacks_password",
    "locked",
    "merge_staged",
    "open_sink",
    "raise_if_too_wide",
    "rows_there",
    "schema_of",
    "schema_with",
    "tables_of",
    "wait_limit_s",
    "with_password",
]
