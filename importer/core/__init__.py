"""The values that move between the rooms, and the one way in which files are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.core._address import HIDDEN, Address
    from importer.core._checkpoint import Checkpoint, Claim, shortened
    from importer.core._chunk import CHUNK_ROWS, EXTRA, FAULTS, Chunk, Header, free_name, letter
    from importer.core._controls import CONTROLS, Attachable, Control, Controllable, Paceable
    from importer.core._file_ref import FileRef
    from importer.core._file_rows import LAST_OF_A_FILE, ROWS_OF_A_FILE, FileRows
    from importer.core._files import (
        delete_folder,
        is_same_file,
        private_file,
        private_folder,
        raise_if_unwritable,
        temporary_folder_full,
        why,
        written_beside,
    )
    from importer.core._formulas import NUMBER, RUNS, harmless, restored
    from importer.core._images import Images, OnFailure
    from importer.core._literals import (
        REFUSED_NAME,
        WHY,
        Empty,
        IfImported,
        IfTableExists,
        Merged,
        NewColumns,
        OnConflict,
        OnRepeatedKey,
    )
    from importer.core._looks import looks, unlike
    from importer.core._option import Option, raise_for_unknown
    from importer.core._options import OPTIONS, READING_OPTIONS, Options
    from importer.core._options_dict import OptionsDict
    from importer.core._pace import FULL, GENTLE_ROWS, PACES, STEADY_ROWS, Pace, next_pace, paced_rows
    from importer.core._paths import home, is_job_id, pictures_home, rejects_home, rejects_of, uploads_home
    from importer.core._polars import EACH, filled, here, rewritten, rises, select_here
    from importer.core._process import is_alive, process_mark
    from importer.core._progress import Kind, Listener, Progress, State, Totals
    from importer.core._python import literal
    from importer.core._row_choice import LARGEST, NO_ROWS, ROW_KINDS, row_kinds, spans
    from importer.core._safe_name import safe_name
    from importer.core._stage import StageInHand
    from importer.core._table import Refusal, Table, TableColumn, Written
    from importer.core._url import located, masked, masked_file, parsed, refilled, scrub
    from importer.core._used_files import UsedFiles

__all__ = [
    "CHUNK_ROWS",
    "CONTROLS",
    "EACH",
    "EXTRA",
    "FAULTS",
    "FULL",
    "GENTLE_ROWS",
    "HIDDEN",
    "LARGEST",
    "LAST_OF_A_FILE",
    "NO_ROWS",
    "NUMBER",
    "OPTIONS",
    "PACES",
    "READING_OPTIONS",
    "REFUSED_NAME",
    "ROWS_OF_A_FILE",
    "ROW_KINDS",
    "RUNS",
    "STEADY_ROWS",
    "WHY",
    "Address",
    "Attachable",
    "Checkpoint",
    "Chunk",
    "Claim",
    "Control",
    "Controllable",
    "Empty",
    "FileRef",
    "FileRows",
    "Header",
    "IfImported",
    "IfTableExists",
    "Images",
    "Kind",
    "Listener",
    "Merged",
    "NewColumns",
    "OnConflict",
    "OnFailure",
    "OnRepeatedKey",
    "Option",
    "Options",
    "OptionsDict",
    "Pace",
    "Paceable",
    "Progress",
    "Refusal",
    "StageInHand",
    "State",
    "Table",
    "TableColumn",
    "Totals",
    "UsedFiles",
    "Written",
    "delete_folder",
    "filled",
    "free_name",
    "harmless",
    "here",
    "home",
    "is_alive",
    "is_job_id",
    "is_same_file",
    "letter",
    "literal",
    "located",
    "looks",
    "masked",
    "masked_file",
    "next_pace",
    "paced_rows",
    "parsed",
    "pictures_home",
    "private_file",
    "private_folder",
    "process_mark",
    "raise_for_unknown",
    "raise_if_unwritable",
    "refilled",
    "rejects_home",
    "rejects_of",
    "restored",
    "rewritten",
    "rises",
    "row_kinds",
    "safe_name",
    "scrub",
    "select_here",
    "shortened",
    "spans",
    "temporary_folder_full",
    "unlike",
    "uploads_home",
    "why",
    "written_beside",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
