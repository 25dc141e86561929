"""The target table as the schema wants it, and what one write did to it: `Table`, `Written`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Refusal", "Table", "TableColumn", "Written"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """One column of the target table, as the schema wants it."""

    name: str
    dtype: pl.DataType
    nullable: bool = True
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The target table, as the schema wants it; ``key`` is empty if rows are only appended."""

    name: str
    columns: tuple[TableColumn, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that the database refused, in the database's words, or of which a warning is told.

    Attributes
    ----------
    row
        As the spreadsheet numbers it.
    rule
        ``'missing-cell'``, ``'unique-error'``, ``'foreign-key'``, ``'repeated-key'``, ``'key-spelling'``,
        ``'look-alike'``, or ``'constraint-error'`` for all others.
    column
        The column at fault, if the database names it.
    """

    row: int
    rule: str
    message: str
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one `Sink.write` did: its rows are exactly created + updated + unchanged + refused.

    Attributes
    ----------
    created, updated, unchanged
        Number of rows.
    refused
        Rows that are not in the table, each with the reason.
    warned
        Rows of which the analyst should know something although they were written, such as that their key repeats.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: tuple[Refusal, ...] = ()
    warned: tuple[Refusal, ...] = ()
