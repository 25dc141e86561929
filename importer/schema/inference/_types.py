"""Infer the type of one column from a sample of its cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dataframely as dy
import polars as pl

from importer.core import EACH, here
from importer.errors import Fix, Message
from importer.schema._schema import NULL_WORDS, Format
from importer.schema.inference._candidates import NEAR, Candidate, candidates
from importer.schema.inference._header_words import Says, says
from importer.schema.inference._identifiers import identifiers, two_texts
from importer.schema.inference._survey import FITS
from importer.schema.parsing import parse
from importer.schema.parsing._cells import stands_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.schema.inference._candidates import Sample
    from importer.schema.inference._numbers import Kept

__all__ = ["Verdict", "given_type", "null_words", "verdict"]

NUMBERS = (dy.Int64, dy.Float64)
SERIAL = "^[2-5][0-9]{4}$"
HOURS = "^(?:[01]?[0-9]|2[0-3])[.,][0-5][0-9]$"
COMPACT_DATE = "^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The inferred type of a column, what its cells are called, and those that it refuses."""

    kind: type[dy.Column]
    words: str = "texts"
    refused: pl.Series | None = None
    why: str
    doubt: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    asks_order: bool = False


def verdict(sample: Sample, *, day_first: bool | None) -> Verdict:
    """The narrowest type that most of the filled cells fit, else text."""
    if not sample.count:
        why = "no sampled cell is filled" if not sample.errors.any() else "no sampled cell is filled but with errors"
        return Verdict(kind=dy.String, why=why)
    known = list(candidates(sample, day_first=day_first))
    # The first of the best is the narrowest.
    best = max((one for one in known if not one.is_open), key=lambda one: one.count)
    if (code := next((one for one in known if one.kept is not None), None)) is not None and code.kept is not None:
        return _lossless(sample, code, code.kept)
    if best.count < FITS * sample.count:
        return _text(sample, known)
    if best.kind in NUMBERS and (kept := identifiers(sample, best)) is not None:
        return _lossless(sample, best, kept)
    return Verdict(
        kind=best.kind,
        words=best.words,
        refused=sample.filled & ~best.fits if best.count < sample.count else None,
        why=_share(sample, best),
        doubt=best.doubt or _compact(sample, best) or (two_texts(sample) if best.kind is dy.Float64 else None),
        options=best.options,
        metadata=best.metadata,
    )


def given_type(sample: Sample, kind: str, *, day_first: bool | None) -> Verdict:
    """The type that was asked for, with what the sample shows of how its cells are written."""
    wanted: type[dy.Column] = getattr(dy, kind)
    known = [one for one in candidates(sample, day_first=day_first) if one.kind is wanted] if sample.count else []
    near = max(known, key=lambda one: one.count, default=None)
    why = "the type that was given"
    if near is None:
        return Verdict(kind=wanted, why=why)
    if near.is_open:
        return Verdict(kind=wanted, why=why, doubt=near.doubt, asks_order=near.asks_order)
    others = sample.filled & ~near.fits
    return Verdict(
        kind=wanted,
        words=near.words,
        refused=others if others.any() else None,
        why=why,
        options=near.options,
        metadata=near.metadata,
    )


def _share(sample: Sample, best: Candidate) -> str:
    """How many cells fit the type, and what the others are."""
    others = sample.filled & ~best.fits
    if not others.any():
        cells = f"all {sample.count:,} filled cells are" if sample.count > 1 else "1 filled cell, read as"
        return f"{cells} {best.words}{_errors(sample)}"
    count = int(others.sum())
    verb = "is" if count == 1 else "are"
    share = f"{best.count:,} of {sample.count:,} filled cells are {best.words}"
    return f"{share}; {count:,} {verb} not, e.g. {sample.example(others)}{_errors(sample)}"


def _errors(sample: Sample) -> str:
    count = int(sample.errors.sum())
    return f"; {count:,} hold an Excel error, e.g. {sample.example(sample.errors)}" if count else ""


def _text(sample: Sample, known: Sequence[Candidate]) -> Verdict:
    near = max(known, key=lambda one: (one.count, one.is_open))
    doubt = None
    if near.is_open and near.count >= FITS * sample.count:
        why = f"kept as text: the cells look like {near.words}"
        return Verdict(kind=dy.String, why=why, doubt=near.doubt, asks_order=near.asks_order)
    if near.count >= NEAR * sample.count:
        others = sample.example(sample.filled & ~near.fits)
        doubt = Message(
            f"{near.count:,} of {sample.count:,} filled cells are {near.words}, and others are not, e.g. {others}, "
            "so the column is text",
            [Fix("types", {sample.label: near.kind.__name__}, "to refuse the others")],
        )
    why = f"text, e.g. {sample.example(sample.filled & ~near.fits)}{_errors(sample)}"
    return Verdict(kind=dy.String, why=why, doubt=doubt)


def _lossless(sample: Sample, best: Candidate, kept: Kept) -> Verdict:
    """Text, because numbers would lose what the cells have."""
    have = "has" if kept.count == 1 else "have"
    row = sample.rows.filter(sample.cells == kept.example)
    where = f" in row {row[0]:,}" if len(row) else ""
    cells = f"{kept.count:,} of {sample.count:,} filled cells {have} {kept.what}"
    why = f"kept as text: {cells}, e.g. {kept.example!r}{where}"
    doubt = None
    if kept.count < (1 - FITS) * sample.count or kept.is_doubt:
        # A type that is given reads every writing whose value is not in doubt.
        is_read = not parse(pl.Series([kept.example]), best.kind().dtype, Format()).failed[0]
        when = f"to {'read all as' if is_read else 'refuse all but'} {best.words}"
        doubt = Message(
            f"{kept.count:,} of {sample.count:,} cells {have} {kept.what}, so the column is text",
            [Fix("types", {sample.label: best.kind.__name__}, when)],
        )
    return Verdict(kind=dy.String, why=why, doubt=doubt)


def _compact(sample: Sample, best: Candidate) -> Message | None:
    """Why whole numbers, or numbers with two decimals, may be dates or times of day."""
    as_dates = [Fix("types", {sample.label: "Date"}, "to read them so")]
    is_date, is_clock = says(sample.label, Says.DATE), says(sample.label, Says.CLOCK)
    ways: list[tuple[type[dy.Column], str, bool, Message]] = [
        (dy.Int64, COMPACT_DATE, True, Message("all may be dates written as YYYYMMDD", as_dates)),
        (dy.Int64, SERIAL, is_date, Message("all may be Excel serial numbers of dates", as_dates)),
        (dy.Float64, HOURS, is_clock, Message("all may be times of day with a point between hours and minutes")),
    ]
    return next(
        (
            doubt
            for kind, pattern, may_be, doubt in ways
            if may_be and best.kind is kind and int(sample.written(pattern).sum()) == sample.count
        ),
        None,
    )


def null_words(cells: pl.Series) -> list[str]:
    """Null words that occur among the cells.

    Examples
    --------
    >>> import polars as pl
    >>> null_words(pl.Series(["1", "NA ", None, "-"]))
    ['-', 'NA']
    """
    text = here(cells, EACH.str.strip_chars())
    said = set(text.filter(stands_for(text, NULL_WORDS)).unique())
    return [word for word in NULL_WORDS if word and word in said]
