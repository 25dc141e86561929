"""Holds the model, swaps it under a lock, and performs effects outside of it: `Controller`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from importer.app.effects import MakePlan
from importer.app.update import update

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.app._actions import Action
    from importer.app._events import Event
    from importer.app._model import Model
    from importer.app.effects import Effect

__all__ = ["Controller"]

REST_S, REST_OF_A_COLUMN_S, LONGEST_REST_S = 0.15, 0.001, 0.6
"""Time without a click after which a plan is made for what was chosen: longer where plan and check take longer."""


class Controller:
    """The only place where the model changes.

    The lock is held for `update` alone, which does no I/O; effects run in threads of their own, and drawing has
    a lock of its own and always draws the newest model.

    Attributes
    ----------
    model
        The newest model.
    show
        Called after each change with the newest model, on any thread, one call at a time.
    deliver
        Writes a file for a browser view.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.show: Callable[[Model], object] = lambda _model: None
        self.deliver: Callable[[str, str, Callable[[Path], object]], object] = lambda *_: None
        self._changed = threading.Condition(threading.Lock())
        self._drawing = threading.RLock()
        self._running = 0
        self._waiting = 0

    def dispatch(self, action: Action) -> bool:
        """Do what a user asks for, and say whether it was legal."""
        return self._advance(action)

    def click(self, action: Action) -> bool:
        """The same by hand: a plan waits a moment, since who clicks often clicks on."""
        return self._advance(action, is_click=True)

    def tell(self, event: Event) -> None:
        """Take note of what an effect reports."""
        self._advance(event)

    def offer(self, view: str, name: str, write: Callable[[Path], object]) -> None:
        """Write a file, and let a browser view fetch it under this name."""
        self.deliver(view, name, write)

    def redraw(self) -> None:
        """Draw the newest model."""
        with self._drawing:
            self.show(self.model)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no effect and no job is under way, and say whether that happened in time."""
        with self._changed:
            # Who waits does not click on.
            self._waiting += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self._running and not self.model.is_working, timeout_s)
            finally:
                self._waiting -= 1

    def _is_overtaken(self, plan: MakePlan) -> bool:
        """Whether a newer plan is wanted while clicks may follow, so that nobody waits for this one."""
        rest_s = min(REST_S + len(plan.look.reading.header.labels) * REST_OF_A_COLUMN_S, LONGEST_REST_S)
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self.model.ticket != plan.ticket, rest_s)
            return self.model.ticket != plan.ticket

    def _advance(self, message: Action | Event, *, is_click: bool = False) -> bool:
        with self._changed:
            self.model, effects, is_accepted = update(self.model, message)
            self._running += len(effects)
            self._changed.notify_all()
        try:
            # What a thread does takes time from drawing.
            if is_accepted:
                self.redraw()
        finally:
            for effect in effects:
                name = f"importer-app-{type(effect).__name__}"
                threading.Thread(target=self._perform, args=(effect, is_click), name=name, daemon=True).start()
        return is_accepted

    def _perform(self, effect: Effect, is_click: bool) -> None:  # noqa: FBT001 - a thread's argument
        try:
            if not (is_click and isinstance(effect, MakePlan) and self._is_overtaken(effect)):
                effect.perform(self)
        except Exception as exc:  # noqa: BLE001 - the page must not wait for ever
            event = effect.failed(exc)
            if event is not None:
                self.tell(event)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
