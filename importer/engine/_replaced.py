"""What is lost if the rows of a table are replaced: `Replaced`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.errors import Note

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Replaced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """Rows of a table that an import deletes before it writes its own.

    Attributes
    ----------
    table
        The table.
    rows
        How many rows it has.
    columns
        Its columns.
    unfilled
        Those of them that the file does not fill: what they hold is gone, and nothing comes in its place.
    is_by_none
        Whether the file has no rows.
    """

    table: str
    rows: int
    columns: tuple[str, ...] = ()
    unfilled: tuple[str, ...] = ()
    is_by_none: bool = False

    @classmethod
    def of(
        cls, table: str, rows: int, columns: Iterable[str], filled: Iterable[str], *, is_by_none: bool = False
    ) -> Replaced:
        """What is lost by an import that fills these columns, whose case does not matter."""
        columns, known = tuple(columns), {name.casefold() for name in filled}
        unfilled = tuple(name for name in columns if name.casefold() not in known)
        return cls(table=table, rows=rows, columns=columns, unfilled=unfilled, is_by_none=is_by_none)

    @property
    def sentence(self) -> str:
        """What is lost, in numbers.

        Examples
        --------
        >>> Replaced.of("kunden", 298, ["id", "name"], ["ID", "name"]).sentence
        "replaces 298 rows in 'kunden'"
        >>> Replaced.of("kunden", 1, ["id", "name"], ["order_id"]).sentence
        "replaces 1 row in 'kunden', whose 2 columns differ"
        >>> Replaced.of("kunden", 298, ["id", "name", "city"], ["id"]).sentence
        "replaces 298 rows in 'kunden', of whose 3 columns 2 are not filled"
        >>> Replaced.of("kunden", 298, ["id"], ["id"], is_by_none=True).sentence
        "replaces 298 rows in 'kunden' by none"
        """
        count, lost = len(self.columns), len(self.unfilled)
        said = f"replaces {self.rows:,} {'row' if self.rows == 1 else 'rows'} in {self.table!r}"
        if self.is_by_none:
            return f"{said} by none"
        if not lost:
            return said
        if lost == count:
            return f"{said}, whose {count} columns differ" if count > 1 else f"{said}, whose column differs"
        return f"{said}, of whose {count} columns {lost} {'is' if lost == 1 else 'are'} not filled"

    @property
    def note(self) -> Note:
        """The same as a note."""
        return Note(self.sentence, code="replaces", kind="doubt", n=self.rows)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "table": self.table,
            "rows": self.rows,
            "columns": list(self.columns),
            "unfilled": list(self.unfilled),
        }
