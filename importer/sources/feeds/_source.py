"""A feed in a file as a source: `feed_source`."""

from __future__ import annotations

from itertools import islice, repeat
from typing import TYPE_CHECKING

from importer.errors import SourceError
from importer.sources.csv import reading, unpacked
from importer.sources.feeds._feed import feed_of
from importer.sources.records import RecordSource

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["feed_source"]

MOST_BYTES = 32 << 20
"""A larger feed is refused: all of it is held."""


def feed_source(path: Path, most: int | None = None) -> RecordSource:
    """The entries of a feed, at most so many.

    Raises
    ------
    SourceError
        If it is broken, or too large.
    """
    with reading(path), path.open("rb") as raw:
        size, data = path.stat().st_size, unpacked(raw).read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise SourceError(
            f"{path.name!r} is a feed of more than {MOST_BYTES:,} bytes",
            code="file-too-large",
            facts={"file": path.name, "most": MOST_BYTES},
            fixes=["ask for fewer entries"],
        )
    try:
        rows = feed_of(data).rows
    except ValueError as exc:
        raise SourceError(
            f"{path.name!r} is a feed that is broken: {exc}",
            code="file-damaged",
            facts={"file": path.name, "error": str(exc)},
            fixes=["fetch it again", "look at it with a validator for feeds"],
        ) from exc
    return RecordSource(
        lambda: islice(zip(rows, repeat(size)), most), label=path.name, kind="feed", unit="B", total=size
    )
