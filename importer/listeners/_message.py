"""What a message about imports says: `letter_of`."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from importer.core import State
from importer.errors import ImporterError, Message
from importer.listeners._post import Letter
from importer.views import by_kind, duration, figures, rate, say, word
from importer.views.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from importer.core import FileRows, Progress

__all__ = ["Outcome", "Told", "letter_of"]

LISTED = 50
"""Jobs that one message lists."""

LONGEST = 300
"""Characters of a reason, which quotes a cell."""


class Found(Protocol):
    """The refused cells of a job."""

    @property
    def is_lasting(self) -> bool:
        """Whether they outlive the process."""
        ...

    @property
    def files(self) -> FileRows:
        """Which row of which file a number means."""
        ...

    def first(self, count: int, /) -> pl.DataFrame:
        """The first of them."""
        ...


class Told(Protocol):
    """The report of a job."""

    @property
    def into(self) -> str:
        """The target without its password."""
        ...

    @property
    def found(self) -> Found:
        """The refused cells."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one job ended.

    Attributes
    ----------
    progress
        The final snapshot.
    into
        The target.
    reasons
        Why the first cells were refused.
    is_kept
        Whether the history keeps the refused rows.
    """

    progress: Progress
    into: str = ""
    reasons: tuple[str, ...] = ()
    is_kept: bool = False

    @classmethod
    def of(cls, progress: Progress, report: Told | None, reasons: int) -> Self:
        """What is told of a job with this final snapshot."""
        if report is None:
            return cls(progress=progress)
        quoted: tuple[str, ...] = ()
        with suppress(ImporterError, OSError):  # A message without reasons is better than none.
            cells = report.found.first(reasons if progress.rejected else 0)
            places = report.found.files
            quoted = tuple(
                _reason(places.within(row), column, message)
                for row, column, message in cells.select("row", "column", "message").iter_rows()
            )
        return cls(progress=progress, into=report.into, reasons=quoted, is_kept=report.found.is_lasting)

    @property
    def is_bad(self) -> bool:
        """Whether it failed or was stopped."""
        return self.progress.state is not State.SUCCEEDED


def letter_of(outcomes: Sequence[Outcome]) -> Letter:
    """The message about these jobs, in the order in which they ended.

    Examples
    --------
    >>> from importer.core import Progress
    >>> done = Progress(label="a.csv → a", rows_read=9, created=8, rejected=1, elapsed_s=2, state=State.SUCCEEDED)
    >>> letter_of([Outcome(progress=done, into="sqlite:///shop.db")]).title
    'a.csv → a: done, 1 refused'
    """
    bad = sum(one.is_bad for one in outcomes)
    refused = sum(one.progress.rejected for one in outcomes)
    mood = "failure" if bad else "warning" if refused else "success"
    if len(outcomes) == 1:
        title = _title(outcomes[0].progress)
    else:
        title = say("notify.all", done=len(outcomes) - bad, n=len(outcomes))
        title += say("notify.refused", count=refused) if refused else ""
    parts = ["\n".join(_lines(one)) for one in outcomes[:LISTED]]
    if len(outcomes) > LISTED:
        parts.append(say("notify.more", n=len(outcomes) - LISTED))
    return Letter(title=title, body="\n\n".join(parts), mood=mood)  # type: ignore[arg-type]  # one of the three


def _title(now: Progress) -> str:
    said = say("notify.title", label=printable(now.label), state=word(now.state, now.kind))
    return said + (say("notify.refused", count=now.rejected) if now.rejected else "")


def _lines(one: Outcome) -> Iterator[str]:
    now = one.progress
    key = "report.headline_into" if one.into else "report.headline"
    values = {"into": printable(one.into)} if one.into else {}
    yield say(key, label=printable(now.label), state=word(now.state, now.kind), **values)
    rows_read, *counts = figures(now)
    said = ", ".join(str(figure) for figure in counts if figure.name != "warnings")
    if now.kind == "task":
        yield say("report.counts_task", n=rows_read.count)
    else:
        yield say("report.counts", n=rows_read.count, figures=said)
    if now.stage is not None and now.stage.message:
        yield printable(now.stage.message)
    took, of = duration(now.elapsed_s), by_kind("unit.rate", now.kind)
    yield say("report.pace", took=took, rate=rate(now.rows_per_s, of=of)) if now.rows_per_s else took
    if now.error is not None:
        yield say("report.error", error=printable(str(now.error)))
    if one.reasons:
        yield say("notify.reasons", n=now.rejected)
        yield from (f"- {reason}" for reason in one.reasons)
    short_id, host = now.job_id[:8], socket.gethostname()
    if now.rejected:
        yield say("notify.kept", job=short_id, host=host) if one.is_kept else say("notify.unkept")
    yield say("notify.job", job=short_id, host=host)


def _reason(row: int | str, column: str | None, message: str) -> str:
    said = printable(str(message) if isinstance(message, Message) else message)
    short = said if len(said) <= LONGEST else f"{said[:LONGEST]}…"
    place = printable(row) if isinstance(row, str) else row
    if column is None:
        return say("report.example", row=place, message=short)
    return say("notify.cell", row=place, column=printable(column), message=short)
