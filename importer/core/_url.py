"""URLs of databases: what they name, and how they are shown without a password."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from importer.errors import SinkError

SUFFIXES = {".db": "sqlite", ".db3": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".duckdb": "duckdb"}
SCHEMES = {"sqlite": "sqlite", "duckdb": "duckdb", "postgresql": "postgresql", "postgres": "postgresql"}


def masked(into: object) -> str:
    """The target as text, with three stars for the password.

    Examples
    --------
    >>> masked("postgresql://ann:s3cret@db/shop?sslpassword=x&a=1")
    'postgresql://ann:***@db/shop?sslpassword=***&a=1'
    """
    text = re.sub(r"(?<=://)([^/@:]*):.*@", r"\1:***@", str(into))
    return re.sub(r"(?i)([?&][^=&]*(?:password|passwd|secret|token|key)[^=&]*=)[^&]*", r"\1***", text)


def located(into: str | os.PathLike[str]) -> str:
    """The target without its password and with the absolute path of a file: the same from every folder.

    Examples
    --------
    >>> located("postgresql://ann:s3cret@db/shop"), located("/data/../data/shop.db")
    ('postgresql://ann:***@db/shop', 'sqlite:////data/shop.db')
    """
    kind, place = parsed(into)
    return masked(place) if kind == "postgresql" else f"{kind}:///{Path(place).resolve()}"


def parsed(into: str | os.PathLike[str]) -> tuple[str, str]:
    """Kind of database and its place: the path of a file, or the whole URL of a server.

    Raises
    ------
    SinkError
        If it names no database, or one in memory, which would be gone afterwards.

    Examples
    --------
    >>> parsed("sqlite:///data/shop.db"), parsed("shop.duckdb"), parsed("postgresql://db/shop")
    (('sqlite', 'data/shop.db'), ('duckdb', 'shop.duckdb'), ('postgresql', 'postgresql://db/shop'))
    """
    text = os.fspath(into)
    scheme, mark, rest = text.partition("://")
    if not mark:
        kind = SUFFIXES.get(Path(text).suffix.lower())
        if kind is None:
            raise SinkError(
                f"cannot tell what kind of database {masked(into)!r} is",
                code="database-unknown",
                facts={"into": masked(into)},
                fixes=["write a URL such as 'sqlite:///shop.db'", f"write a path that ends in {', '.join(SUFFIXES)}"],
            )
        return kind, text
    kind = SCHEMES.get(scheme)
    if kind is None:
        raise SinkError(
            f"no sink knows {scheme!r} in {masked(into)!r}",
            code="database-unknown",
            facts={"into": masked(into)},
            fixes=[f"write one of {', '.join(map(repr, SCHEMES))}"],
        )
    if kind == "postgresql":
        return kind, text
    name = unquote(rest.partition("?")[0])
    if not name.startswith("/") or name in {"/", "/:memory:"}:
        raise SinkError(
            f"{masked(into)!r} names no file",
            code="database-unknown",
            facts={"into": masked(into)},
            fixes=[
                f"write three slashes for a relative path, as in '{kind}:///shop.db'",
                f"four for an absolute one, as in '{kind}:////data/shop.db'",
            ],
        )
    return kind, name[1:]
