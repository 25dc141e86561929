"""What happens when a step is taken: `Driver`, which knows plans and jobs and no widget."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.app._choices import OPENING, Choices, Corrects
from importer.app._file import completions
from importer.app._flow import Flow, Problem
from importer.app._importing import NOT_CHECKED, Importing, start
from importer.app._look import look
from importer.app._memory import recall
from importer.app._planned import planned
from importer.app._refused import Refused
from importer.app._watch import Watch
from importer.app._words import say

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from importer.app._inbox import Received
    from importer.app._look import Look

__all__ = ["Driver"]


class Driver(Importing):
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

    def choose(self, **options: Any) -> None:  # noqa: ANN401 - as `importer.plan` takes them
        """Change options of the plan; None leaves one to the importer."""
        with self._changed:
            flow = self.flow
            if flow.choices is None or flow.is_locked:
                return
            choices = flow.choices.but(**options)
            if flow.look is None or any(name in OPENING for name in options):
                # Under another header the columns are others.
                self._look(replace(choices, columns={}))
            else:
                self._match(choices, flow.look)

    def want(self, column: str, *, then: Callable[[], object] = lambda: None, **wanted: Any) -> None:  # noqa: ANN401 - fields of ColumnChoice
        """Change what is wanted of a column of the table, then do the next thing."""
        with self._changed:
            flow = self.flow
            if flow.choices is None or flow.look is None or flow.target is None or flow.is_locked:
                return
            key = flow.target.key(flow.choices.options.get("key", ()))
            choices = flow.choices.but(key=key).column(column, **wanted)
            # Who has a word on the file's columns means these, also once the import has made the table.
            brings = choices.brings_columns or flow.inference is not None
            self._match(replace(choices, brings_columns=brings), flow.look, then=then)

    def fill(self, column: str, label: str) -> None:
        """Fill a column of the table from this header alone, or from none."""
        with self._changed:
            flow = self.flow
            if flow.choices is None or flow.look is None or flow.target is None or flow.is_locked:
                return
            chosen = flow.choices.options.get("mapping", {})
            mapping = {name: other for name, other in chosen.items() if name != column and other != label}
            if label in flow.look.source.header.labels:
                mapping[column] = label
            choices = flow.choices.but(mapping=mapping or None)
            self._match(choices.column(column, is_left_out=not label and flow.target.is_there), flow.look)

    def bring(self, *, columns: bool) -> None:
        """Say whether the file brings its columns, also where the table has its own."""
        with self._changed:
            if self.flow.choices is not None and self.flow.look is not None and not self.flow.is_locked:
                choices = replace(self.flow.choices.but(key=None, mapping=None), columns={}, brings_columns=columns)
                self._match(choices, self.flow.look)

    def relax(self, column: str, way: str) -> None:
        """Ask less of a column, as text or as one that may be empty, and check again."""
        wanted: dict[str, Any] = {"kind": "String", "hints": {}} if way == "text" else {"is_required": False}
        self.want(column, then=self.check, **wanted)

    def reset(self) -> None:
        """Leave to the importer what becomes of the columns."""
        with self._changed:
            if self.flow.choices is not None:
                choices = replace(self.flow.choices, columns={}, brings_columns=False)
                self.flow = replace(self.flow, choices=choices)
            self.choose(key=None, mapping=None)

    def as_before(self, *, taken: bool) -> None:
        """Choose what was chosen for a file with the same headers, or take that back."""
        with self._changed:
            flow = self.flow
            if flow.choices is None or flow.look is None or flow.memory is None or flow.is_locked:
                return
            choices = flow.memory.on(flow.choices) if taken else flow.before
            if choices is not None:
                self.flow = replace(flow, before=flow.choices if taken else None)
                self._match(choices, flow.look)

    def check(self) -> None:
        """Begin the dry run."""
        with self._changed:
            plan = self.flow.plan
            if plan is None or self.flow.known is not None or self.flow.busy is not None or self.flow.is_locked:
                return
            watch = Watch(self._checking)
            self.move(**{**NOT_CHECKED, "check": watch}, problem=None, open=frozenset({"check"}))
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

    def _look(self, choices: Choices) -> None:
        self.flow = replace(self.flow, choices=choices, **NOT_CHECKED)

        def work() -> dict[str, Any]:
            found = look(choices)
            memory = recall(found.source.header.labels, choices)
            steps = frozenset({"look", "match"})
            return {"look": found, "open": steps, "memory": memory, "before": None, **planned(choices, found)}

        self._do("look", work)

    def _match(self, choices: Choices, found: Look, *, then: Callable[[], object] = lambda: None) -> None:
        self.flow = replace(self.flow, choices=choices, **NOT_CHECKED)
        self._do("match", lambda: planned(choices, found), then=then)

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
            after = {"check", "match" if report.progress.error else "import"}
            self.move(checked=report, refused=refused, open=frozenset(after))
        if self._auto and self.flow.is_ready and not report.progress.rejected:
            self.run()
