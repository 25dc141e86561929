"""Which page comes after this one: `next_page`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from importer.errors import Fix, SourceError
from importer.sources.records import Number
from importer.sources.remote._urls import shown
from importer.sources.remote.pages._links import parameter, resolved, same_place, with_parameter
from importer.sources.remote.pages._names import ABSENT, NUMBER, named

if TYPE_CHECKING:
    from importer.sources.remote.pages._page import Page
    from importer.sources.remote.pages._pages import Pages

__all__ = ["next_page", "raise_for_number"]

USUAL = (
    *("next", "links.next", "_links.next", "paging.next", "pagination.next", "pagination.links.next", "meta.next"),
    *("meta.pagination.links.next", "next_url", "next_page_url", "pagination.next_url", "next_page", "nextPage"),
    *("@odata.nextLink", "odata.nextLink", "nextLink"),
)
"""Where interfaces put the link of the next page."""

CURSORS = (
    *("nextPageToken", "next_page_token", "next_cursor", "nextCursor", "meta.next_cursor", "pagination.next_cursor"),
    *("response_metadata.next_cursor", "paging.next_cursor", "pagination.next_page", "meta.next_page"),
)
"""Where they put a cursor, which says nothing of the parameter that takes it."""

MORE = ("has_more", "hasMore", "has_next", "hasNext", "meta.has_more", "pagination.has_more", "pagination.hasMore")
"""Where they say that there are more rows."""


def next_page(  # noqa: PLR0913 - all but two by keyword
    pages: Pages, page: Page, *, url: str, first: str, number: int, rows: int, place: str
) -> str | None:
    """The link of the next page; None at the end.

    Parameters
    ----------
    url, first
        Where this page came from, and the first one.
    number, rows
        How many pages and rows there are with this one.
    place
        What to call this page in errors.

    Raises
    ------
    SourceError
        If it cannot be told, or leads to another server.
    """
    if pages.page is not None or pages.offset is not None:
        if not page.rows:
            return None
        name, begin, more = (pages.page, 1, number) if pages.page is not None else (pages.offset, 0, rows)
        assert name is not None  # noqa: S101 - one of them is given
        return with_parameter(first, name, str(_number(first, name, begin) + more))
    link = _said(pages, page, first, place) if pages.next is not None else _found(pages, page, place)
    if link is None:
        return None
    goal = resolved(link, url)
    if goal is None:
        raise _odd(place, f"{place} leads to a next page that is no place of the web", [])
    if not same_place(goal, first):
        raise _odd(
            place,
            f"{place} leads to another server, {shown(goal)!r}",
            ["begin there, if you trust it: what you send is meant for this server alone"],
        )
    return goal


def _said(pages: Pages, page: Page, first: str, place: str) -> str | None:
    """The link at the name that was given, or the one with the cursor that stands there."""
    assert pages.next is not None  # noqa: S101 - it is given
    found = named(page.value, pages.next)
    found = found.get("href", found) if isinstance(found, dict) else found
    if found is ABSENT or found is None or found is False or found == "":
        return None
    if not isinstance(found, str):
        what = "true" if found is True else "a list" if isinstance(found, list) else "an object"
        raise _odd(place, f"{pages.next!r} of {place} is {what}, and neither a link nor a cursor", [Fix("next")])
    if pages.cursor is not None:
        return with_parameter(first, pages.cursor, found)
    if isinstance(found, Number) or not _is_link(found):
        raise _odd(
            place,
            f"{pages.next!r} of {place} holds {found[:40]!r}, which is a cursor and no link",
            [Fix("cursor", ..., "with the parameter of the query that takes it")],
        )
    return found


def _found(pages: Pages, page: Page, place: str) -> str | None:
    """The link in the header, or at a usual place.

    Raises
    ------
    SourceError
        If there is more, and nobody says where.
    """
    if page.link is not None or pages.max_pages == 1:
        return page.link
    for name in USUAL:
        found = named(page.value, name)
        found = found.get("href", found) if isinstance(found, dict) else found
        if isinstance(found, str) and not isinstance(found, Number) and _is_link(found):
            return found
        if isinstance(found, str) and found and page.rows:
            _raise_for_more(place, name, found)
    for name in CURSORS:
        found = named(page.value, name)
        if isinstance(found, str) and found and page.rows:
            _raise_for_more(place, name, found)
    for name in MORE:
        if named(page.value, name) is True and page.rows:
            raise _odd(
                place,
                f"{place} says in {name!r} that there are more rows, and not where",
                [*_ways(), Fix("max_pages", 1, "for this page alone")],
            )
    return None


def _raise_for_more(place: str, name: str, found: str) -> NoReturn:
    raise _odd(
        place,
        f"{place} says in {name!r} how to go on, {found[:40]!r}, and not which parameter takes it",
        [f"give next={name!r} and cursor=...", *_ways(), Fix("max_pages", 1, "for this page alone")],
    )


def _ways() -> list[Fix]:
    return [Fix("page", ..., "with the parameter that counts pages"), Fix("offset", ..., "with the one for rows")]


def raise_for_number(pages: Pages, first: str) -> None:
    """Do nothing if the first page has a number, or needs none.

    Raises
    ------
    SourceError
        If its link says one that is none.
    """
    for name in (pages.page, pages.offset):
        if name is not None:
            _number(first, name, 0)


def _number(first: str, name: str, begin: int) -> int:
    said = parameter(first, name)
    if said is None:
        return begin
    if not NUMBER.fullmatch(said):
        raise _odd(shown(first), f"{name} is {said[:40]!r} in the link, and no whole number", ["correct the link"])
    return int(said)


def _is_link(text: str) -> bool:
    return text.lower().startswith(("http://", "https://", "/", "?"))


def _odd(place: str, said: str, fixes: list[Any]) -> SourceError:
    return SourceError(said, code="pages-next-unknown", facts={"page": place}, fixes=fixes or ["look at the page"])
