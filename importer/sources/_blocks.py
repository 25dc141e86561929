"""Regroup the blocks of rows that a file yields into chunks of the requested size."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from importer.core import EXTRA, FAULTS, Chunk
from importer.sources._size import MOST_BYTES, text_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["LEAST_ROWS", "joined", "lighter", "part_of", "regroup", "sample_of", "spread", "those_of"]

NUMBER = "number "
"""In a sample, begins the name of a column that tells which cells are numbers."""

MOST_CELLS = 1 << 23
"""Limit of cells per chunk. Chunks of a very wide sheet have fewer rows than requested."""

LEAST_ROWS = 16
"""Rows of a sample, however much text they hold."""


def regroup(
    blocks: Iterator[Chunk], size: int, first: int = 1_000, *, most_cells: int = MOST_CELLS
) -> Generator[Chunk]:
    """Chunks of at most `size` rows, however tall the blocks are. Blocks with much text are not joined.

    The first chunk has `first` rows, and each next one four times as many until `size` is reached, so
    that progress shows early. ``completed`` is interpolated inside a block, never falls, and ends
    where the last block ends. Closing the iterator closes `blocks`.

    Examples
    --------
    >>> block = Chunk(frame=pl.DataFrame({"a": list("xyz")}), rows=pl.Series([2, 3, 5]), completed=30)
    >>> [(chunk.rows.to_list(), chunk.completed) for chunk in regroup(iter([block]), 2)]
    [([2, 3], 20), ([5], 30)]
    """
    if size < 1:
        raise ValueError(f"a chunk must have 1 row or more, not {size!r}")
    target = min(first, size)
    held: deque[Chunk] = deque()
    height = done = weight = 0
    try:
        for block in blocks:
            most = min(size, max(most_cells // max(block.frame.width, 1), 1))
            target = min(target, most)
            if not block.rows.is_empty():
                added = text_bytes(block.frame)
                if held and weight + added > MOST_BYTES:
                    chunk = _take(held, height, done)
                    done, height, weight = chunk.completed, 0, 0
                    yield chunk
                weight += added
                held.append(block)
                height += block.rows.len()
            elif held:
                held[-1] = replace(held[-1], completed=max(held[-1].completed, block.completed))
            # The last chunk must end where the blocks end, so one row is always held back.
            while height > target:
                chunk = _take(held, target, done)
                weight = weight * (height - target) // height
                done, height = chunk.completed, height - target
                yield chunk
                target = min(4 * target, most)
        if held:
            yield _take(held, height, done)
    finally:
        if isinstance(blocks, Generator):
            blocks.close()


def spread(total: int, n: int) -> list[int]:
    """At most `n` distinct positions from 0 to `total` - 1, evenly apart, both ends among them.

    Examples
    --------
    >>> spread(101, 5), spread(3, 5)
    ([0, 25, 50, 75, 100], [0, 1, 2])
    """
    if n >= total:
        return list(range(total))
    return [index * (total - 1) // (n - 1) for index in range(n)] if n > 1 else [0] * n


def joined(parts: Sequence[Chunk], completed: int) -> Chunk:
    """The rows of all the parts in one chunk."""
    if len(parts) == 1:
        return replace(parts[0], completed=completed)
    extras = [part.extra for part in parts if part.extra is not None]
    faults = [part.faults for part in parts if part.faults is not None]
    has_numbers = any(part.numbers is not None for part in parts)
    numbers = [_numbers_of(part) for part in parts] if has_numbers else []
    return Chunk(
        frame=pl.concat([part.frame for part in parts]),
        rows=pl.concat([part.rows for part in parts]),
        completed=completed,
        extra=pl.concat(extras) if extras else None,
        faults=pl.concat(faults) if faults else None,
        numbers=pl.concat(numbers) if numbers else None,
    )


def part_of(chunk: Chunk, offset: int, height: int) -> Chunk:
    """At most `height` rows of the chunk, from `offset` on."""
    rows = chunk.rows.slice(offset, height)
    numbers = None if chunk.numbers is None else chunk.numbers.slice(offset, height)
    return replace(
        chunk,
        frame=chunk.frame.slice(offset, height),
        rows=rows,
        extra=_about(rows, chunk.extra),
        faults=_about(rows, chunk.faults),
        numbers=numbers,
    )


def _numbers_of(chunk: Chunk) -> pl.DataFrame:
    """Which cells of the chunk are numbers in the file itself."""
    if chunk.numbers is not None:
        return chunk.numbers
    nowhere = pl.Series([False]).new_from_index(0, chunk.frame.height)
    return pl.DataFrame([nowhere.alias(label) for label in chunk.frame.columns])


def those_of(chunk: Chunk, wanted: pl.Series) -> Chunk:
    """The rows of the chunk that are wanted."""
    rows = chunk.rows.filter(wanted)
    return replace(
        chunk,
        frame=chunk.frame.filter(wanted),
        rows=rows,
        extra=_about(rows, chunk.extra),
        faults=_about(rows, chunk.faults),
        numbers=None if chunk.numbers is None else chunk.numbers.filter(wanted),
    )


def _about(rows: pl.Series, beside: pl.DataFrame | None) -> pl.DataFrame | None:
    """What a chunk holds beside its frame, about these rows only; None if that is nothing."""
    if beside is None:
        return None
    found = beside.filter(pl.col("row").is_in(rows.implode()))
    return None if found.is_empty() else found


def sample_of(blocks: Iterable[Chunk], size: int) -> Chunk:
    """At most `size` rows of all the blocks: the first, the last and some evenly between.

    There are fewer if they hold much text. Needs at least one block, which may be empty.

    Examples
    --------
    >>> rows = pl.int_range(2, 102, eager=True)
    >>> block = Chunk(frame=pl.DataFrame({"a": rows.cast(pl.String)}), rows=rows, completed=9)
    >>> sample_of([block], 8).rows.to_list()
    [2, 3, 10, 34, 66, 98, 100, 101]
    """
    quarter, step, seen, weight = size // 4, 1, 0, 0
    tables: list[pl.DataFrame] = []
    extras, faults = [pl.DataFrame(schema=EXTRA)], [pl.DataFrame(schema=FAULTS)]
    for block in blocks:
        # Most rows of a late block are left out before anything is made of them.
        index = pl.DataFrame({"index": pl.int_range(seen, seen + block.rows.len(), eager=True)})
        index = _thinned(index, quarter, step, seen + block.rows.len())
        part = _at(block, index["index"] - seen)
        columns = [column.alias(str(at)) for at, column in enumerate(part.frame.iter_columns())]
        beside = [] if part.numbers is None else part.numbers.get_columns()
        columns += [column.alias(f"{NUMBER}{at}") for at, column in enumerate(beside)]
        tables.append(index.hstack([part.rows.alias("row"), *columns]))
        extras += [] if block.extra is None else [block.extra]
        faults += [] if block.faults is None else [block.faults]
        seen += block.rows.len()
        weight += text_bytes(part.frame)
        height = sum(table.height for table in tables)
        if weight > MOST_BYTES and height > 4 * LEAST_ROWS:
            size = min(size, max(height * MOST_BYTES // (4 * weight), LEAST_ROWS))
            quarter = size // 4
        if height > 4 * size:
            tables = [_thinned(pl.concat(tables, how="diagonal"), quarter, step, seen)]
            while tables[0].height > 2 * size:
                step *= 2
                tables = [_thinned(tables[0], quarter, step, seen)]
            weight = text_bytes(tables[0].select(name for name in tables[0].columns if name.isdecimal()))
            extras, faults = (
                [pl.concat(found).filter(pl.col("row").is_in(tables[0]["row"].implode()))] for found in (extras, faults)
            )

    kept = pl.concat(tables, how="diagonal")
    if seen > size:
        kept = _thinned(kept, quarter, step, seen)
        between = spread(kept.height - 2 * quarter, size - 2 * quarter)
        kept = pl.concat([kept.head(quarter), kept[[quarter + at for at in between]], kept.tail(quarter)])
    labels = block.frame.columns
    frame = pl.DataFrame([kept[str(at)].alias(label) for at, label in enumerate(labels)])
    numbers = None
    if any(name.startswith(NUMBER) for name in kept.columns):
        numbers = pl.DataFrame(
            [kept[f"{NUMBER}{at}"].fill_null(value=False).alias(label) for at, label in enumerate(labels)]
        )
    extra, fault = (_about(kept["row"], pl.concat(found)) for found in (extras, faults))
    return Chunk(
        frame=frame,
        rows=kept["row"],
        completed=block.completed,
        extra=extra,
        faults=fault,
        numbers=numbers,
        is_whole=seen <= size,
    )


def _at(chunk: Chunk, places: pl.Series) -> Chunk:
    """The rows at these places, without what the chunk holds beside its frame."""
    if places.len() == chunk.rows.len():
        return chunk
    numbers = None if chunk.numbers is None else chunk.numbers[places]
    return replace(chunk, frame=chunk.frame[places], rows=chunk.rows.gather(places), numbers=numbers)


def lighter(sample: Chunk) -> Chunk:
    """The sample, with fewer rows if they hold much text."""
    return sample_of([sample], sample.rows.len()) if text_bytes(sample.frame) > MOST_BYTES else sample


def _thinned(table: pl.DataFrame, ends: int, step: int, total: int) -> pl.DataFrame:
    """The first and last rows and every `step`-th of the others."""
    index = pl.col("index")
    return table.filter((index < ends) | (index % step == 0) | (index >= total - ends))


def _take(held: deque[Chunk], height: int, done: int) -> Chunk:
    """Remove the first rows from the held blocks, and return them as one chunk."""
    parts: list[Chunk] = []
    while height:
        block = held.popleft()
        rows = block.rows.len()
        if rows > height:
            share = max(block.completed - done, 0) * height // rows
            held.appendleft(part_of(block, height, rows - height))
            block = replace(part_of(block, 0, height), completed=done + share)
        done = max(done, block.completed)
        height -= block.rows.len()
        parts.append(block)
    return joined(parts, done)
