"""Words for yes and no among the cells of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import dataframely as dy
import polars as pl

from importer.schema._schema import Format
from importer.schema._words import CLEAR, PAIRS, folded_word
from importer.schema.inference._header_words import Says, says
from importer.schema.inference._sample import Candidate
from importer.schema.parsing._cells import ascii_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.schema.inference._sample import Sample

__all__ = ["booleans"]

WORDS = "words for yes and no"
MOST = 200
"""More different cells than this are no words for yes and no."""
CODE = 2
"""Words this short may be codes of countries or languages."""
COMPASS: Final = {"n", "s"}
CODES: Final = {"si", "no"}
"""Words of a pair that are codes of languages, and of countries, too."""


def booleans(sample: Sample) -> Iterator[Candidate]:
    """The column as words for yes and no: both of one pair, or one that means nothing else."""
    yield Candidate(kind=dy.Bool, words=WORDS, fits=pl.Series([False]).new_from_index(0, len(sample.cells)))
    cells = sample.bare.filter(sample.filled)
    if not 0 < cells.n_unique() <= MOST:
        return
    counts: dict[str, int] = {}
    for cell, count in cells.alias("cell").value_counts().iter_rows():
        word = folded_word(ascii_text(cell))
        counts[word] = counts.get(word, 0) + count
    said = {pair: _said(pair, counts) for pair in PAIRS if not pair[0][0].isdigit()}
    best = max(said, key=lambda pair: sum(counts[folded_word(word)] for side in said[pair] for word in side))
    yes, no = said[best]
    if not yes and not no:
        return
    true, false = (list(side or best[at][:1]) for at, side in enumerate((yes, no)))
    fits = sample.filled & sample.of(pl.Boolean(), Format(true=tuple(true), false=tuple(false)))
    metadata: dict[str, Any] = {"true": true, "false": false}
    whole = bool(fits.sum() == sample.count)
    doubt = None if cells.str.contains("^\\p{Lu}\\p{Ll}$").all() else _doubt({*yes, *no}, sample.label)
    if doubt:
        yield Candidate(kind=dy.Bool, words=WORDS, fits=fits, metadata=metadata, doubt=doubt, is_open=True)
    is_clear = bool(yes and no) if max(map(len, (*yes, *no))) > CODE else bool(yes and no and whole)
    if not doubt and (is_clear or (whole and CLEAR.issuperset((*yes, *no)))):
        yield Candidate(kind=dy.Bool, words=WORDS, fits=fits, metadata=metadata)


def _said(pair: tuple[tuple[str, ...], ...], counts: dict[str, int]) -> tuple[tuple[str, ...], ...]:
    """The words of the pair that occur."""
    return tuple(tuple(word for word in side if folded_word(word) in counts) for side in pair)


def _doubt(said: set[str], label: str) -> str | None:
    if said == COMPASS:
        return "'N' and 'S' may be points of the compass; the type Bool reads them as no and yes"
    if said == CODES or (len(said) > 1 and says(label, Says.CODE) and max(map(len, said)) <= CODE):
        pair = " and ".join(repr(word) for word in sorted(said))
        return f"{pair} may be codes of languages or countries; the type Bool reads them as words for yes and no"
    return None
