"""What is wrong, and what to do about it: `doctor`."""

from __future__ import annotations

from importer.engine import Diagnosis, diagnose

__all__ = ["doctor"]


def doctor() -> Diagnosis:
    """Look at the history, the queue, the newest jobs and their databases, and say what is wrong, with the fixes.

    Nothing is changed.

    Examples
    --------
    >>> import importer
    >>> importer.doctor().is_good
    True
    """
    return diagnose()
