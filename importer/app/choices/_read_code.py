"""Python that reads a table into a data frame: `read_code`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import polars as pl

from importer.core import HIDDEN, Address, literal, masked, parsed
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_code"]

SQLITE = """import sqlite3
from contextlib import closing

import polars as pl

with closing(sqlite3.connect({place})) as database:
    df = pl.read_database({query}, database, infer_schema_length=None)"""

DUCKDB = """import duckdb

with duckdb.connect({place}) as database:
    df = database.sql({query}).pl()"""

POSTGRES = """import polars as pl
import psycopg

{said}with psycopg.connect({url}) as database:
    df = pl.read_database({query}, database, infer_schema_length=None)"""

SITE = """import httpx
import polars as pl

df = pl.DataFrame(httpx.get({url}, params={{"per_page": 100}}).json())"""
"""The newest posts that everybody may read."""

TYPES: dict[type[pl.DataType], str] = {
    pl.Date: ".str.to_date()",
    pl.Datetime: '.str.to_datetime("%Y-%m-%d %H:%M:%S%.f")',
    pl.Time: '.str.to_time("%H:%M:%S%.f")',
    pl.Boolean: ".cast(pl.Boolean)",
}
"""What makes values of what SQLite holds, which has no type of its own for them."""

NAMES = "pass|secret|token|pwd"
"""What is in the name of a variable that holds a password; another one may hold the same text by chance."""


def read_code(into: str | os.PathLike[str], table: str, columns: Mapping[str, pl.DataType | None]) -> str:
    """Python that reads a table into `df`.

    The password of a server is not in it: it comes from the variable in which the kernel has it, or is asked for.

    Examples
    --------
    >>> print(read_code("shop.db", "orders", {"id": pl.Int64(), "day": pl.Date()}))
    import sqlite3
    from contextlib import closing
    <BLANKLINE>
    import polars as pl
    <BLANKLINE>
    with closing(sqlite3.connect("shop.db")) as database:
        df = pl.read_database('SELECT * FROM "orders"', database, infer_schema_length=None)
    df = df.with_columns(
        pl.col("day").str.to_date(),
    )
    df
    >>> print(read_code("shop.duckdb", "orders", {}))
    import duckdb
    <BLANKLINE>
    with duckdb.connect("shop.duckdb") as database:
        df = database.sql('SELECT * FROM "orders"').pl()
    df
    """
    kind, place = parsed(into)
    quoted = '"{}"'.format(table.replace('"', '""'))
    query = literal(f"SELECT * FROM {quoted}")  # noqa: S608 - the name is quoted
    if kind == "duckdb":
        lines = [DUCKDB.format(place=literal(place), query=query)]
    elif kind == "sqlite":
        lines = [SQLITE.format(place=literal(place), query=query), *_typed(columns)]
    elif kind == "wordpress":
        scheme, _, rest = masked(place).partition("+")[2].partition("://")
        lines = [SITE.format(url=literal(f"{scheme}://{rest.rpartition('@')[2]}/wp-json/wp/v2/{table}"))]
    else:
        imports, said, url = _url(place)
        lines = [*imports, POSTGRES.format(said=said, url=url, query=query)]
    return "\n".join([*lines, "df"])


def _typed(columns: Mapping[str, pl.DataType | None]) -> list[str]:
    """Lines that give the columns their types."""
    ways: dict[str, list[str]] = {}
    for name, dtype in columns.items():
        if dtype is not None and (way := TYPES.get(type(dtype))) is not None:
            has_zone = isinstance(dtype, pl.Datetime) and dtype.time_zone is not None
            ways.setdefault(way.replace("%.f", "%.f%z") if has_zone else way, []).append(name)
    lines = [f"    pl.col({', '.join(map(literal, names))}){way}," for way, names in ways.items()]
    return ["df = df.with_columns(", *lines, ")"] if lines else []


def _url(url: str) -> tuple[list[str], str, str]:
    """What to import and to say, and the URL of a server as Python; its secrets come from where the kernel has them."""
    if (variable := _variable(url)) is not None:
        return ["import os", ""], "", f"os.environ[{literal(variable)}]"
    address = Address.of(url)
    shown = masked(url if address is None else str(address.with_password(None)))
    if address is None or HIDDEN in shown:
        return ["from getpass import getpass", ""], "", f"getpass({literal(say('code.ask_url'))})"
    password = unquote(address.password or "")
    if not address.has_password or os.environ.get("PGPASSWORD") == password:
        is_elsewhere = address.has_password or address.hides_password
        return [], f"{say('app.code_password')}\n" if is_elsewhere else "", literal(shown)
    if (variable := _variable(password, NAMES)) is not None:
        return ["import os", ""], "", f"{literal(shown)}, password=os.environ[{literal(variable)}]"
    ask = f"getpass({literal(say('code.ask_password'))})"
    return ["from getpass import getpass", ""], "", f"{literal(shown)}, password={ask}"


def _variable(value: str, name: str = "") -> str | None:
    """The variable that holds the value, if there is one of such a name."""
    found = (one for one, text in os.environ.items() if text == value and re.search(name, one, re.IGNORECASE))
    return next(found, None)
