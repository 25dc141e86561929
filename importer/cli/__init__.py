"""The command line: ``importer load``, ``preview``, ``jobs``, ``resume`` and the other commands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from importer.cli._commands import DONE, FAILED, INTERRUPTED, print_failure
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
    options = parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except ImporterError as exc:
        if getattr(options, "json", False):
            print_failure(exc)
        print(f"importer: {for_shell(exc)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # ``importer cat … | head``
        sys.stderr.close()
        return DONE
    except Exception as exc:
        if getattr(options, "json", False):
            print_failure(exc)
        raise
