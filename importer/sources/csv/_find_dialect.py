"""Find how a CSV file is written, from samples of it."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from importer.errors import Fix, Note, SourceError
from importer.sources.csv._bytes import foreign_samples, last_bytes, raw_samples
from importer.sources.csv._encoding import find_encoding
from importer.sources.csv._exact import complete_records, undoubled
from importer.sources.csv._kind import refuse_binary, refuse_foreign
from importer.sources.csv.dialect import HEAD, SEP_LINE, find_form, later_form

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.sources.csv.dialect import Dialect, Given

__all__ = ["find_dialect"]

SAMPLE = 1 << 18
"""Bytes at the beginning to examine."""

_LINE_END = re.compile(r"\r\n|\n|\r")


def find_dialect(path: Path, given: Given, last_row: int | None = None) -> tuple[Dialect, tuple[Note, ...]]:
    """Find how the file is written, and what is doubtful about it. Given values are not questioned.

    Rows below the last one, which may be another table, are not looked at if they begin in the first sample.

    Raises
    ------
    SourceError
        If the file is not text, or empty, or a given value is impossible.
    """
    _raise_for_marks(given)
    samples = raw_samples(path, SAMPLE, others=8)
    if not samples[0]:
        raise SourceError(
            f"{path.name!r} is empty (0 bytes)", code="file-empty", facts={"file": path.name}, fixes=["export it again"]
        )
    refuse_foreign(samples[0], path.name)
    is_whole = len(samples[0]) < SAMPLE
    padding = _padding(path, samples[0], is_whole=is_whole)
    if padding:
        samples = [text for sample in samples if (text := sample.rstrip(b"\0"))]
    found = _of_samples(path, given, samples, is_whole=is_whole)
    if padding:
        found = replace(found[0], is_padded=True), (*found[1], _padding_note(padding))
    kept = None if last_row is None else _down_to(last_row, samples[0], found[0])
    return found if kept is None else _of_samples(path, given, [kept], is_whole=True)


def _padding(path: Path, sample: bytes, *, is_whole: bool) -> int:
    """How many NUL bytes end the file, as far as its last bytes show, if they are no part of the text."""
    text = sample.rstrip(b"\0")
    # In UTF-16 and 32 they stand in the text as well.
    if not text or b"\0" in text:
        return 0
    tail = sample if is_whole else last_bytes(path, SAMPLE >> 2)
    return len(tail) - len(tail.rstrip(b"\0"))


def _padding_note(padding: int) -> Note:
    return Note(
        "NUL characters fill the end of the file, and are left out",
        ["check that the last rows are there"],
        code="nul-padding",
        kind="doubt",
        n=padding,
    )


def _down_to(last_row: int, sample: bytes, dialect: Dialect) -> bytes | None:
    """The first rows of the sample; None if it may hold no more."""
    try:
        text = sample.decode(dialect.encoding, errors="surrogateescape")
        told = SEP_LINE.match(text.removeprefix("\ufeff"))
        rest = text[0 if told is None else text.index("\n") + 1 :]
        rest = undoubled(rest, dialect.quote) if dialect.is_doubled else rest
        records = complete_records(rest, dialect, final=False)[0][:last_row]
        if len(records) < last_row:
            return None
        within = sum(len(_LINE_END.findall(cell)) for record in records for cell in record if cell)
        lines = islice(_LINE_END.finditer(text), len(records) + within + (told is not None) - 1, None)
        return text[: next(lines).end()].encode(dialect.encoding, errors="surrogateescape")
    except (UnicodeError, StopIteration):
        return None


def _of_samples(
    path: Path, given: Given, samples: Sequence[bytes], *, is_whole: bool
) -> tuple[Dialect, tuple[Note, ...]]:
    """The dialect of a file, by its first bytes and others from further down."""
    notes: tuple[Note, ...] = ()
    encoding = given.encoding
    if encoding is None:
        more = () if is_whole else foreign_samples(path)
        encoding, notes = find_encoding(samples, path.name, more)
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
    dialect, doubts = find_form(text, given, is_whole=is_whole)
    others = [text[at : at + HEAD] for at in range(HEAD, len(text), HEAD)]
    others += [piece.decode(encoding, errors="replace") for piece in samples[1:]]
    dialect = later_form(dialect, others) if given.escape is None else dialect
    return replace(dialect, encoding=encoding), (*notes, *doubts)


def _raise_for_marks(given: Given) -> None:
    """Do nothing if the characters that are given can be what they are said to be."""
    delimiter, quote, escape = given.delimiter, given.quote, given.escape
    marks = filter(None, ("\r", "\n", '"' if quote is None else quote))
    if delimiter is not None and (not delimiter or any(mark in delimiter for mark in marks)):
        raise SourceError(
            f"the delimiter {delimiter!r} cannot stand between fields",
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
    if escape is not None and (len(escape) > 1 or (escape and escape in ("\r", "\n", delimiter, quote))):
        raise SourceError(
            f"the escape {escape!r} is neither empty nor a character that means nothing else",
            code="option-invalid",
            facts={"option": "escape", "value": escape},
            fixes=[Fix("escape", "\\"), Fix("escape", "", "for none")],
        )


def _lost_letters(count: int) -> Note:
    return Note(
        f"the file holds U+FFFD ('\ufffd'), which stands for a letter that was lost before, {count:,} times",
        ["correct those cells, or export the file again"],
        code="lost-letters",
        kind="doubt",
        n=count,
    )
