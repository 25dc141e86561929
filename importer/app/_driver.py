"""What happens when a step is taken: `Driver`, which knows plans and jobs and no widget."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.app._again import is_row_by_row, merged, only_corrected
from importer.app._choices import OPENING, Choices, Corrects
from importer.app._file import completions
from importer.app._flow import Flow, Problem
from importer.app._importing import NOT_CHECKED, Importing, start
from importer.app._refused import Refused
from importer.app._watch import Watch
from importer.app._wishes import Wishes
from importer.core import State
from importer.views import say

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from importer.app._inbox import Received

__all__ = ["Driver"]


class Driver(Wishes, Importing):
    """Takes the steps: opens, looks, plans, checks, imports.

    Parameters
    ----------
    options
        What is chosen for every file, as `importer.plan` takes it.
    auto
        Whether to import without another click where a dry run refuses no row.
    """

    def __init__(self, options: Mapping[str, Any], *, auto: bool) -> None:
        super().__init__(Flow(files=completions("")))
        self._options = dict(options)
        self._auto = auto

    def open(self, said: str | os.PathLike[str]) -> None:
        """Begin with a file on the server."""
        path = Path(said).expanduser()
        if path.is_file():
            self.begin(Choices(path=path, said=str(said)))
        else:
            sentence = say("file.folder" if path.is_dir() else "file.missing", path=str(said))
            self.move("file", "path", problem=Problem(step="file", sentence=sentence))

    def received(self, file: Received) -> None:
        """Begin with a file that was dropped, or let it wait where another one is in hand."""
        with self._changed:
            if "file" in self.flow.open and self.flow.busy is None and not self.flow.is_locked:
                self.begin(Choices(path=file.path, said=file.name, is_upload=True))
            else:
                self.move("file", "path", "result", waiting=(*self.flow.waiting, file))

    def begin(self, choices: Choices) -> None:
        """Begin with a file; with the corrected rows of the last one where that was asked for."""
        with self._changed:
            if self.flow.is_locked:
                return
            corrects = self.flow.corrects
            options = self._options if corrects is None else corrects.choices.options
            kept = {name: value for name, value in options.items() if corrects is None or name not in OPENING}
            self._forget()
            self._look(replace(choices.but(**kept), corrects=corrects))

    def correct(self) -> None:
        """Take the next file for the refused rows of this import, corrected."""
        flow = self.flow
        if flow.plan is not None and flow.choices is not None and flow.report is not None:
            corrects = flow.choices.corrects or Corrects(
                plan=flow.plan, choices=flow.choices, inference=flow.inference, target=flow.target
            )
            self.move(corrects=corrects, open=frozenset({"file", "result"}))

    def do(self, step: str, work: Callable[[], object]) -> None:
        """Do something else in a thread that takes long, and tell at the step what goes wrong."""

        def run() -> dict[str, Any]:
            work()
            return {}

        with self._changed:
            self._do(step, run)

    def again(self) -> None:
        """Go on to the file that waits, or forget this one to begin with another."""
        with self._changed:
            if self.flow.is_locked:
                return
            if not self.flow.waiting:
                self._forget()
                self.move(files=completions(""))
                return
            file, *others = self.flow.waiting
            self.flow = replace(self.flow, waiting=tuple(others))
            self.begin(Choices(path=file.path, said=file.name, is_upload=True))

    def _forget(self) -> None:
        """Leave the file that was in hand, and delete it where it is ours."""
        old = self.flow.choices
        if old is not None and old.is_upload:
            with suppress(OSError):
                old.path.unlink()
        self.flow = Flow(
            files=self.flow.files, waiting=self.flow.waiting, alerts=self.flow.alerts, history=self.flow.history
        )

    def relax(self, column: str, way: str) -> None:
        """Ask less of a column, as text or as one that may be empty, and check again."""
        wanted: dict[str, Any] = {"kind": "String", "hints": {}} if way == "text" else {"is_required": False}
        self.want(column, then=self.check, **wanted)

    def check(self) -> None:
        """Begin the dry run."""
        with self._changed:
            plan = self.flow.plan
            if self.flow.busy is not None:
                # Who changes a choice and clicks at once means the plan that comes of it.
                self._later(self.check)
                return
            if plan is None or self.flow.known is not None or self.flow.is_locked:
                return
            refused = self.flow.refused
            if self.flow.is_stale and refused is not None and is_row_by_row(plan):
                watch, plan = Watch(self._rechecking, self._broke), only_corrected(plan, refused)
                kept = {"checked": None}
            else:
                watch = Watch(self._checking, self._broke)
                kept = NOT_CHECKED
            self.move(**{**kept, "check": watch}, problem=None, open=frozenset({"check"}))
        start(plan, watch, dry_run=True)

    def only(self, step: str, kind: tuple[str | None, str] | None) -> None:
        """Show, in the grid of a step, the rows with one kind of problem; all of them where it is None."""
        name = {"check": "refused", "result": "left"}[step]
        with self._changed:
            shown: Refused | None = getattr(self.flow, name)
            if shown is not None:
                self.move(step, **{name: shown.only(kind)})

    def correct_cell(self, row: int, place: int, text: str) -> None:
        """Take a cell of a refused row for this text, and check that row again."""
        with self._changed:
            flow = self.flow
            if (
                flow.choices is None
                or flow.plan is None
                or flow.refused is None
                or flow.is_locked
                or flow.run is not None
            ):
                return
            if not (0 <= place < len(self._header.labels) and row in flow.refused.numbers):
                return
            choices = flow.choices.correct(row, self._header.labels[place], text or None)
            corrections = choices.options["corrections"]
            plan = replace(flow.plan, corrections=corrections)
            refused = replace(flow.refused, corrected=corrections)
            found = flow.plan.refused_in(refused.row(row))
            refused = refused.checked_again(row, corrections, found)
            self.move("check", "import", choices=choices, plan=plan, refused=refused)

    def _checking(self, watch: Watch) -> None:
        """Show the dry run; at its end, what it found."""
        with self._changed:
            if watch is not self.flow.check or watch.job is None:
                return
            if not watch.is_over:
                self.move("check")
                return
            report = watch.job.report
            refused = Refused.of(report.found, self._header, report.progress.rows_read)
            after = {"check", "import" if report.progress.state is State.SUCCEEDED else "match"}
            self.move(checked=report, whole=report, refused=refused, open=frozenset(after))
        if self._auto and self.flow.is_ready and not report.progress.rejected:
            self.run()

    def _rechecking(self, watch: Watch) -> None:
        """Show the dry run of the corrected rows; at its end, what that changes."""
        with self._changed:
            flow = self.flow
            if watch is not flow.check or watch.job is None or flow.whole is None or flow.refused is None:
                return
            if not watch.is_over:
                self.move("check")
                return
            report = watch.job.report
            if report.progress.state is not State.SUCCEEDED:
                self.move(checked=replace(flow.whole, progress=report.progress), open=frozenset({"check", "import"}))
                return
            checked, refused = merged(flow.whole, flow.refused, report)
            self.move(checked=checked, refused=refused, open=frozenset({"check", "import"}))
