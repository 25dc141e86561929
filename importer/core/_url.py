"""URLs of databases: what they name, and how they are shown without a password."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from importer.core._address import HIDDEN, Address, is_connection_string, shown_setting
from importer.errors import SinkError

__all__ = ["located", "masked", "masked_file", "parsed", "refilled", "scrub"]

SUFFIXES = {".db": "sqlite", ".db3": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".duckdb": "duckdb"}
SCHEMES = {
    "sqlite": "sqlite",
    "duckdb": "duckdb",
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "wordpress+https": "wordpress",
    "wordpress+http": "wordpress",
}
SERVERS = ("postgresql", "wordpress")
FILES = ("sqlite", "duckdb")

GARBLING = 3
"""Secrets this short are replaced only where they are a word: elsewhere they would be the letters of others."""


def masked(into: object) -> str:
    """The target as text, with three stars for all that may be a secret: of a strange URL, only the scheme is shown.

    Examples
    --------
    >>> masked("postgresql://ann:s3cret@db/shop?sslpassword=x&sslmode=require"), masked("postgresql://ann:s3c@ret@db")
    ('postgresql://ann:***@db/shop?sslpassword=***&sslmode=require', 'postgresql://***')
    """
    text = str(into)
    scheme, mark, rest = text.partition("://")
    if not mark:
        kind, colon, _ = text.partition(":")
        if is_connection_string(text):
            return f"{kind}:{HIDDEN}" if colon and kind in SCHEMES else HIDDEN
        is_path = Path(text).suffix.lower() in SUFFIXES
        return text if is_path or not re.search("[?#&]", text) else HIDDEN
    if not re.fullmatch("[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return HIDDEN
    if scheme.lower() in FILES:
        path, query, settings = rest.partition("?")
        is_path = path.startswith("/") or not rest
        return f"{scheme}://{path if is_path else HIDDEN}" + (
            "?" + "&".join(map(shown_setting, settings.split("&"))) if query and is_path else ""
        )
    address = Address.of(text)
    return f"{scheme}://{HIDDEN}" if address is None else str(address.shown)


def masked_file(path: object) -> str:
    """The path of a file that is not there, unless it is a URL in the wrong place.

    Examples
    --------
    >>> masked_file("Q1 & Q2.csv"), masked_file("postgresql://ann:s3cret@db/shop")
    ('Q1 & Q2.csv', 'postgresql://ann:***@db/shop')
    """
    text = str(path)
    return masked(text) if "://" in text or is_connection_string(text) else text


def located(into: str | os.PathLike[str]) -> str:
    """The target without its password and with the absolute path of a file: the same from every folder.

    Examples
    --------
    >>> located("postgresql://ann:s3cret@db/shop"), located("/data/../data/shop.db")
    ('postgresql://ann:***@db/shop', 'sqlite:////data/shop.db')
    """
    kind, place = parsed(into)
    if kind in SERVERS:
        return masked(place)
    return f"{kind}:///{str(Path(place).resolve()).replace('%', '%25').replace('?', '%3F')}"


def refilled(edited: str, before: object) -> str:
    """A URL that was edited as it is shown, with the secrets that it had before in place of the three stars.

    They stay away if it names another user or server now, which would get to know them.

    Examples
    --------
    >>> refilled("postgresql://ann:***@db/till", "postgresql://ann:s3cret@db/shop")
    'postgresql://ann:s3cret@db/till'
    >>> refilled("postgresql://ann:***@other/shop", "postgresql://ann:s3cret@db/shop")
    'postgresql://ann:***@other/shop'
    """
    now, then = Address.of(edited), Address.of(before) if isinstance(before, str) else None
    return edited if now is None or then is None else str(now.with_hidden_of(then))


def scrub(exc: BaseException, url: str) -> None:
    """Replace the secrets of the URL in what an error of a driver says, and in the errors behind it."""
    address = Address.of(url)
    secrets = {url} if address is None else address.secrets()
    words = [
        re.escape(one) if len(one) > GARBLING else rf"(?<!\w){re.escape(one)}(?!\w)"
        for one in sorted(secrets, key=len, reverse=True)
    ]
    one: BaseException | None = exc
    while words and one is not None:
        one.args = tuple(re.sub("|".join(words), HIDDEN, arg) if isinstance(arg, str) else arg for arg in one.args)
        one = one.__cause__ or one.__context__


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
        return _kind_of_path(text), text
    kind = SCHEMES.get(scheme)
    if kind is None:
        shown = masked(text)
        raise _unknown(
            f"no sink knows {shown.partition('://')[0]!r} in {shown!r}",
            shown,
            f"write one of {', '.join(map(repr, SCHEMES))}",
        )
    if kind in SERVERS:
        if Address.of(text) is None:
            raise _unknown(
                f"{masked(text)!r} stands for a URL that cannot be read",
                masked(text),
                "write each special character of the password as in a URL, such as %40 for @ and %2F for /",
                "leave the password out and set "
                + ("PGPASSWORD" if kind == "postgresql" else "WORDPRESS_APPLICATION_PASSWORD"),
            )
        return kind, text
    name = unquote(rest.partition("?")[0])
    if not name.startswith("/") or name in {"/", "/:memory:"}:
        raise _unknown(
            f"{masked(text)!r} names no file",
            masked(text),
            f"write three slashes for a relative path, as in '{kind}:///shop.db'",
            f"four for an absolute one, as in '{kind}:////data/shop.db'",
        )
    return kind, name[1:]


def _kind_of_path(text: str) -> str:
    """The kind of database that a path names by its suffix."""
    shown = masked(text)
    if is_connection_string(text):
        raise _unknown(
            f"{shown!r} stands for what is neither a URL nor a plain path",
            shown,
            "write a URL such as 'postgresql://ann@db/shop'",
            "write 'sqlite:///' or 'duckdb:///' before the path of a file",
        )
    kind = SUFFIXES.get(Path(text).suffix.lower())
    if kind is None:
        raise _unknown(
            f"cannot tell what kind of database {shown!r} is",
            shown,
            "write a URL such as 'sqlite:///shop.db'",
            f"write a path that ends in {', '.join(SUFFIXES)}",
        )
    return kind


def _unknown(sentence: str, shown: str, *fixes: str) -> SinkError:
    return SinkError(sentence, code="database-unknown", facts={"into": shown}, fixes=fixes)
