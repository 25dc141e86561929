"""Sinks written for version 0.1, which have ``begin`` and ``finish``: `BeginSink`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self

from importer.errors import SinkError
from importer.sinks._protocol import Found

if TYPE_CHECKING:
    from importer.core import Checkpoint, Chunk, Claim, Table, Written
    from importer.sinks._protocol import Mode

__all__ = ["BeginSink"]


class BeginSink:
    """A sink with ``begin``, ``write``, ``finish`` and ``close``, used as a `Sink`; it keeps no checkpoints.

    Parameters
    ----------
    inner
        The sink.
    """

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - of a protocol that no longer exists
        self._inner = inner
        self._table: Table | None = None
        if (chunk_rows := getattr(inner, "chunk_rows", None)) is not None:
            self.chunk_rows = chunk_rows

    @classmethod
    def of(cls, into: Any) -> Self:  # noqa: ANN401 - of a protocol that no longer exists
        """The sink adapted.

        Raises
        ------
        SinkError
            If it is not a sink at all.
        """
        if not all(callable(getattr(into, name, None)) for name in ("begin", "write", "finish", "close")):
            kind = f"{type(into).__module__}.{type(into).__qualname__}"
            raise SinkError(
                f"rows cannot go into {kind}",
                code="not-a-sink",
                facts={"kind": kind},
                fixes=["give a URL, the path of a database file, or a sink"],
            )
        warnings.warn(
            f"{type(into).__name__} has begin() and finish(). Write open(), prepare() and commit() instead, see "
            "importer.Sink; until then its jobs cannot be resumed",
            DeprecationWarning,
            stacklevel=2,
        )
        return cls(into)

    @property
    def label(self) -> str:
        """Label of the sink."""
        return str(self._inner.label)

    def open(self, table: Table, claim: Claim | None = None) -> Found:  # noqa: ARG002 - as a sink has it
        """Find nothing: the sink decides in ``begin`` what becomes of an existing table."""
        self._table = table
        return Found()

    def prepare(self, mode: Mode) -> None:  # noqa: ARG002 - as a sink has it
        """Begin."""
        self._inner.begin(self._table, None)

    def write(self, chunk: Chunk) -> Written:
        """Write and commit the rows."""
        written: Written = self._inner.write(chunk)
        return written

    def commit(self, checkpoint: Checkpoint) -> None:
        """Finish after the last chunk."""
        if checkpoint.is_done:
            self._inner.finish()

    def close(self) -> None:
        """Close."""
        self._inner.close()
