"""Links from one page to the next, and how they are kept without what may be secret."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, unquote_plus, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "hidden",
    "next_in_header",
    "parameter",
    "resolved",
    "revealed",
    "same_place",
    "with_parameter",
    "without_user",
]

PORTS = {"http": 80, "https": 443}
LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[^\s=;,"<]+\s*(?:=\s*(?:"[^"]*"|[^\s;,"]*))?)*)')
REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))', re.IGNORECASE)


def next_in_header(text: str) -> str | None:
    """The link to the next page in a `Link` header.

    Examples
    --------
    >>> next_in_header('<https://a.example/?page=1>; rel="prev", <https://a.example/?page=3,4>; title="a, b"; rel=next')
    'https://a.example/?page=3,4'
    """
    for link in LINK.finditer(text):
        rel = REL.search(link[2])
        if rel is not None and "next" in (rel[1] or rel[2] or "").lower().split():
            return link[1]
    return None


def without_user(url: str) -> tuple[str, str | None]:
    """The URL without user and password, and the header that says them.

    Examples
    --------
    >>> without_user("https://ann:s3cret@a.example/x#top")
    ('https://a.example/x', 'Basic YW5uOnMzY3JldA==')
    """
    parts = urlsplit(url)
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    if parts.username is None:
        return bare, None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return bare, f"Basic {base64.b64encode(pair).decode()}"


def parameter(url: str, name: str) -> str | None:
    """The last value of a parameter in the query.

    Examples
    --------
    >>> parameter("https://a.example/?q=a+b&page=3", "page"), parameter("https://a.example/", "page")
    ('3', None)
    """
    found = [value for key, value in _pairs(urlsplit(url).query) if key == name]
    return None if not found else unquote_plus(found[-1])


def with_parameter(url: str, name: str, value: str) -> str:
    """The URL with a parameter set; all else stays as it is written.

    Examples
    --------
    >>> with_parameter("https://a.example/x?a=%20+&after=1&b", "after", "x=&y")
    'https://a.example/x?a=%20+&after=x%3D%26y&b'
    """
    parts = urlsplit(url)
    said, is_set = f"{quote(name, safe='[]$')}={quote(value, safe='')}", False
    query = []
    for piece in filter(None, parts.query.split("&")):
        if unquote_plus(piece.partition("=")[0]) != name:
            query.append(piece)
        elif not is_set:
            query.append(said)
            is_set = True
    query += [] if is_set else [said]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(query), ""))


def resolved(link: str, page: str) -> str | None:
    """Where a link of a page leads; None if that is no place of the web, or has a user of its own.

    A link to the same host that lost its ``https``, as behind many proxies, gets it back.

    Examples
    --------
    >>> resolved("?page=2", "https://a.example/x"), resolved("http://a.example/x?page=2", "https://a.example/x")
    ('https://a.example/x?page=2', 'https://a.example/x?page=2')
    >>> resolved("file:///etc/passwd", "https://a.example/x") is None
    True
    """
    try:
        whole = urlsplit(urljoin(page, link.strip()))
        here = urlsplit(page)
        if whole.scheme not in PORTS or not whole.hostname or whole.username is not None or whole.port == 0:
            return None
        is_bare = (whole.scheme, here.scheme) == ("http", "https") and whole.hostname == here.hostname
        if is_bare and whole.port in {None, PORTS["http"]} and here.port in {None, PORTS["https"]}:
            whole = whole._replace(scheme="https", netloc=here.netloc)
        return urlunsplit(whole._replace(fragment=""))
    except ValueError:
        return None


def same_place(one: str, other: str) -> bool:
    """Whether both are of one server; the first may be its ``https`` where the other is not.

    Examples
    --------
    >>> (
    ...     same_place("https://a.example/x", "https://A.example:443/y"),
    ...     same_place("https://a.example", "http://a.example"),
    ... )
    (True, True)
    >>> same_place("http://a.example", "https://a.example"), same_place("http://a.example:8080", "http://a.example")
    (False, False)
    """
    first, second = _origin(urlsplit(one)), _origin(urlsplit(other))
    return first == second or (first, second) == (("https", second[1], 443), ("http", second[1], 80))


def _origin(parts: Any) -> tuple[str, str | None, int | None]:  # noqa: ANN401 - what urlsplit returns
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def hidden(url: str, first: str) -> list[Any]:
    """A link without what its query shares with the first one, where a token may stand.

    Examples
    --------
    >>> first = "https://a.example/x?key=s3cret&limit=9"
    >>> hidden("https://a.example/x?key=s3cret&limit=9&after=7", first)
    ['https://a.example/x', [0, 1, 'after=7']]
    """
    parts, shared = urlsplit(url), urlsplit(first).query.split("&")
    pieces: list[int | str] = []
    for piece in parts.query.split("&") if parts.query else ():
        known = [at for at, one in enumerate(shared) if _same(one, piece)]
        pieces.append(known[0] if known else piece)
    return [urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")), pieces]


def revealed(kept: Sequence[Any], first: str) -> str:
    """The link that `hidden` made.

    Examples
    --------
    >>> first = "https://a.example/x?key=s3cret&limit=9"
    >>> revealed(["https://a.example/x", [0, 1, "after=7"]], first)
    'https://a.example/x?key=s3cret&limit=9&after=7'
    """
    base, pieces = kept
    shared = urlsplit(first).query.split("&")
    query = "&".join(shared[one] if isinstance(one, int) else str(one) for one in pieces)
    return f"{base}?{query}" if query else str(base)


def _same(one: str, other: str) -> bool:
    """Whether two pieces of a query say the same, however they are escaped."""
    return bool(one) and unquote_plus(one) == unquote_plus(other)


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(unquote_plus(name), value) for name, _, value in (one.partition("=") for one in query.split("&"))]
