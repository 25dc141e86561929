"""What a file shows before it is imported: `Reading`."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from importer.core import READING_OPTIONS, FileRef
from importer.sources import File, Footer, open_source

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from importer.core import Chunk, Header
    from importer.schema import Format
    from importer.schema.inference import Inference
    from importer.sources import Opening, Source

__all__ = ["SAMPLE_ROWS", "Reading"]

SAMPLE_ROWS = 5_000
"""Rows from the whole file from which types and formats are inferred."""


class Reading:
    """What a file shows: its header, a sample, and the types and formats inferred from that.

    The sample is read, and each question answered, once, when first needed. All plans for the same
    file share one reading, in any thread.

    Parameters
    ----------
    source
        The open file.
    file
        Which file that is; None for a frame, and for a source of your own.
    opening
        The options with which it was opened.
    """

    def __init__(
        self, source: Source, *, file: FileRef | None = None, opening: Mapping[str, Any] | None = None
    ) -> None:
        self.source = source
        self.file = file
        self.opening: dict[str, Any] = {name: (opening or {}).get(name) for name in READING_OPTIONS}
        self._lock = threading.RLock()
        self._sample: Chunk | None = None
        self._inferences: dict[tuple[object, ...], Inference] = {}
        self._formats: dict[tuple[object, ...], Format] = {}

    @classmethod
    def of(cls, file: File | Reading, **opening: Unpack[Opening]) -> Reading:
        """Open the file, unless a reading with these options is given.

        Raises
        ------
        SourceError
            If the file cannot be read.
        """
        if isinstance(file, Reading):
            return file.reopened(opening)
        source = open_source(file, **opening)
        path = Path(file) if isinstance(file, str | os.PathLike) else None
        ref = None if path is None else FileRef(path=path, name=path.name, sheet=source.book.sheet)
        return cls(source, file=ref, opening=opening)

    def reopened(self, opening: Mapping[str, Any]) -> Reading:
        """The reading with these options: itself, or a new one if they differ.

        Raises
        ------
        SourceError
            If the file cannot be read with these options.
        """
        wanted = {name: opening.get(name) for name in READING_OPTIONS}
        if wanted == self.opening:
            return self
        source = open_source(self.source if self.file is None else self.file.path, **wanted)
        ref = self.file
        if ref is not None:
            ref = FileRef(path=ref.path, name=ref.name, sheet=source.book.sheet)
        return Reading(source, file=ref, opening=wanted)

    @property
    def header(self) -> Header:
        """The columns of the file."""
        return self.source.header

    @property
    def sample(self) -> Chunk:
        """Rows from the whole file, as text."""
        with self._lock:
            if self._sample is None:
                self._sample = self.source.sample(SAMPLE_ROWS)
            return self._sample

    @property
    def footer(self) -> Footer | None:
        """Rows at the end that may be notes or totals."""
        return Footer.of(self.sample)

    def inference(self, name: str, *, key: tuple[str, ...] = (), day_first: bool | None = None) -> Inference:
        """A schema of this name for the file, with the reason for every column."""
        from importer.schema.inference import infer

        asked = (name, key, day_first)
        with self._lock:
            if asked not in self._inferences:
                self._inferences[asked] = infer(self.sample, self.header, name=name, key=key, day_first=day_first)
            return self._inferences[asked]

    def format(self, label: str, dtype: pl.DataType, hints: Format) -> Format:
        """How the cells under a header are written: the hints, and what the sample shows beyond them."""
        from importer.schema.inference import decide

        asked = (label, dtype, hints)
        with self._lock:
            if asked not in self._formats:
                self._formats[asked] = decide(self.sample.frame[label], dtype, hints)
            return self._formats[asked]
