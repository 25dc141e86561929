"""Which processes lock a file, as far as Linux tells: `holder_of_file`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from importer.sinks._patience import holder_of

__all__ = ["holder_of_file"]

LOCKS = Path("/proc/locks")


def holder_of_file(*paths: Path) -> str:
    """The process that has a lock on one of the files, or that it is unknown."""
    inodes = set()
    for path in paths:
        with suppress(OSError):
            inodes.add(path.stat().st_ino)
    with suppress(OSError, ValueError, IndexError):
        for line in LOCKS.read_text().splitlines():
            fields = line.split()
            if "->" in fields or int(fields[5].rpartition(":")[2]) not in inodes:
                continue
            process = int(fields[4])
            if process not in {0, -1, os.getpid()}:
                return holder_of({"process": process, "program": _program(process)}, "")
    return "another program that writes to the file"


def _program(process: int) -> str | None:
    with suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text(errors="replace").strip()
    return None
