"""What the user chose for a file: `Choices`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from importer.api import plan, table_name
from importer.app.choices._columns import ColumnChoice, changed
from importer.app.choices._name import Name
from importer.core import READING_OPTIONS, ROW_KINDS, row_kinds
from importer.engine import Reading, plan_to_resume, reading_of
from importer.sinks import schema_of
from importer.sources.remote import is_remote, shown
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.app.choices._corrections import Cell
    from importer.app.choices._target import Target
    from importer.engine import Plan
    from importer.schema.inference import Inference
    from importer.sources.remote import Pages

__all__ = ["OPENING", "Choices", "Corrects", "kinds_of"]

OPENING = READING_OPTIONS
"""Options that say how the file is opened."""

FREE = ("if_table_exists", "on_conflict", "max_rejects", "corrections", "if_imported")
"""Options that may differ when the rejected rows of an import come back."""

INTO = "sqlite:///importer.db"
"""Where rows go until the user names another place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrects:
    """An import whose rejected rows come back corrected.

    Attributes
    ----------
    plan, choices, inference, target
        What was done, and the choices that led there.
    """

    plan: Plan
    choices: Choices
    inference: Inference | None
    target: Target | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A file, and the options of `importer.plan` that the user chose.

    Attributes
    ----------
    path
        The file on disk.
    said
        What the user would write for it: the path as typed, or the name of the dropped file.
    files
        Several files that are one import, the first of which is at `path`; none if it is one file.
    is_many
        Whether the path stands for several files: a folder, a pattern, or an archive.
    pages
        What was fetched page by page, if it was.
    is_upload
        Whether it came from a browser, so that the App deletes it when it is done.
    options
        The chosen options; all others are left to the importer.
    columns
        What the user wants of columns in place of what the sample shows, by the names that they have without it.
    corrects
        The import whose rejected rows this file brings back.
    brings_columns
        Whether the columns come from the file, even if the table exists.
    """

    path: Path
    said: str
    files: tuple[Path, ...] = ()
    is_many: bool = False
    pages: Pages | None = None
    is_upload: bool = False
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    columns: Mapping[str, ColumnChoice] = field(default_factory=dict)
    corrects: Corrects | None = None
    brings_columns: bool = False

    @property
    def name(self) -> str:
        """The file's name, as it is shown."""
        name = self.said if self.is_many else self.path.name
        return say("file.and_more", name=name, n=len(self.files) - 1) if self.files else name

    @property
    def file(self) -> Path | list[Path]:
        """The file, or all of several."""
        return list(self.files) or self.path

    @property
    def spelt(self) -> str | list[str]:
        """What stands for the file in code; a link without what may be secret in it."""
        if self.pages is not None:
            return Name(self.said)
        said = shown(self.said) if is_remote(self.said) else self.said
        return [str(file) for file in self.files] or said

    @property
    def is_elsewhere(self) -> bool:
        """Whether it was fetched, so that a copy of it is at `path`."""
        return self.pages is not None or is_remote(self.said)

    @property
    def usual_table(self) -> str:
        """The name that the table has if nobody gives it another."""
        return table_name(self.file)

    @property
    def into(self) -> Any:  # noqa: ANN401 - a URL, a path, or a sink
        """Where the rows go."""
        return self.options.get("into", INTO)

    @property
    def table(self) -> str:
        """The table's name; corrected rows go where the other rows went."""
        if self.corrects is not None:
            return self.corrects.plan.table
        return self.options.get("table") or self.usual_table

    def but(self, **options: object) -> Self:
        """The same with other options; an option of None is left to the importer.

        What is said of rows belongs to their sheet.
        """
        given = {**self.options, **(self._of_sheet if options.get("sheet") else {}), **options}
        kept = {name: value for name, value in given.items() if value not in (None, "", ())}
        if given.get("leave_out") is not None:
            # Without a kind, every row is imported.
            kept["leave_out"] = row_kinds(given["leave_out"])
        return replace(self, options=kept)

    def correcting(self, corrects: Corrects) -> Self:
        """The same for the rejected rows of an import, with its options as far as they suit another file."""
        skipped = (*OPENING, "corrections", "if_imported", "if_table_exists")
        kept = {name: value for name, value in corrects.choices.options.items() if name not in skipped}
        # They belong to the rows that the import wrote: without a key, they come after them.
        return replace(self.but(**kept, if_table_exists="append"), corrects=corrects)

    def reading(self, **options: Any) -> Reading:  # noqa: ANN401 - options of `OPENING`
        """The file, opened as chosen."""
        return reading_of(self.file, **_only(self.options, OPENING) | options)

    def column(self, name: str, /, **wanted: Any) -> Self:  # noqa: ANN401 - fields of ColumnChoice
        """The same with other wants for a column."""
        choice = replace(self.columns.get(name, ColumnChoice()), **wanted)
        kept = {**self.columns, name: choice}
        return replace(self, columns={name: one for name, one in kept.items() if one != ColumnChoice()})

    def default(self, name: str, text: str) -> Self:
        """The same with this text in place of the empty cells of a column; with none if it is empty."""
        others = {one: text for one, text in self.options.get("defaults", {}).items() if one != name}
        return self.but(defaults=(others | {name: text} if text else others) or None)

    def corrected(self, cells: Mapping[Cell, str | None]) -> Self:
        """The same with these texts for cells of the file, and no others."""
        kept = {name: value for name, value in self.options.items() if name != "corrections"}
        return replace(self, options={**kept, "corrections": cells} if cells else kept)

    def plan(self, reading: Reading, target: Target | None) -> tuple[Plan, Inference | None]:
        """The plan for the open file, and the inference behind its types if the file brings them."""
        chosen = dict(self.options)
        if self.corrects is not None:
            found = self.corrects.plan.for_file(reading)
            return replace(found, into=self.into, **_only(chosen, FREE)), None
        if target is not None and target.is_there:
            # The table has types of its own.
            chosen |= {"schema": schema_of(self.into, self.table, **target.chosen(self)), "types": {}}
        found = plan(reading, **{**chosen, **self.place(target), "listeners": ()})
        if found.schema is not None:
            return found, None
        if not self.columns and not self.brings_columns:
            return found, found.inference
        wanted = changed(found.inference, self.columns)
        # The columns have other names now, so nothing may name them by the old ones in between.
        found = replace(found, schema=wanted.schema, key=self._key_in(found), defaults=self._defaults)
        return found, wanted

    @property
    def _of_sheet(self) -> dict[str, Any]:
        """What becomes of the options that name rows, with another sheet: only kinds of rows stay."""
        kinds = kinds_of(self.options.get("leave_out"))
        return dict.fromkeys(("header_row", "header_rows", "last_row", "rows")) | {"leave_out": kinds}

    @property
    def _defaults(self) -> dict[str, str]:
        """The texts in place of empty cells by the names that the columns have in the table."""
        return {self.renamed.get(name, name): text for name, text in self.options.get("defaults", {}).items()}

    def _key_in(self, plan: Plan) -> tuple[str, ...] | None:
        """The key by the names that its columns have in the table."""
        by_label = {guess.label: guess.name for guess in plan.inference.guesses}
        called = [by_label.get(name, name) for name in plan.key or ()]
        return tuple(self.columns.get(name, ColumnChoice()).name or name for name in called) or None

    @property
    def renamed(self) -> dict[str, str]:
        """New names of columns, by the names made from their headers."""
        return {name: choice.name for name, choice in self.columns.items() if choice.name}

    def resume_plan(self, job_id: str) -> Plan:
        """The plan that resumes a job that began with this file.

        Raises
        ------
        ResumeError
            If the job cannot be resumed.
        """
        # Of several files, their record says where each of them is.
        file = None if self.files or self.is_many else self.path
        return plan_to_resume(job_id, into=self.into, schema=self.options.get("schema"), file=file)

    def place(self, target: Target | None) -> dict[str, Any]:
        """Where the rows go, and the key and the headers by the names that the columns have there."""
        place = {"into": self.into, "table": self.table}
        if target is None:
            return place
        key = self.options.get("key")
        named = {} if key is None else {"key": target.key(key)}
        defaults = {"defaults": self._defaults} if self._defaults else {}
        return place | named | defaults | ({"mapping": target.mapping} if target.mapping else {})


def kinds_of(leave_out: Sequence[str] | None) -> tuple[str, ...] | None:
    """The kinds among the rows to leave out, for another sheet or file; None if only numbers were given.

    Examples
    --------
    >>> kinds_of(("totals", "12-13")), kinds_of(("12-13",)), kinds_of(()), kinds_of(None)
    (('totals',), None, (), None)
    """
    if not leave_out:
        return None if leave_out is None else ()
    return tuple(kind for kind in leave_out if kind in ROW_KINDS) or None


def _only(options: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in names}
