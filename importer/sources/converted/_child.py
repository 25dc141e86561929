"""The process that rewrites a workbook: ``python -m importer.sources.converted._child KIND FILE TARGET``.

Passwords to try are a list in JSON at its standard input, which nobody else can read. Its libraries may hold a whole
workbook in memory, so it has a process of its own, with a limit.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import ImporterError
from importer.sources.converted._convert import LOCKED
from importer.sources.converted._ole import LockedError, rewrite_ole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_BYTES = 400 << 20
"""Limit of the memory that it takes beside Python and its libraries."""

WAYS = {"html": "_html", "ods": "_ods", "fods": "_ods", "spreadsheetml": "_spreadsheetml", "xlsb": "_xlsb"}
"""The module that rewrites each kind, with a function named after it."""


def main(kind: str, file: str, target: str) -> int:
    """Rewrite the file; the last line of the error output says why not."""
    rewrite = _way(kind)
    passwords = json.loads(sys.stdin.read() or "[]")
    with suppress(ImportError, ValueError, OSError):
        import resource

        most = _used() + MOST_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        rewrite(Path(file), Path(target), passwords)
    except LockedError:
        return LOCKED
    except MemoryError:
        sys.stderr.write(f"it needs more than {MOST_BYTES >> 20} MB of memory\n")
        return 1
    except Exception as exc:  # noqa: BLE001 - a damaged file may raise anything in there
        said = exc.args[0] if isinstance(exc, ImporterError) else str(exc)
        sys.stderr.write(f"{' '.join(said.split()) or type(exc).__name__}\n")
        return 1
    return 0


def _way(kind: str) -> Callable[[Path, Path, Sequence[str]], None]:
    """The function that rewrites files of this kind."""
    if kind == "xls":
        return rewrite_ole
    rewrite = getattr(import_module(f"importer.sources.converted.{WAYS[kind]}"), f"rewrite_{kind}")
    return lambda file, target, _: rewrite(file, target)


def _used() -> int:
    """Bytes of addresses in use."""
    import resource

    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
