"""What an import did: counts, refused rows, and how they read in a notebook and in a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer import _html
from importer.errors import RejectsError
from importer.progress import State
from importer.rejects import Rejects
from importer.rejects_file import write_rejects

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import polars as pl

    from importer.progress import Progress

__all__ = ["Report"]

SHOWN = 20
"""Refused cells that a representation shows."""

MARKS: dict[State, _html.Mark] = {State.SUCCEEDED: "good", State.FAILED: "bad", State.CANCELLED: "quiet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one job.

    Attributes
    ----------
    progress
        The final snapshot: state and counts.
    table, into
        Where the rows are; the URL without its password.
    is_dry_run
        Whether nothing was written, and the counts are what a run would give.
    notes
        What else the analyst should know: a column whose dates could be read in two ways.
    found
        The refused cells and rows; see `rejects` and `rejected_rows`.
    """

    progress: Progress
    table: str = ""
    into: str = ""
    is_dry_run: bool = False
    notes: tuple[str, ...] = ()
    found: Rejects = field(default_factory=Rejects, repr=False, compare=False)

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
        return write_rejects(path, self.rejects, self.rejected_rows)

    def raise_for_rejects(self) -> None:
        """Do nothing where every row went in.

        Raises
        ------
        RejectsError
            Where rows were refused; the message tells the first.

        Examples
        --------
        >>> from importer.progress import Progress
        >>> Report(progress=Progress()).raise_for_rejects()
        """
        if self.progress.rejected:
            first = self.rejects.filter(severity="error").row(0, named=True)
            place = f"row {first['row']}" + (f", column {first['column']!r}" if first["column"] else "")
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
            "error": now.error,
        }

    def __str__(self) -> str:
        """The outcome as text for a terminal."""
        now = self.progress
        lines = [self._headline(), f"  {self._counts_in_words()}"]
        lines += [f"  note: {note}" for note in self.notes]
        if now.error is not None:
            lines.append(f"  error: {now.error}")
        problems = self.rejects
        for rule, column, count in _by_rule(problems).head(SHOWN).iter_rows():
            lines.append(f"  {count:>7,} × {rule}" + (f" in {column}" if column else ""))
        for cell in problems.head(SHOWN).iter_rows(named=True):
            place = f"row {cell['row']:,}" + (f", {cell['letter']}" if cell["letter"] else "")
            lines.append(f"    {place:<14} {_shown(cell['column']):<18} {cell['message']}")
        if problems.height > SHOWN:
            lines.append(f"    … and {problems.height - SHOWN:,} more: report.rejects has them all")
        return "\n".join(lines)

    __repr__ = __str__

    def _headline(self) -> str:
        where = f" in {self.into}" if self.into else ""
        return f"{self.progress.label or self.table}{where}: {self._state_in_words()}"

    def _state_in_words(self) -> str:
        state = self.progress.state.value
        return f"{state}, a dry run: nothing was written" if self.is_dry_run else state

    def _counts_in_words(self) -> str:
        now = self.progress
        text = (
            f"{now.rows_read:,} rows read: {now.created:,} created, {now.updated:,} updated, "
            f"{now.unchanged:,} unchanged, {now.rejected:,} refused"
        )
        text += f"; {now.warnings:,} cells taken with a warning" if now.warnings else ""
        speed = f", {_html.rate(now.rows_per_s)}" if now.rows_per_s else ""
        return f"{text} ({_html.duration(now.elapsed_s)}{speed})"

    def _repr_html_(self) -> str:
        now = self.progress
        figures: dict[str, int | str] = {
            "rows read": now.rows_read,
            "created": now.created,
            "updated": now.updated,
            "unchanged": now.unchanged,
            "refused": now.rejected,
            "warnings": now.warnings,
            "took": _html.duration(now.elapsed_s),
        }
        marks: dict[str, _html.Mark] = {"refused": "bad"} if now.rejected else {}
        parts = [
            _html.title(now.label or self.table, _html.badge(self._state_in_words(), MARKS.get(now.state, "busy"))),
            _html.counts(figures, marks),
            *(_html.note(note, "warn") for note in self.notes),
        ]
        if now.error is not None:
            parts.append(_html.note(now.error, "bad"))
        problems = self.rejects
        if not problems.is_empty():
            caption = f"The first {SHOWN} of {problems.height:,} cells" if problems.height > SHOWN else None
            parts.append(_html.table(["rule", "column", "cells"], _by_rule(problems).head(SHOWN).rows()))
            parts.append(_html.table(problems.columns, problems.head(SHOWN).rows(), caption=caption))
        return _html.whole(*parts)


def _by_rule(problems: pl.DataFrame) -> pl.DataFrame:
    """Number of cells by rule and column, most first."""
    counts = problems.group_by("rule", "column", maintain_order=True).len("cells")
    return counts.sort("cells", descending=True, maintain_order=True)


def _shown(column: str | None) -> str:
    return "(the whole row)" if column is None else column
