"""What happens in the step that imports: `Importing`, which begins a job, goes on with one, or passes over the file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.app._broken import sentence_of
from importer.app._flow import Problem
from importer.app._known import Known
from importer.app._memory import remember
from importer.app._refused import Refused
from importer.app._turns import Turns
from importer.app._watch import Watch
from importer.core import Header, State
from importer.errors import AlreadyImportedError

if TYPE_CHECKING:
    from importer.engine import Plan

__all__ = ["NOT_CHECKED", "Importing", "start"]

NOT_CHECKED: dict[str, Any] = dict.fromkeys(
    ["check", "checked", "whole", "refused", "run", "report", "resumed", "left"]
)
"""What another choice makes void."""


class Importing(Turns):
    """Imports with the plan that there is."""

    def run(self) -> None:
        """Begin the import, where the dry run went through."""
        with self._changed:
            plan = self.flow.plan
            if plan is not None and self.flow.is_ready and self.flow.run is None:
                self._import(plan)

    def skip(self) -> None:
        """Pass over a file that is in the table, as an import does that is told so."""
        with self._changed:
            flow = self.flow
            if flow.known is None or flow.plan is None or flow.choices is None or flow.is_locked:
                return
            plan = replace(flow.plan, if_imported="skip")
            self._import(plan, plan=plan, choices=flow.choices.but(if_imported="skip"), known=None)

    def go_on(self) -> None:
        """Resume the job that began with this file."""
        with self._changed:
            known, choices = self.flow.known, self.flow.choices
            if known is None or choices is None or self.flow.is_locked:
                return

            def begin() -> None:
                if self.flow.plan is not None:
                    self._import(self.flow.plan, resumed=known.job_id, known=None)

            self._do("known", lambda: {"plan": choices.to_resume(known.job_id)}, then=begin)

    def tell(self, ask: str) -> None:
        """Ask the job that runs to pause, resume or cancel."""
        for step, watch in (("check", self.flow.check), ("import", self.flow.run)):
            if watch is not None and not watch.is_over:
                watch.ask(ask)
                self.move(step)

    def _import(self, plan: Plan, /, **changes: Any) -> None:  # noqa: ANN401 - fields of Flow
        watch = Watch(self._importing, self._broke)
        self.move(run=watch, problem=None, open=frozenset({"import"}), **changes)
        start(plan, watch, dry_run=False)

    def _importing(self, watch: Watch) -> None:
        """Show the import; at its end, what it did."""
        with self._changed:
            if watch is not self.flow.run or watch.job is None:
                return
            if not watch.is_over:
                self.move("import")
            elif isinstance(watch.job.error, AlreadyImportedError):
                # Somebody was faster, or another history told of it.
                self.move(**NOT_CHECKED, known=Known.of(watch.job.error), open=frozenset({"match"}))
            else:
                report = watch.job.report
                if report.progress.state is State.SUCCEEDED and self.flow.choices is not None:
                    remember(self._header.labels, self.flow.choices)
                left = Refused.of(report.found, self._header, report.progress.rows_read)
                self.move(report=report, left=left, open=frozenset({"result"}))

    def _broke(self, watch: Watch, exc: Exception) -> None:
        """Tell that a job's end cannot be shown; what an import wrote is there all the same."""
        with self._changed:
            if watch is self.flow.check and self.flow.run is None:
                problem = Problem(step="match", sentence=sentence_of(exc))
                self.move(**NOT_CHECKED, problem=problem, open=frozenset({"match"}))
            elif watch is self.flow.run and watch.job is not None:
                problem = Problem(step="result", sentence=sentence_of(exc))
                self.move(report=watch.job.report, problem=problem, open=frozenset({"result"}))

    @property
    def _header(self) -> Header:
        return self.flow.plan.source.header if self.flow.plan is not None else Header(row=0, labels=())


def start(plan: Plan, watch: Watch, *, dry_run: bool) -> None:
    """Begin the job of a plan, of which the watch hears."""
    replace(plan, listeners=(watch,)).job(dry_run=dry_run).start()
