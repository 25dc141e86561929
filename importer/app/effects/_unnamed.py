"""Columns of a file that have values and no name, each of which is asked about: `unnamed_notes`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from importer.app.choices import UNNAMED, ColumnChoice
from importer.errors import Note
from importer.schema import names
from importer.views import rounded, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.app.choices import Choices
    from importer.app.effects._first_look import FirstLook

__all__ = ["unnamed_notes"]

MOST = 5
"""Columns that are asked about at a time."""


def unnamed_notes(choices: Choices, look: FirstLook, rows: int | None) -> tuple[Note, ...]:
    """One for each column that was neither named nor left out.

    Parameters
    ----------
    rows
        Expected number of rows.
    """
    return tuple(islice(_notes(choices, look, rows), MOST))


def _notes(choices: Choices, look: FirstLook, rows: int | None) -> Iterator[Note]:
    reading = look.reading
    header, sample = reading.header, reading.sample
    for at, (label, name) in enumerate(zip(header.labels, names(header), strict=True)):
        has_name = not header.lines or any(line[at] for _, line in header.lines)
        count, choice = sample.frame[label].count(), choices.columns.get(name, ColumnChoice())
        if has_name or not count or choice.name is not None or choice.is_left_out:
            continue
        values = say("preview.values", n=count)
        if not sample.is_whole and rows is not None:
            values = say("preview.roughly") + say("preview.values", n=rounded(int(rows * look.filled[label])))
        examples = ", ".join(map(repr, look.samples.get(label, ())))
        sentence = say("preview.unnamed", letter=header.letter(label), values=values, examples=examples)
        yield Note(sentence, code=UNNAMED, kind="doubt", column=label)
