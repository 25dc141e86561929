"""What the analyst wants of the plan: `Wishes`, each of which makes it anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.app._choices import OPENING
from importer.app._importing import NOT_CHECKED
from importer.app._look import look
from importer.app._memory import recall
from importer.app._planned import planned
from importer.app._turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.app._choices import Choices
    from importer.app._look import Look

__all__ = ["Wishes"]


class Wishes(Turns):
    """Changes what is chosen, and makes the plan for it."""

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

    def reset(self) -> None:
        """Leave to the importer what becomes of the columns."""
        with self._changed:
            if self.flow.choices is not None:
                choices = replace(self.flow.choices, columns={}, brings_columns=False)
                self.flow = replace(self.flow, choices=choices)
            self.choose(key=None, mapping=None)

    def _look(self, choices: Choices) -> None:
        self.flow = replace(self.flow, choices=choices, **NOT_CHECKED)

        def work() -> dict[str, Any]:
            found = look(choices)
            memory = recall(found.source.header.labels, choices)
            plans = planned(choices, found)
            # What is to be done with a file that is known comes first.
            steps = frozenset({"look", "match"} if plans.get("known") is None else ())
            return {"look": found, "open": steps, "memory": memory, "before": None, **plans}

        self._do("look", work)

    def _match(self, choices: Choices, found: Look, *, then: Callable[[], object] = lambda: None) -> None:
        self.flow = replace(self.flow, choices=choices, **NOT_CHECKED)
        self._do("match", lambda: planned(choices, found), then=then)
