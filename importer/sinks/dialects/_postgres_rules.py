"""The rules of a PostgreSQL table, and queries for the rows of the staging table that may break one: `Rules`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from importer.core import Table

__all__ = ["Rules"]

PLAIN = """
    SELECT relkind IN ('r', 'p') AND NOT relhasrules AND NOT EXISTS (
        SELECT FROM pg_constraint k JOIN pg_depend d
        ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid = 'pg_proc'::regclass
        WHERE k.conrelid = c.oid
    ) FROM pg_class c WHERE oid = ?::regclass"""
"""Whether no rule may look at other rows by a function."""

REQUIRED = "SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0 AND attnotnull"

CHECKS = """
    SELECT pg_get_expr(conbin, conrelid), (
        SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute
        WHERE attrelid = conrelid AND attnum = ANY (conkey)
    ) FROM pg_constraint WHERE contype = 'c' AND conrelid = ?::regclass"""

UNIQUE = """
    SELECT ARRAY(SELECT attname::text FROM unnest(indkey::int2[]) WITH ORDINALITY k (number, place)
        JOIN pg_attribute ON attrelid = indrelid AND attnum = number WHERE place <= indnkeyatts ORDER BY place),
    indisvalid AND indimmediate AND NOT indisexclusion AND indpred IS NULL AND indexprs IS NULL
        AND pg_get_indexdef(indexrelid) NOT LIKE '%NULLS NOT DISTINCT%'
        AND NOT EXISTS (SELECT FROM unnest(indclass::oid[]) o JOIN pg_opclass p ON p.oid = o WHERE NOT opcdefault)
        AND NOT EXISTS (SELECT FROM unnest(indkey::int2[], indcollation::oid[]) k (number, collation_of)
            JOIN pg_attribute ON attrelid = indrelid AND attnum = number WHERE attcollation <> collation_of),
    (SELECT pg_get_serial_sequence(indrelid::regclass::text, attname) FROM pg_attribute
        WHERE attrelid = indrelid AND attnum = indkey[0] AND indnkeyatts = 1)
    FROM pg_index WHERE (indisunique OR indisexclusion) AND indrelid = ?::regclass"""
"""The columns that are unique together; whether they are compared as elsewhere, at once, and in every row; what counts
them up."""

UNSEEN = """
    SELECT EXISTS (SELECT FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = c.oid),
        relkind = 'p' OR relispartition
            OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attgenerated <> '')
    FROM pg_class c WHERE oid = ?::regclass"""
"""Whether the table has triggers, and parts or columns that it works out itself."""

COUNTS_UP = """
    SELECT seqincrement > 0 AND NOT seqcycle FROM pg_sequence
    WHERE seqrelid = ?::regclass AND has_sequence_privilege(seqrelid, 'SELECT')"""

FOREIGN = """
    SELECT confrelid::regclass::text, confrelid = conrelid, confmatchtype = 'f',
        ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY k (number, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place),
        ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY k (number, place)
            JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place)
    FROM pg_constraint WHERE contype = 'f' AND conrelid = ?::regclass
        AND has_table_privilege(confrelid, 'SELECT')"""


class _Server(Protocol):
    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...

    def quote(self, name: str) -> str: ...

    def names(self, names: Sequence[str], prefix: str = "") -> str: ...

    def target(self, table: str) -> str: ...


class _Pointer(NamedTuple):
    parent: str
    is_own: bool
    is_full: bool
    own: list[str]
    theirs: list[str]

    @property
    def compared(self) -> list[str]:
        """The columns of the table that it needs."""
        return [*self.own, *self.theirs] if self.is_own else self.own


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What rows of a table may break.

    Attributes
    ----------
    is_whole
        Whether these are all rules by which a row may depend on others.
    required
        Columns that hold no NULL.
    checks
        Conditions, each with its columns.
    unique
        Columns that are unique together, but for the key.
    pointers
        Foreign keys.
    hides
        Whether only trying a row says what it breaks: triggers may change it, or functions look at others.
    has_more
        Whether a row may also be refused for what no query finds.
    """

    server: _Server
    table: Table
    is_whole: bool
    required: list[str]
    checks: list[tuple[str, list[str]]]
    unique: list[list[str]]
    pointers: list[_Pointer]
    hides: bool
    has_more: bool

    @classmethod
    def of(cls, server: _Server, table: Table) -> Rules:
        """The rules of a table."""
        target, columns, key = [server.target(table.name)], {column.name for column in table.columns}, set(table.key)
        [(is_plain,)] = server.execute(PLAIN, target)
        unique = server.execute(UNIQUE, target)
        pointers = [_Pointer(*found) for found in server.execute(FOREIGN, target)]
        unique = [one for one in unique if not (columns.isdisjoint(one[0]) and _is_counted(server, table, *one))]
        [(has_triggers, has_more)] = server.execute(UNSEEN, target)
        is_whole = all(is_usual and columns.issuperset(of) for of, is_usual, _ in unique)
        return cls(
            server=server,
            table=table,
            is_whole=is_whole and is_plain,
            required=[name for (name,) in server.execute(REQUIRED, target) if name in columns],
            checks=[(rule, of) for rule, of in server.execute(CHECKS, target) if columns.issuperset(of)],
            unique=[of for of, *_ in unique if set(of) != key] if is_whole else [],
            pointers=[one for one in pointers if is_whole and columns.issuperset(one.compared)],
            hides=has_triggers or not is_plain,
            has_more=has_triggers or has_more or not is_plain or not is_whole,
        )

    @property
    def columns(self) -> set[str]:
        """The columns that the queries need in the staging table, apart from the number of the row."""
        parts = [*(of for _, of in self.checks), *self.unique, *(pointer.compared for pointer in self.pointers)]
        return {name for part in parts for name in part} | set(self.table.key)

    def broken(self, stage: str) -> Iterator[str]:
        """Queries for the numbers of rows that break a rule whatever the others are."""
        row = self.server.quote(ROW)
        if self.checks:
            yield f"SELECT {row} FROM {stage} WHERE {' OR '.join(f'NOT ({rule})' for rule, _ in self.checks)}"
        for pointer in self.pointers:
            if not pointer.is_own:
                yield f"SELECT s.{row} {self._nowhere(pointer, f'{stage} s')}"
            if pointer.is_full:
                nulls = f"num_nulls({self.server.names(pointer.own)})"
                yield f"SELECT {row} FROM {stage} WHERE {nulls} > 0 AND {nulls} < {len(pointer.own)}"

    def pointing(self, stage: str) -> Iterator[str]:
        """For each foreign key of the table's own, a query for what `_pointing.Pointing` says."""
        row = self.server.quote(ROW)
        for pointer in self.pointers:
            if pointer.is_own:
                mine, theirs = self.server.names(pointer.own, "s."), self.server.names(pointer.theirs)
                brought = f"SELECT {theirs}, min({row}) AS {row} FROM {stage} GROUP BY {theirs}"
                on = f"({self.server.names(pointer.theirs, 'b.')}) = ({mine})"
                nowhere = self._nowhere(pointer, f"{stage} s LEFT JOIN ({brought}) b ON {on}")
                yield f"SELECT s.{row}, b.{row} {nowhere}"

    def _nowhere(self, pointer: _Pointer, rows: str) -> str:
        """The part of a query that picks those rows ``s`` that point at none of the parent."""
        mine, there = self.server.names(pointer.own, "s."), self.server.names(pointer.theirs, "p.")
        filled = " AND ".join(f"s.{self.server.quote(name)} IS NOT NULL" for name in pointer.own)
        return f"FROM {rows} WHERE {filled} AND NOT EXISTS (SELECT FROM {pointer.parent} p WHERE ({there}) = ({mine}))"

    def wanted(self, stage: str) -> Iterator[str]:
        """For each unique index, a query for the rows that want a value that another one wants or has.

        The value goes by the number of the first row that wants it. The third column is 0 if it is wanted,
        1 if the table has it, and 2 if it is this row that has it there.
        """
        server, row, target = self.server, self.server.quote(ROW), self.server.target(self.table.name)
        key = self.table.key
        # As random as the name of the row, so that no column has it.
        first, many, there = (server.quote(f"{ROW} {name}") for name in ("first", "many", "there"))
        for of in self.unique:
            names, mine, theirs = server.names(of), server.names(of, "s."), server.names(of, "t.")
            filled = " AND ".join(f"{server.quote(name)} IS NOT NULL" for name in of)
            wanting = (
                f"WITH w AS (SELECT {names}, min({row}) AS {first}, count(*) AS {many} FROM {stage} "
                f"WHERE {filled} GROUP BY {names}), "
                f"s AS NOT MATERIALIZED (SELECT * FROM {stage} JOIN w USING ({names}))"
            )
            if not key:
                is_held = f"EXISTS (SELECT FROM {target} t WHERE ({theirs}) = ({mine}))"
                yield (
                    f"{wanting} SELECT {row}, {first}, {there}::int FROM (SELECT *, {is_held} AS {there} FROM s) x "
                    f"WHERE {many} > 1 OR {there}"
                )
                continue
            at, here, other = (server.names(key, f"{alias}.") for alias in "sth")
            holder = [f"{ROW} {part}" for part in range(len(key))]
            holders = ", ".join(
                f"t.{server.quote(name)} AS {server.quote(as_)}" for name, as_ in zip(key, holder, strict=True)
            )
            yield (
                f"{wanting}, held AS (SELECT {row}, {first}, {holders} FROM s JOIN {target} t ON ({theirs}) = ({mine}) "
                f"AND ({here}) IS DISTINCT FROM ({at})) SELECT {row}, {first}, 0 FROM s WHERE {many} > 1 "
                f"UNION ALL SELECT {row}, {first}, 1 FROM held "
                f"UNION ALL SELECT h.{row}, {first}, 2 FROM held JOIN {stage} h ON ({other}) = ({server.names(holder)})"
            )

    def existing(self, stage: str) -> str:
        """Query for the rows whose keys are in the table."""
        mine, theirs = self.server.names(self.table.key, "s."), self.server.names(self.table.key, "t.")
        target = self.server.target(self.table.name)
        return f"SELECT s.{self.server.quote(ROW)} FROM {stage} s JOIN {target} t ON ({theirs}) = ({mine})"


def _is_counted(
    server: _Server,
    table: Table,
    of: list[str],
    is_usual: bool,  # noqa: FBT001
    sequence: str | None,
) -> bool:
    """Whether a sequence fills the column with numbers that the table does not have."""
    if not is_usual or sequence is None or server.execute(COUNTS_UP, [sequence]) != [(True,)]:
        return False
    column, target = server.names(of), server.target(table.name)
    last = f"(SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence})"
    return server.execute(f"SELECT coalesce(max({column}) <= {last}, TRUE) FROM {target}") == [(True,)]
