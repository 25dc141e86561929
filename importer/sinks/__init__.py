"""A table of a database as a place for rows; the door is `open_sink`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.sinks._counting import CountingSink
    from importer.sinks._dialect import Dialect
    from importer.sinks._driver_errors import RefusedError
    from importer.sinks._dry_run_diff import CHANGES, Changes, key_text
    from importer.sinks._emptying import Reference
    from importer.sinks._forgotten import forget_logs
    from importer.sinks._head import Head, head_of
    from importer.sinks._limits import NameLimit, raise_if_too_wide
    from importer.sinks._listing import tables_of
    from importer.sinks._open import label_of, open_sink
    from importer.sinks._password import WITH_IT, elsewhere, has_password, lacks_password, with_password
    from importer.sinks._patience import Patience, locked, wait_limit_s
    from importer.sinks._protocol import (
        Chunked,
        Column,
        Found,
        Inspectable,
        Listed,
        Mode,
        Remembering,
        Reversible,
        Reversing,
        Sink,
        Undoable,
    )
    from importer.sinks._read_back import Bent
    from importer.sinks._seen_keys import SeenKeys
    from importer.sinks._shared_keys import REPEATED, SHARES, SharedKeys
    from importer.sinks._sql import SqlSink
    from importer.sinks._staging import ROW, STAGE, merge_staged
    from importer.sinks._table_lock import FileTableLock, Held, Lockable, Patient, TableLock
    from importer.sinks._table_schema import columns_of, columns_there, rows_there, schema_of, schema_with
    from importer.sinks._types import dtype_of
    from importer.sinks._undo_log import UndoLog, is_undo_table
    from importer.sinks._undo_words import UNDO_REFUSALS, why_not_undo
    from importer.sinks._undoing import Undoing
    from importer.sinks._undone import Left, Undone
    from importer.sinks._usable import raise_if_unusable

__all__ = [
    "CHANGES",
    "REPEATED",
    "ROW",
    "SHARES",
    "STAGE",
    "UNDO_REFUSALS",
    "WITH_IT",
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
    "Reversible",
    "Reversing",
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
    "elsewhere",
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
    "raise_if_unusable",
    "rows_there",
    "schema_of",
    "schema_with",
    "tables_of",
    "wait_limit_s",
    "why_not_undo",
    "with_password",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
