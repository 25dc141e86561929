"""The process that rewrites a workbook: ``python -m importer.sources.converted._child KIND FILE TARGET``.

Its libraries hold a whole workbook in memory, so it has a process of its own, with a limit.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 3 << 30
"""Limit of its memory."""


def main(kind: str, file: str, target: str) -> int:
    """Rewrite the file; the last line of the error output says why not."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    try:
        if kind == "xls":
            from importer.sources.converted._xls import rewrite_xls

            rewrite_xls(Path(file), Path(target))
    except MemoryError:
        sys.stderr.write(f"it needs more than {MOST_BYTES >> 30} GB of memory\n")
        return 1
    except Exception as exc:  # noqa: BLE001 - a damaged file may raise anything in there
        sys.stderr.write(f"{' '.join(str(exc).split()) or type(exc).__name__}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
