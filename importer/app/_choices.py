"""What the analyst chose, as the code that does the same: `Choices`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from importer.api import plan, table_name
from importer.app._columns import ColumnChoice, changed
from importer.app._opened import Opened
from importer.core import masked
from importer.engine import plan_to_resume
from importer.sinks import Sink, schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.app._target import Target
    from importer.engine import Plan
    from importer.schema.inference import Inference

__all__ = ["OPENING", "Choices", "Corrects"]

OPENING = ("sheet", "header_row", "last_row", "delimiter", "encoding")
"""Options that say how the file is opened."""

TARGET = ("if_table_exists", "on_conflict", "max_rejects", "corrections", "if_imported")
"""Options that may differ where refused rows come back."""

INTO = "sqlite:///importer.db"
"""Where rows go until the analyst names another place."""

LINE = 88
"""Characters of a call that stays on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrects:
    """An import whose refused rows come back corrected.

    Attributes
    ----------
    plan, choices, inference, target
        What was done, and from which choices.
    """

    plan: Plan
    choices: Choices
    inference: Inference | None
    target: Target | None

    def code(self, *lines: str) -> str:
        """Python that plans it, and goes on with these lines."""
        return self.choices.code(*lines, inference=self.inference, target=self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A file, and the options of `importer.plan` that the analyst chose.

    Attributes
    ----------
    path
        Where the file lies.
    said
        What the analyst would write for it: the path as typed, or the name of the dropped file.
    is_upload
        Whether it came from a browser, and is ours to delete.
    options
        Those that are not left to the importer.
    corrects
        The import whose refused rows come back in this file.
    columns
        What is wanted of columns, by their names in the table, where the sample is not to be followed.
    brings_columns
        Whether the file brings its columns, also where the table is there and has its own.
    """

    path: Path
    said: str
    is_upload: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, ColumnChoice] = field(default_factory=dict)
    corrects: Corrects | None = None
    brings_columns: bool = False

    @property
    def name(self) -> str:
        """The file's name, as it is shown."""
        return os.path.basename(self.said)  # noqa: PTH119 - a text from a browser is no path

    @property
    def into(self) -> Any:  # noqa: ANN401 - a URL, a path, or a sink
        """Where the rows go."""
        return self.options.get("into", INTO)

    @property
    def table(self) -> str:
        """The table's name."""
        return self.options.get("table") or table_name(self.name)

    def but(self, **options: object) -> Self:
        """The same with other options; those of None are left to the importer."""
        kept = {name: value for name, value in {**self.options, **options}.items() if value not in (None, "", ())}
        return replace(self, options=kept)

    def opened(self, **options: object) -> Opened:
        """The file, open as chosen."""
        chosen = _only(self.options, OPENING)
        return Opened(self.path, self.name, **chosen | options)

    def column(self, name: str, **wanted: Any) -> Self:  # noqa: ANN401 - fields of ColumnChoice
        """The same with other wishes for a column."""
        choice = replace(self.columns.get(name, ColumnChoice()), **wanted)
        kept = {**self.columns, name: choice}
        return replace(self, columns={name: one for name, one in kept.items() if one != ColumnChoice()})

    def correct(self, row: int, label: str, text: str | None) -> Self:
        """The same with a cell that reads otherwise than in the file."""
        corrections = {**self.options.get("corrections", {}), (row, label): text}
        return replace(self, options={**self.options, "corrections": corrections})

    def plan(self, source: Opened, target: Target | None) -> tuple[Plan, Inference | None]:
        """The plan for the open file, and what its types are due to where they are the file's own."""
        chosen = dict(self.options)
        if self.corrects is not None:
            found = self.corrects.plan.for_file(source.reading)
            return replace(found, into=self.into, **_only(chosen, TARGET)), None
        if target is not None and target.is_there:
            chosen["schema"] = schema_of(self.into, self.table, **target.chosen(self))
        found = plan(source.reading, **{**chosen, **self._place(target), "listeners": ()})
        if found.schema is not None:
            return found, None
        if not self.columns:
            return found, found.inference
        wanted = changed(found.inference, self.columns)
        return replace(found, schema=wanted.schema), wanted

    def to_resume(self, job_id: str) -> Plan:
        """The plan that goes on with a job that began with this file.

        Raises
        ------
        ResumeError
            Where the job cannot go on.
        """
        found = plan_to_resume(job_id, into=self.into, schema=self.options.get("schema"), file=self.path)
        return Opened.again(found, self.name)

    def resume_code(self, job_id: str, *lines: str) -> str:
        """Python that goes on with a job that began with this file.

        Examples
        --------
        >>> from pathlib import Path
        >>> choices = Choices(path=Path("a.csv"), said="a.csv").but(into="sqlite:///shop.db")
        >>> print(choices.resume_code("4c1d8a52-0"))
        import importer
        <BLANKLINE>
        report = importer.resume("4c1d8a52", into="sqlite:///shop.db", file="a.csv")
        """
        given = {"into": self.into, "file": self.said, **_only(self.options, ("schema",))}
        texts = [_literal(job_id[:8]), *(f"{name}={_literal(value)}" for name, value in given.items())]
        return "\n".join(["import importer", "", f"report = importer.resume({', '.join(texts)})", *lines])

    def _place(self, target: Target | None) -> dict[str, Any]:
        """Where the rows go, and the key by the names that the columns have there."""
        place = {"into": self.into, "table": self.table}
        key = self.options.get("key")
        return place if key is None or target is None else {**place, "key": target.key(key)}

    def code(self, *lines: str, inference: Inference | None = None, target: Target | None = None) -> str:
        """Python that does what was clicked.

        Parameters
        ----------
        inference
            What the types are due to, which is spelt out where the analyst had a word in it.
        target
            What is filled.

        Examples
        --------
        >>> from pathlib import Path
        >>> choices = Choices(path=Path("a.csv"), said="a.csv").but(into="sqlite:///shop.db", key=("id",))
        >>> print(choices.code("report = plan.run()"))
        import importer
        <BLANKLINE>
        plan = importer.plan("a.csv", into="sqlite:///shop.db", table="a", key=["id"])
        report = plan.run()
        """
        if self.corrects is not None:
            mine = [f"plan = plan.for_file({_literal(self.said)})"]
            if cells := self.options.get("corrections"):
                mine = [
                    "from dataclasses import replace",
                    *mine,
                    f"plan = replace(plan, corrections={_literal(cells)})",
                ]
            return self.corrects.code(*mine, *lines)
        place = self._place(target) | ({"into": Name("sink")} if isinstance(self.into, Sink) else {})
        options = {**place, **self.options, **place}
        head = ["import importer", ""]
        if self.columns and inference is not None:
            options["schema"] = inference.schema
            head = [inference.code().replace("\n\n\n", "\nimport importer\n\n\n", 1), ""]
        elif target is not None and target.is_there:
            given = [f"{name}={_literal(value)}" for name, value in target.chosen(self).items()]
            head += [_call("schema = importer.schema_of", [_literal(self.into), _literal(self.table), *given])]
            options["schema"] = Name("schema")
        texts = [_literal(self.said), *(f"{name}={_literal(value)}" for name, value in options.items())]
        return "\n".join([*head, _call("plan = importer.plan", texts), *lines])


class Name(str):
    """A name that stands in code as it is."""

    __slots__ = ()
    __repr__ = str.__str__


def _call(function: str, arguments: list[str]) -> str:
    """A call, on as many lines as it needs."""
    line = f"{function}({', '.join(arguments)})"
    return line if len(line) <= LINE else "\n".join([f"{function}(", *(f"    {text}," for text in arguments), ")"])


def _key(key: object) -> str:
    """Python for the key of a dictionary: a list could be none."""
    return f"({', '.join(map(_literal, key))})" if isinstance(key, tuple) else _literal(key)


def _only(options: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in names}


def _literal(value: object) -> str:
    """Python for a value, in double quotes where it is a text; passwords stay out of it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, os.PathLike):
        return _literal(os.fspath(value))
    if isinstance(value, str) and not isinstance(value, Name):
        text = repr(masked(value) if "://" in value else value)
        return f'"{text[1:-1].replace(chr(34), chr(92) + chr(34))}"' if text.startswith("'") else text
    return repr(value)
