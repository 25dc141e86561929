"""What is wrong and what to do about it, for whoever reads it: `for_shell`, `for_mouse`.

For Python a message reads as it stands: ``str(error)``.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from importer.core import OPTIONS
from importer.errors import Command, Fix, ImporterError, Message, Note, in_code, joined, visible
from importer.views._catalogue import catalogue, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.views.html import Mark

__all__ = ["Problem", "for_mouse", "for_shell", "mark_of"]

Problem: TypeAlias = BaseException | str
"""An error, or a message on its own."""


def for_shell(problem: Problem) -> str:
    """The message with options and commands as you type them in a shell.

    Examples
    --------
    >>> for_shell(Message("job 4c1d8a52 did not end", [Command("resume it", "resume", "4c1d8a52")]))
    'job 4c1d8a52 did not end; resume it with `importer resume 4c1d8a52`'
    >>> for_shell(Message("'a.csv' has only one row", [Fix("header_row", 0, "if it is not a header")]))
    "'a.csv' has only one row; give --header-row 0 if it is not a header"
    """
    message = _message(problem)
    return visible(joined(message.sentence, in_code(message.fixes, _typed)))


def for_mouse(problem: Problem) -> str:
    """The message for a screen with buttons, where nobody types options or commands.

    Examples
    --------
    >>> for_mouse(Message("'a.csv' has only one row", [Fix("header_row", 0, "if it is not a header")]))
    "'a.csv' has only one row; say that this file has no header row if it is not a header"
    """
    message = _message(problem)
    return visible(joined(message.sentence, _clicked(message)))


def mark_of(said: str) -> Mark:
    """The mark of a note: a doubt is orange, a fact about the file is not."""
    return "quiet" if isinstance(said, Note) and said.kind != "doubt" else "warn"


def _message(problem: Problem) -> Message:
    if isinstance(problem, ImporterError):
        return problem.message
    return problem if isinstance(problem, Message) else Message(str(problem))


def _typed(fix: Fix | Command) -> str:
    """An option or a command of the shell."""
    if isinstance(fix, Fix):
        return _flag(fix)
    arguments = [] if fix.argument is None else [_argument(fix.argument)]
    return f"`{' '.join(['importer', fix.name, *arguments, *map(_flag, fix.options)])}`"


def _flag(fix: Fix) -> str:
    if fix.option == "metadata":
        # A column's metadata stands in a schema, and a shell has only that.
        return say("shell.metadata", metadata=fix.as_python())
    if fix.option == "password":
        # Others can see what stands in a command.
        return "--ask-file-password"
    declared = OPTIONS.get(fix.option)
    name = (declared.flag if declared is not None else fix.option.replace("_", "-")).removeprefix("--")
    match fix.value:
        case bool():
            return f"--{name}" if fix.value else f"--no-{name}"
        case Mapping():
            return " ".join(f"--{name} {shlex.quote(str(key))}={_argument(value)}" for key, value in fix.value.items())
        case _:
            return f"--{name} {_argument(fix.value)}"


def _argument(value: object) -> str:
    if value is ...:
        return "…"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return shlex.quote(",".join(map(str, value)))
    return shlex.quote(str(value))


def _clicked(message: Message) -> Iterator[str]:
    """What to do, in words; options that a screen does not have are left out."""
    for fix in message.fixes:
        match fix:
            case Fix():
                words = _words(fix)
                if words is not None:
                    # The words say already what it is good for; they do not say what to write in a column.
                    is_said = fix.when.startswith("to ") and fix.option != "metadata"
                    yield words if is_said else f"{words} {fix.when}".rstrip()
            case Command():
                yield fix.what
            case _:
                yield fix


def _words(fix: Fix) -> str | None:
    """What the catalogue says of an option with this value, or with any."""
    for name in (f"{fix.option}_{fix.value}", fix.option):
        if name in catalogue()["fix"]:
            return say(f"fix.{name}", value=fix.value)
    return None
