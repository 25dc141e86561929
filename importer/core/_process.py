"""Which process runs a job, and whether it still does."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["is_alive", "process_mark"]

PROC = Path("/proc")
DEAD = {"Z", "X"}
"""States of a process that has ended but whose parent has not asked for its status yet."""


def process_mark(pid: int | None = None) -> str | None:
    """Text that tells a process from every other one that has or had its number; None if the system does not say.

    It names the boot, the namespace of process numbers, and the moment at which the process began.

    Examples
    --------
    >>> process_mark() == process_mark()
    True
    """
    found = _state_and_start(os.getpid() if pid is None else pid)
    place = _place()
    return None if found is None or place is None else f"{place} {found[1]}"


def is_alive(pid: int, mark: str | None) -> bool | None:
    """Whether the process of this number and mark runs on this machine; None if that cannot be told from here.

    Examples
    --------
    >>> is_alive(os.getpid(), process_mark()), is_alive(os.getpid(), None)
    (True, None)
    """
    if os.name != "posix":
        return None
    place, _, start = (mark or "").rpartition(" ")
    if place and place != _place():
        return None  # Another container, or another machine of the same name.
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    found = _state_and_start(pid)
    if found is None or not start:
        return None
    return found[0] not in DEAD and start == found[1]


def _place() -> str | None:
    """The boot of this machine, and the namespace that process numbers count in."""
    with suppress(OSError):
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {(PROC / 'self/ns/pid').readlink()}"
    return None


def _state_and_start(pid: int) -> tuple[str, str] | None:
    """State of a process, and when it began, in ticks since the boot."""
    with suppress(OSError, IndexError):
        # The name of the program, in parentheses, may contain spaces and parentheses.
        rest = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        return rest[0], rest[19]
    return None
