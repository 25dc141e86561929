"""Files that SQLite makes by being opened, and that are removed if everybody leaves them empty."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["left", "opened"]

T = TypeVar("T")


@dataclass(slots=True)
class _Use:
    """How many connections of this process have the file open, and whether one of them made it."""

    count: int = 0
    is_new: bool = False


_LOCK = threading.Lock()
_USES: dict[Path, _Use] = {}


def opened(path: Path, connect: Callable[[], T]) -> T:
    """Open the file, and remember whether that makes it."""
    with _LOCK:
        is_new = not path.exists()
        connection = connect()
        use = _USES.setdefault(path.resolve(), _Use())
        use.count += 1
        use.is_new |= is_new
        return connection


def left(path: Path) -> None:
    """After a connection was closed: remove the file if it is new and empty, and nobody else has it open.

    Another connection would write into a file that has no name any more, and fail.
    """
    with _LOCK:
        use = _USES[path.resolve()]
        use.count -= 1
        if use.count:
            return
        del _USES[path.resolve()]
        if use.is_new and path.exists() and not path.stat().st_size:
            path.unlink()
