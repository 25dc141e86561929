"""The password of the database as a shell gives it: on the command line, which is warned of, or typed."""

from __future__ import annotations

import argparse
import getpass
import os
import re
import warnings
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

from importer.cli._output import complain
from importer.core import masked
from importer.errors import Fix, ImporterError, visible
from importer.sinks import WITH_IT, elsewhere, has_password, lacks_password, with_password
from importer.sources import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SECRETIVE", "ParserWithoutSecrets", "file_password", "told"]

VISIBLE = (
    "the password in --into can be seen by others while this runs, and stays in the history of the shell; "
    "leave it out, and set PGPASSWORD, write it to ~/.pgpass, or give --ask-password"
)

KERNEL = "JPY_PARENT_PID"
"""Variable of a notebook's kernel and of what it starts."""

SECRETIVE = re.compile("://|[@=]|passw", re.IGNORECASE)
"""What a URL with a password in the wrong place may have, which is not repeated."""


class ParserWithoutSecrets(argparse.ArgumentParser):
    """A parser that does not repeat an argument in the wrong place that may be a URL with a password."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong, and exit."""
        what, colon, typed = message.rpartition(": ")
        is_hidden = "unrecognized" in message or "invalid choice" in message
        if is_hidden and SECRETIVE.search(typed if colon else message):
            message = f"{what.removesuffix(': invalid choice')}: what was typed is not shown, as it may hold a password"
        if what == "unrecognized arguments":
            message += "".join(self._near(typed.split()))
        super().error(message)

    def _near(self, typed: Sequence[str]) -> Iterator[str]:
        """A question for each flag that is nearly one of this command."""
        parsers = [self]
        for action in self._actions:
            parsers += action.choices.values() if isinstance(action, argparse._SubParsersAction) else ()  # noqa: SLF001
        actions = [action for one in parsers for action in one._actions]  # noqa: SLF001
        known = dict.fromkeys(flag for action in actions for flag in action.option_strings)
        for one in typed:
            if one.startswith("--") and (near := get_close_matches(one.partition("=")[0], known, n=1)):
                yield f"; did you mean {near[0]}?"


def told(into: str | None, *, asks: bool, target: str = "") -> str | None:
    """The target that was typed, with the password that is asked for; a password in it is warned of.

    Parameters
    ----------
    into, asks
        What was typed.
    target
        The target if none was typed.

    Raises
    ------
    ImporterError
        If the password is needed and nobody knows it, there is no terminal to ask at, or the target takes no password.
    """
    if into is not None and has_password(into):
        complain(VISIBLE)
    target = into or target
    if asks:
        return with_password(target, _asked(f"Password for {masked(target)}: ", elsewhere(target)))
    if lacks_password(target):
        raise ImporterError(
            f"the password of {masked(target)!r} is not kept",
            code="password-missing",
            facts={"target": masked(target)},
            fixes=[Fix("ask_password", value=True), WITH_IT, *elsewhere(target)],
        )
    return into


def file_password(file: object, *, asks: bool) -> str | None:
    """The password of the file, if it is to be asked for.

    Raises
    ------
    ImporterError
        If there is no terminal to ask at.
    """
    named = file if isinstance(file, str) else "the files"
    return _asked(f"Password of {visible(named)}: ", [f"set {VARIABLE}"]) if asks else None


def _asked(prompt: str, others: Sequence[Fix | str]) -> str:
    """What is typed at the terminal, without being shown there."""
    # A command in a cell has a terminal at which nobody can type.
    nobody = ImporterError("there is no terminal at which a password can be typed", code="no-terminal", fixes=others)
    if KERNEL in os.environ:
        raise nobody
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except (getpass.GetPassWarning, EOFError) as exc:
        raise nobody from exc
