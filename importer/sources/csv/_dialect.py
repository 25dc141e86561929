"""How a CSV file is written: its encoding, delimiter and quote."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import Fix, Note, SourceError
from importer.sources.csv._bytes import foreign_samples, raw_samples
from importer.sources.csv._encoding import find_encoding
from importer.sources.csv._exact import complete_records
from importer.sources.csv._kind import refuse_binary, refuse_foreign

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Dialect", "find_dialect"]

SAMPLE = 1 << 18
"""Bytes at the beginning to examine."""

_COMMON = ",;\t|"
_RARE = " :^~#&*\x01\xa6\xa7"
_NONE = "\x1f"  # the unit separator, which no spreadsheet program writes
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a CSV file is written.

    Attributes
    ----------
    encoding
        As Python names it.
    delimiter
        One character between two fields.
    quote
        The character around a field that holds delimiters or line ends; empty if there is none.
    """

    encoding: str
    delimiter: str
    quote: str


def find_dialect(
    path: Path, delimiter: str | None, encoding: str | None, quote: str | None
) -> tuple[Dialect, tuple[Note, ...]]:
    """Find how the file is written, and what is doubtful about it. Given values are not questioned.

    Raises
    ------
    SourceError
        If the file is not text, or empty, or a given value is impossible.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '\r\n"'):
        raise SourceError(
            f"the delimiter {delimiter!r} is not a character that can stand between fields",
            code="option-invalid",
            facts={"option": "delimiter", "value": delimiter},
            fixes=[Fix("delimiter", ","), Fix("delimiter", ";")],
        )
    if quote is not None and (len(quote) > 1 or quote in ("\r", "\n", delimiter)):
        raise SourceError(
            f"the quote {quote!r} is neither a character nor empty",
            code="option-invalid",
            facts={"option": "quote", "value": quote},
            fixes=[Fix("quote", '"'), Fix("quote", "", "for none")],
        )
    samples = raw_samples(path, SAMPLE, others=8 if encoding is None else 0)
    if not samples[0]:
        raise SourceError(
            f"{path.name!r} is empty (0 bytes)", code="file-empty", facts={"file": path.name}, fixes=["export it again"]
        )
    refuse_foreign(samples[0], path.name)
    notes: tuple[Note, ...] = ()
    if encoding is None:
        is_whole = len(samples[0]) < SAMPLE
        encoding, notes = find_encoding(samples, path.name, () if is_whole else foreign_samples(path))
    try:
        text = samples[0].decode(encoding, errors="replace").removeprefix("\ufeff")
        codecs.getincrementaldecoder(encoding)().decode(samples[0])
    except UnicodeDecodeError:
        pass  # The source names the row.
    except (LookupError, UnicodeError) as exc:
        is_unknown = isinstance(exc, LookupError)
        raise SourceError(
            f"the encoding {encoding!r} is unknown"
            if is_unknown
            else f"{path.name!r} cannot be read as {encoding}: {exc}",
            code="option-invalid",
            facts={"option": "encoding", "value": encoding},
            fixes=[Fix("encoding", "utf-8"), Fix("encoding", "cp1252")],
        ) from exc
    refuse_binary(text, samples[0], path.name)
    # In UTF-8 and UTF-16, not where bytes could not be decoded.
    if lost := samples[0].decode(encoding, errors="ignore").count("\ufffd"):
        notes = (*notes, _lost_letters(lost))
    if delimiter is None or quote is None:
        found = _delimiter_and_quote(text)
        delimiter = found[0] if delimiter is None else delimiter
        quote = found[1] if quote is None else quote
    return Dialect(encoding=encoding, delimiter=delimiter, quote=quote), notes


def _lost_letters(count: int) -> Note:
    return Note(
        f"the file holds U+FFFD ('\ufffd'), which stands for a letter that was lost before, {count:,} times",
        ["correct those cells, or export the file again"],
        code="lost-letters",
        kind="doubt",
        n=count,
    )


def without_sep_line(text: bytes) -> bytes:
    r"""The text without the line that tells Excel the delimiter.

    Examples
    --------
    >>> without_sep_line(b"sep=;\r\nid;name\r\n")
    b'id;name\r\n'
    """
    line = _SEP_LINE.match(text[:16].decode(errors="replace"))
    return text[len(line[0].encode()) :] if line else text


def _delimiter_and_quote(text: str) -> tuple[str, str]:
    """Both, from the beginning of the text."""
    if line := _SEP_LINE.match(text):
        return line[1], '"'
    head = text[: SAMPLE // 4]
    sure = [delimiter for delimiter in _COMMON if delimiter in head and _is_sure(head, delimiter)]
    if len(sure) == 1:
        return sure[0], '"'

    import clevercsv

    # The time of its search grows faster than the text.
    head = head[: SAMPLE // 8]
    found = clevercsv.Detector().detect(head[: head.rfind("\n") + 1] or head)
    delimiter, quote = (found.delimiter, found.quotechar or '"') if found else ("", '"')
    if delimiter and (delimiter in _COMMON or (delimiter in _RARE and _is_sure(head, delimiter))):
        return delimiter, quote
    return sure[0] if sure else _alone(head), quote


def _alone(text: str) -> str:
    """Delimiter for a text of one column: a character that the text does not contain."""
    return _NONE if "," in text else ","


def _is_sure(text: str, delimiter: str) -> bool:
    """Whether every record has the same number of fields, more than one, none of them in single quotes."""
    dialect = Dialect(encoding="utf-8", delimiter=delimiter, quote='"')
    records, _ = complete_records(text, dialect, final=len(text) < SAMPLE // 4)
    filled = [record for record in records if record != [None]]
    if len({len(record) for record in filled}) != 1 or len(filled[0]) == 1:
        return False
    return not any(cell and cell[0] == "'" == cell[-1] and cell != "'" for record in filled for cell in record)
