"""The password of a database server, which no URL needs to have."""

from __future__ import annotations

import os
from pathlib import Path

from importer.core import HIDDEN, Address, masked
from importer.errors import Fix, SinkError

__all__ = ["elsewhere", "has_password", "lacks_password", "usable", "with_password"]

SITE_PASSWORD = "WORDPRESS_APPLICATION_PASSWORD"  # noqa: S105 - the name of a variable
"""Where the password of a site may be."""


def elsewhere(into: object) -> tuple[str, ...]:
    """Where a password may be that is not in the URL, as fixes.

    Examples
    --------
    >>> elsewhere("postgresql://ann@db/shop"), elsewhere("wordpress+https://ann@example.org")
    (('set PGPASSWORD', 'write it to ~/.pgpass'), ('set WORDPRESS_APPLICATION_PASSWORD', 'keep it in the keyring'))
    """
    if str(into).startswith("wordpress"):
        return f"set {SITE_PASSWORD}", "keep it in the keyring"
    return "set PGPASSWORD", "write it to ~/.pgpass"


WITH_IT = Fix("into", ..., "with the password")


def has_password(into: object) -> bool:
    """Whether the target is a URL with a password in it.

    Examples
    --------
    >>> has_password("postgresql://ann:s3cret@db/shop"), has_password("postgresql://ann:***@db/shop")
    (True, False)
    """
    address = Address.of(str(into))
    return address is not None and address.has_password


def lacks_password(target: str) -> bool:
    """Whether the target shows three stars for a secret that nobody here knows.

    libpq knows the password if ``PGPASSWORD`` is set; it looks it up if there is a password file.
    """
    address = Address.of(target)
    if address is None:
        return HIDDEN in target
    return address.hides_more or (address.hides_password and not _is_elsewhere(address))


def usable(url: str) -> str:
    """The URL to connect with: three stars for the password are left to libpq, which finds it elsewhere.

    Raises
    ------
    SinkError
        If nobody here knows what the stars stand for.
    """
    if lacks_password(url):
        shown = masked(url)
        raise SinkError(
            f"the password of {shown!r} is not kept",
            code="password-missing",
            facts={"target": shown},
            fixes=[WITH_IT, *elsewhere(url)],
        )
    address = Address.of(url)
    return url if address is None or not address.hides_password else str(address.with_password(None))


def with_password(into: str, password: str) -> str:
    """The URL with a password, which was not in it.

    Raises
    ------
    SinkError
        If it is not the URL of a server, or has a password.

    Examples
    --------
    >>> with_password("postgresql://ann:***@db/shop", "s3c@ret")
    'postgresql://ann:s3c%40ret@db/shop'
    """
    address = Address.of(into)
    if address is None or address.has_password:
        why = "is not the URL of a server" if address is None else "has a password already"
        fix = (
            "leave it out of the URL, or do not ask for it"
            if address
            else "write a URL such as 'postgresql://ann@db/shop'"
        )
        raise SinkError(f"{masked(into)!r} {why}", code="password-not-asked", facts={"into": masked(into)}, fixes=[fix])
    return str(address.with_password(password))


def _is_elsewhere(address: Address) -> bool:
    """Whether the password may be in the environment or in a password file."""
    if address.scheme.startswith("wordpress"):
        return bool(os.environ.get(SITE_PASSWORD))
    files = [one.partition("=")[2] for one in address.settings if one.startswith("passfile=")]
    appdata = os.environ.get("APPDATA")
    own = Path(appdata) / "postgresql" / "pgpass.conf" if os.name == "nt" and appdata else Path.home() / ".pgpass"
    place = Path(files[0] if files else os.environ.get("PGPASSFILE") or own)
    return bool(os.environ.get("PGPASSWORD")) or place.is_file()
