"""The URL of a database server in its parts, and what of it is shown: `Address`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HIDDEN", "Address", "is_connection_string"]

HIDDEN = "***"
"""Stands in place of what is not shown."""

SHOWN = frozenset(
    "host hostaddr port dbname user sslmode sslnegotiation sslrootcert sslcert sslcertmode sslsni connect_timeout "
    "application_name fallback_application_name client_encoding keepalives keepalives_idle keepalives_interval "
    "keepalives_count tcp_user_timeout target_session_attrs load_balance_hosts channel_binding require_auth "
    "gssencmode ssl_min_protocol_version ssl_max_protocol_version passfile".split()
)
"""Settings of libpq whose values are shown."""

SETTINGS = SHOWN | frozenset("password sslpassword sslkey options service servicefile krbsrvname replication".split())
"""Settings whose names are shown."""

PASSWORDS = ("password", "sslpassword")

ESCAPE = "%(?!00)[0-9A-Fa-f]{2}"
NAME = rf"(?:[^\s%:@/?#&=,\[\]*]|{ESCAPE})*"
HOST = rf"(?:\[[0-9A-Fa-f:.]+\]|{NAME})(?::\d*)?"
URL = re.compile(
    rf"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    rf"(?:(?P<user>{NAME})(?::(?P<password>(?:[^\s@/%]|{ESCAPE})*))?@)?"
    rf"(?P<hosts>{HOST}(?:,{HOST})*)"
    rf"(?:/(?P<database>{NAME}))?"
    rf"(?:\?(?P<query>.*))?"
)
"""As libpq reads it; what it may read otherwise than it was meant is no match."""

RUN_TIME = "search_path|role|timezone|datestyle|intervalstyle|work_mem|synchronous_commit|[a-z_]+_timeout"
OPTIONS = re.compile(rf"\s*(?:(?:-c\s*|--)(?:{RUN_TIME})=(?:\\.|[^\s\\])*\s*)*", re.IGNORECASE)
"""The setting ``options``, if it has only parameters of the server whose values are shown."""

VALUE = re.compile(r"[\w .,:/~+*@$-]*")
PAIR = re.compile(rf"(?i)(?:^|[\s;:?&])(?:{'|'.join(sorted(SETTINGS))}|passwd|passphrase|pwd|secret|token)\s*=")
DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def is_connection_string(text: str) -> bool:
    """Whether a text that should be a path or a name may be a URL, or settings of libpq, with a password.

    Examples
    --------
    >>> [is_connection_string(text) for text in ("ann:s3cret@db", "host=db password=s3cret", "year=2025/shop.db")]
    [True, True, False]
    """
    if os.name == "nt":
        text = DRIVE.sub("", text, count=1)
    return any(
        re.search(":.*@", one, re.DOTALL) or PAIR.search(one) or re.match("(?i)(postgres(ql)?|sqlite|duckdb):", one)
        for one in (text, unquote(text))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is, as a URL says it; every part is written as in the URL.

    Attributes
    ----------
    scheme, user, password, hosts, database
        Its parts; None if the URL has none.
    settings
        The parts of its query.
    """

    scheme: str
    user: str | None = None
    password: str | None = None
    hosts: str = ""
    database: str | None = None
    settings: tuple[str, ...] = ()

    @classmethod
    def of(cls, url: str) -> Address | None:
        """The parts of a URL; None if it may mean something else than it seems to.

        Examples
        --------
        >>> Address.of("postgresql://ann:s3cret@db/shop").database, Address.of("postgresql://ann:s3c@ret@db/shop")
        ('shop', None)
        """
        found = URL.fullmatch(url) if url.isprintable() else None
        if found is None:
            return None
        parts = found.groupdict()
        query = parts.pop("query")
        address = cls(**parts, settings=() if query is None else tuple(query.split("&")))
        return address if address._is_clear else None

    @property
    def _is_clear(self) -> bool:
        """Whether no part may be one of a password that was not written as in a URL."""
        hosts = [re.sub(r":\d*$", "", host) for host in self.hosts.split(",")]
        names = [*(host for host in hosts if not host.startswith("[")), self.database, self.user]
        plain = [_decoded(name or "") for name in names]
        if any(one is None or not one.isprintable() or re.search("[:=?#&]", one) for one in plain):
            return False
        if any("@" in (one or "") for one in plain[:-1]):
            return False
        # Behind a colon, an @ may be the end of a password.
        may_go_on = self.password is not None or ":" in self.hosts
        is_closed = not may_go_on or "@" not in "".join(self.settings)
        return is_closed and (self.password is None or _decoded(self.password) is not None)

    def __str__(self) -> str:
        """The whole URL, with its password."""
        user = self.user if self.password is None else f"{self.user}:{self.password}"
        start = f"{self.scheme}://{'' if user is None else f'{user}@'}{self.hosts}"
        query = f"?{'&'.join(self.settings)}" if self.settings else ""
        return f"{start}{'' if self.database is None else f'/{self.database}'}{query}"

    __repr__ = __str__

    @property
    def shown(self) -> Address:
        """The same with three stars in place of everything that may be a secret."""
        password = None if self.password is None else HIDDEN
        return replace(self, password=password, settings=tuple(map(shown_setting, self.settings)))

    @property
    def has_password(self) -> bool:
        """Whether it has a password, and not three stars for one."""
        given = [self.password, *(_setting(one)[1] for one in self.settings if _setting(one)[0] in PASSWORDS)]
        return any(one not in {None, "", HIDDEN} for one in given)

    @property
    def hides_password(self) -> bool:
        """Whether it has three stars for the password."""
        return self.password == HIDDEN or f"password={HIDDEN}" in self.settings

    @property
    def hides_more(self) -> bool:
        """Whether it has three stars for anything else."""
        return any(one.endswith(HIDDEN) and one != f"password={HIDDEN}" for one in self.settings)

    def with_password(self, password: str | None) -> Address:
        """The same with this password, or with none."""
        settings = tuple(one for one in self.settings if _setting(one)[0] != "password")
        if password is None:
            return replace(self, user=self.user or None, password=None, settings=settings)
        return replace(self, user=self.user or "", password=quote(password, safe=""), settings=settings)

    def without_secrets(self) -> Address:
        """The same without everything that may be a secret.

        Examples
        --------
        >>> Address.of("postgresql://ann:s3cret@db/shop?sslmode=require&sslpassword=x").without_secrets()
        postgresql://ann@db/shop?sslmode=require
        """
        settings = tuple(one for one in self.settings if shown_setting(one) == one)
        return replace(self, user=self.user or None, password=None, settings=settings)

    def with_hidden_of(self, other: Address) -> Address:
        """The same with what the other one hides in place of three stars, if both name the same user and server."""
        if (self.scheme, self.user, self.hosts) != (other.scheme, other.user, other.hosts):
            return self
        hidden = {shown_setting(one): one for one in other.settings}
        settings = tuple(hidden.get(one, one) if one.endswith(HIDDEN) else one for one in self.settings)
        return replace(self, password=other.password if self.password == HIDDEN else self.password, settings=settings)

    def secrets(self) -> set[str]:
        """Everything that is not shown, in every form in which a driver may quote it."""
        hidden = [] if self.password is None else [self.password]
        for one in self.settings:
            if shown_setting(one) != one:
                name, value = _setting(one)
                hidden += [one, value] if name in SETTINGS else [one, one.partition("=")[0], value]
        shown = {self.user, self.hosts, self.database, *re.split("[:,]", self.hosts)}
        known = {_decoded(one or "") for one in shown} | SETTINGS | {HIDDEN, ""}
        return {form for one in hidden for form in _forms(one)} - known


def shown_setting(setting: str) -> str:
    """One part of a query with three stars in place of what may be a secret.

    Examples
    --------
    >>> [shown_setting(one) for one in ("sslmode=require", "pass%77ord=s3cret", "s3cret", "options=-crole%3Dann")]
    ['sslmode=require', 'password=***', '***', 'options=-crole%3Dann']
    """
    name, value = _setting(setting)
    if name not in SETTINGS or "=" not in setting:
        return HIDDEN
    text = _decoded(value)
    if text is None or not text.isprintable() or is_connection_string(text):
        return f"{name}={HIDDEN}"
    is_shown = (name in SHOWN and VALUE.fullmatch(text)) or (name == "options" and OPTIONS.fullmatch(text))
    return setting if is_shown else f"{name}={HIDDEN}"


def _setting(setting: str) -> tuple[str | None, str]:
    """The name of a setting, decoded, and its value as it is written."""
    name, _, value = setting.partition("=")
    return _decoded(name), value


def _decoded(text: str) -> str | None:
    """The text without its escapes; None if one of them is wrong."""
    if re.sub(ESCAPE, "", text).count("%"):
        return None
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return None


def _forms(hidden: str) -> Iterator[str]:
    """A secret as it is written, decoded and encoded, and the words in it."""
    for text in {hidden, unquote(hidden)}:
        yield from (text, quote(text, safe=""), *re.split(r"[\s=\\]+", text))
