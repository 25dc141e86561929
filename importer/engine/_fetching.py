"""Files elsewhere are fetched before they are opened, each with a bar of its own: `fetch_all`."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.core import Progress, State
from importer.engine._broadcast import Broadcast
from importer.errors import CancelledError, ImporterError
from importer.sources.remote import fetched, is_remote, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from threading import Event

    from importer.core import Listener

__all__ = ["fetch_all"]


def fetch_all(file: Any, listeners: Sequence[Listener] = (), *, stop: Event | None = None) -> Any:  # noqa: ANN401 - whatever can be imported
    """The file, or the files of a list, with a path in place of each URL.

    Parameters
    ----------
    stop
        Once it is set, the download ends, and nothing half is left behind.

    Raises
    ------
    ImporterError
        If one cannot be fetched.
    CancelledError
        If it was stopped.
    """
    if is_remote(file):
        return _fetched(file, listeners, stop)
    if isinstance(file, list | tuple) and any(map(is_remote, file)):
        return [_fetched(one, listeners, stop) if is_remote(one) else one for one in file]
    return file


def _fetched(url: str, listeners: Sequence[Listener], stop: Event | None) -> Path:
    broadcast = Broadcast(listeners)
    now = Progress(job_id=str(uuid.uuid4()), label=f"fetching {name_of(url)}", kind="task", unit="B")
    broadcast(now)

    def tell(here: int, total: int | None) -> None:
        nonlocal now
        if stop is not None and stop.is_set():
            raise CancelledError(f"the download of {name_of(url)!r} was cancelled")
        now = replace(now, state=State.RUNNING, completed=here, total=total, seq=now.seq + 1)
        broadcast(now)

    try:
        path = fetched(url, tell)
    except BaseException as exc:
        said = exc.message if isinstance(exc, ImporterError) else type(exc).__name__
        state = State.CANCELLED if isinstance(exc, CancelledError) else State.FAILED
        broadcast(replace(now, state=state, error=said, seq=now.seq + 1))
        raise
    broadcast(replace(now, state=State.SUCCEEDED, seq=now.seq + 1))
    return path
