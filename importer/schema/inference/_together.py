"""What all types together would refuse."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import dataframely as dy

from importer.errors import Fix, Note
from importer.schema.inference._survey import FITS
from importer.schema.inference._types import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from importer.schema.inference._sample import Sample

__all__ = ["refusing_little"]


def refusing_little(samples: Mapping[str, Sample], found: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """The verdicts, with text for some columns if the types together would refuse more than a few rows.

    Each column may refuse a few cells, but the rows of all of them add up: the columns with the most
    refused cells become text, and those that are refused for the same cells.
    """
    found = dict(found)
    odd = {label: one.refused for label, one in found.items() if one.refused is not None and one.refused.any()}
    if len(odd) < 2 or not _refuse_much(odd):  # noqa: PLR2004 - one column alone was judged already
        return found
    words = {label: set(samples[label].bare.filter(where).unique()) for label, where in odd.items()}
    count, rows = _count(odd), len(next(iter(odd.values())))
    common = Counter(word for said in words.values() for word in said).most_common(1)[0][0]
    left = dict(sorted(odd.items(), key=lambda pair: int(pair[1].sum())))
    cut: dict[str, pl.Series] = {}
    while left and _refuse_much(left):
        label, where = left.popitem()
        cut[label] = where
    said = set().union(*(words[label] for label in cut))
    cut |= {label: where for label, where in left.items() if words[label] & said}
    others = f"{len(odd) - 1:,} other {'column' if len(odd) == 2 else 'columns'}"  # noqa: PLR2004 - itself and one
    why = f"with the cells of {others}, {count:,} of {rows:,} rows would be refused"
    for label, where in cut.items():
        fix = Fix("metadata", {"nulls": [common]}, "if that means nothing")
        doubt = f"cells such as {common!r} are why the column is text: {why}"
        found[label] = Verdict(
            kind=dy.String,
            why=f"kept as text: {samples[label].example(where)} is none of the {found[label].words}; {why}",
            doubt=Note(doubt, [fix], code="refused-together", kind="doubt", column=label),
        )
    return found


def _refuse_much(odd: Mapping[str, pl.Series]) -> bool:
    return _count(odd) > (1 - FITS) * len(next(iter(odd.values())))


def _count(odd: Mapping[str, pl.Series]) -> int:
    """How many rows hold at least one of these cells."""
    return int(reduce(or_, odd.values()).sum())
