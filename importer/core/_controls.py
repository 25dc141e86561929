"""How a view controls a running job: `Control`, `Controllable`, `Paceable`, `Attachable`."""

from __future__ import annotations

from typing import Literal, Protocol, get_args, runtime_checkable

__all__ = ["CONTROLS", "Attachable", "Control", "Controllable", "Paceable"]

Control = Literal["pause", "resume", "cancel"]

CONTROLS: tuple[Control, ...] = get_args(Control)
"""Names of the methods that the buttons of a view call."""


class Controllable(Protocol):
    """A job that can be paused, resumed and cancelled; each call returns at once."""

    def pause(self) -> object:
        """Stop after the current chunk, until `resume`."""
        ...

    def resume(self) -> object:
        """Continue after `pause`."""
        ...

    def cancel(self) -> object:
        """Stop for good after the current chunk."""
        ...


@runtime_checkable
class Paceable(Controllable, Protocol):
    """A job whose pace can be changed while it runs."""

    def pace(self, pace: str | float | None = None, /) -> str:
        """Go on at this pace, if one is given; the pace that the job keeps from now on."""
        ...


@runtime_checkable
class Attachable(Protocol):
    """A listener with controls: it receives the job before the first snapshot.

    Examples
    --------
    >>> isinstance([].append, Attachable)
    False
    """

    def attach(self, job: Controllable, /) -> object:
        """Take the job that the controls act on."""
        ...
