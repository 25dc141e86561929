"""What a column holds is what it was given, or the row is refused: the columns that other programs declare."""

from __future__ import annotations

import json
import math
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import polars as pl
import pytest
from test_sinks import duckdb, postgres, sqlite

from importer.core import Table, TableColumn
from importer.errors import SinkError, TableMismatchError
from importer.sinks import open_sink
from importer.testing._sink_contract import chunk_of, put

ID = TableColumn(name="id", dtype=pl.Int64(), nullable=False)

NAIVE = datetime(2025, 1, 31, 8, 30, 0, 123456)
TEXTS = [
    "a",
    "",
    "007",
    "1.10",
    "1E5",
    "abc   ",
    "ABCDEFGHIJ",
    "ß😀",
    "\x1f",
    "12",
    "NULL",
    " x",
    "20250131",
    "a\0b",
    "{}",
]
FLOATS = [0.0, -0.0, 7.5, 7.0, 0.1, 1e300, 5e-324, math.nan, math.inf, -math.inf, 2.0**53 + 2, 0.123456789012345, 1e19]
WHOLES = [0, 7, -1, 127, 128, 32_768, 2**24 + 1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]
DECIMALS = [
    Decimal("0.00"),
    Decimal("1.10"),
    Decimal("-0.01"),
    Decimal("12.345"),
    Decimal("99999999999999.99"),
    Decimal(7),
]
MOMENTS = [NAIVE, NAIVE.replace(microsecond=0), datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)]
DAYS = [date(1, 1, 1), date(1583, 1, 1), date(2025, 1, 31), date(9999, 12, 31)]
CLOCKS = [time(0), time(8, 30), time(23, 59, 59, 999999)]
JSONS = ['{"b": 1, "a": [1, 2.50]}', '{"a":1,"a":2}', "[]", "1e2", "{", '"\\u00e9"']
UUIDS = ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc99"]

DTYPES = {
    "texts": (pl.String(), TEXTS),
    "floats": (pl.Float64(), FLOATS),
    "wholes": (pl.Int64(), WHOLES),
    "unsigned": (pl.UInt64(), [0, 1, 2**63, 2**64 - 1]),
    "decimals": (pl.Decimal(20, 3), DECIMALS),
    "moments": (pl.Datetime("us"), MOMENTS),
    "zoned": (pl.Datetime("us", "UTC"), [moment.replace(tzinfo=UTC) for moment in MOMENTS[:2]]),
    "days": (pl.Date(), DAYS),
    "clocks": (pl.Time(), CLOCKS),
    "booleans": (pl.Boolean(), [True, False]),
    "jsons": (pl.String(), JSONS),
    "uuids": (pl.String(), UUIDS),
    "addresses": (
        pl.String(),
        ["192.168.0.1", "10.0.0.0/8", "10.0.0.1/8", "::1", "2001:DB8::1", "08:00:2B:01:02:03", "x"],
    ),
    "arrays": (pl.String(), ["{1,2}", "{1, 2}", "{}", "{01}", '{"1"}', "[1, 2]", "{1,NULL}"]),
}

DECLARED = {
    "sqlite": """
        INTEGER, INT, SMALLINT, REAL, DOUBLE, NUMERIC, DECIMAL(10:2), TEXT, VARCHAR(3), CHAR(4), BLOB, , DATE, DATETIME,
        TIME, BOOLEAN, STRING, UUID, JSON, ANY, TEXT COLLATE NOCASE
    """,
    "duckdb": """
        TINYINT, SMALLINT, INTEGER, BIGINT, HUGEINT, UTINYINT, UBIGINT, FLOAT, DOUBLE, DATE, TIME, DECIMAL(10:2),
        DECIMAL(38:10), VARCHAR, VARCHAR(3), VARCHAR COLLATE NOCASE, BLOB, BOOLEAN, UUID, JSON, TIMESTAMP, TIMESTAMP_S,
        TIMESTAMP_MS, TIMESTAMP_NS, TIMESTAMPTZ, INTERVAL, ENUM('a': 'INT'), INTEGER[]
    """,
    "postgres": """
        smallint, integer, bigint, numeric, numeric(10:2), numeric(3:-1), real, double precision, text, varchar,
        varchar(3), char(4), name, "char", text COLLATE "C", folded, boolean, date, money, time, time(0), timetz,
        timestamp, timestamp(0), timestamptz, timestamptz(3), interval, interval(0), uuid, json, jsonb, mood, short,
        cents, integer[], text[], bit(3), bytea, inet, cidr, macaddr
    """,
}


def declared_in(name):
    return [one.strip().replace(":", ",") for one in DECLARED[name].split(",")]


SETUP = {
    "postgres": """
        CREATE TYPE mood AS ENUM ('a', '12');
        CREATE DOMAIN short AS varchar(3) CHECK (VALUE <> 'a');
        CREATE DOMAIN cents AS numeric(10, 2);
        CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE DOMAIN folded AS text COLLATE nocase;
    """
}


@pytest.fixture(params=[sqlite, duckdb, postgres], ids=lambda make: make.__name__)
def database(request):
    return request.param.__name__, *request.param(request)


@pytest.mark.parametrize(
    ("kind", "key"), [*((kind, ("id",)) for kind in DTYPES), ("floats", ()), ("texts", ()), ("decimals", ())]
)
def test_what_any_column_holds_is_what_it_was_given_or_the_row_is_refused(database, kind, key):
    name, open_new, _, execute = database
    dtype, values = DTYPES[kind]
    tables = {f"things {number}": declared for number, declared in enumerate(declared_in(name))}
    made = [f'CREATE TABLE "{one}" (id BIGINT PRIMARY KEY, value {declared});' for one, declared in tables.items()]
    open_again = open_new()
    execute(open_again, "\n".join([SETUP.get(name, ""), *made]))
    for called, declared in tables.items():
        table = Table(name=called, columns=(ID, TableColumn(name="value", dtype=dtype)), key=key)
        rows = list(enumerate(values, start=2))
        try:
            [written] = put(open_again(), chunk_of(rows, table), table=table)
        except TableMismatchError:
            continue
        refused = {one.row: one for one in written.refused}
        assert all(one.message for one in refused.values())
        held = dict(stored(name, open_again, called, declared, values[0]))
        given = {row: value for row, value in rows if row not in refused}
        assert held.keys() == given.keys(), declared
        for row, value in given.items():
            assert same(value, held[row], declared), (declared, value, held[row])
        if key:
            kept = [row for row in rows if row[0] in given]
            [again] = put(open_again(), chunk_of(kept, table), table=table)
            assert again.unchanged == len(kept), (declared, again)


def stored(name, open_again, table, declared, given):
    """The rows as the database's own driver reads them."""
    import duckdb as driver
    import psycopg

    url = open_again().label
    if name == "sqlite":
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            return connection.execute(f'SELECT id, value FROM "{table}"').fetchall()
    if name == "duckdb":
        with driver.connect(url.removeprefix("duckdb:///")) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            exactly = "value::DOUBLE" if declared == "FLOAT" and isinstance(given, int) else "value"
            return connection.execute(f'SELECT id, {exactly}::VARCHAR FROM "{table}"').fetchall()
    with psycopg.connect(url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        return connection.execute(f'SELECT id, value::text FROM "{table}"').fetchall()


def same(given, held, declared):
    """Whether what a person reads in the table is what was given."""
    if isinstance(given, bool):
        return str(held).casefold() in {str(given).casefold(), str(int(given))}
    if isinstance(given, float):
        return math.isnan(float(held)) if math.isnan(given) else float(held) == given
    if isinstance(given, int | Decimal):
        is_float = declared.startswith(("FLOAT", "DOUBLE", "REAL", "double"))
        return Decimal(str(held)) == given or (is_float and float(held) == given)
    if isinstance(given, date | time):
        return type(given).fromisoformat(held) == given
    is_json = declared == "jsonb" or (declared == "JSON" and not isinstance(held, str))
    if is_json:
        return json.loads(str(held)) == json.loads(given) and given.count('"a"') < 2
    return str(held) == given or (declared.casefold() in NOTED and tight(str(held)) == tight(given))


NOTED = {"uuid", "inet", "cidr", "macaddr", "integer[]", "text[]"}
"""Types with several notations of one value."""


def tight(text):
    return text.removesuffix("/32").removesuffix("/128").replace(" ", "").casefold()


CASES = {
    "sqlite": "TEXT COLLATE NOCASE",
    "duckdb": "VARCHAR COLLATE NOCASE",
    "postgres": "folded",
}


@pytest.mark.parametrize(
    ("declared", "dtype", "before", "after"),
    [("folded", pl.String(), "mcdonald", "McDonald"), ("DOUBLE PRECISION", pl.Float64(), 0.0, -0.0)],
    ids=["case", "minus zero"],
)
def test_unchanged_means_equal_in_every_byte(database, declared, dtype, before, after):
    name, open_new, read, execute = database
    open_again = open_new()
    execute(open_again, SETUP.get(name, "SELECT 1"))
    declared = CASES[name] if declared == "folded" else declared.removesuffix(" PRECISION" if name == "duckdb" else "")
    execute(open_again, f"CREATE TABLE things (id BIGINT PRIMARY KEY, value {declared}, other BIGINT DEFAULT 1)")
    table = Table(name="things", columns=(ID, TableColumn(name="value", dtype=dtype)), key=("id",))
    put(open_again(), chunk_of([(1, before), (2, "ann" if dtype == pl.String else 1.0)], table), table=table)
    [written] = put(open_again(), chunk_of([(1, after), (2, "ann" if dtype == pl.String else 1.0)], table), table=table)
    if name == "sqlite" and after == 0:
        assert written.unchanged == 2, "SQLite has one zero"
        return
    assert (written.updated, written.unchanged) == (1, 1)
    assert [str(value) for key, value in read(open_again, table) if key == 1] == [str(after)]


@pytest.mark.parametrize("atomic", [False, True])
def test_a_deferred_constraint_refuses_its_row(database, atomic):
    name, open_new, read, execute = database
    if name == "duckdb":
        return  # It defers no constraints.
    open_again = open_new(atomic=atomic)
    execute(open_again, "CREATE TABLE known (n BIGINT PRIMARY KEY)")
    execute(open_again, "INSERT INTO known VALUES (1)")
    execute(
        open_again,
        "CREATE TABLE things (id BIGINT PRIMARY KEY, value BIGINT REFERENCES known (n) DEFERRABLE INITIALLY DEFERRED)",
    )
    table = Table(name="things", columns=(ID, TableColumn(name="value", dtype=pl.Int64())), key=("id",))
    first, second = put(
        open_again(), chunk_of([(1, 1), (2, 99), (3, 1)], table), chunk_of([(4, 98), (5, 1)], table), table=table
    )
    assert [(one.row, one.rule) for one in first.refused] == [(3, "foreign-key")]
    assert [(one.row, one.rule) for one in second.refused] == [(2, "foreign-key")]
    assert sorted(read(open_again, table)) == [(1, 1), (3, 1), (5, 1)]


def test_a_table_wider_than_the_database_allows_is_told_with_the_limit(database):
    name, open_new, _, _ = database
    columns = tuple(TableColumn(name=f"c{number}", dtype=pl.Int64()) for number in range(2_100))
    table = Table(name="wide", columns=columns)
    rows = chunk_of([tuple(range(2_100))], table)
    if name == "duckdb":
        assert put(open_new()(), rows, table=table)[0].created == 1
        return
    with pytest.raises(SinkError, match="would get 2,100 columns, and a table of"):
        put(open_new()(), rows, table=table)


def test_a_name_longer_than_the_database_keeps_is_told(database):
    name, open_new, _, _ = database
    columns = (TableColumn(name="ü" * 32, dtype=pl.Int64()), TableColumn(name="ü" * 31 + "x", dtype=pl.Int64()))
    table = Table(name="things", columns=columns)
    if name == "postgres":
        with pytest.raises(SinkError, match="is too long: PostgreSQL takes 63 bytes at most"):
            put(open_new()(), chunk_of([(1, 2)], table), table=table)
    else:
        put(open_new()(), chunk_of([(1, 2)], table), table=table)


ORDER = Table(
    name="orders",
    columns=(TableColumn(name="no", dtype=pl.Int64(), nullable=False), TableColumn(name="email", dtype=pl.String())),
    key=("no",),
)


@pytest.mark.parametrize(
    ("on_conflict", "told"),
    [
        ("update", [f"shares no 1 with row {row}; the last one is kept" for row in (2, 4)]),
        ("skip", ["shares no 1 with row 2; the first one is kept"] * 2),
        ("reject", ["no 1 is in row 2 already: the database refused the row: "] * 2),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_key_that_repeats_in_the_file_is_told_with_the_row_that_has_it(database, on_conflict, told, size):
    _, open_new, _, _ = database
    rows = [(1, "a"), (2, "b"), (1, "c"), (3, "d"), (1, "e")]
    written = put(open_new()(), *sized(rows, size), table=ORDER, on_conflict=on_conflict)
    refusals = [one for each in written for one in (each.refused if on_conflict == "reject" else each.warned)]
    assert [one.row for one in refusals] == [4, 6]
    assert all(one.message.startswith(words) for one, words in zip(refusals, told, strict=True)), refusals
    assert {one.column for one in refusals} == {"no"}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_unique_refusal_names_the_value_and_the_row_that_has_it(database, size):
    _, open_new, _, execute = database
    open_again = open_new()
    execute(open_again, "CREATE TABLE orders (no BIGINT PRIMARY KEY, email VARCHAR(9) UNIQUE)")
    execute(open_again, "INSERT INTO orders VALUES (9, 'old')")
    rows = [(1, "a"), (2, "b"), (3, "a"), (4, "old")]
    written = put(open_again(), *sized(rows, size), table=ORDER)
    first, second = [one for each in written for one in each.refused]
    assert (first.row, first.column, second.row) == (4, "email", 5)
    assert first.message.startswith("email a is in row 2 already: the database refused the row: ")
    assert "old" in second.message or second.column == "email"


def sized(rows, size):
    return [chunk_of(rows[at : at + size], ORDER, 2 + at) for at in range(0, len(rows), size)]


@pytest.mark.parametrize("on_conflict", ["update", "skip", "reject"])
def test_a_key_that_the_table_has_in_another_spelling_is_told(database, on_conflict):
    name, open_new, read, execute = database
    if name == "duckdb":
        return  # Its keys are compared in every byte, whatever their collation.
    open_again = open_new()
    execute(open_again, SETUP.get(name, "SELECT 1"))
    execute(open_again, f"CREATE TABLE orders (no {CASES[name]} PRIMARY KEY, email VARCHAR(9))")
    execute(open_again, "INSERT INTO orders VALUES ('ann', 'a'), ('bob', 'b')")
    key = TableColumn(name="no", dtype=pl.String(), nullable=False)
    table = Table(name="orders", columns=(key, ORDER.columns[1]), key=("no",))
    rows = [("ANN", "c"), ("bob", "d"), ("Eve", "e"), ("EVE", "f"), ("eve", "g")]
    [written] = put(open_again(), chunk_of(rows, table), table=table, on_conflict=on_conflict)
    told = [(one.row, one.message) for one in written.warned if one.rule == "key-spelling"]
    kept = "the table has the key {!r} as {!r}, which stays"
    if on_conflict == "reject":
        assert ([one.row for one in written.refused], told) == ([2, 3, 5, 6], [])
        return
    assert told == [(2, kept.format("ANN", "ann")), (5, kept.format("EVE", "Eve")), (6, kept.format("eve", "Eve"))]
    assert written.created == 1
    after = (
        [("Eve", "g"), ("ann", "c"), ("bob", "d")]
        if on_conflict == "update"
        else [("Eve", "e"), ("ann", "a"), ("bob", "b")]
    )
    assert sorted(read(open_again, table)) == after


def test_a_strict_table_refuses_what_it_cannot_hold(tmp_path):
    into = f"sqlite:///{tmp_path / 'x.db'}"
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, n INT, t TEXT, a ANY) STRICT")
    columns = [
        TableColumn(name=name, dtype=dtype)
        for name, dtype in (("n", pl.Float64()), ("t", pl.String()), ("a", pl.String()))
    ]
    table = Table(name="things", columns=(ID, *columns), key=("id",))
    rows = [(1, 2.0, "yes", "007"), (2, 2.5, "no", "x"), (3, None, "1", None)]
    [written] = put(open_sink(into), chunk_of(rows, table), table=table)
    assert [one.row for one in written.refused] == [3]
    with sqlite3.connect(tmp_path / "x.db") as connection:
        assert connection.execute("SELECT * FROM things").fetchall() == [(1, 2, "yes", "007"), (3, None, "1", None)]


@pytest.mark.parametrize("deferred", ["", " DEFERRABLE INITIALLY DEFERRED"])
def test_rows_go_in_one_after_another_where_they_point_at_each_other(database, deferred):
    name, open_new, read, execute = database
    if name == "duckdb":
        deferred = ""  # It knows none.
    open_again = open_new()
    execute(open_again, f"CREATE TABLE staff (no BIGINT PRIMARY KEY, boss BIGINT REFERENCES staff (no){deferred})")
    table = Table(name="staff", columns=(ORDER.columns[0], TableColumn(name="boss", dtype=pl.Int64())), key=("no",))
    rows = [(1, 2), (2, None), (3, 99), (4, 3), (5, 2), (6, 5), (7, 6)]
    [written] = put(open_again(), chunk_of(rows, table), table=table)
    assert [one.row for one in written.refused] == [2, 4, 5]
    assert sorted(read(open_again, table)) == [(2, None), (5, 2), (6, 5), (7, 6)]


def test_sqlite_says_which_value_points_nowhere_and_which_column_fails_its_check(tmp_path):
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("CREATE TABLE cat (a INT, b TEXT, PRIMARY KEY (a, b))")
        connection.execute(
            "CREATE TABLE things (id INTEGER PRIMARY KEY, a INT, b TEXT, n INT CHECK (n > 0), "
            "FOREIGN KEY (a, b) REFERENCES cat)"
        )
    columns = [
        TableColumn(name=name, dtype=dtype)
        for name, dtype in (("a", pl.Int64()), ("b", pl.String()), ("n", pl.Int64()))
    ]
    table = Table(name="things", columns=(ID, *columns), key=("id",))
    [written] = put(
        open_sink(f"sqlite:///{tmp_path / 'x.db'}"), chunk_of([(1, 1, "x", 1), (2, None, None, 0)], table), table=table
    )
    first, second = written.refused
    assert (
        first.message
        == "a 1, b x is not in the table 'cat': the database refused the row: FOREIGN KEY constraint failed"
    )
    assert second.column == "n"


IGNORING = {
    "sqlite": "CREATE TRIGGER skips BEFORE INSERT ON orders WHEN new.no = 2 BEGIN SELECT RAISE(IGNORE); END",
    "postgres": """
        CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF new.no = 2 THEN RETURN NULL; END IF; RETURN new; END $$;
        CREATE TRIGGER skips BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION skip()
    """,
}


@pytest.mark.parametrize("key", [("no",), ()])
@pytest.mark.parametrize("first", [[], [(1, "a")]])
def test_a_row_that_a_trigger_leaves_out_is_refused(database, key, first):
    name, open_new, read, execute = database
    if name == "duckdb":
        return  # It has no triggers.
    open_again = open_new()
    table = replace(ORDER, key=key)
    execute(open_again, "CREATE TABLE orders (no BIGINT PRIMARY KEY, email VARCHAR(9))")
    put(open_again(), chunk_of(first, table), table=table)
    execute(open_again, IGNORING[name])
    rows = [*first, (2, "b"), (3, "c")] if key else [(2, "b"), (3, "c")]
    [written] = put(open_again(), chunk_of(rows, table), table=table)
    assert [one.message for one in written.refused] == ["a trigger of the table leaves the row out"]
    assert (written.created, written.unchanged) == (1, len(rows) - 2)
    assert sorted(read(open_again, table)) == sorted({*first, (3, "c")})
