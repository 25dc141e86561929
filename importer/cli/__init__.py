"""The command line: ``importer load``, ``preview``, ``jobs``, ``resume`` and the other commands."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from importer.cli._commands import FAILED, INTERRUPTED, print_failure
from importer.cli._output import UnwrittenError, complain, standard_streams
from importer.cli._parser import parser
from importer.errors import ImporterError
from importer.views import for_shell

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit status.

    0 if every row was imported, 3 if some were rejected, 1 if the job failed, 2 for wrong
    arguments, 130 after Ctrl-C, 143 after SIGTERM and 129 after SIGHUP.
    """
    with standard_streams():
        try:
            try:
                status = _run(arguments)
            except SystemExit:  # ``--help`` has printed something.
                sys.stdout.flush()
                raise
            sys.stdout.flush()
        except UnwrittenError as exc:
            return exc.told()
        return status


def _run(arguments: Sequence[str] | None) -> int:
    options = parser().parse_args(arguments)
    is_json = getattr(options, "json", False)
    try:
        _raise_for_lost_folder()
        return int(options.command(options))
    except ImporterError as exc:
        complain(for_shell(exc))
        if is_json:
            print_failure(exc)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except UnwrittenError:
        raise
    except Exception as exc:
        if is_json:
            with suppress(UnwrittenError):
                print_failure(exc)
        raise


def _raise_for_lost_folder() -> None:
    """Say in one sentence that relative paths lead nowhere, which would come up in many places."""
    try:
        os.getcwd()  # noqa: PTH109 - it may be gone
    except OSError as exc:
        raise ImporterError(
            "the current folder was deleted", code="folder-missing", fixes=["change to one that exists"]
        ) from exc
