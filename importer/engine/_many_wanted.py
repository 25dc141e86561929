"""What a plan wants of each of several files: `wanted_of`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.engine._fitting import Wanted
from importer.errors import Fix, OptionError, choices
from importer.schema import best_matches, raise_for_rivals, table_matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from importer.core import Header, Options
    from importer.schema import Match
    from importer.sinks import Column

__all__ = ["raise_for_rows", "wanted_of"]


def wanted_of(options: Options, there: Sequence[Column] | None) -> Wanted:
    """The columns that every file has to fill.

    Parameters
    ----------
    there
        The columns of the table, if it decides what its columns are; None or empty if it does not.
    """
    schema, given = options.schema, {*options.constants, *options.defaults}
    key = options.key or ()
    if schema is not None:

        def by_schema(header: Header) -> dict[str, str]:
            return _columns(best_matches(schema, header.labels, _of(header, options.mapping)), options)

        columns = schema.columns()
        raise_without_column(options, columns)
        required = [name for name, column in columns.items() if not column.nullable or column.primary_key]
        return Wanted(columns=by_schema, required=tuple(name for name in (*required, *key) if name not in given))
    if there:
        names = [column.name for column in there]

        def by_table(header: Header) -> dict[str, str]:
            return _columns(table_matches(names, header, _of(header, options.mapping)), options)

        required = [*key] or [column.name for column in there if column.is_key]
        is_closed = options.new_columns == "fail"
        return Wanted(
            columns=by_table,
            required=tuple(name for name in required if name not in given),
            lacks=options.table if is_closed else None,
        )
    return Wanted(required=tuple(name for name in key if name not in given))


def _of(header: Header, mapping: Mapping[str, str]) -> dict[str, str]:
    """The part of the mapping that names headers of this file."""
    return {column: label for column, label in mapping.items() if label in header.labels}


def _columns(matches: Iterable[Match], options: Options) -> dict[str, str]:
    """The column that each header fills."""
    matches = tuple(matches)
    raise_for_rivals(one for one in matches if one.column not in options.constants)
    return {one.label: one.column for one in matches if one.label is not None}


def raise_without_column(options: Options, columns: Iterable[str]) -> None:
    """Refuse a column for the name of the file that the schema would leave out.

    Raises
    ------
    OptionError
        If it would.
    """
    name = options.file_column
    if name is not None and options.schema is not None:
        found = best_matches(options.schema, [name], {})
        if all(one.label is None for one in found):
            raise OptionError(
                f"the schema has no column for the names of the files, {name!r}: {choices(name, columns)}",
                facts={"option": "file_column", "value": name, "columns": list(columns)},
                fixes=["add a column of text to the schema", Fix("file_column", ..., "with one of its columns")],
            )


def raise_for_rows(corrections: Mapping[tuple[int, str], str | None]) -> None:
    """Refuse corrections of rows of which nobody knows the file.

    Raises
    ------
    OptionError
        If there are any.
    """
    from importer.core import ROWS_OF_A_FILE

    for row, header in corrections:
        if row < ROWS_OF_A_FILE:
            raise OptionError(
                f"corrections names row {row:,}, header {header!r}, and does not say of which file",
                facts={"option": "corrections", "row": row},
                fixes=["correct the refused rows in the file that rejects_to() writes", Fix("corrections", None)],
            )
