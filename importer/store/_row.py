"""Whether a row of the store, which anybody may have written, is the record of a job: `checked_row`."""

from __future__ import annotations

import json
import math
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from importer.core import StageInHand, State, is_job_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["LONGEST", "checked_row"]

LONGEST = 16_000_000
"""Characters of the longest text: the options of an import with very many corrected cells."""

LONGEST_NAME = 100_000
"""Characters of the longest name of a file, a table or a person."""

DEEPEST = 50
"""Levels of lists and objects in what is kept as JSON; no reader runs out of stack there."""

LONGEST_S = 1e12
MOST_PID = 2**31 - 1

LONG = {"schema_code", "options", "notes", "error", "message", "first_refused", "checkpoint", "current_key", "stage"}
MOMENTS = ("made_at", "started_at", "heard_at", "finished_at", "given_up_at", "lapses_at")
KINDS = ("import", "undo", "task")
COUNTS = ("created", "updated", "unchanged", "rejected")
CELL: dict[str, tuple[type, ...]] = {
    "severity": (str,),
    "row": (int,),
    "column": (str, type(None)),
    "value": (str, type(None)),
    "message": (str,),
}
"""What the history shows of a refused cell."""


def checked_row(row: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """The row with its state as a `State`.

    Parameters
    ----------
    row
        The columns by name.
    kinds
        The type of each, as `JobRecord` declares it.

    Raises
    ------
    ValueError
        If no job has such a row; the message says what is wrong with which column.
    """
    for name, kind in kinds.items():
        _check(name, row[name], kind.removesuffix(" | None"), is_optional=kind.endswith("None"))
    if not is_job_id(row["job_id"]):
        _refuse("job_id", row["job_id"], "no UUID")
    if row["kind"] not in KINDS:
        _refuse("kind", row["kind"], "no kind of a job")
    if row["undoes"] is not None and not is_job_id(row["undoes"]):
        _refuse("undoes", row["undoes"], "no UUID")
    if row["rows_read"] != sum(row[name] for name in COUNTS):
        _refuse("rows_read", row["rows_read"], "not the sum of its parts")
    for name in MOMENTS:
        _check_moment(name, row[name])
    for name, is_good in JSON.items():
        if row[name] is not None and not is_good(_parsed(name, row[name])):
            _refuse(name, row[name], "not what an import keeps there")
    try:
        return {**row, "state": State(row["state"])}
    except ValueError:
        _refuse("state", row["state"], "no state of a job")


def _check(name: str, value: object, kind: str, *, is_optional: bool) -> None:
    """Check one value by its type."""
    if value is None:
        is_good = is_optional
    elif kind == "int":
        is_good = type(value) is int and 0 <= value <= (MOST_PID if name == "pid" else sys.maxsize)
        is_good = is_good and (name != "pid" or value != 0)
    elif kind == "float":
        is_good = isinstance(value, int | float) and math.isfinite(value) and abs(value) <= LONGEST_S
    else:
        is_good = isinstance(value, str) and _is_text(name, value)
    if not is_good:
        _refuse(name, value, "not possible")


def _is_text(name: str, text: str) -> bool:
    """Whether the text can be shown, written and compared."""
    is_name = name not in LONG
    if len(text) > (LONGEST_NAME if is_name else LONGEST) or (is_name and "\0" in text):
        return False
    return text.isascii() or _is_unicode(text)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_moment(name: str, text: str | None) -> None:
    try:
        if text is not None:
            datetime.fromisoformat(text)
    except ValueError:
        _refuse(name, text, "no moment")


def _parsed(name: str, text: str) -> Any:  # noqa: ANN401 - any JSON
    """The parsed JSON, which is neither deep nor beyond what JSON can say."""
    try:
        found = DECODER.decode(text)
        # An escape may stand for half a character.
        is_text = "\\u" not in text or _is_unicode(json.dumps(found, ensure_ascii=False))
    except (ValueError, RecursionError):
        is_text = False
    if not is_text:
        _refuse(name, text, "no JSON")
    if text.count("[") + text.count("{") > DEEPEST and _depth(found) > DEEPEST:
        _refuse(name, text, "nested too deeply")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(text)
    return number


DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)


def _depth(value: object) -> int:
    """Levels of lists and objects, counted without recursion and not far beyond the limit."""
    level, depth = [value], 0
    while level and depth <= DEEPEST:
        level = [part for whole in level for part in _parts(whole)]
        depth += 1
    return depth


def _parts(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _are_cells(found: object) -> bool:
    return isinstance(found, list) and all(
        isinstance(cell, dict) and all(isinstance(cell.get(name), kinds) for name, kinds in CELL.items())
        for cell in found
    )


def _are_words(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(note, str) for note in found)


def _is_message(found: object) -> bool:
    return (
        isinstance(found, dict)
        and found.keys() == {"sentence", "fixes"}
        and isinstance(found["sentence"], str)
        and isinstance(found["fixes"], list)
        and all(isinstance(fix, str) or _is_fix(fix) or _is_command(fix) for fix in found["fixes"])
    )


def _is_fix(found: object) -> bool:
    return (
        isinstance(found, dict)
        and found.keys() == {"option", "value", "when"}
        and isinstance(found["option"], str)
        and found["option"].isidentifier()
        and isinstance(found["when"], str)
    )


def _is_command(found: object) -> bool:
    return (
        isinstance(found, dict)
        and found.keys() == {"what", "name", "argument", "options"}
        and isinstance(found["what"], str)
        and isinstance(found["name"], str)
        and found["name"].isidentifier()
        and isinstance(found["options"], list)
        and all(map(_is_fix, found["options"]))
    )


def _is_object(found: object) -> bool:
    return isinstance(found, dict)


JSON: dict[str, Callable[[object], bool]] = {
    "options": _is_object,
    "checkpoint": _is_object,
    "notes": _are_words,
    "first_refused": _are_cells,
    "message": _is_message,
    "stage": StageInHand.is_one,
}
"""What is kept as JSON, and what it has to be."""


def _refuse(name: str, value: object, why: str) -> NoReturn:
    raise ValueError(f"its {name} is {str(value)[:40]!r}, {why}")
