"""Notes and errors about rows of several files, as people read them: `told`, `tell`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import Command, Fix, ImporterError, Message, Note

if TYPE_CHECKING:
    from importer.core import FileRows

__all__ = ["tell", "told"]

OF_A_ROW = {"last_row", "header_row", "rows", "leave_out"}
"""Options that mean a row of every file, so that none is offered for the row of one."""


def told(note: str, rows: FileRows) -> str:
    """A note with the file and the row in place of each number."""
    if not rows.are_many:
        return note
    if isinstance(note, Note):
        sentence, fixes = rows.told(note.sentence), _fixes(note)
        return Note(sentence, fixes, code=note.code, kind=note.kind, n=note.n, column=note.column)
    return Message(rows.told(note.sentence), _fixes(note)) if isinstance(note, Message) else rows.told(note)


def tell(error: BaseException, rows: FileRows) -> None:
    """Have an error name the file and the row in place of each number."""
    if rows.are_many and isinstance(error, ImporterError) and error.args:
        error.args = (rows.told(error.args[0]), *error.args[1:])


def _fixes(note: Message) -> tuple[Fix | Command | str, ...]:
    return tuple(fix for fix in note.fixes if not (isinstance(fix, Fix) and fix.option in OF_A_ROW))
