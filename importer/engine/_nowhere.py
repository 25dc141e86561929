"""Where an import writes that has neither rows nor columns: `Nowhere`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.core import Written

if TYPE_CHECKING:
    from importer.core import Checkpoint, Chunk, Claim, Table
    from importer.sinks import Found, Mode

__all__ = ["Nowhere"]


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A sink that makes no table, because nothing says which columns it would have.

    Attributes
    ----------
    label, found
        The target that is left alone, and what it holds.
    """

    label: str
    found: Found

    def open(self, table: Table, claim: Claim | None = None) -> Found:  # noqa: ARG002 - as a sink has it
        """What was found before."""
        return self.found

    def prepare(self, mode: Mode) -> None:
        """Make no table."""

    def write(self, chunk: Chunk) -> Written:  # noqa: ARG002 - as a sink has it
        """Write no rows: there are none."""
        return Written()

    def commit(self, checkpoint: Checkpoint) -> None:
        """Keep nothing."""

    def close(self) -> None:
        """Nothing is open."""
