"""Files elsewhere are fetched before they are opened, each with a bar of its own: `fetch_all`."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.core import Progress, State
from importer.engine._broadcast import Broadcast
from importer.engine._operation import current_stage
from importer.engine._part import Part
from importer.errors import CancelledError, ImporterError
from importer.listeners import auto
from importer.sources.remote import Pages, Stop, collected, fetched, is_remote, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.core import Listener

__all__ = ["fetch_all"]


def fetch_all(file: Any, listeners: Sequence[Listener] | None = None, *, stop: Stop | None = None) -> Any:  # noqa: ANN401 - whatever can be imported
    """The file, or the files of a list, with a path in place of each URL.

    Parameters
    ----------
    listeners
        What hears how far it is; by default, a view that suits the place, or the operation around.
    stop
        Once it is set, the download ends, and nothing half is left behind.

    Raises
    ------
    ImporterError
        If one cannot be fetched.
    CancelledError
        If it was stopped.
    """
    if _is_elsewhere(file):
        return _fetched(file, _usual() if listeners is None else listeners, stop)
    if isinstance(file, list | tuple) and any(map(_is_elsewhere, file)):
        return [fetch_all(one, listeners, stop=stop) for one in file]
    return file


def _usual() -> tuple[Listener, ...]:
    stage = current_stage()
    return (auto(),) if stage is None else (Part(stage, is_alone=True),)


def _is_elsewhere(file: object) -> bool:
    return is_remote(file) or isinstance(file, Pages)


def _fetched(file: str | Pages, listeners: Sequence[Listener], stop: Stop | None) -> Path:
    name, unit = (file.name, "rows") if isinstance(file, Pages) else (name_of(file), "B")
    broadcast = Broadcast(listeners)
    now = Progress(job_id=str(uuid.uuid4()), label=f"fetching {name}", kind="task", unit=unit)
    broadcast(now)
    ended = Stop() if stop is None else stop

    def tell(here: int, total: int | None) -> None:
        nonlocal now
        ended.raise_if_set(name)
        now = replace(now, state=State.RUNNING, completed=here, total=total, error=None, seq=now.seq + 1)
        broadcast(now)

    def wait(seconds: float, why: str | None) -> None:
        nonlocal now
        if why is not None:
            now = replace(now, state=State.WAITING, error=why, seq=now.seq + 1)
            broadcast(now)
        ended.wait(seconds)
        ended.raise_if_set(name)

    try:
        path = collected(file, tell, wait, ended) if isinstance(file, Pages) else fetched(file, tell, ended)
    except BaseException as exc:
        said = exc.message if isinstance(exc, ImporterError) else type(exc).__name__
        state = State.CANCELLED if isinstance(exc, CancelledError) else State.FAILED
        broadcast(replace(now, state=state, error=said, seq=now.seq + 1))
        raise
    broadcast(replace(now, state=State.SUCCEEDED, error=None, seq=now.seq + 1))
    return path
