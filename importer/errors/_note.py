"""What you are told before anything is written: `Note`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from importer.errors._message import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.errors._message import Remedy

__all__ = ["Note", "NoteKind", "sorted_notes"]

NoteKind: TypeAlias = Literal["doubt", "rows", "told"]
"""Doubts may change values, ``rows`` were left out or added, and the rest is only told; worst first."""

ORDER: dict[str, int] = {"doubt": 0, "rows": 1, "told": 2}

SEVERAL = 3
"""More notes of one kind become one line."""


class Note(Message):
    """A sentence about a file that is told before anything is written, with the option that changes it.

    Attributes
    ----------
    code
        Stable name of what it tells: ``"rows-above-header"``. Notes with one code may become one line.
    kind
        How much it matters, see `NoteKind`.
    rows
        Numbers of the first rows that it is about; empty if it is about no rows.
    n
        How many rows or cells it is about; None if it counts nothing.
    column
        Header of the column that it is about; None if it is about the file.

    Examples
    --------
    >>> note = Note("rows 1 to 2 stand above the header", code="rows-above-header", kind="rows", rows=(1, 2), n=2)
    >>> note, note.kind, note.n
    ('rows 1 to 2 stand above the header', 'rows', 2)
    """

    __slots__ = ("code", "column", "kind", "n", "rows")

    code: str
    kind: NoteKind
    rows: tuple[int, ...]
    n: int | None
    column: str | None

    def __new__(  # noqa: PLR0913 - all but the sentence may be left out
        cls,
        sentence: str,
        fixes: Iterable[Remedy] = (),
        *,
        code: str = "note",
        kind: NoteKind = "told",
        rows: Sequence[int] = (),
        n: int | None = None,
        column: str | None = None,
    ) -> Self:
        """Write the Python form."""
        note = super().__new__(cls, sentence, fixes)
        note.code, note.kind, note.rows, note.n, note.column = code, kind, tuple(rows), n, column
        return note

    def worded(self, words: str) -> Self:
        """The same note in the words of another interface."""
        about = {name: getattr(self, name) for name in ("code", "kind", "rows", "n", "column")}
        return type(self)(words, **about)

    def as_json(self) -> str:
        """The note as JSON, from which `of_json` makes it again."""
        kept = json.loads(super().as_json())
        kept |= {"code": self.code, "kind": self.kind, "rows": list(self.rows)}
        return json.dumps(kept | {"n": self.n, "column": self.column}, ensure_ascii=False)

    @classmethod
    def of_json(cls, text: str) -> Self:
        """The note that was written as JSON; plain text becomes a note that is told.

        Examples
        --------
        >>> note = Note("column D is hidden", code="hidden-columns", column="D")
        >>> Note.of_json(note.as_json()).column, Note.of_json("an old note").kind
        ('D', 'told')
        """
        if not text.startswith("{"):
            return cls(text)
        message, kept = Message.of_json(text), json.loads(text)
        about = {name: kept[name] for name in ("code", "kind", "rows", "n", "column") if name in kept}
        return cls(message.sentence, message.fixes, **about)


def sorted_notes(notes: Iterable[str]) -> tuple[str, ...]:
    """The notes, worst first and each once; more than a few of one kind are one line.

    Examples
    --------
    >>> doubts = [Note(f"{c!r} may be text", code="type", kind="doubt", column=c) for c in "abcdef"]
    >>> for note in sorted_notes(["it is so", *doubts]):
    ...     print(note)
    'a' may be text; the same for 5 more columns: 'b', 'c', 'd', 'e', 'f'
    it is so
    """
    ordered = sorted(
        dict.fromkeys(notes), key=lambda note: ORDER[note.kind] if isinstance(note, Note) else ORDER["told"]
    )
    return tuple(_gathered(ordered))


def _gathered(notes: Sequence[str]) -> Iterator[str]:
    alike: dict[tuple[str, str], list[Note]] = {}
    for note in notes:
        if isinstance(note, Note) and note.column is not None:
            alike.setdefault((note.code, note.kind), []).append(note)
    for note in notes:
        same = [] if not isinstance(note, Note) or note.column is None else alike[note.code, note.kind]
        if len(same) <= SEVERAL:
            yield note
        elif note is same[0]:
            others = ", ".join(repr(one.column) for one in same[1:])
            sentence = f"{note.sentence}; the same for {len(same) - 1} more columns: {others}"
            yield Note(sentence, note.fixes, code=note.code, kind=note.kind, n=len(same))
