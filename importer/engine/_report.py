"""What an import did: `Report`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.checking import Rejects, write_rejects
from importer.core import State
from importer.errors import RejectsError
from importer.sinks import CHANGES
from importer.views import by_kind, html, say, terminal

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from importer.core import Progress

__all__ = ["Report"]

SHOWN = 10
"""Refused cells that a representation shows; all of them are summed up."""

SUMMED_UP = 20
"""Columns and rules by which a representation sums up."""

KINDS = ("cells", "severity", "column", "rule", "for example")
CELLS = ("row", "column", "value", "reason")
WHOLE_ROW = "(the whole row)"
"""What stands in place of a column where the fault is none's."""

MARKS: dict[State, html.Mark] = {
    State.SUCCEEDED: "good",
    State.FAILED: "bad",
    State.CANCELLED: "quiet",
    State.INTERRUPTED: "warn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one job.

    Attributes
    ----------
    progress
        The final snapshot: state and counts.
    table, into
        Where the rows are; the URL without its password.
    notes
        What else the analyst should know: a column whose dates could be read in two ways.
    corrections
        All cells that were corrected before the import, by row and header; the notes name the first of them.
    changes
        Of a dry run: a sample of the cells that would change, as ``key, column, before, after``.
    found
        The refused cells and rows; see `rejects` and `rejected_rows`.
    """

    progress: Progress
    table: str = ""
    into: str = ""
    notes: tuple[str, ...] = ()
    corrections: Mapping[tuple[int, str], str | None] = field(default_factory=dict, repr=False)
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGES), repr=False, compare=False)
    found: Rejects = field(default_factory=Rejects, repr=False, compare=False)

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing was written, and the counts are those that the import would have."""
        return self.progress.kind == "check"

    @property
    def rejects(self) -> pl.DataFrame:
        """One row for each refused cell: ``row, column, letter, value, rule, message, severity``."""
        return self.found.cells()

    @property
    def rejected_rows(self) -> pl.DataFrame:
        """The refused rows as they were read, their number in ``row``."""
        return self.found.rows()

    def rejects_to(self, path: str | os.PathLike[str]) -> Path:
        """Write the refused rows to a ``.xlsx`` or ``.csv`` file, to be corrected there and imported again."""
        return write_rejects(path, self.found)

    def raise_for_rejects(self) -> None:
        """Do nothing where every row went in.

        Raises
        ------
        RejectsError
            Where rows were refused; the message tells the first.

        Examples
        --------
        >>> from importer.core import Progress
        >>> Report(progress=Progress()).raise_for_rejects()
        """
        if self.progress.rejected:
            first = self.found.first(1).row(0, named=True)
            place = f"row {first['row']:,}" + (f", column {first['column']!r}" if first["column"] else "")
            raise RejectsError(
                f"{self.progress.rejected:,} of {self.progress.rows_read:,} rows were refused, the first in {place}: "
                f"{first['message']}. See report.rejects for all of them"
            )

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain values, as ``importer load --json`` prints it."""
        now = self.progress
        return {
            "job_id": now.job_id,
            "state": now.state.value,
            "rows_read": now.rows_read,
            "created": now.created,
            "updated": now.updated,
            "unchanged": now.unchanged,
            "rejected": now.rejected,
            "warnings": now.warnings,
            "elapsed_s": round(now.elapsed_s, 3),
            "rows_per_s": None if now.rows_per_s is None else round(now.rows_per_s),
            "table": self.table,
            "into": self.into,
            "corrections": [[*cell, text] for cell, text in self.corrections.items()],
            "error": now.error,
        }

    def __str__(self) -> str:
        """The outcome as text for a terminal."""
        return "\n".join(self._lines(terminal.columns()))

    __repr__ = __str__

    def _lines(self, room: int) -> Iterator[str]:
        now = self.progress
        where = f" in {self.into}" if self.into else ""
        headline = f"{now.label or self.table}{where}: {self._state_in_words()}"
        yield from terminal.paragraph(headline, room=room, indent="")
        for sentence in (self._counts_in_words(), self._pace_in_words(), *(f"note: {note}" for note in self.notes)):
            yield from terminal.paragraph(sentence, room=room)
        if now.error is not None:
            yield from terminal.paragraph(f"error: {now.error}", room=room)
        if not self.changes.is_empty():
            cells = [tuple(value or "" for value in row) for row in self.changes.head(SHOWN).iter_rows()]
            yield from ("", "  For example, this would change:", *terminal.table(CHANGES.names(), cells, room=room))
        yield from _listed(self.found, room)

    def _state_in_words(self) -> str:
        state = "done" if self.progress.state is State.SUCCEEDED else self.progress.state.value
        return f"{state}, a dry run: nothing was written" if self.is_dry_run else state

    def _counts_in_words(self) -> str:
        now = self.progress
        created, updated = (say(by_kind(f"job.{name}", now.kind)) for name in ("created", "updated"))
        return (
            f"{say('count.rows', n=now.rows_read)} read: {now.created:,} {created}, {now.updated:,} {updated}, "
            f"{now.unchanged:,} unchanged, {now.rejected:,} refused"
        )

    def _pace_in_words(self) -> str:
        now = self.progress
        cells = "cell" if now.warnings == 1 else "cells"
        warned = f"{now.warnings:,} {cells} taken with a warning; " if now.warnings else ""
        speed = f", {html.rate(now.rows_per_s)}" if now.rows_per_s else ""
        return f"{warned}{html.duration(now.elapsed_s)}{speed}"

    def _repr_html_(self) -> str:
        now = self.progress
        figures: dict[str, int | str] = {
            "rows read": now.rows_read,
            say(by_kind("job.created", now.kind)): now.created,
            say(by_kind("job.updated", now.kind)): now.updated,
            "unchanged": now.unchanged,
            "refused": now.rejected,
            "warnings": now.warnings,
            "took": html.duration(now.elapsed_s),
        }
        marks: dict[str, html.Mark] = {name: "warn" for name in ("refused", "warnings") if figures[name]}
        parts = [
            html.title(now.label or self.table, html.badge(self._state_in_words(), MARKS.get(now.state, "busy"))),
            html.note(f"in {self.into}") if self.into else html.Html(""),
            html.counts(figures, marks),
            *(html.note(note, "warn") for note in self.notes),
        ]
        if now.error is not None:
            parts.append(html.note(now.error, "bad"))
        if not self.changes.is_empty():
            changes = self.changes.head(SHOWN).rows()
            parts.append(html.table(CHANGES.names(), changes, caption="For example, this would change"))
        return html.whole(*parts, *_tables(self.found))


def _listed(found: Rejects, room: int) -> Iterator[str]:
    """What was refused, summed up, and the first cells of it, for a terminal."""
    kinds = found.kinds()
    if not kinds.is_empty():
        lines = [(f"{cells:,}", *rest) for cells, *rest in _most(kinds)]
        yield from ("", *terminal.table(KINDS, lines, room=room, right={0}))
    if caption := _caption(kinds):
        cells = [(str(row), *rest) for row, *rest in _first(found)]
        yield from ("", f"  {caption}:", *terminal.table(CELLS, cells, room=room, right={0}))


def _tables(found: Rejects) -> Iterator[html.Html]:
    """What was refused, summed up, and the first cells of it, for a notebook."""
    kinds = found.kinds()
    if not kinds.is_empty():
        yield html.table(KINDS, _most(kinds), caption="Cells by column and rule")
    if caption := _caption(kinds):
        cells = [(row, place, _marked(place, value), why) for row, place, value, why in _first(found)]
        yield html.table(CELLS, cells, caption=caption)


def _most(kinds: pl.DataFrame) -> Iterator[tuple[int, str, str, str, str]]:
    """Cells, severity, column, rule and an example: errors first, then most first."""
    most = kinds.sort("severity", "cells", descending=[False, True], maintain_order=True).head(SUMMED_UP)
    for severity, column, rule, cells, row, message in most.iter_rows():
        yield cells, severity, WHOLE_ROW if column is None else column, rule, f"row {row:,}: {message}"


def _marked(place: str, value: str | None) -> html.Cell:
    """The cell at fault; that of a whole row is none."""
    return html.Cell(value=value or "", mark="none" if place == WHOLE_ROW else "bad")


def _caption(kinds: pl.DataFrame) -> str:
    """What the table of the first cells is; empty where none was refused."""
    count = int(kinds.filter(severity="error")["cells"].sum())
    if count > SHOWN:
        return f"The first {SHOWN} of {count:,} refused cells"
    return ("", "The refused cell", "The refused cells")[min(count, 2)]


def _first(found: Rejects) -> Iterator[tuple[int, str, str | None, str]]:
    """Row, column, value and reason of the first refused cells."""
    for cell in found.first(SHOWN).iter_rows(named=True):
        place = WHOLE_ROW if cell["column"] is None else f"{cell['letter'] or ''} {cell['column']}".lstrip()
        yield cell["row"], place, cell["value"], cell["message"]
