"""The answers that a note offers, as options to choose: `answers_of`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.core import NO_ROWS, READING_OPTIONS, row_kinds
from importer.errors import Fix, Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["UNNAMED", "Asked", "answers_of", "asked_of", "open_notes"]

ANSWERS = frozenset({*READING_OPTIONS, "day_first", "leave_out", "new_columns", "on_repeated_key", "metadata", "types"})
"""Options that a click can give; the others need a value that only the user knows."""

UNNAMED = "column-unnamed"
"""Code of the note about a column without a name, which is given one beside it."""

Asked = tuple[str, str | None]
"""What tells one question from the others: the code of the note, and its column."""


def asked_of(note: Note) -> Asked:
    """What tells this note from the others."""
    return note.code, note.column


def answers_of(note: str) -> tuple[Fix, ...]:
    """The options that a click can give; none if the note only tells something.

    Examples
    --------
    >>> answers_of(Note("row 9 looks like a total", [Fix("leave_out", "totals"), Fix("key")], code="rows-of-totals"))
    (Fix(option='leave_out', value='totals', when=''),)
    >>> answers_of("some text")
    ()
    """
    if not isinstance(note, Note):
        return ()
    return tuple(fix for fix in note.fixes if isinstance(fix, Fix) and _is_whole(fix, note))


def open_notes(notes: Iterable[str], options: Mapping[str, Any], settled: Iterable[str]) -> list[Note]:
    """The notes that nobody has answered, each once: by an option, or by saying that its sentence is right.

    Another sentence is asked again: what is right for one sheet may be wrong for the next.
    """
    known = set(settled)
    found = {
        asked_of(note): note
        for note in notes
        if isinstance(note, Note)
        and note.kind != "told"
        and ((answers := answers_of(note)) or note.code == UNNAMED)
        and note.sentence not in known
        and not any(_is_given(fix, options) for fix in answers)
    }
    return list(found.values())


def _is_given(fix: Fix, options: Mapping[str, Any]) -> bool:
    """Whether the option is given; one kind of rows that are left out says nothing about another kind."""
    if fix.option != "leave_out" or fix.value == NO_ROWS or fix.option not in options:
        return fix.option in options
    return not row_kinds(options[fix.option])


def _is_whole(fix: Fix, note: Note) -> bool:
    """Whether the option and its value are all that is needed."""
    if fix.option not in ANSWERS or fix.value is ...:
        return False
    if fix.option != "metadata":
        return True
    return note.column is not None and isinstance(fix.value, dict) and ... not in fix.value.values()
