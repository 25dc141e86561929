"""The contents of cells, from the text of their tags and what these enclose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.sources.xlsx.book import BLANKS
from importer.sources.xlsx.cells import ZEROS, Kind
from importer.sources.xlsx.fast._tag_shapes import SHAPES
from importer.sources.xlsx.fast._text import between, is_decodable, split_once, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources.xlsx.fast._tag_shapes import Shapes

__all__ = ["CellBodies", "Usual"]

_PROBED = 64
"""Cells to probe for the most common ways of writing."""

_WAYS = 4


@dataclass(frozen=True, slots=True)
class Usual:
    """One way to write a cell, from after its reference to its end."""

    begin: str
    end: str
    kind: int
    trims: bool

    @property
    def tags(self) -> int:
        """Number of tags in the beginning and the end."""
        return self.begin.count("<") + self.end.count("<")


class CellBodies:
    """Reads cells whose tags have a prefix; None if one of them is not understood to the last byte."""

    def __init__(self, prefix: str, shapes: Shapes) -> None:
        self._shapes = shapes
        p = prefix
        self._value = f"<{p}v>", f"</{p}v></{p}c>"
        self._inline_begin = f"<{p}is>"
        self._inline = f"<{p}is><{p}t>", f"</{p}t></{p}is></{p}c>"
        self._inline_kept = f'<{p}is><{p}t xml:space="preserve">', f"</{p}t></{p}is></{p}c>"
        self._nothing = ["", f"</{p}c>"]
        self._empty = [f"<{p}v></{p}v></{p}c>", f"<{p}v/></{p}c>", f"<{p}v /></{p}c>"]
        self._formula, self._formula_end = f"<{p}f", f"</{p}f>"

    def __call__(self, cells: pl.Series) -> tuple[pl.Series, pl.Series] | None:
        """`Kind` of each cell and its text in the XML, entities not yet decoded.

        Takes what follows the reference in a cell's tag, up to the cell's end.
        """
        if cells[0].endswith("/>") and (read := self._empty_tags(cells)) is not None:
            return read
        raw, left = cells, pl.int_range(len(cells), dtype=pl.UInt32, eager=True)
        kinds = pl.Series([0], dtype=pl.UInt16).new_from_index(0, len(cells))
        for usual in self._usual(cells.head(_PROBED)):
            part = cells if len(left) == len(cells) else cells.gather(left)
            inner, whole = between(part, usual.begin, usual.end)
            bare = trimmed(inner) if usual.trims else inner
            if bare is None:
                continue
            inner = bare
            if len(left) == len(cells):
                raw, kinds = inner.clone(), kinds.new_from_index(0, 0).extend_constant(usual.kind, len(cells))
                left = left.filter(~whole)
                continue
            found = left.filter(whole)
            raw, kinds = raw.scatter(found, inner.filter(whole)), kinds.scatter(found, usual.kind)
            left = left.filter(~whole)
        if len(left):
            others = self._others(cells.gather(left))
            if others is None:
                return None
            raw, kinds = raw.clone().scatter(left, others[1]), kinds.scatter(left, others[0])
        return kinds, raw

    def _empty_tags(self, cells: pl.Series) -> tuple[pl.Series, pl.Series] | None:
        """The same for cells that are only empty tags; None if another is among them."""
        written = cells.unique()
        if len(written) > SHAPES or not written.str.ends_with("/>").all():
            return None
        kinds = {cell: self._shapes.cell(cell.removesuffix(">")) for cell in written}
        if None in kinds.values():
            return None
        nothing = pl.Series([None], dtype=pl.String).new_from_index(0, len(cells))
        if len(set(kinds.values())) == 1:
            return pl.Series([kinds[cells[0]]], dtype=pl.UInt16).new_from_index(0, len(cells)), nothing
        return cells.replace_strict(kinds, return_dtype=pl.UInt16), nothing

    def usual(self, cell: str) -> Usual | None:
        """How a cell is written, None if not in one of the most common ways."""
        tag, _, body = cell.partition(">")
        for begin, end in (self._value, self._inline):
            kind = self._shapes.cell(tag) if body.startswith(begin) else None
            if kind is not None and (begin == self._value[0] or kind == Kind.TEXT):
                return Usual(f"{tag}>{begin}", end, kind, trims=begin != self._value[0])
        return None

    def _usual(self, cells: pl.Series) -> Iterator[Usual]:
        """The most common ways in which these cells are written."""
        tags, bodies = split_once(cells, ">")
        for begin, _ in (self._value, self._inline):
            begins = bodies.str.starts_with(begin).fill_null(False)
            for tag in tags.filter(begins).value_counts(sort=True).to_series(0).head(_WAYS):
                if (found := self.usual(f"{tag}>{begin}")) is not None:
                    yield found

    def _others(self, cells: pl.Series) -> tuple[pl.Series, pl.Series] | None:
        """The same for cells that are written in other ways."""
        tags, bodies = split_once(cells, ">")
        written = tags.unique().to_list()
        if bodies.null_count() or len(written) > SHAPES:
            return None
        kinds = [self._shapes.cell(tag) for tag in written]
        if None in kinds:
            return None
        kind = tags.replace_strict(written, kinds, return_dtype=pl.UInt16)
        read = self._read(bodies)
        if read is None:
            return None
        raw, inline, formulas = read
        # Nothing follows an empty tag, and only that.
        if not tags.str.ends_with("/").equals(bodies == "") or not (kind.gather(inline) == Kind.TEXT).all():
            return None
        if len(formulas):
            kind = kind.scatter(_unsaved(formulas, raw, kind), Kind.UNSAVED)
            stale = raw.gather(formulas).is_in(ZEROS) & (kind.gather(formulas) == Kind.NUMBER)
            kind = kind.scatter(formulas.filter(stale), Kind.STALE)
        return kind, raw

    def _read(self, bodies: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series] | None:
        """Text of each cell, and the indexes of those whose type has to be text, and of formulas."""
        raw, left = self._values(bodies)
        inline = left.clear()
        if len(left) and bodies.gather(left).str.starts_with(self._inline_begin).any():
            texts = self._inline_texts(bodies.gather(left))
            if texts is None:
                return None
            found = texts.is_not_null()
            inline = left.filter(found)
            raw, left = raw.scatter(inline, texts.filter(found)), left.filter(~found)
        if len(left):
            values = self._formulas(bodies.gather(left))
            if values is None:
                return None
            raw = raw.scatter(left, values)
        return raw, inline, left

    def _values(self, bodies: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Text of the cells that hold a value or nothing, and the indexes of the others."""
        raw, whole = between(bodies, *self._value)
        left = (~whole).arg_true()
        raw = raw.scatter(left, None) if len(left) else raw
        others = bodies.gather(left)
        empty = others.is_in(self._empty)
        if empty.any():
            raw = raw.scatter(left.filter(empty), "")
        return raw, left.filter(~(empty | others.is_in(self._nothing)))

    def _inline_texts(self, bodies: pl.Series) -> pl.Series | None:
        inner, whole = between(bodies, *self._inline)
        bare = trimmed(inner.set(~whole, None))
        inner, kept = between(bodies, *self._inline_kept)
        return None if bare is None else bare.zip_with(whole, inner.set(~kept, None))

    def _formulas(self, bodies: pl.Series) -> pl.Series | None:
        """Cached results of formulas."""
        begun = bodies.str.strip_prefix(self._formula)
        head, rest = split_once(begun, self._formula_end)
        tags, formulas = split_once(head, ">")
        alone = rest.is_null()
        if alone.any():
            # A shared formula is written once; the cells below it have an empty tag.
            tag, behind = split_once(begun.filter(alone), "/>")
            at = alone.arg_true()
            tags, formulas, rest = tags.scatter(at, tag), formulas.scatter(at, ""), rest.scatter(at, behind)
        if (begun.str.len_bytes() == bodies.str.len_bytes()).any() or formulas.null_count() or rest.null_count():
            return None
        written = tags.unique()
        if formulas.str.contains("<", literal=True).any() or not is_decodable(formulas):
            return None
        if len(written) > SHAPES or not all(self._shapes.is_formula(shape) for shape in written):
            return None
        values, left = self._values(rest)
        return values if left.is_empty() and not (rest == "").any() else None


def _unsaved(formulas: pl.Series, raw: pl.Series, kinds: pl.Series) -> pl.Series:
    """Which of the formulas have no saved value; that of a text may be empty."""
    values = raw.gather(formulas)
    empty = (values.str.strip_chars(BLANKS) == "") & (kinds.gather(formulas) != Kind.TEXT)
    return formulas.filter(values.is_null() | empty)
