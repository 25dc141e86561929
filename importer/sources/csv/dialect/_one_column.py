"""Whether each line of a text is one cell, although characters that could be delimiters occur in it."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from importer.errors import Fix, Note
from importer.sources.csv.dialect._candidates import NO_DELIMITER
from importer.sources.csv.dialect._score import is_typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.sources.csv._exact import Record
    from importer.sources.csv.dialect._trial import Trial

__all__ = ["are_decimals", "are_values", "doubt_of_decimals", "doubt_of_lines", "ends_in_table", "one_column"]

UNUSUAL = ";\t|"
"""Delimiters that seldom stand in a text without a space behind them."""

_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?"
_VALUE = re.compile(
    rf"\d{{1,4}}([-/.])\d{{1,2}}\1\d{{1,4}}(?:[T ]{_TIME}(?: ?(?:Z|[-+]\d{{2}}:?\d{{2}}))?)?|{_TIME}"
    r"|\d{1,2}[-. ]+[^\W\d]{3,9}\.?[-., ]+\d{2,4}|\+\d[\d ()/-]*|[-+]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?"
)
"""Days, times, telephone numbers, and numbers with a space between thousands."""

_DECIMAL = re.compile(r"\s*[-+]?\d[\d. ]*,\d+\s*")


def one_column(trials: Sequence[Trial], text: str) -> tuple[Note, ...] | None:
    """What is doubtful about one column; None if there are several.

    Parameters
    ----------
    trials
        What each delimiter makes of the text. None of them divides all lines alike.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    split = [trial for trial in trials if any(len(record) > 1 for record in trial.records)]
    if not split or len(lines) < 2 or any(len(trial.records[0]) > 1 for trial in split):  # noqa: PLR2004
        return None
    if any(_is_table(trial, text) for trial in split):
        return None
    lined = [trial for trial in split if trial.width > 1 and 10 * trial.ragged < 2 * len(trial.records) + 10]
    spaced = all(re.fullmatch(r"[^,]*(?:, [^,]*)*", line) or _DECIMAL.fullmatch(line) for line in lines)
    if not lined or spaced:
        return ()
    doubt = Note(
        f"each line is read as one cell, such as {lines[1][:40]!r}, since the first line is not divided",
        [Fix("delimiter", lined[0].dialect.delimiter, "if it has several columns")],
        code="delimiter",
        kind="doubt",
    )
    return (doubt,)


def _is_table(trial: Trial, text: str) -> bool:
    """Whether there are columns below a title, however many lines that has."""
    if ends_in_table(trial) or _is_table_below_a_gap(trial, text):
        return True
    fits = [record for record in trial.records if len(record) == trial.width]
    if trial.width == 1 or 10 * len(fits) < 8 * (len(trial.records) - 1):
        return False
    if trial.width > 2 or re.match(r"[^\n]*\n\s*\n", text):  # noqa: PLR2004
        return True
    if trial.dialect.delimiter in UNUSUAL and len(fits) > 2 and len(fits) == len(trial.records) - 1:  # noqa: PLR2004
        return not any(f"{trial.dialect.delimiter} " in line for line in text.splitlines())
    return _is_typed_below_its_name(fits)


def _is_typed_below_its_name(records: Sequence[Record]) -> bool:
    """Whether one of the columns is typed below its name."""
    return any(
        records[0][at] and not is_typed(records[0][at]) and all(is_typed(record[at]) for record in records[1:])
        for at in range(len(records[0]))
    )


def _is_table_below_a_gap(trial: Trial, text: str) -> bool:
    """Whether the lines below the last blank one are a table, such as below the header of an answer by HTTP."""
    _, gap, last = text.strip().replace("\r\n", "\n").rpartition("\n\n")
    below = trial.records[-1 - last.count("\n") :]
    are_even = len({len(record) for record in below}) == 1 and len(below[0]) > 1
    return bool(gap) and len(below) > 2 and are_even and _is_typed_below_its_name(below)  # noqa: PLR2004 - names and two rows


def ends_in_table(trial: Trial) -> bool:
    """Whether the last records have the same fields, three or more, of which one is typed below its name."""
    if not trial.records:
        return False
    width = len(trial.records[-1])
    body = list(takewhile(lambda record: len(record) == width, reversed(trial.records)))
    is_table = width > 2 and len(body) > 2  # noqa: PLR2004 - a line with one comma is a sentence
    return is_table and any(all(is_typed(row[at]) for row in body[:-1]) for at in range(width))


def are_decimals(trial: Trial) -> bool:
    """Whether every record of two cells may be one number with a decimal comma."""
    return trial.dialect.delimiter == "," and all(
        _DECIMAL.fullmatch(",".join(map(str, record))) for record in trial.records
    )


def are_values(lines: Sequence[str]) -> bool:
    """Whether nearly every line is one time, day, telephone number or number with spaces.

    Examples
    --------
    >>> are_values(["08:30", "09:15"]), are_values(["+49 30 123"]), are_values(["1.5 2.5 3"])
    (True, True, False)
    >>> are_values(["2025-01-31 08:30:00.125"]), are_values(["31/01/2025 08:30 7 Ada"])
    (True, False)
    """
    filled = [line.strip() for line in lines if line.strip()]
    return 10 * sum(_VALUE.fullmatch(line) is not None for line in filled) > 9 * len(filled)


def doubt_of_lines(text: str) -> Note:
    """Tell that lines which are quoted as a whole are divided."""
    line = text.split("\n", 1)[0].strip()
    return Note(
        f"each line is quoted as a whole, such as {line[:40]!r}, and is read as several cells",
        [Fix("delimiter", _whole(text), "if it is one")],
        code="delimiter",
        kind="doubt",
    )


def doubt_of_decimals(text: str) -> Note:
    """Tell that two cells may be one number."""
    line = text.split("\n", 1)[0].strip()
    return Note(
        f"each line is read as two cells, and {line!r} may be one number with a decimal comma",
        [Fix("delimiter", _whole(text), "if it is one")],
        code="delimiter",
        kind="doubt",
    )


def _whole(text: str) -> str:
    """A delimiter that leaves every line whole, and that a person can type."""
    return next((mark for mark in ";|~^" if mark not in text), NO_DELIMITER)
