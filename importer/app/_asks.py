"""What a click or a written text does: `hear`."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from importer.app._columns import FORMATS, KINDS
from importer.app._file import completions
from importer.app._match import key_of
from importer.app._parts import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.app._driver import Driver

__all__ = ["hear"]


def hear(driver: Driver, message: object) -> None:
    """Do what a page's message asks for; any other message is ignored."""
    if not isinstance(message, dict):
        return
    ask, of, value = message.get("ask"), message.get("of", ""), message.get("value")
    if isinstance(ask, str) and isinstance(of, str) and isinstance(value, str | bool) and ask in ASKS:
        ASKS[ask](driver, of, value)


def _chosen(name: str, **also: object) -> Callable[[Driver, str, str | bool], None]:
    """An option of the plan that comes as it is, and those that it makes void."""
    return lambda driver, _of, value: driver.choose(**{name: value, **also})


def _told(ask: str) -> Callable[[Driver, str, str | bool], None]:
    return lambda driver, _of, _value: driver.tell(ask)


def _alert(name: str) -> Callable[[Driver, str, str | bool], None]:
    """How the end of a long import is told, where that is wanted."""
    return lambda driver, _of, value: driver.move(
        "import", alerts=driver.flow.alerts | {name} if value else driver.flow.alerts - {name}
    )


def _row(name: str) -> Callable[[Driver, str, str | bool], None]:
    """A row by its number, or by none where it is to be found again."""

    def choose(driver: Driver, _of: str, value: str | bool) -> None:  # noqa: FBT001 - as it comes
        if isinstance(value, str) and (not value or (value.isascii() and value.isdigit())):
            driver.choose(**{name: int(value) if value else None})

    return choose


def _toggle(driver: Driver, _of: str, value: str | bool) -> None:  # noqa: FBT001
    if value in STEPS:
        driver.move(open=driver.flow.open ^ {str(value)})


def _key(driver: Driver, of: str, value: str | bool) -> None:  # noqa: FBT001
    target, choices = driver.flow.target, driver.flow.choices
    if target is not None and choices is not None:
        others = [name for name in key_of(target, choices) if name != of]
        driver.choose(key=(*others, of) if value else tuple(others))


def _kind(driver: Driver, of: str, value: str | bool) -> None:  # noqa: FBT001
    if value in KINDS:
        driver.want(of, kind=value, hints={})


def _format(driver: Driver, of: str, value: str | bool) -> None:  # noqa: FBT001
    known = {name: hints for ways in FORMATS.values() for name, hints in ways.items()}
    driver.want(of, hints=known.get(str(value), {}))


def _own_format(driver: Driver, of: str, value: str | bool) -> None:  # noqa: FBT001
    driver.want(of, hints={"formats": [text for one in str(value).split("|") if (text := one.strip())]})


def _from(driver: Driver, of: str, value: str | bool) -> None:  # noqa: FBT001
    """Fill a column from another header; where the file brings it, leave it out or take it back."""
    if driver.flow.inference is not None:
        driver.want(of, is_left_out=not value)
    else:
        driver.fill(of, str(value))


def _only(driver: Driver, of: str, value: str | bool) -> None:  # noqa: FBT001
    """Filter a grid by a pair of header and rule, as JSON; by nothing where that is empty."""
    if of not in ("check", "result"):
        return
    with suppress(ValueError):
        match json.loads(str(value)) if value else None:
            case None:
                driver.only(of, None)
            case [str() | None as column, str(rule)]:
                driver.only(of, (column, rule))


ASKS: dict[str, Callable[[Driver, str, str | bool], None]] = {
    "path": lambda driver, _of, value: driver.open(str(value)),
    "complete": lambda driver, _of, value: driver.move("path", files=completions(str(value))),
    "toggle": _toggle,
    "sheet": _chosen("sheet", header_row=None, last_row=None),
    "header_row": _row("header_row"),
    "last_row": _row("last_row"),
    "key": _key,
    "only": _only,
    "relax": lambda driver, of, value: driver.relax(of, str(value)) if value in ("text", "empty") else None,
    **{name: _alert(name) for name in ("notify", "sound")},
    "from": _from,
    "kind": _kind,
    "required": lambda driver, of, value: driver.want(of, is_required=bool(value)),
    "format": _format,
    "own_format": _own_format,
    "memory": lambda driver, _of, value: driver.as_before(taken=value == "take"),
    "columns": lambda driver, _of, value: driver.bring(columns=value == "file"),
    "check": lambda driver, _of, _value: driver.check(),
    "run": lambda driver, _of, _value: driver.run(),
    "correct": lambda driver, _of, _value: driver.correct(),
    "skip": lambda driver, _of, _value: driver.skip(),
    "go_on": lambda driver, _of, _value: driver.go_on(),
    "afresh": lambda driver, _of, _value: driver.choose(if_imported="again"),
    "look_again": lambda driver, _of, _value: driver.choose(),
    "redraw": lambda driver, _of, _value: driver.move(),
    "again": lambda driver, _of, _value: driver.again(),
    "history": lambda driver, _of, value: driver.move("tabs", history=str(value)),
    "steps": lambda driver, _of, _value: driver.move("tabs", history=None),
    "reset": lambda driver, _of, _value: driver.reset(),
    **{name: _chosen(name) for name in ("delimiter", "encoding", "if_table_exists", "on_conflict")},
    **{name: _chosen(name, mapping=None) for name in ("into", "table")},
    **{name: _told(name) for name in ("pause", "resume", "cancel")},
}
