"""Signals that end a process: `ending`, under which a job finishes its chunk first."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


__all__ = ["Ending", "ending"]

NAMES = ("SIGTERM", "SIGHUP")
"""Signals that ask for an end; Windows has no SIGHUP."""


@dataclass(slots=True)
class Ending:
    """The signal that asked for the end.

    Attributes
    ----------
    signal
        Its number; None if there was none.
    """

    signal: int | None = None

    @property
    def status(self) -> int | None:
        """Exit status of a process that a signal ended; None if there was none."""
        return None if self.signal is None else 128 + self.signal


@contextmanager
def ending(stop: Callable[[str], object]) -> Iterator[Ending]:
    """Have SIGTERM and SIGHUP call this with the reason; a second one ends the process at once.

    A signal that is ignored, as under ``nohup``, stays ignored, and one that the program handles itself stays with it.
    """
    found = Ending()
    taken: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as handlers are called
        _give_back(taken)
        found.signal = number
        stop(f"stopped by {signal.Signals(number).name}")

    if threading.current_thread() is threading.main_thread():
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        taken += [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
        for number in taken:
            signal.signal(number, end)
    try:
        yield found
    finally:
        _give_back(taken)


def _give_back(numbers: list[int]) -> None:
    """Let the signals do what they do by default."""
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)
