"""An open file under the name that the user knows: `NamedSource`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from importer.core import FileRef
from importer.engine import Reading
from importer.errors import SourceError
from importer.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from importer.core import Chunk
    from importer.engine import Plan

__all__ = ["NamedSource"]


class NamedSource:
    """A source that keeps its sample, and that calls its file by the name that the user knows.

    An upload has a random name on disk, which must not appear in labels or errors.

    Parameters
    ----------
    path
        The file.
    name
        Its name for the user.
    options
        As for `importer.plan`: ``sheet``, ``header_row``, ``last_row``, ``delimiter``, ``encoding``.

    Raises
    ------
    SourceError
        If it cannot be read.
    """

    def __init__(self, path: Path, name: str, **options: object) -> None:
        self._disk_name, self._name = path.name, name
        with self._naming():
            self._inner = open_source(path, **options)  # type: ignore[arg-type]
        self.label = self._inner.label.replace(self._disk_name, name)
        self.unit, self.total, self.header = self._inner.unit, self._inner.total, self._inner.header
        self.book = self._inner.book
        self._sample = cache(self._inner.sample)
        self.reading = Reading(self, file=FileRef(path=path, name=name, sheet=self.book.sheet), opening=options)

    def chunks(self, size: int, *, after_row: int = 0) -> Generator[Chunk, None, None]:
        """Rows below the header and below `after_row`, at most `size` a chunk."""
        with self._naming():
            yield from self._inner.chunks(size, after_row=after_row)

    def sample(self, size: int) -> Chunk:
        """About `size` rows from the whole sheet, read once."""
        with self._naming():
            return self._sample(size)

    @classmethod
    def rename(cls, plan: Plan, name: str) -> Plan:
        """The plan with its file under this name."""
        file = plan.reading.file
        if file is None or file.name == name:
            return plan
        return replace(plan, reading=cls(file.path, name, **plan.reading.opening).reading)

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Put the name into errors too."""
        try:
            yield
        except SourceError as exc:
            exc.args = tuple(str(arg).replace(self._disk_name, self._name) for arg in exc.args)
            if exc.facts.get("file") == self._disk_name:
                exc.facts["file"] = self._name
            raise
