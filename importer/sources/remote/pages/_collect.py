"""All pages into one file, from where the last attempt broke off: `collected`."""

from __future__ import annotations

import hashlib
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from importer.errors import CancelledError, Fix, Note, SourceError
from importer.sources.remote._fetched import own_folder
from importer.sources.remote._stop import Stop
from importer.sources.remote._urls import shown
from importer.sources.remote.pages._client import Client
from importer.sources.remote.pages._doubts import doubts
from importer.sources.remote.pages._journal import Kept
from importer.sources.remote.pages._links import hidden, revealed, without_user
from importer.sources.remote.pages._names import ABSENT, named
from importer.sources.remote.pages._next import next_page, raise_for_number
from importer.sources.remote.pages._page import read_page
from importer.sources.remote.pages._spool import Spool, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.sources.remote.pages._answer import Answer
    from importer.sources.remote.pages._client import Wait
    from importer.sources.remote.pages._page import Page
    from importer.sources.remote.pages._pages import Pages

    Tell = Callable[[int, int | None], object]
    """Hears how many rows are here, of how many."""

__all__ = ["collected"]

MOST_PAGES = 10_000

ALIKE = 3
"""Pages with the same rows, one after another, after which an interface is taken to go round in a circle."""

GONE = frozenset({400, 404, 410, 416, 422})
"""What a server says of a cursor that it no longer knows, and of a page behind the last one."""

ABSENT_PAGE, NEEDS_TOKEN = 404, frozenset({401, 403, 407})


def collected(
    pages: Pages,
    tell: Tell = lambda _here, _total: None,
    wait: Wait = lambda seconds, _why: time.sleep(seconds),
    stop: Stop | None = None,
) -> Path:
    """The file with the rows of all pages, one a line, as they are written there.

    What was fetched before the last attempt broke off is not fetched again, unless that was long ago.

    Parameters
    ----------
    tell
        Hears how many rows are here, of how many; None if nobody knows.
    wait
        Waits for so many seconds, and may tell why.
    stop
        Once it is set, the fetch ends, and nothing half is left behind.

    Raises
    ------
    SourceError
        If a page cannot be fetched, or is no page of rows.
    CancelledError
        If it was stopped.
    ImporterError
        If there is no room for it; whatever `tell` and `wait` raise passes through.
    """
    with own_folder(pages.key) as folder, closing(Spool(folder, pages)) as spool, _dropped_if_cancelled(spool):
        before = spool.before
        if before is not None and before.age_s < pages.max_age_s and before.foot.get("most") == pages.max_pages:
            return before.path
        with Client(pages, wait, Stop() if stop is None else stop) as client:
            is_continued = spool.go_on(pages.max_pages or MOST_PAGES)
            try:
                return _Fetch(pages, spool, client, tell).run(goes_on=is_continued)
            except _GoneError:
                spool.begin()
                return _Fetch(pages, spool, client, tell).run(goes_on=False)


@contextmanager
def _dropped_if_cancelled(spool: Spool) -> Iterator[None]:
    """Keep nothing half of what somebody cancelled; a version that was fetched before stays."""
    try:
        yield
    except CancelledError:
        spool.drop()
        raise


class _GoneError(SourceError):
    """The server does not know the page with which an attempt was to go on."""


class _Fetch:
    """One attempt at all pages that are missing."""

    def __init__(self, pages: Pages, spool: Spool, client: Client, tell: Tell) -> None:
        self._pages, self._spool, self._client, self._tell = pages, spool, client, tell
        self._first = without_user(pages.url)[0]
        self._marks = {one.url for one in spool.kept}
        self._last_rows = frozenset(spool.last_rows().splitlines())
        self._notes: list[Note] = []
        self._asked = self._unchanged = 0
        self._goes_on = False

    def run(self, *, goes_on: bool) -> Path:
        """Fetch what is missing; `goes_on` says whether another attempt has left pages."""
        self._goes_on = goes_on
        raise_for_number(self._pages, self._first)
        url = self._begin()
        while url is not None and not self._is_enough(url):
            url = self._page(url)
        self._notes += doubts(self._pages, self._spool.kept, is_cut=url is not None)
        if self._spool.before is not None and self._unchanged == len(self._spool.kept):
            since = str(self._spool.before.foot.get("at"))[:16].replace("T", " ")
            self._notes.append(Note(f"the server says that nothing has changed since {since} UTC", code="unchanged"))
        return self._spool.finish(self._notes, most=self._pages.max_pages)

    def _begin(self) -> str | None:
        """The page with which to go on."""
        self._say()
        kept = self._spool.kept
        if not kept:
            return self._first
        return None if kept[-1].link is None else revealed(kept[-1].link, self._first)

    def _say(self) -> None:
        kept = self._spool.kept
        self._tell(self._spool.count, kept[-1].total if kept else None)

    def _is_enough(self, url: str) -> bool:
        """Whether there are as many pages as were wanted."""
        if len(self._spool.kept) < (self._pages.max_pages or MOST_PAGES):
            return False
        if self._pages.max_pages is None:
            raise SourceError(
                f"{shown(url)!r} has more than {MOST_PAGES:,} pages",
                code="pages-too-many",
                facts={"url": shown(url), "most": MOST_PAGES},
                fixes=["ask for more rows a page, often by a parameter called 'limit' in the link", Fix("max_pages")],
            )
        return True

    def _page(self, url: str) -> str | None:
        """Fetch one page, keep it, and return the link of the next one."""
        number = len(self._spool.kept) + 1
        place, mark = f"page {number:,} of {shown(url)!r}", hashlib.sha256(url.encode()).hexdigest()[:24]
        if mark in self._marks:
            # The next attempt finds what the server says by then.
            self._spool.begin()
            raise SourceError(
                f"page {number - 1:,} of {shown(url)!r} leads back to a page that was read before, so there is no end",
                code="pages-circle",
                facts={"url": shown(url), "page": number},
                fixes=["look at the link of the next page in a browser", Fix("max_pages", number - 1, "to stop there")],
            )
        before = None if self._spool.before is None else self._spool.before.pages.get(mark)
        answer = self._client.get(url, {} if before is None else _unless(before), place)
        self._asked += 1
        if answer.is_unchanged and before is not None and self._spool.before is not None:
            self._unchanged += 1
            return self._keep(mark, place, before, self._spool.before.rows(before))
        if answer.is_refused or answer.is_unchanged:
            if self._is_behind(answer):
                return None
            raise self._refused(answer, place)
        return self._read(answer, url, mark, place)

    def _read(self, answer: Answer, url: str, mark: str, place: str) -> str | None:
        """Take a page apart, and keep it."""
        kept = self._spool.kept
        name = next((one.rows_name for one in kept if one.rows_name is not None), None)
        page = read_page(answer, self._pages, place, name, clean=self._client.without_secrets)
        link = next_page(
            self._pages,
            page,
            url=answer.url,
            first=self._first,
            number=len(kept) + 1,
            rows=self._spool.count + len(page.rows),
            place=place,
        )
        written = "".join(f"{row}\n" for row in page.rows).encode()
        if self._is_last_again(written):
            return None
        about = Kept(
            url=mark,
            rows=len(page.rows),
            rows_name=page.rows_name,
            total=page.total,
            link=None if link is None else hidden(link, self._first),
            lacks_next=_lacks_next(self._pages, page),
            lacks_end=page.lacks_end,
            versions=_versions(answer) if answer.url == url else {},
        )
        return self._keep(mark, place, about, written)

    def _keep(self, mark: str, place: str, about: Kept, rows: bytes) -> str | None:
        """Write a page, and return the link of the next one."""
        lines = frozenset(rows.splitlines())
        kept = self._spool.add(about, rows, repeated=len(lines & self._last_rows))
        alike = [one.digest == kept.digest for one in self._spool.kept[-ALIKE:]]
        if rows and len(alike) == ALIKE and all(alike):
            self._spool.begin()
            raise SourceError(
                f"{place} has the same rows as the two before it, so there is no end: the interface seems to ignore "
                "which page is asked for",
                code="pages-circle",
                facts={"page": len(self._marks) + 1},
                fixes=[
                    "look for the right parameter",
                    Fix("max_pages", max(len(self._marks) - 1, 1), "if that is the last one"),
                ],
            )
        self._marks.add(mark)
        self._last_rows = lines
        self._say()
        return None if about.link is None else revealed(about.link, self._first)

    def _is_last_again(self, rows: bytes) -> bool:
        """Whether a server shows the last page for every number behind it, once all rows are here."""
        if not self._spool.kept or (self._pages.page is None and self._pages.offset is None):
            return False
        last = self._spool.kept[-1]
        return last.total is not None and self._spool.count >= last.total and last.digest == digest_of(rows)

    def _is_behind(self, answer: Answer) -> bool:
        """Whether a page that is not there is the one behind the last one."""
        kept = self._spool.kept
        if not kept or (self._pages.page is None and self._pages.offset is None):
            return False
        rows, total = self._spool.count, kept[-1].total
        if total is not None and rows >= total and answer.status in GONE:
            return True
        # With the first answer to an attempt that goes on, all of the interface may be gone.
        if answer.status != ABSENT_PAGE or (self._goes_on and self._asked == 1):
            return False
        said = f"page {len(kept) + 1:,} is not there ({answer.status}), so page {len(kept):,} is taken for the last one"
        self._notes.append(Note(said, code="pages-end", kind="told" if total is None else "doubt"))
        return True

    def _refused(self, answer: Answer, place: str) -> SourceError:
        """Error of a page that is not shown."""
        said = self._client.without_secrets(answer.said)
        why = f"the server says {answer.phrase}" + (f", {said!r}" if said else "")
        fixes: list[Fix | str] = ["look for a slip in the link"]
        if answer.status in NEEDS_TOKEN:
            given = "with another token" if self._pages.headers else "with the token that the interface wants"
            fixes = [Fix("headers", ..., given)]
        is_gone = self._goes_on and self._asked == 1 and answer.status in GONE
        return (_GoneError if is_gone else SourceError)(
            f"{place} cannot be fetched: {why}",
            code="file-not-found" if answer.status == ABSENT_PAGE else "file-refused",
            facts={"url": shown(answer.url), "status": answer.status},
            fixes=fixes,
        )


def _lacks_next(pages: Pages, page: Page) -> bool:
    """Whether the name is not there that leads to the next page."""
    return pages.next is not None and named(page.value, pages.next) is ABSENT


def _versions(answer: Answer) -> dict[str, str]:
    """What the server calls this version of the page."""
    found = {name: answer.headers.get(name, "") for name in ("etag", "last-modified")}
    return {name: value for name, value in found.items() if value and value.isascii() and value.isprintable()}


def _unless(before: Kept) -> dict[str, str]:
    """Headers that ask for the page only if it has changed."""
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {names[name]: value for name, value in before.versions.items() if name in names}
