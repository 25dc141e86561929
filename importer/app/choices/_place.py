"""The database as its form holds it, field by field: `Place`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote

from importer.core import Address, parsed, refilled
from importer.errors import SinkError

__all__ = ["FILES", "PLACES", "Place"]

FILES = {"sqlite": (".db", ".db3", ".sqlite", ".sqlite3"), "duckdb": (".duckdb", ".db")}
"""Kinds of database that are a file, and how the names of such files end."""

PLACES = (*FILES, "postgresql", "url")
"""Kinds of database that the form has fields for; a URL says it all in one."""

SERVER = ("host", "port", "user")
"""Fields that say who gets to know the password."""

AT = {
    "database-is-folder": "file",
    "folder-missing": "file",
    "database-is-no-database": "file",
    "server-unreachable": "host",
    "access-denied": "host",
    "user-missing": "user",
    "password-missing": "password",
    "password-wrong": "password",
    "database-missing": "database",
    "database-unknown": "url",
}
"""The field at which an error is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the database is; no field is shown with a secret, and the password is never shown.

    Attributes
    ----------
    kind
        One of `PLACES`; ``"own"`` for a sink of your own.
    file
        Path of the file.
    host, port, user, database
        Where the server is, who comes, and to what; as a person writes it.
    url
        The URL, if it is typed as a whole.
    settings
        What else the URL says, such as ``sslmode=require``.
    password
        As it stands in a URL.
    """

    kind: str
    file: str = ""
    host: str = ""
    port: str = ""
    user: str = ""
    database: str = ""
    url: str = field(default="", repr=False)
    settings: tuple[str, ...] = field(default=(), repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, into: Any) -> Self:  # noqa: ANN401 - a URL, a path, or a sink
        """The fields that say the same as the target.

        Examples
        --------
        >>> Place.of("postgresql://ann:s3cret@db:5433/shop?sslmode=require")
        Place(kind='postgresql', file='', host='db', port='5433', user='ann', database='shop')
        >>> Place.of("shop.db").file
        'shop.db'
        """
        if not isinstance(into, str | os.PathLike):
            return cls(kind="own")
        try:
            kind, place = parsed(into)
        except SinkError:
            return cls(kind="url", url=os.fspath(into))
        if kind in FILES:
            return cls(kind=kind, file=place)
        if kind == "wordpress":
            return cls(kind="url", url=place)
        address = Address.of(place)
        hosts = [] if address is None else [one.rpartition(":") for one in address.hosts.split(",")]
        ports = {port for host, colon, port in hosts if colon and not port.endswith("]")}
        if address is None or len(ports) > 1 or (ports and len(hosts) > 1):
            return cls(kind="url", url=place)
        port = next(iter(ports), "")
        host = address.hosts.removesuffix(f":{port}") if ports else address.hosts
        return cls(
            kind=kind,
            host=unquote(host),
            port=port,
            user=unquote(address.user or ""),
            database=unquote(address.database or ""),
            settings=address.settings,
            password=None if address.hides_password else address.password,
        )

    def but(self, name: str, value: str) -> Self:
        """The same with another value in a field; another server or user does not get to know the secrets.

        Examples
        --------
        >>> Place.of("postgresql://ann:s3cret@db/shop").but("database", "till").into
        'postgresql://ann:s3cret@db/till'
        >>> Place.of("postgresql://ann:s3cret@db/shop").but("host", "other").into
        'postgresql://ann@other/shop'
        """
        value = value.strip() if name != "password" else value
        if name == "url":
            # The page shows the URL without its secrets.
            return type(self).of(refilled(value, self.url))
        if name == "password":
            return replace(self, password=quote(value, safe="") or None)
        changed: dict[str, Any] = {name: value}
        if name in SERVER and getattr(self, name) != value:
            changed |= {"password": None, "settings": self._address.without_secrets().settings}
        return replace(self, **changed)

    @property
    def into(self) -> str | None:
        """The target; None if something is still missing.

        Examples
        --------
        >>> Place(kind="sqlite", file="100%.db").into, Place(kind="postgresql", host="db").into
        ('sqlite:///100%25.db', None)
        >>> Place(kind="postgresql", host="::1", database="a b").into
        'postgresql://[::1]/a%20b'
        """
        match self.kind:
            case "sqlite" | "duckdb" if self.file:
                path = str(Path(self.file).expanduser()).replace("%", "%25").replace("?", "%3F")
                return f"{self.kind}:///{path}"
            case "postgresql" if self.database:
                return str(self._address)
            case "url" if self.url:
                return self.url
            case _:
                return None

    @property
    def _address(self) -> Address:
        hosts = [f"[{one}]" if ":" in one.strip("[]") else quote(one, safe="") for one in self.host.split(",")]
        port = f":{quote(self.port, safe='')}" if self.port else ""
        return Address(
            scheme="postgresql",
            user=quote(self.user, safe="") or ("" if self.password else None),
            password=self.password,
            hosts=",".join(f"{one.strip()}{port}" for one in hosts),
            database=quote(self.database, safe=""),
            settings=self.settings,
        )

    def at(self, error: Exception | None) -> str | None:
        """The field at which an error is told; None if it concerns none of them."""
        name = AT.get(error.code) if isinstance(error, SinkError) else None
        return "port" if name == "url" and self.kind == "postgresql" else name
