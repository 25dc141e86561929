"""Where the analyst stands, and the work in threads that changes it: `Turns`."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.app._planned import failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.app._flow import Flow

__all__ = ["Turns"]


class Turns:
    """Does one thing at a time that takes long, and tells each change.

    Attributes
    ----------
    flow
        Where the analyst stands.
    shown
        Called after each change, on any thread, with the flow and the steps that the change touches,
        none for all of them.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.shown: Callable[[Flow, tuple[str, ...]], object] = lambda _flow, _touched: None
        self._changed = threading.Condition(threading.RLock())
        self._turn = 0
        self._then: Callable[[], object] = lambda: None

    def move(self, *touched: str, **changes: Any) -> None:  # noqa: ANN401 - fields of Flow
        """Change where the analyst stands, and say so."""
        with self._changed:
            self.flow = replace(self.flow, **changes)
            try:
                self.shown(self.flow, touched)
            finally:
                self._changed.notify_all()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is under way, and tell whether that came."""
        with self._changed:
            return self._changed.wait_for(lambda: self.flow.busy is None and not self.flow.is_locked, timeout_s)

    def _later(self, act: Callable[[], object]) -> None:
        """Do this once what is under way is done, unless something else is asked for by then."""
        self._then = act

    def _do(self, step: str, work: Callable[[], dict[str, Any]], *, then: Callable[[], object] = lambda: None) -> None:
        """Do in a thread what takes long, then the next thing; what is asked for meanwhile makes its outcome void."""
        self._turn += 1
        turn, self._then = self._turn, then
        self.move(busy=step, problem=None, open=self.flow.open | {step})

        def run() -> None:
            try:
                changes = work()
            except Exception as exc:  # noqa: BLE001 - the page must not wait for ever
                changes = failed(step, exc)
            with self._changed:
                if turn == self._turn:
                    self.move(busy=None, **changes)
                    if self.flow.problem is None:
                        self._then()

        threading.Thread(target=run, name=f"importer-app-{step}", daemon=True).start()
