"""What PostgreSQL says when it refuses something, made words for a person."""

from __future__ import annotations

import re

from importer.sinks._halving import RefusedError

__all__ = ["in_words", "refused_error"]


def refused_error(exc: Exception) -> RefusedError:
    """The refusal in the database's words, with the column where it names one."""
    about = getattr(exc, "diag", None)
    text = getattr(about, "message_primary", None) or str(exc).partition("\n")[0]
    detail = getattr(about, "message_detail", None)
    names_of = {
        "NotNullViolation": "missing-cell",
        "UniqueViolation": "unique-error",
        "ForeignKeyViolation": "foreign-key",
    }
    rule = names_of.get(type(exc).__name__, "constraint-error")
    message = f"the database refused the row: {text}" + (f" ({detail.rstrip('.')})" if detail else "")
    column = getattr(about, "column_name", None)
    if column is None and (place := re.search(r"column (.+?)(: |$)", getattr(about, "context", None) or "")):
        column = place.group(1)
    return RefusedError(rule, message, column)


def in_words(exc: Exception) -> str:
    """What PostgreSQL says, without what it was given, and what to do about it."""
    text = (str(exc).strip() or type(exc).__name__).splitlines()[0]
    fixes = {
        "password": "give the right user and password in the URL",
        "refused": "start the server, or name another host or port in the URL",
        "does not exist": "make it first, or name another in the URL",
        "permission denied": "ask for the right to write there",
    }
    fix = next((fix for words, fix in fixes.items() if words in text), None)
    return text if fix is None else f"{text}: {fix}"
