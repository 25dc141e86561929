"""Choices for a file, remembered for the next file with the same headers: `Memory`."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from importer.app.choices._choices import kinds_of
from importer.app.choices._columns import KINDS, ColumnChoice
from importer.core import Address, Options, home, masked, private_folder, written_beside
from importer.errors import ImporterError
from importer.sinks import label_of
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.app.choices._choices import Choices

__all__ = ["Memory", "recall", "remember"]

MOST = 100
"""How many kinds of files are remembered; the oldest are dropped."""

LARGEST = 20_000_000
"""Bytes of the file that are read; a hundred kinds of files need far less."""

OPTIONS: dict[str, Any] = {
    "into": str,
    "table": str,
    "on_conflict": str,
    "key": list,
    "mapping": dict,
    "constants": dict,
    "defaults": dict,
    "leave_out": (str, list),
}
"""Options that suit the next file, and their types in JSON; options that may delete data are not remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Choices made for a file with the same headers.

    Attributes
    ----------
    options, columns, brings_columns
        As in `Choices`.
    is_plan
        Whether they are a saved plan, which replaces what was chosen; otherwise they only complete it.
    """

    options: Mapping[str, Any]
    columns: Mapping[str, ColumnChoice]
    brings_columns: bool
    is_plan: bool = False

    @classmethod
    def of(cls, kept: Any) -> Self | None:  # noqa: ANN401 - the file may hold anything
        """Read them from the parsed file, which may hold anything; None if they make no sense."""
        try:
            options = {name: kept["options"][name] for name in OPTIONS if kept["options"].get(name) is not None}
            if not all(isinstance(value, OPTIONS[name]) for name, value in options.items()):
                return None
            if "key" in options:
                options["key"] = tuple(map(str, options["key"]))
            if "into" in options:
                label_of(options["into"])
            Options.of_arguments({name: value for name, value in options.items() if name != "into"})
            columns = {name: ColumnChoice(**choice) for name, choice in kept["columns"].items()}
            if not all(map(_is_possible, columns.values())):
                return None
            return cls(options=options, columns=columns, brings_columns=kept["brings_columns"] is True)
        except (KeyError, TypeError, AttributeError, ValueError, ImporterError):
            return None

    def on(self, choices: Choices) -> Choices:
        """These choices, completed with the remembered ones, or replaced by those of a plan."""
        first, last = (choices.options, self.options) if self.is_plan else (self.options, choices.options)
        options = {"into": choices.into, "table": choices.table, **first, **last}
        if _without_password(options["into"]) == _without_password(choices.into):
            options["into"] = choices.into  # It may have the password.
        return replace(choices.but(**options), columns=self.columns, brings_columns=self.brings_columns)

    def changes(self, choices: Choices) -> bool:
        """Whether the remembered choices would change anything."""
        return self.on(choices) != Memory(options={}, columns=choices.columns, brings_columns=False).on(choices)

    def words(self, choices: Choices) -> str:
        """The result for these choices, in words."""
        then = self.on(choices)
        options = (then.options.get(name, {}) for name in ("mapping", "constants", "defaults"))
        changed = then.columns.keys() | {name for option in options for name in option}
        key = then.options.get("key", ())
        return "; ".join(
            [
                say("columns.memory_place", table=then.table, into=label_of(then.into)),
                *([say("columns.memory_key", names=", ".join(key))] if key else []),
                *([say("columns.memory_replaces")] if then.options.get("if_table_exists") == "replace" else []),
                *([say("columns.memory_columns", columns=", ".join(sorted(changed)))] if changed else []),
            ]
        )


def _is_possible(choice: ColumnChoice) -> bool:
    """Whether the App could have kept this choice."""
    return (
        (choice.name is None or isinstance(choice.name, str))
        and choice.kind in {None, *KINDS}
        and choice.is_required in {None, True, False}
        and isinstance(choice.is_left_out, bool)
        and isinstance(choice.hints, dict)
        and all(_is_hint(hint) for hint in choice.hints.values())
    )


def _is_hint(hint: object) -> bool:
    return isinstance(hint, bool | str) or (isinstance(hint, list) and all(isinstance(one, str) for one in hint))


def remember(labels: Sequence[str], choices: Choices) -> None:
    """Remember the choices for a file with these headers, if the file system allows."""
    if "schema" in choices.options or choices.corrects is not None:
        return
    options = {**choices.options, "into": choices.into, "table": choices.table}
    # The next file has other rows.
    options["leave_out"] = kinds_of(choices.options.get("leave_out"))
    kept = {name: options[name] for name in OPTIONS if name != "into" and options.get(name) is not None}
    into = _without_password(choices.into)
    if isinstance(into, str) and masked(into) == into:
        kept["into"] = into
    columns = {name: asdict(choice) for name, choice in choices.columns.items()}
    entry = {"options": kept, "columns": columns, "brings_columns": choices.brings_columns}
    key, known = _key(labels), _read() or {}
    newest = {**{name: one for name, one in known.items() if name != key and Memory.of(one)}, key: entry}
    with suppress(OSError, TypeError):
        _write(json.dumps(dict(list(newest.items())[-MOST:]), ensure_ascii=False))


def _without_password(into: Any) -> Any:  # noqa: ANN401 - a URL, a path, or a sink
    """The same target without the password of a server; whatever else may be a secret stays."""
    address = Address.of(into) if isinstance(into, str) else None
    return into if address is None else str(address.with_password(None))


def recall(labels: Sequence[str], choices: Choices) -> Memory | Path | None:
    """The choices for a file with these headers; None if they would change nothing, the file if it is damaged."""
    if "schema" in choices.options or choices.corrects is not None:
        return None
    known = _read()
    kept = {} if known is None else known.get(_key(labels))
    found = None if kept is None else Memory.of(kept)
    if kept is not None and found is None:
        return _file()
    return found if found is not None and found.changes(choices) else None


def _file() -> Path:
    return home() / "mappings.json"


def _key(labels: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(labels)).encode()).hexdigest()


def _read() -> dict[str, Any] | None:
    """What the file holds, by the headers; None if it is damaged."""
    try:
        if not os.path.lexists(_file()):
            return {}
        is_large = not _file().is_file() or _file().stat().st_size > LARGEST
        found = None if is_large else json.loads(_file().read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _write(text: str) -> None:
    """Replace the old file; only its owner can read the new one."""
    private_folder(_file().parent)
    with written_beside(_file(), is_private=True) as out:
        out.write(text.encode())
