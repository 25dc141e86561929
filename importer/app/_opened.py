"""A file that is open, under the name by which the analyst knows it: `Opened`."""

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

__all__ = ["Opened"]


class Opened:
    """A source that keeps its sample, and that calls its file as the analyst does.

    An uploaded file lies on disk under a made-up name, which nobody wants to read.

    Parameters
    ----------
    path
        The file.
    name
        Its name.
    options
        As for `importer.plan`: ``sheet``, ``header_row``, ``last_row``, ``delimiter``, ``encoding``.

    Raises
    ------
    SourceError
        Where it cannot be read.
    """

    def __init__(self, path: Path, name: str, **options: object) -> None:
        self._made_up, self._name = path.name, name
        with self._naming():
            self._inner = open_source(path, **options)  # type: ignore[arg-type]
        self.label = self._inner.label.replace(self._made_up, name)
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
    def again(cls, plan: Plan, name: str) -> Plan:
        """The plan with its file under this name, where it lies under another one."""
        file = plan.reading.file
        if file is None or file.name == name:
            return plan
        return replace(plan, reading=cls(file.path, name, **plan.reading.opening).reading)

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Call the file by its name in errors too."""
        try:
            yield
        except SourceError as exc:
            exc.args = tuple(str(arg).replace(self._made_up, self._name) for arg in exc.args)
            if exc.facts.get("file") == self._made_up:
                exc.facts["file"] = self._name
            raise
