"""What a page holds: its rows, the link to the next page, and how many rows there are: `Page`."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from importer.errors import Fix, SourceError
from importer.sources.feeds import feed_of, is_feed
from importer.sources.records import Number, as_json, json_values
from importer.sources.remote._urls import shown
from importer.sources.remote.pages._links import next_in_header
from importer.sources.remote.pages._names import ABSENT, FAULTS, NUMBER, fault_in, named, said_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.sources.remote.pages._answer import Answer
    from importer.sources.remote.pages._pages import Pages

__all__ = ["Page", "read_page"]

DEEPEST, NAMED = 6, 8
"""Names within names in which a list is looked for, and lists that an error names."""

MOST_VALUES = 2_000_000
"""Objects, lists and what stands in them on one page: a byte of each takes a hundred in memory."""

BLANK = codecs.BOM_UTF8 + b" \t\r\n"
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines")
"""Media types of answers with a value on each line."""

TOTALS = ("x-wp-total", "x-total-count", "x-total", "x-apify-pagination-total")
"""Headers that tell how many rows there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one page holds.

    Attributes
    ----------
    rows
        Each row in JSON.
    rows_name
        Where the list of them stands; None if the answer is that list.
    link
        What leads to the next page: a link, or a cursor; None at the end.
    total
        How many rows there are on all pages; None if nobody says.
    value
        The whole answer.
    lacks_end
        Whether nobody would notice if its last rows were missing.
    """

    rows: tuple[str, ...]
    rows_name: str | None
    link: str | None
    total: int | None
    value: Any
    lacks_end: bool = False


def read_page(
    answer: Answer, pages: Pages, place: str, rows_name: str | None, *, clean: Callable[[str], str] = str
) -> Page:
    """Take a page apart.

    Parameters
    ----------
    place
        What to call the page in errors.
    rows_name
        Where the list stood on the first page.
    clean
        Takes secrets out of what a server says.

    Raises
    ------
    SourceError
        If it is no page of rows.
    """
    if is_feed(answer.body):
        return _feed(answer, place)
    value = _value(answer, place)
    found, name = _rows(value, pages.rows or rows_name, place, clean)
    if not found and (said := clean(fault_in(value))):
        # Taken for a page without rows, it might pass for the last one.
        raise SourceError(
            f"{place} has no rows, and says {said!r}",
            code="file-refused",
            facts={"url": shown(answer.url), "error": said},
            fixes=["run it again later, which goes on at this page", "look at the page in a browser"],
        )
    for count, row in enumerate(found, start=1):
        if not isinstance(row, dict):
            raise SourceError(
                f"row {count:,} of {place} is {_kind(row)}, not an object with names",
                code="json-not-objects",
                facts={"row": count, "url": shown(answer.url)},
                fixes=[Fix("rows", ..., "if the rows are in another list")],
            )
    total = _total(answer, value, pages)
    if total is None and pages.total is not None and found:
        raise SourceError(
            f"{place} has no whole number at {pages.total!r}",
            code="pages-total-unknown",
            facts={"url": shown(answer.url), "total": pages.total},
            fixes=[Fix("total", ..., "with the field that says how many rows there are"), "leave it out"],
        )
    return Page(
        rows=tuple(map(as_json, found)),
        rows_name=name,
        link=next_in_header(answer.headers.get("link", "")),
        total=total,
        value=value,
        lacks_end=_is_lines(answer, value) and not answer.headers.keys() & {"content-length", "transfer-encoding"},
    )


def _feed(answer: Answer, place: str) -> Page:
    """The entries of a feed."""
    try:
        feed = feed_of(answer.body)
    except ValueError as exc:
        raise SourceError(
            f"{place} is a feed that is broken: {exc}",
            code="file-damaged",
            facts={"url": shown(answer.url), "error": str(exc)},
            fixes=["look at it with a validator for feeds", "run it again, which goes on at this page"],
        ) from exc
    link = next_in_header(answer.headers.get("link", "")) or feed.next
    return Page(rows=tuple(map(as_json, feed.rows)), rows_name=None, link=link, total=None, value=None)


def _value(answer: Answer, place: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """The answer as JSON; several values, one a line, are a list."""
    text = answer.body.removeprefix(codecs.BOM_UTF8).lstrip()
    if text[:512].lower().startswith((b"<!doctype html", b"<html")):
        raise SourceError(
            f"{place} is a web page, as for a login, and no JSON",
            code="file-is-page",
            facts={"url": shown(answer.url)},
            fixes=[Fix("headers", ..., "with the token that the interface wants"), "look for a slip in the link"],
        )
    if sum(map(answer.body.count, (b"{", b"[", b","))) > MOST_VALUES:
        raise SourceError(
            f"{place} holds more than {MOST_VALUES:,} values",
            code="file-too-large",
            facts={"url": shown(answer.url), "most": MOST_VALUES},
            fixes=["ask for fewer rows a page, often by a parameter called 'limit' in the link"],
        )
    try:
        values = json_values(text.decode())
    except ValueError as exc:
        why = f"it is not UTF-8: {exc.reason}" if isinstance(exc, UnicodeDecodeError) else str(exc)
        raise SourceError(
            f"{place} is not JSON: {why}",
            code="json-broken",
            facts={"url": shown(answer.url), "type": answer.kind},
            fixes=["look at the page in a browser", "run it again, which goes on at this page"],
        ) from exc
    return values[0] if len(values) == 1 and not _is_lines(answer) else values


def _is_lines(answer: Answer, value: Any = None) -> bool:  # noqa: ANN401 - whatever JSON can hold
    """Whether an answer has a value on each line: by what it says of itself, or by what it holds."""
    is_said = answer.kind in LINES or urlsplit(answer.url).path.lower().endswith((".ndjson", ".jsonl"))
    return is_said or (isinstance(value, list) and value != [] and not answer.body.lstrip(BLANK).startswith(b"["))


def _rows(value: Any, name: str | None, place: str, clean: Callable[[str], str]) -> tuple[list[Any], str | None]:  # noqa: ANN401
    """The list of rows, and where it stands: empty for the answer itself, None if nobody knows yet."""
    if isinstance(value, list):
        if not name:
            return value, ""
        raise _no_rows(place, name, f"{place} is a list itself, and has no {name!r}", [Fix("rows", None)])
    if not isinstance(value, dict):
        raise _no_rows(place, name, f"{place} is {_kind(value)}, and no list of objects", [])
    lists, said = list(_lists(value)), clean(said_in(value))
    says = f", and says {said!r}" if said else ""
    if name:
        found = named(value, name)
        # Some leave an empty list away.
        if found is None or not value:
            return [], name
        if isinstance(found, list):
            return found, name
        what = f"lacks {name!r}" if found is ABSENT else f"has {_kind(found)} in {name!r}, and no list"
        raise _no_rows(place, name, f"{place} {what}{says}", [Fix("rows", one) for one, _ in lists[:NAMED]])
    full = [(one, found) for one, found in lists if found]
    if not value or (lists and not full):
        return [], lists[0][0] if len(lists) == 1 else None
    if not full:
        raise _no_rows(place, None, f"{place} holds no list of objects{says}", [])
    if len(full) > 1:
        names = ", ".join(repr(one) for one, _ in full[:NAMED])
        raise _no_rows(place, None, f"{place} holds several lists: {names}", [Fix("rows", one) for one, _ in full[:2]])
    return full[0][1], full[0][0]


def _lists(value: dict[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, list[Any]]]:
    """Lists of objects, and empty ones, each with its name."""
    for name, found in value.items():
        whole = f"{before}{name}"
        if isinstance(found, list) and all(isinstance(one, dict) for one in found) and name not in FAULTS:
            yield whole, found
        elif isinstance(found, dict) and depth < DEEPEST:
            yield from _lists(found, f"{whole}.", depth + 1)


def _total(answer: Answer, value: Any, pages: Pages) -> int | None:  # noqa: ANN401
    """How many rows there are, as the answer or its headers tell."""
    said = [answer.headers.get(name) for name in TOTALS]
    if pages.total is not None:
        said = [named(value, pages.total)]
    return next((int(one) for one in said if isinstance(one, str) and NUMBER.fullmatch(one)), None)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return f"the number {value}"[:60] if isinstance(value, Number) else f"the value {str(value)[:40]!r}"


def _no_rows(place: str, name: str | None, said: str, fixes: list[Any]) -> SourceError:
    return SourceError(
        said,
        code="json-rows-unknown",
        facts={"page": place, "rows": name},
        fixes=fixes or [Fix("rows", ..., "with the name of the list"), "look at the page in a browser"],
    )
