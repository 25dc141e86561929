"""How long to wait for what somebody else holds: `Patience`."""

from __future__ import annotations

import math
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from importer.errors import LockedError, OptionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Patience", "holder_of", "locked", "wait_limit_s"]

WAIT, WAIT_S = "IMPORTER_WAIT_S", 600.0
"""The variable that names the longest wait of a job, and what it is by default."""

LOOK_S = 2.0
"""Longest wait of whoever only looks."""

RETRY_S = 0.1

MOST = 80
"""Characters that are shown of a name which somebody else chose."""


def wait_limit_s() -> float:
    """The longest wait of a job for what somebody else holds, in seconds.

    Raises
    ------
    OptionError
        If the variable is not a number of seconds.
    """
    text = os.environ.get(WAIT, "").strip()
    try:
        limit_s = float(text or WAIT_S)
    except ValueError:
        limit_s = math.nan
    if math.isfinite(limit_s) and limit_s >= 0:
        return limit_s
    raise OptionError(
        f"{WAIT} is {text[:MOST]!r}, which is not a number of seconds",
        code="wait-invalid",
        facts={"variable": WAIT, "value": text[:MOST]},
        fixes=[f"set it to a number such as 600, or to 0 so that nothing waits, or unset {WAIT}"],
    )


def locked(what: str, holder: str, limit_s: float) -> LockedError:
    """Error of a wait that is over."""
    return LockedError(
        f"{what} is held by {holder}, and the wait of {limit_s:g} s is over",
        facts={"holder": holder, "wait_s": limit_s},
        fixes=["run again once it is free", "end what holds it", f"raise {WAIT}"],
    )


def holder_of(facts: Mapping[str, Any], otherwise: str) -> str:
    """Who holds something, as far as that is known; each name is cut and escaped.

    Examples
    --------
    >>> holder_of({"process": 4711, "user": "ann", "application": None}, "another program")
    "process 4711, user 'ann'"
    >>> holder_of({}, "another program")
    'another program'
    """
    parts = [
        f"{name} {value if isinstance(value, int) else repr(str(value)[:MOST])}"
        for name, value in facts.items()
        if value not in {None, ""}
    ]
    return ", ".join(parts) or otherwise


class Patience:
    """Waits of one sink, each of which has the same limit, is told, and ends at once when the job is stopped.

    Parameters
    ----------
    limit_s
        The longest wait; by default that of somebody who only looks.
    tell
        What to call with each sentence that says who is waited for.
    stopped
        Ends every wait.

    Attributes
    ----------
    gave_up
        For whom the last wait was in vain; None if it was not.

    Examples
    --------
    >>> told = []
    >>> patience = Patience(0.0, tell=told.append)
    >>> patience.goes_on("process 4711"), told
    (False, ['waiting for process 4711'])
    """

    def __init__(
        self,
        limit_s: float | None = None,
        *,
        tell: Callable[[str], object] = len,
        stopped: threading.Event | None = None,
    ) -> None:
        self.limit_s = min(LOOK_S, wait_limit_s()) if limit_s is None else limit_s
        self._tell = tell
        self._stopped = stopped or threading.Event()
        self._began_at: float | None = None
        self._holder: str | None = None
        self.gave_up: str | None = None

    def begin(self) -> None:
        """Begin another wait, if there has to be one."""
        self._began_at = self._holder = None

    def is_over(self, holder: str) -> bool:
        """Note who is waited for, and say whether to give up."""
        now = time.monotonic()
        if self._began_at is None:
            self._began_at = now
        if holder != self._holder:
            self._holder = holder
            self._tell(f"waiting for {holder}")
        is_over = self._stopped.is_set() or now - self._began_at >= self.limit_s
        self.gave_up = holder if is_over else None
        return is_over

    def goes_on(self, holder: str) -> bool:
        """Wait a moment; False if it is time to give up."""
        if self.is_over(holder):
            return False
        self._stopped.wait(RETRY_S)
        return not self._stopped.is_set()

    def error(self, what: str) -> LockedError:
        """The error of a wait that was given up."""
        return locked(what, self.gave_up or "another program", self.limit_s)
