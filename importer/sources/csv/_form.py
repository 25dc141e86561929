"""Find the delimiter and the quote of a text, and the ways of quoting that spreadsheet programs do not have."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from importer.errors import Fix, Note
from importer.sources.csv._dialect import SEP_LINE, Dialect
from importer.sources.csv._exact import complete_records, undoubled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.sources.csv._exact import Record, Stray

__all__ = ["find_form", "later_form"]

HEAD = 1 << 16
"""Characters at the beginning to examine."""

COMMON = ",;\t|"
_RARE = " :^~#&*\x01\xa6\xa7"
_NONE = "\x1f"  # the unit separator, which no spreadsheet program writes
_TYPED = re.compile(r"[-+$€£]?\s*\d[\d.,:/%-]*(?:[ T]\d[\d:.]*)?\s*[%€]?")
_DECIMAL = re.compile(r"\s*[-+]?\d[\d. ]*,\d+\s*")


class _Trial(NamedTuple):
    """What a dialect makes of a text."""

    dialect: Dialect
    records: list[Record]
    width: int
    ragged: int
    loose: int
    """Quotes that are not in their place."""

    @property
    def is_sure(self) -> bool:
        """Whether every record has the same number of fields, more than one, and every quote its place."""
        return self.width > 1 and not self.ragged and not self.loose

    def betters(self, other: _Trial) -> bool:
        """Whether more quotes are in their place, or fields are found where there were none."""
        if self.loose < other.loose and self.ragged <= other.ragged:
            return True
        return self.is_sure and other.width == 1


def find_form(
    text: str, delimiter: str | None, quote: str | None, *, is_whole: bool
) -> tuple[Dialect, tuple[Note, ...]]:
    r"""The dialect of a text, but for its encoding, and what is doubtful about it. Given values are not questioned.

    Examples
    --------
    >>> found, _ = find_form('id,note\n1,"say \\"hi\\", he"\n', None, None, is_whole=True)
    >>> found.delimiter, found.quote, found.escape
    (',', '"', '\\')
    """
    if line := SEP_LINE.match(text):
        delimiter = delimiter or line[1]
        text = text[line.end() :]
    head, is_whole = text[:HEAD], is_whole and len(text) <= HEAD
    mark = '"' if quote is None else quote
    plain = Dialect(encoding="utf-8", delimiter=delimiter or ",", quote=mark)
    delimiters = [one for one in COMMON if one in head] if delimiter is None else [delimiter]
    trials = [_trial(head, replace(plain, delimiter=one), is_whole=is_whole) for one in delimiters]
    sure = [trial for trial in trials if trial.is_sure and not (quote is None and _in_single_quotes(trial))]
    if len(sure) == 1:
        are_decimals = all(_DECIMAL.fullmatch(",".join(map(str, record))) for record in sure[0].records)
        doubt = are_decimals and delimiter is None and sure[0].dialect.delimiter == ","
        return sure[0].dialect, (_doubt_of_decimals(head),) if doubt else ()
    better = [other for trial in trials for other in _better(head, trial, is_whole=is_whole)]
    if better:
        best = min(better, key=lambda trial: (trial.loose, trial.ragged)).dialect
        return best, (_doubt_of_lines(head),) if best.is_doubled and mark * 2 not in head else ()
    if delimiter is not None and quote is not None:
        return plain, ()
    if delimiter is None and (clear := _clear(trials, sure)):
        return replace(plain, delimiter=clear.dialect.delimiter), ()
    if delimiter is None and not sure and (column := _one_column(trials, head)):
        return replace(plain, delimiter=_absent(head)), column.notes
    found = _by_search(head, sure)
    return replace(plain, delimiter=delimiter or found[0], quote=found[1] if quote is None else quote), ()


def _clear(trials: Sequence[_Trial], sure: Sequence[_Trial]) -> _Trial | None:
    """A delimiter that needs no search: a tab, which stands in no text by chance, or that of a table below text."""
    if sure:
        return next((trial for trial in sure if trial.dialect.delimiter == "\t"), None)
    lower = [trial for trial in trials if trial.width == 1 and _ends_in_table(trial)]
    return max(lower, key=lambda trial: len(trial.records[-1]), default=None)


def later_form(dialect: Dialect, pieces: Sequence[str]) -> Dialect:
    """The dialect, changed if other pieces of the file show a way of quoting that the beginning does not."""
    for piece in pieces:
        text = piece[:HEAD]
        text = text[: text.rfind("\n") + 1]
        if any(_variants(text, dialect)):
            better = [other for other in _better(text, _trial(text, dialect)) if not other.dialect.is_doubled]
            if better:
                return min(better, key=lambda trial: (trial.loose, trial.ragged)).dialect
    return dialect


def _better(text: str, trial: _Trial, *, is_whole: bool = False) -> Iterator[_Trial]:
    """What other ways of quoting make of the text, if it is better."""
    for variant in _variants(text, trial.dialect):
        other = _trial(text, variant, is_whole=is_whole)
        if other.width > 1 and other.betters(trial):
            yield other


def _trial(text: str, dialect: Dialect, *, is_whole: bool = False) -> _Trial:
    strays: list[Stray] = []
    text = undoubled(text, dialect.quote) if dialect.is_doubled else text
    records, rest = complete_records(text, dialect, final=is_whole, strays=strays)
    records = [record for record in records if record != [None]]
    widths = Counter(map(len, records))
    width = max(widths, key=lambda one: (widths[one], one), default=0)
    loose = _loose_quote(dialect) if f" {dialect.quote}" in text else None
    spaced = sum(1 for record in records for cell in record if cell and loose.match(cell)) if loose else 0
    unclosed = 1 + rest.count("\n") if is_whole and rest else 0
    return _Trial(dialect, records, width, widths.total() - widths[width], len(strays) + spaced + unclosed)


def _loose_quote(dialect: Dialect) -> re.Pattern[str] | None:
    """A field that begins with spaces and a quote, so that the quote does not count."""
    return re.compile(rf" +{re.escape(dialect.quote)}") if dialect.quote and not dialect.is_spaced else None


def _variants(text: str, dialect: Dialect) -> Iterator[Dialect]:
    """Other ways of quoting that the text has signs of."""
    quote = dialect.quote
    if not quote or quote not in text:
        return
    if f"\\{quote}" in text:
        yield replace(dialect, escape="\\")
    between, mark = re.escape(dialect.delimiter), re.escape(quote)
    has_spaces = f" {quote}" in text or f"{quote} " in text
    if has_spaces and re.search(rf"{between} +{mark}|{mark} +(?:{between}|[\r\n])", text):
        yield replace(dialect, is_spaced=True)
        if f"\\{quote}" in text:
            yield replace(dialect, is_spaced=True, escape="\\")
    lines_are_quoted = _are_quoted(text, quote)
    if not lines_are_quoted and quote * 2 not in text:
        return
    runs = re.findall(f"{mark}+", text)
    are_doubled = quote * 2 in runs and (lines_are_quoted or not any(len(run) % 2 for run in runs))
    # A text of one column has a space behind a comma.
    are_lines = set(runs) == {quote} and lines_are_quoted and not re.search(f"{between} |{mark}{between}", text)
    if are_doubled or are_lines:
        yield replace(dialect, is_doubled=True)


def _are_quoted(text: str, quote: str) -> bool:
    """Whether all lines but a few begin and end with a quote."""
    if 10 * text.count(f"\n{quote}") < 9 * text.count("\n") - 20:
        return False
    lines = text.splitlines()
    return 10 * sum(line[:1] == quote == line[-1:] for line in lines) >= 9 * len(lines) - 10


def _in_single_quotes(trial: _Trial) -> bool:
    return any(cell and cell[0] == "'" == cell[-1] and cell != "'" for record in trial.records for cell in record)


class _Column(NamedTuple):
    notes: tuple[Note, ...] = ()


def _one_column(trials: Sequence[_Trial], text: str) -> _Column | None:
    """Whether each line is one cell, although characters that could be delimiters occur in it."""
    lines = [line for line in text.splitlines() if line.strip()]
    split = [trial for trial in trials if any(len(record) > 1 for record in trial.records)]
    if not split or len(lines) < 2 or any(len(trial.records[0]) > 1 for trial in split):  # noqa: PLR2004
        return None
    if any(_is_table(trial, text) for trial in split):
        return None
    lined = [trial for trial in split if trial.width > 1 and 10 * trial.ragged < 2 * len(trial.records) + 10]
    spaced = all(re.fullmatch(r"[^,]*(?:, [^,]*)*", line) or _DECIMAL.fullmatch(line) for line in lines)
    if not lined or spaced:
        return _Column()
    doubt = Note(
        f"each line is read as one cell, such as {lines[1][:40]!r}, since the first line is not divided",
        [Fix("delimiter", lined[0].dialect.delimiter, "if it has several columns")],
        code="delimiter",
        kind="doubt",
    )
    return _Column((doubt,))


def _whole(text: str) -> str:
    """A delimiter that leaves every line whole, and that a person can type."""
    return next((mark for mark in ";|~^" if mark not in text), _NONE)


def _doubt_of_lines(text: str) -> Note:
    line = text.split("\n", 1)[0].strip()
    return Note(
        f"each line is quoted as a whole, such as {line[:40]!r}, and is read as several cells",
        [Fix("delimiter", _whole(text), "if it is one")],
        code="delimiter",
        kind="doubt",
    )


def _doubt_of_decimals(text: str) -> Note:
    line = text.split("\n", 1)[0].strip()
    return Note(
        f"each line is read as two cells, and {line!r} may be one number with a decimal comma",
        [Fix("delimiter", _whole(text), "if it is one")],
        code="delimiter",
        kind="doubt",
    )


def _is_table(trial: _Trial, text: str) -> bool:
    """Whether there are columns below a title, however many lines that has."""
    if _ends_in_table(trial):
        return True
    fits = [record for record in trial.records if len(record) == trial.width]
    if trial.width == 1 or 10 * len(fits) < 8 * (len(trial.records) - 1):
        return False
    if trial.width > 2 or re.match(r"[^\n]*\n\s*\n", text):  # noqa: PLR2004
        return True
    # Of two columns one is typed below its name.
    return any(
        fits[0][at] and not _is_typed(fits[0][at]) and all(_is_typed(record[at]) for record in fits[1:])
        for at in range(trial.width)
    )


def _ends_in_table(trial: _Trial) -> bool:
    """Whether the last records have the same fields, three or more, of which one is typed below its name."""
    if not trial.records:
        return False
    width = len(trial.records[-1])
    body = list(takewhile(lambda record: len(record) == width, reversed(trial.records)))
    is_table = width > 2 and len(body) > 2  # noqa: PLR2004 - a line with one comma is a sentence
    return is_table and any(all(_is_typed(row[at]) for row in body[:-1]) for at in range(width))


def _is_typed(cell: str | None) -> bool:
    return not cell or _TYPED.fullmatch(cell.strip()) is not None


def _by_search(head: str, sure: Sequence[_Trial]) -> tuple[str, str]:
    import clevercsv

    # The time of its search grows faster than the text.
    head = head[: HEAD // 2].replace("\0", " ")
    found = clevercsv.Detector().detect(head[: head.rfind("\n") + 1] or head)
    delimiter, quote = (found.delimiter, found.quotechar or '"') if found else ("", '"')
    if delimiter and (delimiter in COMMON or (delimiter in _RARE and _is_sure_of(delimiter, head))):
        return delimiter, quote
    return sure[0].dialect.delimiter if sure else _absent(head), quote


def _is_sure_of(delimiter: str, head: str) -> bool:
    """Whether a rare delimiter divides all records alike. A space does so in names, too."""
    trial = _trial(head, Dialect(encoding="utf-8", delimiter=delimiter, quote='"'), is_whole=len(head) < HEAD // 2)
    if not trial.is_sure or _in_single_quotes(trial):
        return False
    return delimiter != " " or any(
        all(_is_typed(record[at]) for record in trial.records[1:]) for at in range(trial.width)
    )


def _absent(text: str) -> str:
    """Delimiter for a text of one column: a character that the text does not contain."""
    return _NONE if "," in text else ","
