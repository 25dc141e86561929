"""Values that a PostgreSQL column does not take, whatever else is in the table: the server converts each."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, NamedTuple, Protocol

import polars as pl

from importer.sinks._staging import ROW
from importer.sinks.dialects import _postgres_types as types

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

__all__ = ["FITTING", "Fitting", "fitting", "misfits"]

FITTING = f"importer fitting {secrets.token_hex(8)}"
"""Name of the table of texts, of the function that converts them, and of what it returns."""

ROOMY = {"text", "character varying", "citext", "numeric"}
"""Types that take every value of their family."""

TYPES = """
    WITH RECURSIVE held AS (
        SELECT attname, format_type(atttypid, atttypmod) AS declared, atttypid AS kind, atttypmod AS more
        FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped
        UNION ALL SELECT attname, declared, typbasetype, typtypmod
        FROM held JOIN pg_type ON oid = kind WHERE typtype = 'd'
    ) SELECT attname::text, declared, format_type(kind, more)
    FROM held JOIN pg_type ON oid = kind WHERE typtype <> 'd'"""
"""The columns of a table with their types, and those with what domains are of."""


class _Server(Protocol):
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def quote(self, name: str) -> str: ...

    def copy(self, frame: pl.DataFrame, into: str) -> None: ...


class Fitting(NamedTuple):
    """A column whose type does not take every value.

    Attributes
    ----------
    name, declared
        The column and its type.
    base
        The same type, or what a domain is of.
    given
        Type of its values, as the importer would declare it.
    is_cast
        Whether some of its values are cast to the type before they are written, to see what becomes of them.
    """

    name: str
    declared: str
    base: str
    given: str
    is_cast: bool

    @property
    def cast(self) -> str:
        """The type that a text is cast to, by way of another for a whole number that is written as a float."""
        is_whole = self.given in {"double precision", "real"} and self.declared in types.WHOLE
        return f"{self.given}::{self.declared}" if is_whole else self.declared


def fitting(server: _Server, table: str, frame: pl.DataFrame, cast: Collection[str]) -> list[Fitting]:
    """The columns of a table whose types may refuse a value of the frame; some values of those in `cast` are cast."""
    found = list[Fitting]()
    for name, declared, base in server.execute(TYPES, [table]):
        if name not in frame.columns:
            continue
        dtype = frame[name].dtype
        given = types.declared(dtype)
        is_roomy = declared in ROOMY or declared == given.replace(", ", ",")
        is_wider = declared in {"bigint", "double precision"} and dtype.is_integer() and dtype != pl.UInt64
        if not (is_roomy or is_wider):
            found.append(Fitting(name, declared, base, given, name in cast))
    # Values are looked at in the order of the file.
    return sorted(found, key=lambda one: frame.columns.index(one.name))


def misfits(
    server: _Server, frame: pl.DataFrame, columns: Sequence[Fitting], cast: pl.Series
) -> Iterator[tuple[int, str, str, str, str]]:
    """The rows with a value that its column does not take: number, state, text and detail of the error, column.

    Parameters
    ----------
    server
        The database, in a savepoint that is rolled back afterwards.
    frame
        Rows with their numbers in `ROW`.
    columns
        What `fitting` found.
    cast
        Numbers of the rows whose values are cast first.
    """
    quote, name = server.quote, f"pg_temp.{server.quote(FITTING)}"
    is_whole = [one.name for one in columns if one.declared in types.WHOLE and frame[one.name].dtype.is_float()]
    # Named by their places: a column may be called like a variable.
    places = {one.name: f"c{at}" for at, one in enumerate(columns)}
    texts = frame.select(
        pl.col(ROW),
        pl.col(ROW).is_in(cast.implode()).alias("is_cast"),
        *(
            (pl.col(one.name).cast(pl.Int64, strict=False) if one.name in is_whole else pl.col(one.name)).alias(
                places[one.name]
            )
            for one in columns
        ),
    )
    held = ", ".join(f"{place} text" for place in places.values())
    server.execute(f"CREATE TEMP TABLE {quote(FITTING)} ({quote(ROW)} bigint, is_cast boolean, {held})")
    server.copy(texts, name)
    server.execute(
        f"CREATE FUNCTION {name}() RETURNS TABLE (row_ bigint, state text, said text, detail text, place text) "
        f"LANGUAGE plpgsql AS '{_body(server, name, columns, places).replace(chr(39), chr(39) * 2)}'"
    )
    named = {place: column for column, place in places.items()}
    for row, state, text, detail, place in server.execute(f"SELECT * FROM {name}()"):
        yield row, state, text, detail, named[place]


def _body(server: _Server, name: str, columns: Sequence[Fitting], places: Mapping[str, str]) -> str:
    casts = "".join(
        f"place := '{places[one.name]}'; PERFORM one.{places[one.name]}::{one.cast}; " for one in columns if one.is_cast
    )
    # A variable of a domain that takes no NULL could not be declared.
    kept = "".join(_takes(one, places[one.name]) for one in columns if not one.is_cast)
    takes = "".join(_takes(one, places[one.name]) for one in columns)
    declared = " ".join(f"held_{places[one.name]} {one.base};" for one in columns)
    return f"""
        DECLARE one record; {declared}
        BEGIN
            FOR one IN SELECT * FROM {name} LOOP
                BEGIN
                    {f"IF one.is_cast THEN {casts} {kept} ELSE {takes} END IF;" if casts else takes}
                EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
                    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT,
                        detail = PG_EXCEPTION_DETAIL;
                    row_ := one.{server.quote(ROW)};
                    RETURN NEXT;
                END;
            END LOOP;
        END"""


def _takes(column: Fitting, place: str) -> str:
    """Statements that give a variable of the column's type its value."""
    domain = f"PERFORM held_{place}::{column.declared}; " if column.base != column.declared else ""
    return f"place := '{place}'; held_{place} := one.{place}; {domain}"
