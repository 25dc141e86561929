"""A source without the rows that are no data of its table: `Outlined`."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import polars as pl

from importer.core import CHUNK_ROWS, FAULTS, ROW_KINDS
from importer.sources._blocks import part_of, sample_of, those_of
from importer.sources._derived import DerivedSource
from importer.sources._outline import Outline, repeated
from importer.sources._outline_notes import notes_beyond, row_message
from importer.sources._row_limits import RowLimits, within
from importer.sources._sample_rows import sample_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from importer.core import Chunk
    from importer.errors import Note
    from importer.sources._protocol import Source

__all__ = ["Outlined", "telling"]

ALWAYS = ("headers",)
"""Kinds of rows that cannot be data."""


class Outlined(DerivedSource):
    """The same rows without those that repeat the header, and without others that the analyst leaves out.

    What is left out does not depend on how the rows come in chunks. Rows that a sample of the whole table shows
    are told in `notes`; in a larger file, `telling` tells of each row.

    Parameters
    ----------
    inner
        The file as it is.
    leave_out
        Kinds of rows, and row numbers; None for rows that repeat the header only.
    rows
        Numbers of the rows to import; None for all.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.sources import open_source
    >>> shop = open_source(pl.DataFrame({"item": ["nut", "bolt", "Total"], "qty": ["1", "2", "3"]}))
    >>> [chunk.frame.rows() for chunk in Outlined(shop, leave_out=("totals",)).chunks(10)]
    [[('nut', '1'), ('bolt', '2')]]
    >>> [chunk.rows.to_list() for chunk in Outlined(shop, rows="3-").chunks(10)]
    [[3, 4]]
    """

    def __init__(
        self,
        inner: Source,
        *,
        leave_out: tuple[str, ...] | None = None,
        rows: str | None = None,
        tells: bool = False,
    ) -> None:
        super().__init__(inner)
        self.leave_out = (*ALWAYS, *leave_out) if leave_out else (ALWAYS if leave_out is None else ())
        self._kinds = frozenset(self.leave_out) & frozenset(ROW_KINDS)
        self._limits = RowLimits.of(rows=rows, leave_out=self.leave_out)
        self._asked = (leave_out, rows)
        self._tells = tells
        self._lock = threading.RLock()
        self._whole_sample: Chunk | None = None
        self._outline: Outline | None = None
        self._last_row = 0

    @property
    def beyond(self) -> tuple[Note, ...]:
        """What is told about rows that are named and lie below the last one; known once there is a sample."""
        raw = self._inner_sample() if self._limits.names_rows else None
        if raw is None:
            return ()
        last = int(raw.rows[-1]) if raw.is_whole and not raw.rows.is_empty() else self._last_row
        return tuple(notes_beyond(self._limits, last)) if last else ()

    @property
    def outline(self) -> Outline:
        """Which rows are no data, from a sample."""
        with self._lock:
            if self._outline is None:
                self._outline = Outline.of(self._in_rows(self._inner_sample()), self.header)
            return self._outline

    @property
    def inner(self) -> Source:
        """The file as it is."""
        return self._inner

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """Rows below the header and below `after_row`, at most `size` a chunk."""
        if self._leaves_nothing_out:
            yield from super().chunks(size, after_row=after_row)
            return
        held: Chunk | None = None
        faults: list[pl.DataFrame] = []
        with closing(super().chunks(size, after_row=after_row)) as chunks:
            for raw in chunks:
                self._last_row = max(self._last_row, int(raw.rows[-1]))
                chunk, out = self._without(raw, tells=self._tells)
                faults += [] if out is None else [out]
                if not chunk.rows.is_empty():
                    if held is not None:
                        yield held
                    held, faults = _with_faults(chunk, faults), []
                elif held is not None:
                    # A chunk has at least one row, so what is left out goes with the rows before.
                    held, faults = replace(_with_faults(held, faults), completed=raw.completed), []
        if held is not None:
            yield held

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole sheet, without those that are left out."""
        raw = self._inner_sample() if size == sample_rows(self._inner) else self._inner.sample(size)
        if not raw.is_whole and self._limits.names_rows:
            # Its row numbers may be estimates, and few of its rows may be meant.
            nothing = part_of(self._without(raw)[0], 0, 0)
            return sample_of(chain([nothing], self.chunks(CHUNK_ROWS)), size)
        return self._without(raw)[0]

    def telling(self) -> Outlined:
        """The same source, whose chunks tell of each row that the sample could not show."""
        other = Outlined(self._inner, leave_out=self._asked[0], rows=self._asked[1], tells=True)
        other._outline, other._whole_sample = self._outline, self._whole_sample
        return other

    def odd(self, size: int) -> tuple[Chunk | None, dict[int, str]]:
        """Rows that are no data or may be none, and of which kind each is, by its number.

        These are all such rows of a table that the sample shows whole, or else those among the first `size`. Rows that
        are left out by their numbers are of the kind ``"rows"``.
        """
        if self.outline.is_whole:
            raw: Chunk | None = self._inner_sample()
        else:
            with closing(self._inner.chunks(size)) as chunks:
                raw = next(chunks, None)
        if raw is None:
            return None, {}
        found = self._found(raw)
        if self._limits.left_out:
            found["rows"] = within(raw.rows, self._limits.left_out)
        kinds = {row: kind for kind, mask in reversed(found.items()) for row in raw.rows.filter(mask)}
        return those_of(raw, raw.rows.is_in(pl.Series(list(kinds), dtype=raw.rows.dtype).implode())), kinds

    @property
    def _leaves_nothing_out(self) -> bool:
        """Whether a look at every row has shown that all go in."""
        outline = self._outline
        if self._limits.names_rows or outline is None or not outline.is_whole:
            return False
        return self._kinds.isdisjoint(outline.found)

    def _inner_sample(self) -> Chunk:
        with self._lock:
            if self._whole_sample is None:
                self._whole_sample = self._inner.sample(sample_rows(self._inner))
            return self._whole_sample

    def _in_rows(self, chunk: Chunk) -> Chunk:
        """The rows that may go in by their numbers."""
        return those_of(chunk, self._limits.mask(chunk.rows)) if self._limits.names_rows else chunk

    def _without(self, chunk: Chunk, *, tells: bool = False) -> tuple[Chunk, pl.DataFrame | None]:
        """The rows that go in, and what to tell about the others and about those that look like others."""
        chunk = self._in_rows(chunk)
        found = self._flags(chunk, tells=tells)
        out = pl.repeat(value=False, n=len(chunk.rows), eager=True)
        for kind in self._kinds & found.keys():
            out |= found[kind]
        told = _told(chunk, found, self._kinds) if tells and found and not self.outline.is_whole else None
        return (those_of(chunk, ~out) if out.any() else chunk), told

    def _flags(self, chunk: Chunk, *, tells: bool) -> dict[str, pl.Series]:
        """Which rows of the chunk are of which kind, as far as that matters."""
        if self._kinds <= {*ALWAYS} and (not tells or self.outline.is_whole):
            repeats = repeated(chunk, self.header) if self._kinds else None
            return {} if repeats is None else {"headers": repeats}
        return self._found(chunk)

    def _found(self, chunk: Chunk) -> dict[str, pl.Series]:
        """Which rows of the chunk are of which kind."""
        if not self.outline.is_whole:
            return self.outline.flags(chunk)
        masks = {kind: chunk.rows.is_in(rows.implode()) for kind, rows in self.outline.found.items()}
        return {kind: mask for kind, mask in masks.items() if mask.any()}


def telling(source: Source) -> Source:
    """The same source; its chunks tell of each row that no sample could show to be no data."""
    tell: Callable[[], Source] | None = getattr(source, "telling", None)
    return source if tell is None else tell()


def _told(chunk: Chunk, found: dict[str, pl.Series], left_out: frozenset[str]) -> pl.DataFrame | None:
    """A warning for each row, the first kind that it is of."""
    told: list[pl.DataFrame] = []
    seen = pl.repeat(value=False, n=len(chunk.rows), eager=True)
    for kind in ROW_KINDS:
        if kind not in found:
            continue
        rows = chunk.rows.filter(found[kind] & ~seen)
        seen |= found[kind]
        message = row_message(kind, is_left_out=kind in left_out)
        about = {"position": None, "value": None, "rule": f"row-of-{kind}", "severity": "warning", "message": message}
        told.append(pl.DataFrame({"row": rows, **about}, schema=FAULTS))
    return pl.concat(told).sort("row") if told else None


def _with_faults(chunk: Chunk, faults: Sequence[pl.DataFrame]) -> Chunk:
    if not faults:
        return chunk
    known = [] if chunk.faults is None else [chunk.faults]
    return replace(chunk, faults=pl.concat([*known, *faults]).sort("row", maintain_order=True))
