"""What only a whole column reveals: its decimal mark, and the order of day and month."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from importer.core import EACH, here
from importer.errors import Fix, Message, SchemaError
from importer.schema._schema import NULL_WORDS
from importer.schema.inference._decimal_mark import COMMA
from importer.schema.inference._survey import FITS, RARE, Evidence, Survey
from importer.schema.parsing import ClockWriting, DatesBesideNumbers, DateWriting, parse
from importer.schema.parsing._cells import ERRORS, stands_for, trim
from importer.schema.parsing._dates import month_names
from importer.schema.parsing._months import language_of
from importer.schema.parsing._undoubted import Undoubted

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.schema._schema import Format
    from importer.schema.parsing import Parsed

__all__ = ["FITS", "Decimals", "Order", "decide", "decimals", "order"]

ORDERS = (Fix("day_first", value=True), Fix("day_first", value=False))

SEVERAL = 3
"""This many numbers such as 1.234 are no typing errors: they have thousands marks."""

NAMED = r"[0-9].*[^\W0-9_]{3}|[^\W0-9_]{3}.*[0-9]"
"""Cells that may hold the name of a month."""
SLIPS = 0.05
"""Share of the dates that prove an order, up to which those of the other order are slips."""

SHORT_YEAR = "^([0-9]{1,2})[-/]([0-9]{1,2})[-/]([0-9]{2})(?:$|[^0-9])"
ORDERED = r"[0-9]\s*[-/\x{2010}-\x{2015}\x{ff0d}\x{ff0f}]\s*[0-9]|[^\x00-\x7f]"
"""Cells that may depend on the order of day and month."""
MONTHS = 12
POINTED = r"^[-+]?[0-9]+\.[0-9]{1,2}$"
"""A number whose point is no thousands mark."""
BARE = "^[-+]?[0-9]{4,}$"
"""A whole number that would have a thousands mark if the column used them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decimals:
    """The decimal mark of a column.

    Attributes
    ----------
    mark
        None if no cell depends on it, or the column does not tell.
    doubt
        Evidence against the mark, or why there is none.
    is_unproven
        Whether no cell proves either mark, so that another column of the file may.
    """

    mark: Literal[".", ","] | None = None
    doubt: str | None = None
    is_unproven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of day and month in a column.

    Attributes
    ----------
    read
        Which cells are dates where the order is open, the day is first, the month is first.
    day_first
        None if no cell depends on it, or the column does not tell.
    is_mixed
        Whether some cells prove one order, and some the other.
    doubt
        Why the column does not tell.
    matters
        Whether more than a few cells depend on it.
    is_unproven
        Whether no cell proves either order, so that another column of the file may.
    """

    read: dict[bool | None, pl.Series]
    day_first: bool | None = None
    is_mixed: bool = False
    doubt: Message | None = None
    matters: bool = False
    is_unproven: bool = False


def decide(  # noqa: PLR0913 - what is known of the column may be left out
    cells: pl.Series,
    dtype: pl.DataType,
    written: Format,
    *,
    stored: pl.Series | None = None,
    is_inferred: bool = False,
    is_key: bool = False,
    evidence: Callable[[], Evidence] = Evidence,
) -> Format:
    """Complete the hints from all the cells of the sample.

    Parameters
    ----------
    stored
        Which cells are numbers in the file itself.
    is_inferred
        Whether the type comes from these cells, so that later ones are held against their writing.
    is_key
        Whether the column identifies the row, so that two texts may never become one value.
    evidence
        Finds what the other columns of the file prove.

    Raises
    ------
    SchemaError
        If more than a few cells depend on a decimal mark or an order of day and month that the
        column does not tell.

    Examples
    --------
    >>> from importer.schema._schema import Format
    >>> decide(pl.Series(["03/04/2025", "25/12/2025"]), pl.Date(), Format()).day_first
    True
    """
    name, cells = cells.name, cells.cast(pl.String)
    if dtype.is_numeric() and is_inferred:
        return with_writing(cells, dtype, written, evidence, stored=stored, is_key=is_key)
    if dtype.is_numeric():
        return _given(name, cells if stored is None else cells.filter(~stored), dtype, written, evidence)
    if dtype == pl.Time and is_inferred and not written.formats:
        return replace(written, writing=ClockWriting.of(cells))
    if dtype not in (pl.Date, pl.Datetime) or written.formats:
        return written
    if written.language is None and (named := cells.filter(cells.str.contains(NAMED))).len():
        written = replace(written, language=language_of(month_names(trim(named))))
    if written.day_first is None:
        found = order(cells, dtype, written)
        if found.doubt and found.matters and found.day_first is None:
            raise SchemaError(
                found.doubt.after(f"the dates in the column {name!r} cannot be read: "),
                code="date-order-unclear",
                facts={"column": name},
            )
        written = replace(written, day_first=found.day_first)
    kind = DateWriting if is_inferred else DatesBesideNumbers
    return replace(written, writing=kind.of(cells, dtype, written))


def _given(
    name: str, cells: pl.Series, dtype: pl.DataType, written: Format, evidence: Callable[[], Evidence]
) -> Format:
    """The hints for a type that was given, which reads every writing whose value is not in doubt."""
    mark, is_known = written.decimal, True
    if mark is None:
        marks = decimals(cells, dtype, written)
        if marks.mark is None and marks.doubt:
            raise SchemaError(
                f"the numbers in the column {name!r} cannot be read: {marks.doubt}",
                code="decimal-mark-unclear",
                facts={"column": name},
                fixes=[Fix("metadata", COMMA, "in the column if the comma is the decimal mark")],
            )
        mark = (evidence().decimal or marks.mark) if marks.is_unproven else marks.mark
        is_known = mark is not None or not _has_decimals(dtype)
    filled = cells.filter(~stands_for(trim(cells), {"", *(written.nulls or NULL_WORDS), *ERRORS}))
    return replace(written, decimal=mark, writing=Undoubted.of(filled, has_mark=is_known))


def with_writing(  # noqa: PLR0913 - what `decide` knows
    cells: pl.Series,
    dtype: pl.DataType,
    written: Format,
    evidence: Callable[[], Evidence],
    *,
    stored: pl.Series | None,
    is_key: bool,
) -> Format:
    """The hints, and how the numbers of an inferred column are written, whatever else they may be."""
    from importer.schema.inference._numbers import numbers

    typed = trim(cells if stored is None else cells.filter(~stored))
    nothing = {"", *(NULL_WORDS if written.nulls is None else written.nulls), *ERRORS}
    survey = Survey.of(typed.filter(~stands_for(typed, nothing) & typed.is_not_null()))
    is_asked = bool(survey.open) and written.decimal is None
    found = numbers(survey, evidence() if is_asked else Evidence(), written.decimal, is_key=is_key)
    writing = replace(
        found.writing,
        has_places=found.writing.has_places or not dtype.is_integer(),
        is_exact=not dtype.is_float(),
    )
    return replace(written, decimal=writing.decimal, writing=writing)


def decimals(cells: pl.Series, dtype: pl.DataType, written: Format) -> Decimals:
    """Find the decimal mark of the cells, ignoring those that the type cannot hold either way."""
    marked = {mark: replace(written, decimal=mark) for mark in (".", ",")}
    if not here(cells, EACH.str.contains("[.,]")).any():
        return Decimals()
    if (dtype.is_float() or (isinstance(dtype, pl.Decimal) and dtype.scale >= len("23"))) and _are_pointed(cells):
        return Decimals(mark=".")
    if not dtype.is_float():
        either_way = [parse(cells, dtype, hints).values.is_not_null() for hints in marked.values()]
        cells = cells.filter(either_way[0] | either_way[1])
    dots, commas = (parse(cells, pl.Float64(), hints) for hints in marked.values())
    proves_dot, proves_comma = (
        cells.filter(dots.values.is_not_null() & commas.failed),
        cells.filter(commas.values.is_not_null() & dots.failed),
    )
    either = cells.filter((dots.values != commas.values).fill_null(value=False))
    if proves_dot.is_empty() and proves_comma.is_empty():
        return Decimals(**_by_grouping(cells, either, has_decimals=_has_decimals(dtype)))
    mark: Literal[".", ","] = "," if len(proves_comma) > len(proves_dot) else "."
    proofs = max(len(proves_dot), len(proves_comma))
    may = "" if either.is_empty() else f"{either[0]!r} may be meant either way"
    if may and proofs < FITS * (len(proves_dot) + len(proves_comma)):
        proof = f"the decimal mark is '.' in {proves_dot[0]!r} and ',' in {proves_comma[0]!r}"
        return Decimals(doubt=f"{may}: {proof}")
    if mark == "," and proofs < RARE * len(either):
        return Decimals(doubt=f"{may}: only {proves_comma[0]!r} tells that ',' is the decimal mark")
    return Decimals(mark=mark)


def _are_pointed(cells: pl.Series) -> bool:
    """Whether all are numbers in canonical form, and one shows that the point is the mark; a fast test."""
    if here(cells, EACH.str.contains(",", literal=True)).any():
        return False
    is_number = cells.cast(pl.Float64, strict=False).is_not_null() | cells.is_null()
    return bool(is_number.all() and cells.str.contains(POINTED).any())


def _has_decimals(dtype: pl.DataType) -> bool:
    """Whether three decimals fit into the type."""
    return dtype.is_float() or (isinstance(dtype, pl.Decimal) and dtype.scale >= len("234"))


def _by_grouping(cells: pl.Series, either: pl.Series, *, has_decimals: bool) -> dict[str, Any]:
    """Mark and doubt if every mark precedes three digits, as in 1,234."""
    if either.is_empty():
        return {}
    has_comma = either.str.contains(",", literal=True)
    if has_comma.any() and not has_comma.all():
        pair = f"{either.filter(has_comma)[0]!r} and {either.filter(~has_comma)[0]!r}"
        return {"doubt": f"{pair} are marked differently, and each may be meant either way"}
    if has_comma.any():
        return {"is_unproven": True} if has_decimals else {"mark": "."}
    bare = cells.filter(cells.str.contains(BARE).fill_null(value=False))
    if not has_decimals and bare.is_empty() and len(either) >= SEVERAL:
        return {"mark": ","}
    return {"mark": ".", "is_unproven": has_decimals}


def order(cells: pl.Series, dtype: pl.DataType, written: Format) -> Order:
    """Find the order of day and month."""
    unordered = parse(cells, dtype, replace(written, day_first=None))
    if not cells.filter(unordered.failed).str.contains(ORDERED).any():
        return Order(read=dict.fromkeys((None, True, False), unordered.values.is_not_null()))
    parsed: dict[bool | None, Parsed] = {None: unordered}
    parsed |= {first: parse(cells, dtype, replace(written, day_first=first)) for first in (True, False)}
    read = {first: one.values.is_not_null() for first, one in parsed.items()}
    depends = parsed[None].failed & (read[True] | read[False])
    found = Order(read=read)
    if not depends.any():
        return found
    filled = int((parsed[None].failed | read[None]).sum())
    found = replace(found, matters=int(depends.sum()) > (1 - FITS) * filled)
    proves_day, proves_month = cells.filter(depends & ~read[False]), cells.filter(depends & ~read[True])
    first = f"{cells.filter(depends)[0]!r} may"
    if _may_begin_with_year(cells.filter(depends)):
        doubt = Message(f"{first} begin with the year", [Fix("day_first"), Fix("metadata", {"formats": ...})])
        return replace(found, doubt=doubt)
    if proves_day.is_empty() and proves_month.is_empty():
        return replace(found, is_unproven=True, doubt=Message(f"{first} be day first or month first", ORDERS))
    if proves_day.is_empty() or proves_month.is_empty():
        return replace(found, day_first=proves_month.is_empty())
    return replace(found, **_by_most(proves_day, proves_month))


def _by_most(proves_day: pl.Series, proves_month: pl.Series) -> dict[str, Any]:
    """Order and doubt if some dates prove that the day is first, and some that the month is."""
    both = f"the day is first in {proves_day[0]!r} and the month in {proves_month[0]!r}"
    if min(len(proves_day), len(proves_month)) <= SLIPS * (len(proves_day) + len(proves_month)):
        is_day = len(proves_day) > len(proves_month)
        read = f"all that may be either are read {'day' if is_day else 'month'} first, as most are"
        return {"day_first": is_day, "doubt": Message(f"{both}: {read}")}
    fixes = [
        Fix("metadata", {"day_first": True}, "to refuse the latter"),
        Fix("metadata", {"day_first": False}, "to refuse the former"),
    ]
    return {"is_mixed": True, "doubt": Message(both, fixes)}


def _may_begin_with_year(cells: pl.Series) -> bool:
    """Whether two-digit years come first: fewer different numbers there than at the end."""
    parts = cells.str.extract_groups(SHORT_YEAR).struct.unnest().cast(pl.Int32)
    first, middle, last = parts.get_columns()
    if first.null_count() or (middle > MONTHS).any():
        return False
    return bool((first > MONTHS).all() and last.is_between(1, 31).all() and first.n_unique() < last.n_unique())
