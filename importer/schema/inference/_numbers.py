"""The one writing that explains the numbers of a column, or why there is none: `numbers`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from importer.schema.inference._decimal_mark import Marks, decimal_mark, is_bare
from importer.schema.inference._survey import FITS, Evidence, total
from importer.schema.parsing import NumberWriting, forms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from importer.schema.inference._survey import Shape, Survey
    from importer.schema.parsing import Form

T = TypeVar("T")

ZERO: Final = forms("0")[0]
"""Nothing, which needs no percent sign."""

__all__ = ["Kept", "Numbers", "numbers"]

LISTED_DIGITS = 2
"""Whole numbers of so few digits in brackets may count a list, or name a footnote."""

LONG_DIGITS = 15
"""Whole numbers with more digits are codes, which other programs cannot hold exactly."""

PHONE_DIGITS, PHONE_GROUPS, GROUPED_DIGITS, PHONE_SPREAD = 7, 3, 9, 2
IP_GROUPS, BYTE = 4, 255

OTHER_WORDS = {"RM": "rooms", "Ft": "feet"}
"""Currencies that mean something else too, unless decimals or thousands marks show that they are money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What cells have that numbers would lose: how many cells, and one of them."""

    count: int
    example: str
    what: str
    is_doubt: bool = False

    @classmethod
    def of(cls, shapes: Sequence[Shape], what: str, *, is_doubt: bool = False) -> Kept:
        """What the cells of these shapes have."""
        return cls(count=total(shapes), example=shapes[0].example, what=what, is_doubt=is_doubt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers of a column.

    Attributes
    ----------
    writing
        How they are written, as far as one writing explains them.
    needs_hint
        Whether the decimal mark has to be kept in the schema.
    doubt
        Evidence against this reading, or what only the analyst can settle.
    kept
        Why the column is text in spite of it; None if it is not.
    is_open
        Whether only the analyst can settle how to read the cells.
    """

    writing: NumberWriting
    needs_hint: bool = False
    doubt: str | None = None
    kept: Kept | None = None
    is_open: bool = False


def numbers(
    survey: Survey, evidence: Evidence, decimal: Literal[".", ","] | None = None, *, is_key: bool = False
) -> Numbers:
    """The writing of the numbers in a column.

    Parameters
    ----------
    decimal
        The decimal mark, if it is known.
    is_key
        Whether two texts may never become one number.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.schema.inference._survey import Survey
    >>> numbers(Survey.of(pl.Series(["50%", "0.5", "25"])), Evidence()).kept.what
    "no percent sign, and the others have one as in '50%'"
    """
    if survey.is_plain:
        return Numbers(writing=NumberWriting(places=0 if is_key else None))
    marks = decimal_mark(survey, evidence) if decimal is None else Marks(decimal=decimal)
    if marks.is_open:
        return Numbers(writing=NumberWriting(), doubt=marks.doubt, is_open=True)
    known: Literal[".", ","] = marks.decimal or "."
    readings = ((survey.reading(shape, known), shape) for shape in survey.numbers)
    pairs = tuple((form, shape) for form, shape in readings if form is not None)
    needs_hint = marks.decimal == "," or (
        marks.decimal == "." and any("," in shape.example for shape in survey.numbers)
    )
    read = _Read(pairs=pairs)
    found = _of(read, known, replace(marks, needs_hint=needs_hint))
    return _as_key(read, found) if is_key and found.kept is None else found


def _as_key(read: _Read, found: Numbers) -> Numbers:
    """The numbers of a key: text, if one number could be written in two ways."""
    places = {form.places for form, _ in read.pairs}
    if len(places) <= 1 and not read.any(_is_dressed):
        return replace(found, writing=replace(found.writing, places=places.pop() if places else 0))
    odd = read.those(lambda form: form.places or form.mark or form.currency) or [shape for _, shape in read.pairs]
    return replace(found, kept=Kept.of(odd, "a writing in which two texts are one number, and the column is the key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Shapes of a column, each with its reading."""

    pairs: tuple[tuple[Form, Shape], ...]

    def those(self, test: Callable[[Form], object]) -> list[Shape]:
        """Shapes whose reading passes the test."""
        return [shape for form, shape in self.pairs if test(form)]

    def any(self, test: Callable[[Form], object]) -> bool:
        """Whether a reading passes the test."""
        return any(test(form) for form, _ in self.pairs)

    def most(self, value: Callable[[Form], T]) -> T | None:
        """The most frequent value that is not empty."""
        counts: Counter[T] = Counter()
        for form, shape in self.pairs:
            if value(form):
                counts[value(form)] += shape.count
        return counts.most_common(1)[0][0] if counts else None

    @property
    def count(self) -> int:
        """How many cells there are."""
        return total(shape for _, shape in self.pairs)

    def without(self, shapes: Iterable[Shape]) -> _Read:
        """The others."""
        left_out = set(map(id, shapes))
        return _Read(pairs=tuple(pair for pair in self.pairs if id(pair[1]) not in left_out))


def _of(read: _Read, decimal: Literal[".", ","], marks: Marks) -> Numbers:
    """The writing of cells that are read so."""
    found = Numbers(writing=NumberWriting(decimal=decimal), doubt=marks.doubt, needs_hint=marks.needs_hint)
    looks = (look(read) for look in (_as_code, _as_telephone, _as_percents, _as_list))
    found = replace(found, kept=next(filter(None, looks), None))
    odd = read.those(_is_odd)
    read = read.without(odd)
    currency, mark = read.most(lambda form: form.currency) or "", read.most(lambda form: form.mark) or ""
    if total(read.those(lambda form: form.mark)) < total(read.those(is_bare)):
        mark = ""
    found = replace(found, kept=found.kept or _as_currencies(read, currency))
    is_percent = read.any(lambda form: form.is_percent) and _is_most(read, lambda form: form.is_percent)
    has_places = is_percent or read.any(lambda form: form.decimal or (form.exponent and not form.places))
    bare = read.those(lambda form: not form.currency) if currency else []
    if bare and found.doubt is None:
        several = "is" if total(bare) == 1 else "are"
        doubt = f"{total(bare):,} of {read.count:,} numbers {several} without {currency!r}, e.g. {_cell(bare)}"
        found = replace(found, doubt=f"{doubt}; taken for the same currency")
    brackets = read.those(lambda form: form.sign == "()")
    if brackets and found.doubt is None and not read.any(_is_money):
        doubt = f"{_cell(brackets)} is read as a negative number, because it is in brackets"
        found = replace(found, doubt=doubt)
    writing = NumberWriting(
        decimal=decimal,
        mark=mark,
        is_indian=read.any(lambda form: form.is_indian),
        currency=currency,
        place=read.most(lambda form: form.place) or "",
        has_bare=bool(bare),
        is_percent=is_percent,
        has_places=has_places,
        has_exponents=has_places and read.any(lambda form: form.exponent == "program"),
        has_dashes=read.any(lambda form: form.has_dashes),
        has_after=read.any(lambda form: form.sign == "after"),
        has_brackets=bool(brackets),
    )
    if found.kept is not None:
        # A table that wants numbers gets those that are written as numbers alone.
        writing = replace(writing, mark="", currency="", has_after=False, has_brackets=False)
    return replace(found, writing=writing)


def _is_dressed(form: Form) -> bool:
    """Whether there is more to the number than digits, a minus and a decimal mark with digits behind it."""
    has_more = form.mark or form.currency or form.is_percent or form.exponent or form.has_dashes or not form.whole
    return bool(has_more or form.sign not in ("", "-") or (form.decimal and not form.places))


def _cell(shapes: Sequence[Shape]) -> str:
    return repr(shapes[0].example.strip())


def _is_money(form: Form) -> bool:
    return bool(form.places or form.mark or form.currency or form.is_percent)


def _is_most(read: _Read, test: Callable[[Form], object]) -> bool:
    return total(read.those(lambda form: test(form) or form == ZERO)) >= FITS * read.count


def _is_odd(form: Form) -> bool:
    """Whether such a cell is no proof of a writing, but something else or a typing error."""
    return form.exponent == "code" or (form.sign == "after" and not _is_money(form))


def _as_code(read: _Read) -> Kept | None:
    """Digits that are no quantity: a number would lose a part of them."""
    if zeros := read.those(lambda form: form.has_zeros):
        return Kept.of(zeros, "leading zeros")
    are_whole = not read.any(lambda form: form.places and not form.exponent)
    codes = read.those(lambda form: form.exponent == "code" or (are_whole and form.exponent))
    if codes and (total(codes) > (1 - FITS) * read.count or are_whole) and not _all_programs(read):
        is_doubt = 2 * total(codes) < read.count
        return Kept.of(codes, "an exponent, as part numbers have", is_doubt=is_doubt)
    if are_whole and (long := read.those(lambda form: form.whole > LONG_DIGITS and not form.exponent)):
        return Kept.of(long, f"more than {LONG_DIGITS} digits")
    return None


def _all_programs(read: _Read) -> bool:
    """Whether a program printed every number, as 1.5e+06."""
    return not read.any(lambda form: form.exponent != "program")


def _as_telephone(read: _Read) -> Kept | None:
    """Digits in groups that are no thousands: telephone numbers and IP addresses."""
    signed = read.those(lambda form: form.sign == "+" and form.whole > PHONE_DIGITS and not form.places)
    if signed and not read.any(lambda form: form.sign in ("-", "()", "after")):
        return Kept.of(signed, "the form of telephone numbers")
    grouped = read.those(lambda form: form.groups >= PHONE_GROUPS and form.mark in (" ", ".") and not form.places)
    if not grouped or total(grouped) < FITS * read.count or read.any(lambda form: form.currency or form.is_percent):
        return None
    lengths = {form.whole for form, shape in read.pairs if shape in grouped}
    if all(form.mark != "." for form, shape in read.pairs if shape in grouped):
        is_phone = min(lengths) >= GROUPED_DIGITS and max(lengths) <= min(lengths) + PHONE_SPREAD
        return Kept.of(grouped, "the form of telephone numbers") if is_phone else None
    are_bytes = all(int(part) <= BYTE for shape in grouped for part in shape.example.strip().split("."))
    if are_bytes and all(shape.readings[0].groups == IP_GROUPS for shape in grouped):
        return Kept.of(grouped, "the form of IP addresses")
    is_phone = len(lengths) == 1 and min(lengths) >= GROUPED_DIGITS
    return Kept.of(grouped, "the form of telephone numbers") if is_phone else None


def _as_percents(read: _Read) -> Kept | None:
    """Numbers of which some are percentages."""
    percents = read.those(lambda form: form.is_percent)
    others = read.those(lambda form: not form.is_percent and form != ZERO)
    if min(total(percents), total(others)) <= (1 - FITS) * read.count:
        return None
    return Kept.of(others, f"no percent sign, and the others have one as in {_cell(percents)}", is_doubt=True)


def _as_currencies(read: _Read, currency: str) -> Kept | None:
    """Amounts in several currencies, or rooms that look like one."""
    others = read.those(lambda form: form.currency and form.currency != currency)
    same = read.those(lambda form: form.currency == currency) if currency else []
    if total(others) > (1 - FITS) * total([*others, *same]):
        return Kept.of(others, f"another currency than {_cell(same)}", is_doubt=True)
    if currency in OTHER_WORDS and not read.any(lambda form: form.places or form.mark):
        return Kept.of(same, f"the form of {OTHER_WORDS[currency]}", is_doubt=True)
    return None


def _as_list(read: _Read) -> Kept | None:
    """Numbers in brackets that count a list, and ranges without an end."""
    after = read.those(lambda form: form.sign == "after" and not _is_money(form))
    if total(after) > (1 - FITS) * read.count:
        return Kept.of(after, "a dash behind the number, as ranges have", is_doubt=True)
    points = read.those(lambda form: form.decimal and not form.places)
    if points and total(points) >= FITS * read.count:
        return Kept.of(points, "a point behind the number, as the numbers of a list have", is_doubt=True)
    brackets = read.those(lambda form: form.sign == "()")
    if not brackets or read.any(_is_money):
        return None
    is_short = all(form.whole <= LISTED_DIGITS for form, _ in read.pairs if form.sign == "()")
    if total(brackets) == read.count or is_short:
        return Kept.of(brackets, "brackets, as the numbers of a list have", is_doubt=True)
    return None
