"""Progress as lines of the standard log: `Log`."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from importer.core import State
from importer.errors import Message
from importer.views import Window, compose
from importer.views.terminal import printable

if TYPE_CHECKING:
    from importer.core import Progress

__all__ = ["Log"]

LEVELS: Final = {
    State.FAILED: logging.ERROR,
    State.WAITING: logging.WARNING,
    State.CANCELLED: logging.WARNING,
    State.INTERRUPTED: logging.WARNING,
}
"""Level of a state; the others are of level INFO, or WARNING if rows were refused."""

QUIET_S: Final = 10.0
"""Running time between two lines of the same state, in seconds."""


@dataclass(slots=True)
class _Seen:
    """What the last line of a job said."""

    progress: Progress | None = None
    window: Window = field(default_factory=Window)


class Log:
    """One line of the standard log for each change of state, and one for every 10 seconds of running.

    The line is a sentence, and its fields are attributes of the ``LogRecord``, as formatters for JSON expect them:
    ``job_id``, ``label``, ``kind``, ``state``, ``rows_read``, ``rows_created``, ``rows_updated``, ``rows_unchanged``,
    ``rows_rejected``, ``warnings``, ``fraction``, ``rows_per_s``, ``elapsed_s``, ``remaining_s``, ``error``. A failed
    job is an ``ERROR``; refused rows, waiting, and a job that ends before its file does are a ``WARNING``; all else
    is ``INFO``. One `Log` serves any number of jobs.

    Parameters
    ----------
    logger
        Where the lines go, or its name.

    Examples
    --------
    >>> import logging, sys
    >>> from importer.core import Progress, State
    >>> logger = logging.Logger("shown")
    >>> logger.addHandler(logging.StreamHandler(sys.stdout))
    >>> log = Log(logger)
    >>> log(Progress(label="a.csv → a", rows_read=9, created=8, rejected=1, elapsed_s=2, state=State.SUCCEEDED))
    a.csv → a  100%  done: 9 rows in 2 s · 4.5 rows/s · 8 created · 1 refused
    """

    def __init__(self, logger: logging.Logger | str = "importer") -> None:
        self._logger = logging.getLogger(logger) if isinstance(logger, str) else logger
        self._jobs: dict[str, _Seen] = {}

    def __call__(self, progress: Progress, /) -> None:
        """Write a line if the state is new, or the last line is old enough."""
        seen = self._jobs.setdefault(progress.job_id, _Seen())
        seen.window(progress)
        last = seen.progress
        is_new = last is None or last.state is not progress.state
        if not is_new and last is not None and progress.elapsed_s - last.elapsed_s < QUIET_S:
            return
        refused = progress.rejected - (0 if last is None or progress.state.is_final else last.rejected)
        level = LEVELS.get(progress.state, logging.WARNING if refused > 0 else logging.INFO)
        line = compose(progress, seen.window)
        self._logger.log(level, "%s  %s", line.head, line.tail, extra=_fields(progress, seen.window))
        seen.progress = progress
        if progress.state.is_final:
            del self._jobs[progress.job_id]

    def __repr__(self) -> str:
        return f"<Log: {self._logger.name}>"


def _fields(progress: Progress, window: Window) -> dict[str, Any]:
    """The snapshot as attributes of a record; logging has a ``created`` of its own."""
    error = progress.error.sentence if isinstance(progress.error, Message) else progress.error
    rows_per_s = progress.rows_per_s if window.rows_per_s is None else window.rows_per_s
    return {
        "job_id": progress.job_id,
        "label": printable(progress.label),
        "kind": progress.kind,
        "state": progress.state.value,
        "rows_read": progress.rows_read,
        "rows_created": progress.created,
        "rows_updated": progress.updated,
        "rows_unchanged": progress.unchanged,
        "rows_rejected": progress.rejected,
        "warnings": progress.warnings,
        "fraction": _rounded(progress.fraction, 4),
        "rows_per_s": _rounded(rows_per_s, 1),
        "elapsed_s": _rounded(progress.elapsed_s, 3),
        "remaining_s": None if progress.state.is_final else _rounded(window.remaining_s, 1),
        "error": None if error is None else printable(error),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
