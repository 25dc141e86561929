"""The counts of a job with their names: `figures`, the one list that every view shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from importer.core import State
from importer.views._catalogue import by_kind, say
from importer.views._numbers import duration
from importer.views.html import counts

if TYPE_CHECKING:
    from importer.core import Progress
    from importer.views.html import Html, Mark

__all__ = ["MARKS", "Figure", "count_cards", "figures"]

MARKS: Final[dict[State, Mark]] = {
    State.PENDING: "warn",
    State.RUNNING: "busy",
    State.PAUSED: "quiet",
    State.WAITING: "warn",
    State.SUCCEEDED: "good",
    State.FAILED: "bad",
    State.CANCELLED: "quiet",
    State.INTERRUPTED: "warn",
}
"""Colour of each state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One count of a job.

    Attributes
    ----------
    name
        Attribute of `Progress`.
    label
        Name of the count in a view, such as "would be created".
    mark
        Colour of the count; rejected rows and warnings are marked.
    """

    name: str
    label: str
    count: int
    mark: Mark = "none"

    def __str__(self) -> str:
        """Count and name, such as "12 refused"."""
        return say("figure.text", count=self.count, label=self.label)


def figures(progress: Progress) -> tuple[Figure, ...]:
    """Every count of a job: rows read, created, updated, unchanged, rejected, then warnings.

    Examples
    --------
    >>> from importer.core import Progress
    >>> now = Progress(rows_read=1200, created=1000, unchanged=200, kind="check")
    >>> [str(figure) for figure in figures(now) if figure.count]
    ['1,200 rows read', '1,000 would be created', '200 unchanged']
    """
    marked = ("rejected", "warnings")
    found = []
    for name in ("rows_read", "created", "updated", "unchanged", *marked):
        count = getattr(progress, name)
        if progress.kind == "task" and name != "rows_read" and (name == "created" or not count):
            continue  # An operation has steps, which are done.
        label = say(by_kind(f"figure.{name}", progress.kind))
        found.append(Figure(name=name, label=label, count=count, mark="warn" if count and name in marked else "none"))
    return tuple(found)


def count_cards(progress: Progress) -> Html:
    """Every count of a job and the time that it took, as HTML."""
    found = figures(progress)
    values: dict[str, int | str] = {figure.label: figure.count for figure in found}
    values[say("figure.took")] = duration(progress.elapsed_s)
    return counts(values, {figure.label: figure.mark for figure in found})
