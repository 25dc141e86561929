"""What a dry run writes to where the sink is one that cannot roll back: `Untouched`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core import Written

if TYPE_CHECKING:
    from importer.core import Chunk, Table
    from importer.sinks._protocol import Checkpointed

__all__ = ["Untouched"]


class Untouched:
    """Counts rows, all of them as created, for nobody knows what the sink holds."""

    def __init__(self, label: str) -> None:
        self.label = label

    def begin(self, table: Table, job: Checkpointed | None = None) -> None:
        """Nothing."""

    def write(self, chunk: Chunk) -> Written:
        """Count the rows."""
        return Written(created=chunk.frame.height)

    def finish(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
