"""A copy of a DuckDB file, in which a dry run may write."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from importer.errors import SinkError

__all__ = ["copied"]


def copied(path: Path, folder: str, label: str) -> Path:
    """Path of a copy in the folder, where there is something to copy.

    Raises
    ------
    SinkError
        Where there is no room for it.
    """
    import duckdb

    copy = Path(folder, path.name)
    if path.exists():
        # Once it was open, it is a database, and one that nobody else holds.
        duckdb.connect(path).close()
        try:
            # What is committed last stands in a log beside the file.
            for file in (path, path.with_name(f"{path.name}.wal")):
                if file.exists():
                    shutil.copyfile(file, copy.with_name(file.name))
        except OSError as exc:
            raise SinkError(
                f"{label} cannot be copied, and a dry run needs a copy: {exc.strerror}. Make room in "
                f"{tempfile.gettempdir()!r}, or set TMPDIR"
            ) from exc
    return copy
