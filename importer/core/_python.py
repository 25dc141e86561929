"""Values as the Python that makes them: `literal`."""

from __future__ import annotations

import os

__all__ = ["literal"]


def literal(value: object) -> str:
    """Python for plain values, with double quotes around texts; a class is its name.

    Examples
    --------
    >>> print(literal({(7, "qty"): "it's", "key": ["id"]}))
    {(7, "qty"): "it's", "key": ["id"]}
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, type):
        return value.__name__
    shown = repr(os.fspath(value) if isinstance(value, os.PathLike) else value)
    if shown.startswith("'") and '"' not in shown:
        return '"' + shown[1:-1].replace("\\'", "'") + '"'
    return shown
