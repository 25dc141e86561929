"""Find how a text is written: its delimiter, quote and escape."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import Fix, Note
from importer.sources.csv.dialect._candidates import (
    COMMON,
    LEAST,
    QUOTES,
    absent,
    double_delimiters,
    has_space_behind,
    other_quotes,
    rare_delimiters,
    variants,
)
from importer.sources.csv.dialect._dialect import SEP_LINE, Dialect, Given
from importer.sources.csv.dialect._one_column import (
    are_decimals,
    are_values,
    doubt_of_decimals,
    doubt_of_lines,
    ends_in_table,
    one_column,
)
from importer.sources.csv.dialect._score import likeness, typed_columns
from importer.sources.csv.dialect._trial import Trial, try_dialect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


__all__ = ["HEAD", "find_form", "later_form"]

_BANNER = re.compile(r"(?:#[^\r\n]*(?:\r\n|\n|\r)){2,}")
"""Lines of remarks above a table. A single one may be its header."""

_ENDS = re.compile(r"\r\n|\n|\r")

HEAD = 1 << 16
"""Characters at the beginning to examine."""

PART = 1 << 14
"""Characters of these to examine for what is rare."""

SPACED = ",;|"
"""Delimiters that people write with a space behind them."""

WORDLY = " :/=@!&*"
"""Delimiters that also divide names, times and addresses."""

MOST_LIKELY = 3
"""Delimiters with which other ways of quoting are tried, where none divides the text evenly."""

NEAR = 0.9
"""Of two dialects that are as near to each other as this, either may be right."""

LEAST_LIKE = 0.2
"""What is less like a table than this is not divided."""


def find_form(text: str, given: Given, *, is_whole: bool) -> tuple[Dialect, tuple[Note, ...]]:
    r"""The dialect of a text, but for its encoding, and what is doubtful about it. Given values are not questioned.

    A dialect under which every record has the same fields is sure; of several the likest to a table wins. Then
    other ways of quoting are tried, then whether a table stands below text, then whether each line is one cell.
    What is left is the likest to a table.

    Examples
    --------
    >>> found, _ = find_form('id,note\n1,"say \\"hi\\", he"\n', Given(), is_whole=True)
    >>> found.delimiter, found.quote, found.escape
    (',', '"', '\\')
    >>> find_form("1#Ada#London\n2#Alan#Wilmslow\n3#Grace#New York\n", Given(), is_whole=True)[0].delimiter
    '#'
    """
    if line := SEP_LINE.match(text):
        given = replace(given, delimiter=given.delimiter or line[1])
        text = text[line.end() :]
    if (banner := _BANNER.match(text)) and banner.end() < len(text):
        text = text[banner.end() :]
    if given.comment:
        text = "".join(one for one in text.splitlines(keepends=True) if not one.startswith(given.comment))
    head = text[: _end(text)]
    # One line that does not end is a record all the same.
    is_whole = (is_whole and head == text) or not _ENDS.search(head)
    return _Search(head, given, is_whole=is_whole).find()


def _end(text: str) -> int:
    """Where the part to examine ends: with a few lines at least, however long they are."""
    for number, line_end in enumerate(_ENDS.finditer(text), start=1):
        if number == LEAST:
            return max(HEAD, line_end.end())
    return len(text)


class _Search:
    """The dialects of a text, and what each makes of it. `find` chooses one."""

    def __init__(self, head: str, given: Given, *, is_whole: bool) -> None:
        self.head = head
        self._lines = head.replace("\r\n", "\n").replace("\r", "\n") if "\r" in head else head
        self._is_whole = is_whole
        self._part = head if len(head) <= PART else head[: head.rfind("\n", 0, PART) + 1] or head[:PART]
        self._given, delimiter = given, given.delimiter
        quote = '"' if given.quote is None else given.quote
        self._plain = Dialect(encoding="utf-8", delimiter=delimiter or ",", quote=quote, escape=given.escape or "")
        common = [one for one in COMMON if one in head] if delimiter is None else [delimiter]
        common += [f"{one} " for one in SPACED if delimiter is None and has_space_behind(self._lines, one)]
        self._common = [self._try(replace(self._plain, delimiter=one)) for one in common]
        self._common += self._quoted_otherwise(common)
        self._rare = list(self._rare_trials()) if delimiter is None else []

    def find(self) -> tuple[Dialect, tuple[Note, ...]]:
        """The dialect, and what is doubtful about it."""
        sure = [trial for trial in self._common if trial.is_sure]
        likely = [] if sure else sorted(self._common, key=likeness)[-MOST_LIKELY:]
        better = [other for trial in likely for other in self._better(trial)]
        sure += [trial for trial in better if trial.is_sure] + self._rare
        if sure:
            best = max(sure, key=likeness) if len(sure) > 1 else sure[0]
        elif better:
            best = min(better, key=lambda trial: (trial.loose, trial.ragged, -likeness(trial)))
        else:
            return self._unsure()
        if best.dialect.is_doubled:
            return best.dialect, (doubt_of_lines(self.head),) if best.dialect.quote * 2 not in self.head else ()
        if self._given.delimiter is None and are_decimals(best):
            return best.dialect, (doubt_of_decimals(self.head),)
        return best.dialect, tuple(_doubts(best, sure))

    def _unsure(self) -> tuple[Dialect, tuple[Note, ...]]:
        """The dialect of a text that none divides evenly."""
        whole = replace(self._plain, delimiter=absent(self.head)) if self._given.delimiter is None else self._plain
        if self._given.delimiter is None:
            lower = [trial for trial in self._common if trial.width == 1 and ends_in_table(trial)]
            if lower:
                return max(lower, key=lambda trial: len(trial.records[-1])).dialect, ()
            column = one_column(self._common, self.head)
            if column is not None:
                return whole, column
        best = max(self._common, key=likeness, default=None)
        is_table = best is not None and (self._given.delimiter is not None or likeness(best) >= LEAST_LIKE)
        return (best.dialect if best is not None and is_table else whole), ()

    def _quoted_otherwise(self, delimiters: Sequence[str]) -> Iterator[Trial]:
        """Trials of other quotes, perhaps with spaces before them, where whole fields stand in these."""
        for one in delimiters if self._given.quote is None else ():
            for mark in other_quotes(self._lines, one):
                trial = self._try(replace(self._plain, delimiter=one, quote=mark), self._part)
                yield trial if trial.is_sure else next(self._better(trial, self._part), trial)

    def _rare_trials(self) -> Iterator[Trial]:
        """Trials of rare delimiters that divide every record alike."""
        for one in [*double_delimiters(self._lines), *rare_delimiters(self._lines)]:
            if one in WORDLY and are_values(self._lines[:PART].split("\n")):
                continue
            usual = self._try(replace(self._plain, delimiter=one), self._part)
            if not usual.is_sure:
                usual = next(self._better(usual, self._part), usual)
            for trial in (usual, *self._quoted_otherwise([one])):
                if trial.is_sure and len(trial.records) >= LEAST and _is_worth(trial):
                    yield trial

    def _better(self, trial: Trial, part: str = "") -> Iterator[Trial]:
        """What other ways of quoting make of the text, if it is better."""
        text = part or self.head
        ways = (way for way in variants(text, trial.dialect) if self._given.escape in {None, way.escape})
        return _improved(text, trial, ways, is_whole=self._is_whole and text is self.head)

    def _try(self, dialect: Dialect, part: str = "") -> Trial:
        text = part or self.head
        return try_dialect(text, dialect, is_whole=self._is_whole and text is self.head)


def _doubts(best: Trial, sure: Sequence[Trial]) -> Iterator[Note]:
    """Tell that another delimiter or quote makes nearly as good a table, if one does."""
    others = [
        trial
        for trial in sure
        if trial.records != best.records and trial.dialect.delimiter != best.dialect.delimiter.strip(" ")
    ]
    if not others or likeness(max(others, key=likeness)) < NEAR * likeness(best):
        return
    other, found = max(others, key=likeness).dialect, best.dialect
    option = "delimiter" if other.delimiter != found.delimiter else "quote"
    one, two = getattr(found, option), getattr(other, option)
    yield Note(
        f"the cells may be divided by the {option} {one!r} or {two!r}, and {one!r} is taken",
        [Fix(option, two, "if that is right")],
        code="delimiter",
        kind="doubt",
    )


def _is_worth(trial: Trial) -> bool:
    """Whether a rare delimiter is more than a character of the cells. A space does divide names, a colon times."""
    delimiter, quote = trial.dialect.delimiter, trial.dialect.quote
    if delimiter not in WORDLY or quote in QUOTES:
        return True
    typed = typed_columns(trial.records, trial.width)
    is_quoted = quote != "" and any(cell == "" or (cell and delimiter in cell) for row in trial.records for cell in row)
    return (typed > 0 and trial.width > 2) or typed == trial.width or is_quoted  # noqa: PLR2004 - two words


def later_form(dialect: Dialect, pieces: Sequence[str]) -> Dialect:
    """The dialect, changed if other pieces of the file show another way of writing than the beginning."""
    for piece in pieces:
        text = piece[:HEAD]
        text = text[: text.rfind("\n") + 1]
        if (
            dialect.delimiter[1:] == " "
            and dialect.delimiter in text
            and not has_space_behind(text, dialect.delimiter[0])
        ):
            dialect = replace(dialect, delimiter=dialect.delimiter[0], is_spaced=True)
        if any(variants(text, dialect)):
            ways = (way for way in variants(text, dialect) if not way.is_doubled)
            better = list(_improved(text, try_dialect(text, dialect), ways))
            if better:
                return min(better, key=lambda trial: (trial.loose, trial.ragged)).dialect
    return dialect


def _improved(text: str, trial: Trial, ways: Iterable[Dialect], *, is_whole: bool = False) -> Iterator[Trial]:
    """Trials of other ways of quoting that are better than the one."""
    for way in ways:
        other = try_dialect(text, way, is_whole=is_whole)
        if other.width > 1 and other.betters(trial):
            yield other
