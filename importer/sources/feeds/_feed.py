"""The entries of a feed as rows: `feed_of`."""

from __future__ import annotations

import email.utils
import re
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from importer.sources.feeds._tree import Element, markup, text, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Feed", "feed_of", "is_feed"]

ATOM, OLD_ATOM = "http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS = frozenset({"", "http://purl.org/rss/1.0/", "http://backend.userland.com/rss2"})
PREFIXES = {
    ATOM: "atom",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    RDF: "rdf",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
"""Namespaces, and what columns of theirs begin with, whatever prefix the feed gives them."""

NAMES = {
    "guid": "id",
    "description": "summary",
    "pubDate": "published",
    "dc:date": "published",
    "content:encoded": "content",
    "dc:creator": "author",
    "dc:subject": "categories",
    "atom:updated": "updated",
    "dcterms:modified": "updated",
    "category": "categories",
    "issued": "published",
    "modified": "updated",
}
"""Elements that have one name in every kind of feed."""

COLUMNS = ("id", "title", "link", "published", "updated", "author", "categories", "summary", "content", "enclosure")
"""Columns in their order, before all others."""

SEVERAL = frozenset({"categories"})
"""What is a list even if it holds one."""

DATES = frozenset({"published", "updated"})
HTML = frozenset({"title", "summary", "content"})
TEXTS = frozenset({"id", "link", "author", "categories", "comments", "rights"})

RFC_822 = re.compile(
    r"(?:[A-Z][a-z]{2,8},?\s+)?\d{1,2}\s+[A-Z][a-z]{2}\s+(?:\d{2}|\d{4})\s+\d{1,2}:\d{2}(?::\d{2})?"
    r"\s+(?:[+-]\d{4}|UT|UTC|GMT|Z|[ECMP][SD]T)"
)
"""A moment of RSS whose zone nobody can take for another."""

BEFORE = r"\ufeff?(?:\s|(?><\?.*?\?>)|(?><!--.*?-->)|(?><!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>))*+"
"""What may stand before the root, none of which is ever divided in another way."""

BEGINNING = re.compile(BEFORE + r"<(?:rss\b|rdf:RDF\b|(?:\w+:)?feed\s[^>]*/[Aa]tom\b)", re.DOTALL)
LOOKED_AT = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed.

    Attributes
    ----------
    rows
        Its entries, each with names and values as JSON has them.
    next
        The link of the next page; None if there is none.
    """

    rows: tuple[dict[str, Any], ...]
    next: str | None


def is_feed(head: bytes) -> bool:
    """Whether what begins so is a feed.

    Examples
    --------
    >>> is_feed(b'<?xml version="1.0"?><rss version="2.0">'), is_feed(b"<feed><a/>"), is_feed(b"<html>")
    (True, False, False)
    """
    begins = head[:LOOKED_AT]
    encoding = "utf-16" if begins.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return BEGINNING.match(begins.decode(encoding, errors="replace")) is not None


def feed_of(data: bytes) -> Feed:
    """The entries of a feed: RSS 2.0 and its elders, or Atom.

    Raises
    ------
    ValueError
        If it is not well formed, is no feed, or declares entities.

    Examples
    --------
    >>> item = b"<item><title>A</title><pubDate>Mon, 30 Nov 2026 20:00 +0100</pubDate></item>"
    >>> feed_of(b"<rss><channel>" + item + b"</channel></rss>").rows
    ({'title': 'A', 'published': '2026-11-30T20:00:00+01:00'},)
    """
    root, prefixes = tree_of(data.lstrip() if data[:1].isspace() else data)
    reader = _Reader({**prefixes, **PREFIXES})
    if root.space in {ATOM, OLD_ATOM} and root.name == "feed":
        entries = [one for one in root if one.space == root.space and one.name == "entry"]
        return Feed(rows=tuple(_row(reader.of_atom(one)) for one in entries), next=_next(root))
    if root.name in {"rss", "RDF"}:
        channels = [one for one in root if one.name == "channel"]
        items = [one for parent in (*channels, root) for one in parent if one.name == "item"]
        links = [link for channel in channels if (link := _next(channel))]
        return Feed(rows=tuple(_row(reader.of_rss(one)) for one in items), next=links[0] if links else None)
    raise ValueError(f"its root {root.name!r} is that of no feed")


class _Reader:
    """What the elements of an entry say, as names and values."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes

    def of_rss(self, item: Element) -> Iterator[tuple[str, Any]]:
        """An item of RSS."""
        taken: dict[str, str] = {}
        # RSS 1.0 names its items so.
        yield "id", item.given.get(f"{RDF} about")
        for one in item:
            tag = one.name if one.space in RSS else self._named(one.space, one.name)
            name = NAMES.get(tag, tag)
            # What two elements say under one name stays apart.
            name = name if taken.setdefault(name, tag) == tag else tag
            yield name, self._value(one, name)
        guid = next((one for one in item if one.name == "guid"), None)
        if "link" not in taken and guid is not None and guid.given.get("isPermaLink") != "false":
            link = text(guid)
            yield "link", link if link.startswith(("http://", "https://")) else None

    def of_atom(self, entry: Element) -> Iterator[tuple[str, Any]]:
        """An entry of Atom."""
        has_link = False
        for one in entry:
            is_own = one.space == entry.space
            tag = one.name if is_own else self._named(one.space, one.name)
            name = NAMES.get(tag, tag)
            if is_own and tag == "link":
                rel, href = one.given.get("rel", "alternate"), one.given.get("href", "").strip()
                if rel == "enclosure":
                    about = {key: one.given.get(key) for key in ("type", "length")}
                    yield "enclosure", {"url": href, **{key: value for key, value in about.items() if value}}
                elif rel == "alternate" and not has_link:
                    has_link = True
                    yield "link", href
                else:
                    yield "links", {self._attribute(key): value for key, value in one.given.items()}
            elif is_own and tag in {"author", "contributor"}:
                for part in one:
                    yield name if part.name == "name" else f"{name}:{part.name}", text(part)
            elif is_own and tag == "category":
                yield name, one.given.get("term") or one.given.get("label")
            else:
                yield name, self._value(one, name)
                if is_own and tag == "content" and one.given.get("src"):
                    yield "content:src", one.given["src"]

    def _value(self, element: Element, name: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """A text; HTML where elements are written as such; what has parts, by their names."""
        if name in DATES:
            return _moment(text(element))
        if name in HTML:
            inside = element.inside
            if element.given.get("type") == "xhtml":
                inside = next((one.inside for one in element if one.name == "div"), inside)
            return markup(inside).strip() if any(isinstance(one, Element) for one in inside) else _texts(inside)
        if name in TEXTS:
            return text(element)
        return self._parts(element)

    def _parts(self, element: Element) -> Any:  # noqa: ANN401
        said = _texts([one for one in element.inside if isinstance(one, str)])
        parts: list[tuple[str, Any]] = [(self._attribute(key), value) for key, value in element.given.items()]
        parts += [(self._named(one.space, one.name), self._parts(one)) for one in element]
        return _row([*parts, ("text", said)]) if parts else said

    def _attribute(self, name: str) -> str:
        space, _, own = name.rpartition(" ")
        return self._named(space, own)

    def _named(self, space: str, name: str) -> str:
        prefix = self._prefixes.get(space, "" if space in RSS else "other")
        return f"{prefix}:{name}" if prefix else name


def _row(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Names and values as a row, in which a name that comes again has a list."""
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        if value not in ("", None, {}):
            found.setdefault(name, []).append(value)
    row = {name: values if len(values) > 1 or name in SEVERAL else values[0] for name, values in found.items()}
    if isinstance(row.get("author"), list):
        row["author"] = ", ".join(row["author"])
    return {name: row[name] for name in dict.fromkeys((*COLUMNS, *row)) if name in row}


def _next(element: Element) -> str | None:
    """The link of a feed to its next page."""
    links = (one.given for one in element if one.name == "link" and one.given.get("rel") == "next")
    return next((given["href"].strip() for given in links if given.get("href")), None)


def _texts(inside: Iterable[str | Element]) -> str:
    return "".join(one for one in inside if isinstance(one, str)).strip()


def _moment(said: str) -> str:
    """A moment of RSS in ISO 8601, with its zone; whatever cannot be one for sure stays as it is written.

    Examples
    --------
    >>> _moment("Mon, 30 Nov 2026 20:00:00 EST"), _moment("30 Nov 2026 20:00 CET"), _moment("2026-11-30T20:00:00Z")
    ('2026-11-30T20:00:00-05:00', '30 Nov 2026 20:00 CET', '2026-11-30T20:00:00Z')
    """
    if not RFC_822.fullmatch(said):
        return said
    try:
        found = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return said
    # With -0000 the moment is told, and not where.
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).isoformat()
