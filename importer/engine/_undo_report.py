"""The outcome of an undo: `UndoReport`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.core import State
from importer.sinks import Undone
from importer.views import duration, html, say, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.core import Progress
    from importer.sinks import Left

__all__ = ["UndoReport"]

SHOWN = 3
"""Columns of a row that a line names."""

LONGEST = 40
"""Characters of a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    """The outcome of an undo, or of its dry run.

    Attributes
    ----------
    progress
        The final snapshot. Its counts are those of the undo: removed, restored, left alone, impossible.
    job_id
        The import.
    into
        The target, without its password.
    is_dry_run
        Whether nothing was changed, and the counts are those that the undo would have.
    is_forced
        Whether rows are taken back too that were changed since.
    done
        What became of the rows.
    """

    progress: Progress
    job_id: str
    into: str = ""
    is_dry_run: bool = False
    is_forced: bool = False
    done: Undone = field(default_factory=Undone)

    @property
    def removed(self) -> int:
        """Rows that the import created, and that are deleted."""
        return self.done.removed

    @property
    def restored(self) -> int:
        """Rows that the import updated, and that have their former values."""
        return self.done.restored

    @property
    def reversed(self) -> int:
        """Rows that are as they were before the import."""
        return self.removed + self.restored

    @property
    def kept(self) -> int:
        """Rows that were changed or deleted since, and left alone."""
        return self.done.edited + self.done.gone

    @property
    def impossible(self) -> int:
        """Rows that cannot be taken back."""
        return self.done.impossible

    @property
    def left(self) -> tuple[Left, ...]:
        """Some of the rows that are left: key, what the import wrote, what stands there now, and why."""
        return self.done.left

    @property
    def sentence(self) -> str:
        """What is done, or would be, in words."""
        return " ".join(_sentences(self))

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain values, as ``importer undo --json`` prints it."""
        now = self.progress
        return {
            "job_id": now.job_id,
            "state": now.state.value,
            "undoes": self.job_id,
            "dry_run": self.is_dry_run,
            "table": self.done.table,
            "into": self.into,
            "removed": self.removed,
            "restored": self.restored,
            "kept": self.kept,
            "impossible": self.impossible,
            "dropped": self.done.drops,
            "needs_force": self.done.is_whole,
            "reasons": [_because(why, because, n) for why, because, n in self.done.reasons],
            "left": [
                {
                    "key": dict(one.key),
                    "why": one.why,
                    "because": one.because,
                    "wrote": dict(one.wrote),
                    "now": None if one.now is None else dict(one.now),
                }
                for one in self.left
            ],
            "sentence": self.sentence,
            "elapsed_s": round(now.elapsed_s, 3),
        }

    def __str__(self) -> str:
        """The outcome as text for a terminal."""
        room = terminal.columns()
        head = say("undo.headline", label=self.progress.label, into=self.into)
        lines = [*terminal.paragraph(head, room=room, indent="")]
        for sentence in _sentences(self):
            lines += terminal.paragraph(sentence, room=room)
        lines += terminal.paragraph(duration(self.progress.elapsed_s), room=room)
        if self.left:
            lines += ["", f"  {say('undo.left')}:", *terminal.table(_heads(), list(_rows(self)), room=room)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [html.title(self.progress.label), html.note(say("report.into", into=self.into))]
        parts += [html.note(sentence) for sentence in _sentences(self)]
        if self.left:
            parts.append(html.table(_heads(), list(_rows(self)), caption=say("undo.left")))
        return html.whole(*parts)


def _sentences(report: UndoReport) -> Iterator[str]:
    would = "_dry" if report.is_dry_run else ""
    if report.progress.state in {State.CANCELLED, State.INTERRUPTED}:
        yield say("undo.stopped")
    elif report.done.is_whole:
        yield from _of_whole(report, would)
    else:
        yield from _of_rows(report, would)


def _of_rows(report: UndoReport, would: str) -> Iterator[str]:
    """What is said of single rows."""
    if not (report.reversed or report.kept or report.impossible):
        yield say("undo.nothing")
    if report.removed:
        yield say(f"undo.removed{would}", n=report.removed)
    if report.restored:
        yield say(f"undo.restored{would}", n=report.restored)
    if report.done.edited:
        yield say(f"undo.edited{would}", n=report.done.edited)
    if report.done.gone:
        yield say("undo.gone", n=report.done.gone)
    for why, because, n in report.done.reasons:
        yield _because(why, because, n)
    if report.done.bent:
        yield say("undo.bent", n=report.done.bent)
    if report.done.drops:
        yield say(f"undo.drops{would}", table=report.done.table)


def _of_whole(report: UndoReport, would: str) -> Iterator[str]:
    """What is said of a table that goes with all its rows."""
    done = report.done
    yield say(f"undo.whole{would}", n=done.removed, table=done.table)
    if not would:
        return
    if done.removed == done.wrote and not done.others:
        yield say("undo.unseen")
    if done.removed != done.wrote:
        yield say("undo.wrote", n=done.wrote)
    if done.others:
        yield say("undo.others", n=done.others)
    if not report.is_forced:
        yield say("undo.force")


def _because(why: str, because: str, n: int) -> str:
    return say(f"undo.{why}", n=n, because=because)


def _heads() -> list[str]:
    return [say(f"undo.head_{name}") for name in ("key", "why", "wrote", "now")]


def _rows(report: UndoReport) -> Iterator[tuple[str, ...]]:
    """The rows that are left, as cells."""
    for one in report.left:
        now = say("undo.no_row") if one.now is None else _shown(one.now)
        yield _shown(one.key), say(f"undo.why_{one.why}", because=one.because), _shown(one.wrote), now


def _shown(values: object) -> str:
    """Columns and values in one line."""
    assert isinstance(values, dict)  # noqa: S101 - by column
    named = [f"{name} {terminal.printable(str(value))[:LONGEST]}" for name, value in list(values.items())[:SHOWN]]
    more = [f"+{len(values) - SHOWN}"] if len(values) > SHOWN else []
    return ", ".join([*named, *more])
