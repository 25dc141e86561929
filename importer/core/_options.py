"""Every option of an import, declared once: `Options`."""

# ruff: noqa: RUF009 - `option` makes a field

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, get_args

from importer.core import _option as of
from importer.core import _row_choice as rows_of
from importer.core._images import Images
from importer.core._literals import (
    ColumnType,
    Empty,
    IfImported,
    IfTableExists,
    Merged,
    NewColumns,
    OnConflict,
    OnRepeatedKey,
)
from importer.core._option import Option, option, raise_for_unknown
from importer.core._pace import FULL, PACES, Pace
from importer.core._python import literal

if TYPE_CHECKING:
    import dataframely as dy

__all__ = ["OPTIONS", "READING_OPTIONS", "Options"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a file is imported: the options of `importer.plan`, checked.

    Raises
    ------
    OptionError
        If an option cannot have its value.

    Examples
    --------
    >>> Options(key="id", on_conflict="skip").arguments()
    ['key=["id"]', 'on_conflict="skip"']
    >>> Options(if_imported="Skip")
    Traceback (most recent call last):
    importer.errors.OptionError: if_imported cannot be 'Skip': did you mean 'skip'? There are: ask, skip, again
    """

    table: str | None = option(
        None,
        help="Name of the table. By default, the name of the file.",
        flag="--table",
        metavar="NAME",
        must_be="a name",
        checked=of.text,
    )
    key: tuple[str, ...] | None = option(
        None,
        help="Columns that identify a row. By default, the primary key of the schema or of the existing table. "
        "Without a key, every row is appended.",
        flag="--key",
        metavar="A,B",
        must_be="one or more different names",
        checked=of.names,
        of_text=of.names_of_text,
        to_json=list,
        # Version 0.1.0 kept an empty list for no key.
        of_json=lambda names: None if names == [] else of.names(names),
        to_python=lambda names: literal(list(names)),
    )
    schema: type[dy.Schema] | None = option(
        None,
        help="Columns and rules that every row must satisfy. By default, those of the existing table, else "
        "inferred from a sample of the file.",
        in_python="A ``dataframely.Schema``.",
        in_shell="Read from a Python file.",
        flag="--schema",
        metavar="FILE.py:CLASS",
        must_be="a dataframely.Schema class",
        checked=of.schema,
    )
    sheet: str | int | None = option(
        None,
        help="Name of the sheet, or of a table or range in it, or the number of the sheet counted from 1; all for all "
        "visible sheets with the same columns, "
        "each as if it were a file. By default, the first visible sheet that holds a table.",
        in_shell="Put a name that is a number in double quotes.",
        flag="--sheet",
        metavar="SHEET",
        must_be="a name or a number",
        checked=of.number_or_text,
        of_text=of.sheet_of_text,
        is_reading=True,
    )
    header_row: int | None = option(
        None,
        help="Number of the row that holds the headers, 0 if there is none. Detected by default.",
        flag="--header-row",
        metavar="N",
        must_be="a whole number from 0",
        checked=of.whole(0),
        of_text=int,
        is_reading=True,
    )
    header_rows: int | None = option(
        None,
        help="How many rows name the columns; their names are joined, as in 2023 Q1. Detected by default.",
        flag="--header-rows",
        metavar="N",
        must_be="a whole number from 1",
        checked=of.whole(1),
        of_text=int,
        is_reading=True,
    )
    last_row: int | None = option(
        None,
        help="Number of the last row of the table, if notes or totals follow it. By default, the last row of the file.",
        flag="--last-row",
        metavar="N",
        must_be="a whole number from 1",
        checked=of.whole(1),
        of_text=int,
        is_reading=True,
    )
    rows: str | None = option(
        None,
        help="Numbers of the rows to import, as in 5-120,130-. By default, all rows below the header.",
        in_python="Also a range, or a collection of numbers.",
        flag="--rows",
        metavar="ROWS",
        must_be="row numbers from 1, as in '5-120,130-'",
        checked=rows_of.rows_text,
        is_reading=True,
    )
    leave_out: tuple[str, ...] | None = option(
        None,
        help="Rows below the header to leave out: totals, sections, notes, or row numbers as in 12,17-20. Rows that "
        "repeat the header or explain it are left out in any case, unless you leave out nothing.",
        in_python="One, or a collection of them; ``'none'`` for nothing.",
        in_shell="Separated by commas; none for nothing.",
        flag="--leave-out",
        metavar="ROWS",
        must_be="headers, totals, sections, notes, or row numbers as in '12,17-20'",
        words=(*rows_of.ROW_KINDS, rows_of.NO_ROWS),
        checked=rows_of.row_kinds,
        of_text=rows_of.row_kinds,
        to_json=list,
        to_python=lambda kinds: literal(list(kinds) or "none"),
        is_reading=True,
    )
    merged: Merged | None = option(
        None,
        help="What to do with merged cells of a workbook: keep all but the first one empty, or fill them with its "
        "value. By default, keep.",
        flag="--merged",
        is_reading=True,
        **of.one_of(Merged),
    )
    delimiter: str | None = option(
        None,
        help="Character or characters between the cells of a text file. Detected by default.",
        in_shell="Write a tab as \\t.",
        flag="--delimiter",
        metavar="C",
        must_be="one character or more",
        checked=of.text,
        of_text=lambda text: text.replace("\\t", "\t"),
        is_reading=True,
    )
    quote: str | None = option(
        None,
        help="Character around those cells of a text file that hold a delimiter, a quote or a line end. Detected by "
        "default.",
        in_python="Empty if quotes mean nothing.",
        in_shell="Empty if quotes mean nothing.",
        flag="--quote",
        metavar="C",
        must_be="one character, or the empty text",
        checked=of.maybe_character,
        is_reading=True,
    )
    escape: str | None = option(
        None,
        help="Character of a text file that takes the meaning from a quote, delimiter or line end behind it. Detected "
        "by default.",
        in_python="Empty if there is none.",
        in_shell="Empty if there is none.",
        flag="--escape",
        metavar="C",
        must_be="one character, or the empty text",
        checked=of.maybe_character,
        is_reading=True,
    )
    comment: str | None = option(
        None,
        help="What begins the lines of a text file that are no rows, such as #. By default, every line is a row.",
        flag="--comment",
        metavar="TEXT",
        must_be="a text",
        checked=of.text,
        is_reading=True,
    )
    encoding: str | None = option(
        None,
        help="Encoding of a text file, for example cp1252. Detected by default.",
        flag="--encoding",
        metavar="E",
        must_be="the name of an encoding",
        checked=of.text,
        is_reading=True,
    )
    file_column: str | None = option(
        None,
        help="Name of a column of text that gets the name of the file in every row, to tell several files apart. By "
        "default, there is none.",
        flag="--file-column",
        metavar="NAME",
        must_be="a name",
        checked=of.text,
        is_reading=True,
    )
    mapping: Mapping[str, str] = option(
        {},
        help="Headers of the columns whose names do not match.",
        in_python="``{column: header}``.",
        in_shell='Repeatable. Put a column that contains "=" in double quotes.',
        flag="--mapping",
        metavar="COLUMN=HEADER",
        must_be="{column: header}",
        checked=of.mapping,
        of_text=of.pair_of_text,
        is_repeated=True,
    )
    constants: Mapping[str, str] = option(
        {},
        help="What every row has in columns that the file lacks, or whose cells there are not to be used. It is read "
        "and checked as a cell with this text would be.",
        in_python="``{column: text}``.",
        in_shell='Repeatable. Put a column that contains "=" in double quotes.',
        flag="--constant",
        metavar="COLUMN=TEXT",
        must_be="{column: text}",
        checked=of.mapping,
        of_text=of.pair_of_text,
        is_repeated=True,
    )
    types: Mapping[str, str] = option(
        {},
        help="Types of columns that are to be others than the file shows: String, Int64, Float64, Date, Datetime, Time "
        "or Bool. Rows with cells that do not fit are rejected. A table that exists keeps its own types.",
        in_python="``{column: type}``.",
        in_shell='Repeatable. Put a column that contains "=" in double quotes.',
        flag="--type",
        metavar="COLUMN=TYPE",
        words=get_args(ColumnType),
        must_be=f"one of {', '.join(get_args(ColumnType))} for each column",
        checked=of.types,
        of_text=of.pair_of_text,
        is_repeated=True,
    )
    defaults: Mapping[str, str] = option(
        {},
        help="What a row has in a column where its cell is empty. It is read and checked as a cell with this text "
        "would be.",
        in_python="``{column: text}``.",
        in_shell='Repeatable. Put a column that contains "=" in double quotes.',
        flag="--default",
        metavar="COLUMN=TEXT",
        must_be="{column: text}",
        checked=of.mapping,
        of_text=of.pair_of_text,
        is_repeated=True,
    )
    day_first: bool | None = option(
        None,
        help="Whether 03/04/2025 is 3 April, if the file itself does not show it.",
        flag="--day-first",
        must_be="True, False or None",
        checked=of.boolean,
    )
    images: Images | None = option(
        None,
        help="Columns that hold addresses of pictures, which are fetched: a cell becomes the path of a file. A row "
        "whose picture cannot be had is rejected.",
        in_python="One or more names, or what `importer.images` makes.",
        in_shell="Separated by commas.",
        flag="--images",
        metavar="A,B",
        must_be="one or more columns, or what importer.images() makes of them",
        checked=Images.of,
        of_text=lambda text: Images.of(of.names_of_text(text)),
        to_json=Images.given,
        to_python=Images.as_python,
    )
    on_conflict: OnConflict = option(
        "update",
        help="What to do if the key of a row is already in the table: update the table, skip the row, or reject it. "
        "update_only updates the table too, and rejects rows whose keys it lacks.",
        flag="--on-conflict",
        **of.one_of(OnConflict),
    )
    on_repeated_key: OnRepeatedKey = option(
        "last",
        help="What to do with rows of the file that share a key: write them all, so that the last one stays, write "
        "only the first, or reject all but the first.",
        flag="--on-repeated-key",
        **of.one_of(OnRepeatedKey),
    )
    empty: Empty = option(
        "null",
        help="What an empty cell does to a row that is already in the table: empty its cell there too (null), or keep "
        "what it has.",
        flag="--empty",
        **of.one_of(Empty),
    )
    if_table_exists: IfTableExists | None = option(
        None,
        help="What to do if the table exists: append, fail, or replace its rows. By default, append if there is a key, "
        "so that a second run is safe; otherwise fail.",
        flag="--if-table-exists",
        **of.one_of(IfTableExists),
    )
    new_columns: NewColumns = option(
        "fail",
        help="What to do with columns of the file that an existing table lacks: fail, add them to the table, or ignore "
        "them.",
        flag="--new-columns",
        **of.one_of(NewColumns),
    )
    max_rejects: float | None = option(
        None,
        help="Stop once more rows than this are rejected. No limit by default.",
        in_python="A count, or a share below 1.",
        in_shell="A count, or a share: 100 or 5%.",
        flag="--max-rejects",
        metavar="N",
        must_be="a count, or a share below 1",
        checked=of.limit,
        of_text=of.limit_of_text,
    )
    corrections: Mapping[tuple[int, str], str | None] = option(
        {},
        help="Cells to replace before they are checked, by the row's number in the spreadsheet and the header.",
        in_python="``{(row, header): text}``, None for an empty cell.",
        in_shell='Repeatable. Put a header that contains "=" in double quotes. No TEXT empties the cell.',
        flag="--correct",
        metavar="ROW,HEADER=TEXT",
        must_be="{(row, header): text}",
        checked=of.cells,
        of_text=of.cell_of_text,
        to_json=lambda cells: [[*cell, text] for cell, text in cells.items()],
        of_json=lambda cells: {(row, header): text for row, header, text in cells},
        is_repeated=True,
    )
    chunk_rows: int | None = option(
        None,
        help="Rows to read, check and commit at a time. The outcome does not depend on it. "
        "By default, as many as suit the database.",
        flag="--chunk-rows",
        metavar="N",
        must_be="a whole number from 1",
        checked=of.whole(1),
        of_text=int,
    )
    atomic: bool = option(
        False,
        help="Import in one transaction: all rows or none. Such an import cannot be resumed.",
        flag="--atomic",
        must_be="True or False",
        checked=of.boolean,
    )
    undo: bool = option(
        True,
        help="Keep what it takes to undo the import, if the table has a key.",
        flag="--undo",
        must_be="True or False",
        checked=of.boolean,
    )
    pace: str = option(
        FULL,
        help="How fast the import may go, so that others can use the database meanwhile: full, steady (it rests half "
        "of the time), gentle (three quarters of the time), auto (by the size of the file), at most so many rows a "
        "second, as in 5000/s, or a pause between two chunks, as in 0.5s. It can be changed while the job runs.",
        in_python="Also a number of rows a second.",
        flag="--pace",
        metavar="PACE",
        words=PACES,
        must_be="full, steady, gentle, auto, rows a second as in '5000/s', or a pause as in '0.5s'",
        checked=lambda value: Pace.of(value).text,
        of_text=lambda text: Pace.of(text).text,
    )
    if_imported: IfImported = option(
        "ask",
        help="What to do if the content of the file is in this table already: ask (Python in a terminal does; "
        "elsewhere it is an error), skip the file, or import it again. A file without rows is never taken for one "
        "that was imported before.",
        flag="--if-imported",
        **of.one_of(IfImported),
    )

    def __post_init__(self) -> None:
        """Check every value, and keep it in its usual form."""
        for name, declared in OPTIONS.items():
            value = getattr(self, name)
            if value is not None or _DEFAULTS[name] is not None:
                object.__setattr__(self, name, declared.check(name, value))

    @property
    def options(self) -> Options:
        """The options alone, without what a plan adds to them."""
        return Options(**self.values())

    @property
    def opening(self) -> dict[str, Any]:
        """The options that decide how the file is read, by name."""
        return {name: getattr(self, name) for name in READING_OPTIONS}

    def values(self) -> dict[str, Any]:
        """All options, by name."""
        return {name: getattr(self, name) for name in OPTIONS}

    def given(self) -> dict[str, Any]:
        """Options that differ from their defaults, by name."""
        return {name: value for name, value in self.values().items() if value != _DEFAULTS[name]}

    def arguments(self) -> list[str]:
        """Python for the options that differ from their defaults, each as a keyword argument."""
        return [f"{name}={OPTIONS[name].to_python(value)}" for name, value in self.given().items()]

    def as_json(self) -> dict[str, Any]:
        """All options as plain values, except the schema, which the history keeps as code.

        Examples
        --------
        >>> Options(corrections={(7, "qty"): "5"}).as_json()["corrections"]
        [[7, 'qty', '5']]
        """
        kept = {name: value for name, value in self.values().items() if name != "schema"}
        return {name: None if value is None else OPTIONS[name].to_json(value) for name, value in kept.items()}

    @staticmethod
    def of_arguments(arguments: Mapping[str, object], *, taken: Iterable[str] | None = None, of: str = "") -> Options:
        """Options from keyword arguments; one that is None keeps its default.

        Parameters
        ----------
        arguments
            The options that were given.
        taken, of
            The options that are taken, by default all, and the function that takes them.

        Raises
        ------
        OptionError
            If there is no such option, or it cannot have its value.

        Examples
        --------
        >>> Options.of_arguments({"key": "id", "mapping": None}).given()
        {'key': ('id',)}
        """
        raise_for_unknown(arguments, OPTIONS if taken is None else taken, of=of)
        given: dict[str, Any] = {name: value for name, value in arguments.items() if value is not None}
        return Options(**given)

    @staticmethod
    def of_json(kept: Mapping[str, Any], **others: Any) -> Options:  # noqa: ANN401 - options by name
        """Options from what `as_json` returned, also in version 0.1.0; `others` replace some of them.

        Raises
        ------
        OptionError
            If there is no such option, or it cannot have its value.

        Examples
        --------
        >>> Options.of_json({"opening": {"sheet": "Q3"}, "key": ["id"], "atomic": False}).given()
        {'key': ('id',), 'sheet': 'Q3'}
        """
        # Version 0.1.0 kept how the file was opened apart, and not every option.
        opening = kept.get("opening")
        flat = {**(opening if isinstance(opening, Mapping) else {}), **kept}
        # A later version may have options that this one would leave out.
        raise_for_unknown(flat.keys() - EARLIER, OPTIONS, of="a recorded job")
        found = {name: flat[name] for name in OPTIONS if flat.get(name) is not None}
        return Options(**{name: OPTIONS[name].read(name, value) for name, value in found.items()} | others)


OPTIONS: dict[str, Option] = {one.name: one.metadata["option"] for one in fields(Options)}
"""Every option's declaration, by its name."""

EARLIER = frozenset({"opening", "inferred", "files"})
"""What a record keeps besides options."""

READING_OPTIONS = tuple(name for name, declared in OPTIONS.items() if declared.is_reading)
"""Options that decide how the file is read."""

_DEFAULTS: dict[str, Any] = {one.name: {} if one.default is field().default else one.default for one in fields(Options)}
