"""Escapes such as ``_x000D_``, with which workbooks write characters that XML cannot hold."""

from __future__ import annotations

import re

import polars as pl

__all__ = ["unescaped", "unescaped_all"]

_ESCAPE = re.compile(r"(?:_x[0-9A-Fa-f]{4}_)+")


def unescaped(text: str) -> str:
    r"""Text with escapes such as ``_x000D_`` decoded, as spreadsheet programs do.

    Examples
    --------
    >>> unescaped("a_x000A_b_x005F_x000A_")
    'a\nb_x000A_'
    """
    return _ESCAPE.sub(_unescape, text)


def unescaped_all(strings: pl.Series) -> pl.Series:
    """A column of texts with their escapes decoded."""
    mask = strings.str.contains("_x", literal=True)
    if not mask.any():
        return strings
    made = [unescaped(text) for text in strings.filter(mask)]
    return strings.clone().scatter(mask.arg_true(), pl.Series(made, dtype=pl.String))


def _unescape(match: re.Match[str]) -> str:
    units = bytes.fromhex("".join(match[0][at + 2 : at + 6] for at in range(0, len(match[0]), 7)))
    try:
        return units.decode("utf-16-be")
    except UnicodeDecodeError:
        return match[0]
