"""The sink of a dry run into a sink that cannot roll back: `CountingSink`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core import Written
from importer.sinks._protocol import Found

if TYPE_CHECKING:
    from importer.core import Checkpoint, Chunk, Claim, Table
    from importer.sinks._protocol import Mode

__all__ = ["CountingSink"]


class CountingSink:
    """Counts all rows as created, since it cannot know what the real sink holds.

    Parameters
    ----------
    label
        Label of the real sink.
    """

    def __init__(self, label: str) -> None:
        self.label = label

    def open(self, table: Table, claim: Claim | None = None) -> Found:  # noqa: ARG002 - as a sink has it
        """Find nothing."""
        return Found()

    def prepare(self, mode: Mode) -> None:
        """Do nothing."""

    def write(self, chunk: Chunk) -> Written:
        """Count the rows."""
        return Written(created=chunk.frame.height)

    def commit(self, checkpoint: Checkpoint) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
