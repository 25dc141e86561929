"""What a user can do: `Action`, and `parse`, which reads it from the message of a page.

It is long because `Action` is one union, and because all that a page may send is parsed beside what it becomes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from importer.app._grid_actions import BringRows, FilterRows, GridAction
from importer.app.choices import FORMATS, KINDS, PLACES
from importer.core import PACES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from importer.app.choices import Asked
    from importer.app.transfer import Received
    from importer.sources.remote import Pages

__all__ = ["ALERTS", "STEPS", "Action", "parse"]

STEPS = ("file", "preview", "columns", "problems", "import", "result")
"""The steps, in the order in which they become available."""

ALERTS = ("notify", "sound")

ABOUT_COLUMNS: dict[str, None] = {"mapping": None, "constants": None, "defaults": None}
"""Options that another table makes void."""

PLACE = ("file", "host", "port", "user", "password", "database", "url")
"""Fields of the form of a database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Start with a file on the server, a link, or pages."""

    said: str
    pages: Pages | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFiles:
    """Start with the first of several files on the server, and queue the others; all of them during an import."""

    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock:
    """Open the file with this password."""

    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """List the paths that begin with what is typed."""

    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive:
    """Start with an upload, or queue it."""

    file: Received


@dataclass(frozen=True, slots=True, kw_only=True)
class NextFile:
    """Go on to the next upload, or start over without a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTogether:
    """Import the file and those uploads that share its headers as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportApart:
    """Import the uploads one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toggle:
    """Expand or collapse a step."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """Change options of the plan; None leaves an option to the importer."""

    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinHeader:
    """Take one more row for the header, or one row less."""

    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlace:
    """Fill in a field of the database's form, or choose its kind."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteDatabase:
    """List the database files whose paths begin with what is typed."""

    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTable:
    """Import into a table that does not exist yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkKey:
    """Make a column part of the key, or not."""

    column: str
    is_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WantColumn:
    """Change fields of the `ColumnChoice` of a column."""

    column: str
    wanted: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillColumn:
    """Fill a column of the table from another header, or from none."""

    column: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FixColumn:
    """Give a column the same text in every row; none with an empty text."""

    column: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDefault:
    """Put a text in place of the empty cells of a column; none with an empty text."""

    column: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindColumns:
    """Show the columns in whose lines a text occurs."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreColumns:
    """Show more of the columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BringColumns:
    """Say whether the columns come from the file or from the table."""

    is_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UseMemory:
    """Apply the remembered choices, or take that back."""

    is_taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePlan:
    """Apply a saved plan; without a path take that back, or want none."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePlan:
    """Save how this file was imported, for the next one of its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Forget all choices about columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relax:
    """Ask less of a column, and check again."""

    column: str
    way: Literal["text", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Start the dry run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Start the import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Skip a file that is already in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Resume the job that imported a part of this file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlJob:
    """Pause, resume or cancel the job that runs, or change its pace."""

    what: str
    pace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BringCorrected:
    """Take the next file for the rejected rows of this import, corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOut:
    """Say what taking the import out again would do, do it, or leave it in: a word of `TAKE_OUT`."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Fetch the rejected rows as a file.

    Attributes
    ----------
    view
        The browser view that asked.
    """

    kind: str
    view: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End the download that is under way, whether it comes here or goes to a browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Signal the end of a long import, or not."""

    way: str
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowHistory:
    """Show the history, at a job if one is named."""

    job_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSteps:
    """Show the steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStep:
    """Expand a step, and go there."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer a question.

    Attributes
    ----------
    given
        The option of the question, in Python, because the question may have changed since it was drawn; empty if
        all is right as it is.
    """

    asked: Asked
    given: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAnew:
    """Answer a question after the import, which is taken out again before that if it can be."""

    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Redraw:
    """Draw all steps again."""


Action = (
    Open
    | OpenFiles
    | Unlock
    | Complete
    | Receive
    | NextFile
    | ImportTogether
    | ImportApart
    | Toggle
    | Choose
    | JoinHeader
    | SetPlace
    | CompleteDatabase
    | NewTable
    | MarkKey
    | WantColumn
    | FillColumn
    | FixColumn
    | SetDefault
    | FindColumns
    | MoreColumns
    | BringColumns
    | UseMemory
    | UsePlan
    | SavePlan
    | Reset
    | Relax
    | Check
    | Run
    | Skip
    | Resume
    | ControlJob
    | GridAction
    | BringCorrected
    | TakeOut
    | Download
    | Stop
    | Alert
    | ShowHistory
    | ShowSteps
    | ShowStep
    | Answer
    | AnswerAnew
    | Redraw
)


def parse(message: object) -> Action | None:
    """The action that a page's message asks for; None if it asks for none.

    Examples
    --------
    >>> parse({"action": "toggle", "value": "preview"})
    Toggle(step='preview')
    >>> parse({"action": "toggle", "value": "nowhere"}), parse({"action": "erase", "value": ""}), parse(None)
    (None, None, None)
    """
    match message:
        case {"download": "xlsx" | "csv" as kind, "view": str(view)}:
            return Download(kind=kind, view=view)
        case {"action": str(name), "value": str() | bool() as value, **more} if name in PARSERS:
            of = more.get("of", "")
            return PARSERS[name](of, value) if isinstance(of, str) else None
        case _:
            return None


def _option(name: str, **also: object) -> Callable[[str, str | bool], Action | None]:
    """An option that is sent as it is, and others that it makes void."""
    return lambda _of, value: Choose(options={name: str(value), **also})


def _text(name: str) -> Callable[[str, str | bool], Action | None]:
    """What is typed for an option; nothing leaves it to the importer."""
    return lambda _of, value: Choose(options={name: str(value).strip() or None})


def _row(name: str, **also: object) -> Callable[[str, str | bool], Action | None]:
    """A row by its number, and others that it makes void; empty to find it automatically."""

    def parse_row(_of: str, value: str | bool) -> Action | None:  # noqa: FBT001 - as it comes
        text = str(value)
        is_number = text.isascii() and text.isdigit()
        return Choose(options={name: int(text) if text else None, **also}) if is_number or not text else None

    return parse_row


def _join(_of: str, value: str | bool) -> Action | None:  # noqa: FBT001
    text = str(value)
    return JoinHeader(row=int(text)) if text.isascii() and text.isdigit() else None


def _place(of: str, value: str | bool) -> Action | None:  # noqa: FBT001
    """A field of the database's form, or its kind."""
    if of == "kind":
        return SetPlace(name=of, value=str(value)) if value in PLACES else None
    return SetPlace(name=of, value=str(value)) if of in PLACE else None


def _kind(of: str, value: str | bool) -> Action | None:  # noqa: FBT001
    return WantColumn(column=of, wanted={"kind": value, "hints": {}}) if value in KINDS else None


def _name(of: str, value: str | bool) -> Action:  # noqa: FBT001
    name = str(value).strip()
    return WantColumn(column=of, wanted={"name": None if name == of else name})


def _format(of: str, value: str | bool) -> Action:  # noqa: FBT001
    hints = {name: hints for ways in FORMATS.values() for name, hints in ways.items()}
    return WantColumn(column=of, wanted={"hints": hints.get(str(value), {})})


def _own_format(of: str, value: str | bool) -> Action:  # noqa: FBT001
    formats = [text for one in str(value).split("|") if (text := one.strip())]
    return WantColumn(column=of, wanted={"hints": {"formats": formats}})


def _filter(of: str, value: str | bool) -> Action | None:  # noqa: FBT001
    """A pair of header and rule, as JSON; empty for all rows."""
    if of not in ("problems", "result"):
        return None
    try:
        found = json.loads(str(value)) if value else None
    except ValueError:
        return None
    match found:
        case None:
            return FilterRows(step=of, kind=None)
        case [str() | None as column, str(rule)]:
            return FilterRows(step=of, kind=(column, rule))
        case _:
            return None


def _answer_anew(of: str, value: str | bool) -> Action | None:  # noqa: FBT001
    """The same, to a question about an import that is over."""
    found = _answer(of, value)
    return AnswerAnew(answer=found) if isinstance(found, Answer) else None


def _answer(of: str, value: str | bool) -> Action | None:  # noqa: FBT001
    """A question as JSON, and the option that answers it."""
    try:
        asked = json.loads(of)
    except (ValueError, RecursionError):
        return None
    match asked:
        case [str(code), str() | None as column]:
            return Answer(asked=(code, column), given=str(value))
        case _:
            return None


def _relax(of: str, value: str | bool) -> Action | None:  # noqa: FBT001
    match value:
        case "text" | "empty":
            return Relax(column=of, way=value)
        case _:
            return None


def _alert(way: str) -> Callable[[str, str | bool], Action | None]:
    return lambda _of, value: Alert(way=way, is_on=bool(value))


def _control(what: str) -> Callable[[str, str | bool], Action | None]:
    return lambda _of, _value: ControlJob(what=what)


PARSERS: dict[str, Callable[[str, str | bool], Action | None]] = {
    "path": lambda _of, value: Open(said=str(value)),
    "unlock": lambda _of, value: Unlock(password=str(value)) if value else None,
    "complete": lambda _of, value: Complete(typed=str(value)),
    "toggle": lambda _of, value: Toggle(step=str(value)) if value in STEPS else None,
    "sheet": _option("sheet"),
    "header_row": _row("header_row", header_rows=None),
    "join_header": _join,
    "last_row": _row("last_row"),
    "rows": _text("rows"),
    "leave_out": _text("leave_out"),
    "key": lambda of, value: MarkKey(column=of, is_key=bool(value)),
    "only": _filter,
    "relax": _relax,
    "answer": _answer,
    "answer_anew": _answer_anew,
    "from": lambda of, value: FillColumn(column=of, label=str(value)),
    "constant": lambda of, value: FixColumn(column=of, text=str(value).strip()),
    "default": lambda of, value: SetDefault(column=of, text=str(value).strip()),
    "find": lambda _of, value: FindColumns(text=str(value)),
    "more_columns": lambda _of, _value: MoreColumns(),
    "name": _name,
    "name_it": lambda of, value: _name(of, value) if str(value).strip() else None,
    "kind": _kind,
    "required": lambda of, value: WantColumn(column=of, wanted={"is_required": bool(value)}),
    "format": _format,
    "own_format": _own_format,
    "memory": lambda _of, value: UseMemory(is_taken=value == "take"),
    "plan": lambda _of, value: UsePlan(path=str(value)),
    "save_plan": lambda _of, _value: SavePlan(),
    "columns": lambda _of, value: BringColumns(is_file=value == "file"),
    "check": lambda _of, _value: Check(),
    "run": lambda _of, _value: Run(),
    "bring": lambda _of, _value: BringRows(),
    "correct": lambda _of, _value: BringCorrected(),
    "skip": lambda _of, _value: Skip(),
    "go_on": lambda _of, _value: Resume(),
    "afresh": lambda _of, _value: Choose(options={"if_imported": "again"}),
    "look_again": lambda _of, _value: Choose(),
    "redraw": lambda _of, _value: Redraw(),
    "again": lambda _of, _value: NextFile(),
    "together": lambda _of, _value: ImportTogether(),
    "apart": lambda _of, _value: ImportApart(),
    "take_out": lambda _of, _value: TakeOut(what="take_out"),
    "take_out_now": lambda _of, _value: TakeOut(what="take_out_now"),
    "take_out_not": lambda _of, _value: TakeOut(what="take_out_not"),
    "stop": lambda _of, _value: Stop(),
    "history": lambda _of, value: ShowHistory(job_id=str(value)),
    "steps": lambda _of, _value: ShowSteps(),
    "show": lambda _of, value: ShowStep(step=str(value)) if value in STEPS else None,
    "reset": lambda _of, _value: Reset(),
    **{name: _option(name) for name in ("delimiter", "encoding", "merged", "if_table_exists", "on_conflict")},
    "place": _place,
    "into": lambda _of, value: SetPlace(name="url", value=str(value)),
    "complete_database": lambda _of, value: CompleteDatabase(typed=str(value)),
    "table": _option("table", **ABOUT_COLUMNS),
    "into_table": lambda _of, value: Choose(options={"table": value, **ABOUT_COLUMNS}) if value else NewTable(),
    **{way: _alert(way) for way in ALERTS},
    "pace": lambda _of, value: ControlJob(what="pace", pace=str(value)) if value in PACES else None,
    **{what: _control(what) for what in ("pause", "resume", "cancel")},
}
