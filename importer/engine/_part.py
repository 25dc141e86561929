"""An import that begins within an operation is a part of it: `Part`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core import Attachable, State
from importer.engine._operation import current_stage
from importer.listeners import auto
from importer.views import rows, summary

if TYPE_CHECKING:
    from importer.core import Controllable, Listener, Progress
    from importer.engine._stage import Stage

__all__ = ["Part", "usual_listener"]

FETCHED = 0.3
"""Share of an import that counts as done once its file is fetched."""


def usual_listener() -> Listener:
    """The view that suits the place; within an operation, one that tells the operation."""
    stage = current_stage()
    return auto() if stage is None else Part(stage)


class Part:
    """Tells an operation how far an import is that begins within it. Who pauses or cancels the one does so to both.

    Parameters
    ----------
    stage
        In which it begins.
    is_alone
        Whether a file is only fetched, and no import follows.

    Attributes
    ----------
    share, steps
        Share that is done, and rows; a stage asks for them.
    """

    def __init__(self, stage: Stage, *, is_alone: bool = False) -> None:
        self.share: float | None = None
        self.steps = 0
        self._stage, self._is_alone = stage, is_alone
        self._is_held = False
        self._before = 0.0
        self._instead: Listener | None = None

    def attach(self, job: Controllable) -> None:
        """Steer the job with the operation from now on; after the operation, show it as any other."""
        if self._stage.operation.is_over:
            self._instead = view = auto()
            if isinstance(view, Attachable):
                view.attach(job)
        else:
            self._stage.tracking.steer(self, job)

    def __call__(self, now: Progress) -> None:
        """Pass a snapshot on."""
        if self._instead is not None:
            self._instead(now)
            return
        stage = self._stage
        if not self._is_held:
            stage.hold(self)
            self._is_held = True
        if now.fraction is not None:
            most = FETCHED if now.kind == "task" and not self._is_alone else 1.0
            self.share = self._before + (most - self._before) * now.fraction
        self.steps = now.completed if self._is_alone and now.unit == "rows" else now.rows_read
        said = rows(now) if now.state is State.RUNNING else summary(now)
        stage.tracking.hear(stage, f"{now.label}: {said}", now)
        if now.state.is_final and now.kind == "task" and not self._is_alone:
            self._before = self.share or 0.0
        elif now.state.is_final:
            stage.tracking.let_go(self)
            stage.release(self)
