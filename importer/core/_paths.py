"""The folder in which the package keeps what outlives a process."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["home", "rejects_of"]


def home() -> Path:
    """The user's data folder; the variable ``IMPORTER_HOME`` names another."""
    if named := os.environ.get("IMPORTER_HOME"):
        return Path(named)
    import platformdirs

    return platformdirs.user_data_path("importer", appauthor=False)


def rejects_of(job_id: str) -> Path:
    """Folder of the rows that a job refused."""
    return home() / "rejects" / job_id
