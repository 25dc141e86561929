"""The shared strings of a workbook, read as far as needed."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SourceError
from importer.sources.xlsx.book import Archive, Cutter
from importer.sources.xlsx.exact import StringsParser
from importer.sources.xlsx.fast import fast_strings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

__all__ = ["SharedStrings", "string_tables"]

STRINGS_BYTES = 1 << 30
"""Limit of the part, inflated."""

STRINGS = 1 << 26
"""Limit of their number."""

_FIRST_BYTES, _BLOCK_BYTES = 1 << 16, 2 << 20


class SharedStrings:
    """The strings that cells refer to by number, kept once they are read. Thread-safe.

    Programs number them in order of appearance, so the first rows do not wait for all of them.

    Parameters
    ----------
    path
        The workbook.
    part
        The part that holds them, None if the workbook has no such part.
    """

    def __init__(self, path: Path, part: str | None) -> None:
        self._path = path
        self._part = part
        self._lock = Lock()
        self._table = pl.Series("strings", [], dtype=pl.String)
        self._is_complete = part is None
        self._tables: Generator[pl.Series] | None = None

    def __call__(self, count: int) -> pl.Series:
        """The first `count` strings or more, or all if there are fewer."""
        with self._lock:
            if count > len(self._table) and not self._is_complete:
                # Growing by an eighth keeps concatenation cheap, and no thread waits for long.
                self._grow(max(count, len(self._table) + len(self._table) // 8))
            return self._table

    def close(self) -> None:
        """Close the file. It is opened again when more strings are needed."""
        with self._lock:
            if self._tables is not None:
                self._tables.close()
            self._tables = None

    def _grow(self, count: int) -> None:
        tables = self._tables or self._read(len(self._table))
        self._tables = None
        parts, height = [self._table], len(self._table)
        for part in tables:
            parts.append(part)
            height += len(part)
            if height >= count:
                self._tables = tables
                break
        self._is_complete = self._tables is None
        self._table = pl.concat(parts, rechunk=True)

    def _read(self, skipped: int) -> Generator[pl.Series]:
        """All strings after the first `skipped`."""
        part = self._part or ""
        where = f"the shared strings of {self._path.name!r}"
        with Archive(self._path) as archive, archive.stream(part) as stream:
            if archive.size(part) > STRINGS_BYTES:
                raise _too_large(where)
            count = 0
            for table in string_tables(Cutter(stream, "sst", where), where):
                past = min(max(skipped - count, 0), len(table))
                count += len(table)
                if count > STRINGS:
                    raise _too_large(where)
                yield table.slice(past)


def _too_large(where: str) -> SourceError:
    return SourceError(
        f"{where} are larger than {STRINGS_BYTES >> 30} GiB or more than {STRINGS >> 20} million",
        code="file-suspicious",
        facts={"part": where},
        fixes=["split the workbook if they are meant", "do not trust the file"],
    )


def string_tables(cutter: Cutter, where: str) -> Iterator[pl.Series]:
    """All strings in order, in batches."""
    prefix = cutter.prefix or ""
    exact: StringsParser | None = None
    for block in cutter.blocks(f"</{prefix}si>".encode(), first=_FIRST_BYTES, size=_BLOCK_BYTES):
        if exact is None:
            found = fast_strings(block.data, cutter.prologue, prefix, where)
            if found is not None:
                yield found
                continue
            exact = StringsParser(where)
            exact.feed(cutter.prologue or b"")
        exact.feed(block.data)
        yield exact.take()
        if exact.resting and cutter.prologue is not None:
            exact = None
    if exact is None:
        exact = StringsParser(where)
        exact.feed(cutter.prologue or b"")
    exact.feed(b"", last=True)
    yield exact.take()
