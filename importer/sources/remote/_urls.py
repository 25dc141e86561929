"""URLs of files: which texts are one, and how they are shown without what may be a secret."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

__all__ = ["is_remote", "name_of", "shown"]

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
OURS = {"sqlite", "duckdb", "postgresql", "postgres", "mysql", "mariadb"}
"""Schemes of databases, which are no files."""

LONGEST = 100


def is_remote(file: object) -> bool:
    """Whether a text is the URL of a file.

    Examples
    --------
    >>> is_remote("https://a.example/orders.csv"), is_remote("orders.csv"), is_remote("sqlite:///shop.db")
    (True, False, False)
    """
    found = SCHEME.match(file) if isinstance(file, str) else None
    return found is not None and found[1].lower() not in OURS


def shown(url: str) -> str:
    """The URL without user, password, query and fragment: tokens stand in them.

    Examples
    --------
    >>> shown("https://ann:s3cret@a.example/x/orders.csv?token=abc#d")
    'https://a.example/x/orders.csv'
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return f"{url.partition('://')[0]}://***"
    return f"{parts.scheme}://{host}{port}{parts.path}"


def name_of(url: str) -> str:
    """The name of the file, safe in any folder.

    Examples
    --------
    >>> name_of("https://a.example/x/Q3%20orders.csv?y=1"), name_of("https://a.example/"), name_of("s3://b/..%2F..")
    ('Q3 orders.csv', 'download', 'download')
    """
    last = unquote(urlsplit(url).path).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = "".join(letter for letter in last if letter.isprintable()).strip().lstrip(".")
    return name[-LONGEST:] or "download"
