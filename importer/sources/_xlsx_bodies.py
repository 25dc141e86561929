"""What cells hold, told apart by polars from the text of their tags and what these enclose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.sources._xlsx_shapes import SHAPES
from importer.sources._xlsx_styles import Kind
from importer.sources._xlsx_text import between, decoded, split_once, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources._xlsx_shapes import Shapes

__all__ = ["Bodies"]

_PROBED = 64
"""Cells whose ways to be written are tried first on all the others."""

_USUAL = 4


@dataclass(frozen=True, slots=True)
class _Usual:
    """One way to write a cell, from behind its reference to its end."""

    begin: str
    end: str
    kind: int


class Bodies:
    """Reads cells whose tags have a prefix; None where one of them is not understood to the last byte."""

    def __init__(self, prefix: str, shapes: Shapes) -> None:
        self._shapes = shapes
        p = prefix
        self._value = f"<{p}v>", f"</{p}v></{p}c>"
        self._inline = f"<{p}is><{p}t>", f"</{p}t></{p}is></{p}c>"
        self._inline_kept = f'<{p}is><{p}t xml:space="preserve">', f"</{p}t></{p}is></{p}c>"
        self._nothing = ["", f"</{p}c>"]
        self._empty = [f"<{p}v></{p}v></{p}c>", f"<{p}v/></{p}c>", f"<{p}v /></{p}c>"]
        value = rf"(?:<{p}v>([^<]*)</{p}v>|<{p}v ?(/)>)?"
        self._formula = rf"^<{p}f([^<>]*?)(?:/>|>([^<]*)</{p}f>){value}</{p}c>$"

    def __call__(self, cells: pl.Series) -> tuple[pl.Series, pl.Series] | None:
        """`Kind` of each cell and its text in the XML, entities not yet decoded.

        The cells are what follows the reference in a cell's tag, up to the cell's end.
        """
        raw, left = cells, pl.int_range(len(cells), dtype=pl.UInt32, eager=True)
        kinds = pl.Series([0], dtype=pl.UInt8).new_from_index(0, len(cells))
        for usual in self._usual(cells.head(_PROBED)):
            part = cells if len(left) == len(cells) else cells.gather(left)
            inner, whole = between(part, usual.begin, usual.end)
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

    def _usual(self, cells: pl.Series) -> Iterator[_Usual]:
        """The commonest ways in which these cells are written."""
        tags, bodies = split_once(cells, ">")
        begins = bodies.str.starts_with(self._value[0])
        for tag in tags.filter(begins.fill_null(False)).value_counts(sort=True).to_series(0).head(_USUAL):
            kind = self._shapes.cell(tag)
            if kind is not None:
                yield _Usual(f"{tag}>{self._value[0]}", self._value[1], kind)

    def _others(self, cells: pl.Series) -> tuple[pl.Series, pl.Series] | None:
        """The same for cells that are written in other ways."""
        tags, bodies = split_once(cells, ">")
        written = tags.unique().to_list()
        if bodies.null_count() or len(written) > SHAPES:
            return None
        kinds = [self._shapes.cell(tag) for tag in written]
        if None in kinds:
            return None
        kind = tags.replace_strict(written, kinds, return_dtype=pl.UInt8)
        read = self._read(bodies)
        if read is None:
            return None
        raw, inline = read
        # Only an empty tag has nothing behind it.
        if not tags.str.ends_with("/").equals(bodies == "") or not (kind.gather(inline) == Kind.TEXT).all():
            return None
        return kind, raw

    def _read(self, bodies: pl.Series) -> tuple[pl.Series, pl.Series] | None:
        """Text of each cell, and the indexes of those whose type has to be text."""
        raw, whole = between(bodies, *self._value)
        raw = raw.set(~whole, None)
        left = (~whole & ~bodies.is_in(self._nothing)).arg_true()
        inline = left.clear()
        if len(left):
            empty = bodies.gather(left).is_in(self._empty)
            raw, left = raw.scatter(left.filter(empty), ""), left.filter(~empty)
        if len(left):
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
        return raw, inline

    def _inline_texts(self, bodies: pl.Series) -> pl.Series | None:
        inner, whole = between(bodies, *self._inline)
        bare = trimmed(inner.set(~whole, None))
        inner, kept = between(bodies, *self._inline_kept)
        return None if bare is None else bare.zip_with(whole, inner.set(~kept, None))

    def _formulas(self, bodies: pl.Series) -> pl.Series | None:
        """Cached results of formulas."""
        groups = bodies.str.extract_groups(self._formula).struct.unnest()
        tags, formulas, values, empty = groups.get_columns()
        if tags.null_count() or decoded(formulas) is None:
            return None
        if not all(self._shapes.is_formula(shape) for shape in tags.unique()):
            return None
        return values.set(empty.is_not_null(), "")
