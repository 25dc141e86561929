"""The forms of all numbers in a column, counted: `Survey`, and what files prove by them: `Evidence`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import polars as pl

from importer.core import EACH, here
from importer.schema.parsing import forms, shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.schema.parsing import Form

__all__ = ["FITS", "RARE", "Evidence", "Shape", "Survey", "total"]

FITS = 0.9
"""Share of the filled cells that must fit a type. The others are refused one by one."""

RARE = 0.01
"""Share below which evidence may be a typing error."""

LIKE_A_NUMBER = (
    r"^[^\pN]{0,8}[\pN.,\x{66b}][\pN.,' \x{a0}\x{202f}\x{2009}\x{2019}\x{66b}\x{66c}]*(?:[eE][-+]?[0-9]+)?[^\pN]{0,8}$"
)
"""One number, whatever is around it."""

PLAIN = "^-?(?:0|[1-9][0-9]{0,14})$"
"""A whole number about which there is nothing to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Cells of one shape: how many there are, the first of them, and its readings as a number."""

    count: int
    example: str
    readings: tuple[Form, ...]


@dataclass(frozen=True, kw_only=True)  # without slots, for cached properties
class Survey:
    """The shapes of the filled cells of one column.

    Examples
    --------
    >>> survey = Survey.of(pl.Series(["1,250", "12,50", "7", "x"]))
    >>> survey.count, [shape.example for shape in survey.proofs(",")], [shape.example for shape in survey.open]
    (3, ['12,50'], ['1,250'])
    """

    shapes: tuple[Shape, ...]
    is_plain: bool = False

    @classmethod
    def of(cls, cells: pl.Series) -> Survey:
        """Count the shapes of these cells."""
        if cells.is_empty():
            return cls(shapes=())
        if here(cells, EACH.str.contains(PLAIN)).all():
            shape = Shape(count=len(cells), example=cells[0], readings=forms("9"))
            return cls(shapes=(shape,), is_plain=True)
        is_like_one = here(cells, EACH.str.contains(LIKE_A_NUMBER))
        others = Shape(count=int((~is_like_one).sum()), example="", readings=())
        if others.count > len(cells) / 2:
            return cls(shapes=(replace(others, count=len(cells)),))
        cells = cells.filter(is_like_one) if others.count else cells
        table = pl.DataFrame({"shape": shapes(cells), "cell": cells})
        counted = table.group_by("shape", maintain_order=True).agg(pl.len(), pl.first("cell"))
        rows = counted.iter_rows()
        return cls(
            shapes=(
                *(Shape(count=count, example=cell, readings=forms(shape)) for shape, count, cell in rows),
                *([others] if others.count else []),
            )
        )

    @cached_property
    def numbers(self) -> tuple[Shape, ...]:
        """Shapes that may be numbers."""
        return tuple(shape for shape in self.shapes if shape.readings)

    @cached_property
    def count(self) -> int:
        """How many cells may be numbers."""
        return sum(shape.count for shape in self.numbers)

    @cached_property
    def are_numbers(self) -> bool:
        """Whether nearly all cells may be numbers."""
        return self.count >= FITS * total(self.shapes) > 0

    @cached_property
    def open(self) -> tuple[Shape, ...]:
        """Shapes that are two different numbers, by the decimal mark."""
        return tuple(shape for shape in self.numbers if len(shape.readings) > 1)

    def proofs(self, decimal: str) -> tuple[Shape, ...]:
        """Shapes that are numbers only if this is the decimal mark."""
        return tuple(
            shape
            for shape in self.numbers
            if len(shape.readings) == 1 and _proves(shape.readings[0]) == decimal and not shape.readings[0].has_zeros
        )

    def reading(self, shape: Shape, decimal: str) -> Form | None:
        """How the cells of a shape are read with this decimal mark."""
        return next((form for form in shape.readings if _proves(form) in (decimal, None)), None)


def _proves(form: Form) -> str | None:
    """The decimal mark that a reading takes for granted."""
    return form.decimal or {",": ".", ".": ","}.get(form.mark)


def total(shapes: Iterable[Shape]) -> int:
    """How many cells have one of these shapes."""
    return sum(shape.count for shape in shapes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What some columns of a file prove for those that prove nothing themselves.

    Attributes
    ----------
    decimal
        The decimal mark; None if no column proves one, or two prove different ones.
    decimal_proof
        The cell that proves it, in words.
    day_first
        Whether the day comes first; None if no column proves it, or two prove different orders.
    order_proof
        The column that proves it, in words.
    """

    decimal: Literal[".", ","] | None = None
    decimal_proof: str = ""
    day_first: bool | None = None
    order_proof: str = ""

    @classmethod
    def of(cls, surveys: Mapping[str, Survey], *, delimiter: str | None = None) -> Evidence:
        """What the columns prove, by their headers; a file with ``;`` between fields may write ``12,50``.

        Examples
        --------
        >>> surveys = {"price": Survey.of(pl.Series(["12,50"])), "kg": Survey.of(pl.Series(["1,250"]))}
        >>> Evidence.of(surveys).decimal_proof
        "'12,50' in the column 'price'"
        """
        proofs: dict[Literal[".", ","], str] = {}
        for label, survey in surveys.items():
            dots, commas = survey.proofs("."), survey.proofs(",")
            proof = dots or commas
            is_slip = total(proof) < RARE * total(survey.open)
            if proof and not (dots and commas) and survey.are_numbers and not is_slip:
                words = f"{proof[0].example.strip()!r} in the column {label!r}"
                proofs.setdefault("." if dots else ",", words)
        if len(proofs) == 1:
            ((mark, words),) = proofs.items()
            return cls(decimal=mark, decimal_proof=words)
        if not proofs and delimiter == ";":
            return cls(decimal=",", decimal_proof="';' between the fields")
        return cls()
