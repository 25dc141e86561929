"""The options of an import as keyword arguments: `OptionsDict`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import dataframely as dy

    from importer.core._images import Images
    from importer.core._literals import Empty, IfImported, IfTableExists, Merged, NewColumns, OnConflict, OnRepeatedKey

__all__ = ["OptionsDict"]


class OptionsDict(TypedDict, total=False):
    """Types of the options of `importer.plan`, for a function that passes them on."""

    table: str | None
    key: str | Sequence[str] | None
    schema: type[dy.Schema] | None
    sheet: str | int | None
    header_row: int | None
    header_rows: int | None
    last_row: int | None
    rows: str | int | Iterable[str | int] | None
    leave_out: str | int | Iterable[str | int] | None
    merged: Merged | None
    delimiter: str | None
    quote: str | None
    escape: str | None
    comment: str | None
    encoding: str | None
    file_column: str | None
    mapping: Mapping[str, str] | None
    constants: Mapping[str, str] | None
    types: Mapping[str, str] | None
    defaults: Mapping[str, str] | None
    day_first: bool | None
    images: str | Sequence[str] | Images | None
    on_conflict: OnConflict
    on_repeated_key: OnRepeatedKey
    empty: Empty
    if_table_exists: IfTableExists | None
    new_columns: NewColumns
    max_rejects: float | None
    corrections: Mapping[tuple[int, str], str | None] | None
    chunk_rows: int | None
    atomic: bool
    undo: bool
    pace: str | float
    if_imported: IfImported
