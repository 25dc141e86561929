"""The decimal mark of a column, from what its cells prove, or else from what the file does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from importer.errors import Fix, Message
from importer.schema.inference._survey import FITS, RARE, Evidence, total

if TYPE_CHECKING:
    from importer.schema.inference._survey import Survey
    from importer.schema.parsing import Form

__all__ = ["COMMA", "Marks", "decimal_mark", "is_bare"]

BARE_DIGITS = 4
"""A whole number of so many digits would have a thousands mark if the column used them."""

COMMA = {"decimal": ","}
"""Metadata of a column whose decimal mark is a comma."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The decimal mark of a column; None if no cell depends on it."""

    decimal: Literal[".", ","] | None = None
    doubt: str | None = None
    is_open: bool = False
    needs_hint: bool = False


def decimal_mark(survey: Survey, evidence: Evidence) -> Marks:
    """The decimal mark, from what the column proves, or else from what the file does."""
    dots, commas = survey.proofs("."), survey.proofs(",")
    if not survey.open and not dots and not commas:
        return Marks()
    may = f"{survey.open[0].example.strip()!r} may be meant either way" if survey.open else ""
    if not dots and not commas:
        return _unproved(survey, evidence)
    proved: Literal[".", ","] = "," if total(commas) > total(dots) else "."
    most, all_proofs = max(total(dots), total(commas)), total(dots) + total(commas)
    if may and most < FITS * all_proofs:
        proof = f"the decimal mark is '.' in {dots[0].example.strip()!r} and ',' in {commas[0].example.strip()!r}"
        return Marks(doubt=f"{may}: {proof}", is_open=True)
    if proved == "," and evidence.decimal != "," and most < RARE * total(survey.open):
        return Marks(doubt=f"{may}: only {commas[0].example!r} tells that ',' is the decimal mark", is_open=True)
    return Marks(decimal=proved)


def _unproved(survey: Survey, evidence: Evidence) -> Marks:
    """The decimal mark if every mark precedes three digits, as in 1,234."""
    with_comma = [shape for shape in survey.open if "," in shape.example]
    with_point = [shape for shape in survey.open if "," not in shape.example]
    if with_comma and with_point:
        pair = f"{with_comma[0].example!r} and {with_point[0].example!r}"
        return Marks(doubt=f"{pair} are marked differently, and each may be meant either way", is_open=True)
    example = survey.open[0].example.strip()
    bare = [shape for shape in survey.numbers if is_bare(shape.readings[0])]
    if bare:
        # If they are the exception, the stream says so of each.
        first = bare[0].example
        doubt = f"{example!r} may be meant either way, because {first!r} has no thousands mark"
        is_rare = total(bare) > total(survey.open)
        return Marks(decimal=".") if is_rare else Marks(doubt=doubt, is_open=True)
    if evidence.decimal is not None:
        mark = "," if with_comma else "."
        what = "decimal mark" if mark == evidence.decimal else "thousands mark"
        other: Literal[".", ","] = "." if evidence.decimal == "," else ","
        fix = Fix("metadata", {"decimal": other}, "if it is not")
        told = f"{example!r} is read with {mark!r} as the {what}, as {evidence.decimal_proof} shows"
        return Marks(decimal=evidence.decimal, doubt=Message(told, [fix]))
    if with_comma:
        return _told(example, ",", "thousands mark", ".", COMMA)
    if survey.open[0].readings[0].currency and len(survey.open) < len(survey.numbers):
        # Whole amounts of money beside it: no currency of theirs is written with three decimals.
        return _told(example, ".", "thousands mark", ",", {"decimal": "."})
    return _told(example, ".", "decimal mark", ".", COMMA)


def _told(example: str, mark: str, what: str, decimal: Literal[".", ","], otherwise: dict[str, str]) -> Marks:
    """The decimal mark that is most likely, and what to give if it is the other one."""
    other = "thousands mark" if what == "decimal mark" else "decimal mark"
    message = Message(
        f"{example!r} is read with {mark!r} as the {what}", [Fix("metadata", otherwise, f"if it is the {other}")]
    )
    return Marks(decimal=decimal, doubt=message)


def is_bare(form: Form) -> bool:
    """Whether a whole number would have a thousands mark if the column used them."""
    return form.whole >= BARE_DIGITS and not form.mark
