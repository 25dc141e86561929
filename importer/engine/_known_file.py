"""Whether a plan would import a file again, found before anything starts: `known_file`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from importer.engine._already_imported import (
    checkpoints_of,
    imported_files,
    raise_for_imported,
    raise_for_imported_files,
)
from importer.engine._setup import fingerprint_of
from importer.errors import AlreadyImportedError, ImporterError
from importer.sources.many import Fingerprints, ManySource

if TYPE_CHECKING:
    from importer.engine._plan import Plan

__all__ = ["known_file"]


def known_file(plan: Plan) -> AlreadyImportedError | None:
    """What the job would raise because the file is in the table already; None if it would not, or cannot be known."""
    if plan.if_imported != "ask" or plan.resumes is not None or not isinstance(plan.into, str | os.PathLike):
        return None
    try:
        fingerprint = fingerprint_of(plan)
        if fingerprint is not None:
            known = checkpoints_of(plan.into, plan.table)
            raise_for_imported(fingerprint.content, known, plan.if_imported)
            if isinstance(fingerprint, Fingerprints) and plan.if_table_exists != "replace":
                files = {at: one.content for at, one in fingerprint.each.items()}
                names = plan.source.rows.names if isinstance(plan.source, ManySource) else ()
                raise_for_imported_files(imported_files(files, names, known), names, len(files))
    except AlreadyImportedError as exc:
        return exc
    except ImporterError:
        pass  # The job meets it too, and tells of it.
    return None
