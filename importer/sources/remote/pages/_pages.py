"""Which pages are read, and how one leads to the next: `Pages`."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from importer.errors import OptionError
from importer.sources.remote._urls import name_of, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Pages"]

PER_SECOND = 5.0

NAMES = ("rows", "next", "cursor", "page", "offset", "total")
"""Options that are names."""

HEADER_NAME, HEADER_VALUE = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII), re.compile(r"[\t\x20-\x7e]*")
SUFFIX = re.compile(r"\.(?:json|ndjson|jsonl|xml|rss|atom|php|aspx?)$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, repr=False)
class Pages:
    """A paged JSON interface or a feed, to be imported as a file is.

    All pages are fetched first, politely: so many requests a second, again after a pause if the server is busy or the
    connection breaks off, and as late as the server asks for. A fetch that was broken off goes on at the page where it
    stopped. Pages that have not changed since the last time are not sent again, if the server says so.

    A `Link` header, and a link to the next page at a usual place, such as ``links.next`` or ``next_url``, are
    followed without further words.

    Parameters
    ----------
    url
        The first page, with all that stands in its query, such as the number of rows of a page.
    rows
        Name of the list in each answer, with dots on the way to it: ``"data.items"``. Found by itself if there is one
        list of objects.
    next
        Name of the field that holds the link of the next page, or a cursor: ``"paging.next"``.
    cursor
        The parameter of the query that takes the cursor.
    page
        The parameter that counts the pages. The first page has the number that the URL says, else 1.
    offset
        The parameter that counts the rows before the page.
    total
        Name of the field that says how many rows there are: ``"meta.total"``. Headers that say it are found.
    headers
        Headers of every request, such as a token. They go to this server alone, and are shown and kept nowhere.
    per_second
        Most requests a second.
    max_pages
        Stop after so many pages. By default, more than 10,000 are an error.
    max_age_s
        Use what was fetched before if it is not older than this, without a request.

    Raises
    ------
    OptionError
        If they cannot be so.

    Examples
    --------
    >>> Pages("https://shop.example/api/orders?limit=100&key=s3cret", next="paging.next", headers={"X-Token": "abc"})
    Pages('https://shop.example/api/orders', next='paging.next')
    """

    url: str = field(kw_only=False)
    rows: str | None = None
    next: str | None = None
    cursor: str | None = None
    page: str | None = None
    offset: str | None = None
    total: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    per_second: float = PER_SECOND
    max_pages: int | None = None
    max_age_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        scheme = self.url.partition("://")[0].lower() if isinstance(self.url, str) else ""
        try:
            is_url = scheme in {"http", "https"} and bool(urlsplit(self.url).hostname) and urlsplit(self.url).port != 0
        except ValueError:
            is_url = False
        if not is_url:
            said = shown(self.url) if isinstance(self.url, str) and "://" in self.url else self.url
            raise _unfit("url", said, "must be a link with https:// or http://", "give a path itself to importer.load")
        for name in NAMES:
            given = getattr(self, name)
            if given is not None and not (isinstance(given, str) and given):
                raise _unfit(name, given, "must be a name")
        ways = [name for name in ("next", "page", "offset") if getattr(self, name) is not None]
        if len(ways) > 1:
            raise _unfit(ways[1], getattr(self, ways[1]), f"cannot stand beside {ways[0]}", "give one of them")
        if self.cursor is not None and self.next is None:
            raise _unfit("cursor", self.cursor, "needs next, the name of the field that holds the cursor")
        if not _is_number(self.per_second) or self.per_second <= 0:
            raise _unfit("per_second", self.per_second, "must be a number above 0")
        if not _is_number(self.max_age_s) or self.max_age_s < 0:
            raise _unfit("max_age_s", self.max_age_s, "must be a number of seconds")
        if self.max_pages is not None and (type(self.max_pages) is not int or self.max_pages < 1):
            raise _unfit("max_pages", self.max_pages, "must be a whole number from 1")
        self._raise_for_headers()

    def _raise_for_headers(self) -> None:
        """Refuse headers that no request can have, without a word about their values."""
        try:
            object.__setattr__(self, "headers", dict(self.headers))
        except (TypeError, ValueError):
            raise _unfit("headers", ..., "must be a dictionary of texts") from None
        for name, value in self.headers.items():
            if not (isinstance(name, str) and HEADER_NAME.fullmatch(name)):
                raise _unfit("headers", ..., "must have names of letters, digits and hyphens")
            if not (isinstance(value, str) and HEADER_VALUE.fullmatch(value)):
                raise _unfit("headers", ..., f"must have text without line ends and foreign letters for {name!r}")

    @property
    def name(self) -> str:
        """The name of what is fetched: the last part of the URL's path."""
        return SUFFIX.sub("", name_of(self.url)) or "download"

    @property
    def key(self) -> str:
        """What tells these pages from others, but for the headers. It does not show the URL."""
        said: dict[str, Any] = {name: getattr(self, name) for name in ("url", *NAMES, "max_pages")}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:24]

    @property
    def has_secrets(self) -> bool:
        """Whether something is left out where they are shown."""
        return bool(self.headers) or shown(self.url) != self.url

    def __repr__(self) -> str:
        """The call without what may be secret."""
        said = [f"{name}={getattr(self, name)!r}" for name in NAMES if getattr(self, name) is not None]
        return f"Pages({', '.join([repr(shown(self.url)), *said])})"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _unfit(name: str, value: object, why: str, *fixes: str) -> OptionError:
    said = f"{name} {why}" if value is ... else f"{name} {why}, not {value!r}"
    return OptionError(said, facts={"option": name}, fixes=fixes)
