"""Requests to an interface: not too many, again after a while if it is busy: `Client`."""

from __future__ import annotations

import email.utils
import random
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from importer.core import HIDDEN
from importer.errors import SourceError
from importer.sources.remote._urls import shown
from importer.sources.remote.pages._answer import Answer
from importer.sources.remote.pages._links import resolved, same_place, without_user
from importer.sources.remote.pages._secrets import quiet, secrets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from importer.sources.remote._stop import Stop
    from importer.sources.remote.pages._pages import Pages

    Wait = Callable[[float, str | None], object]
    """Waits for so many seconds, and may tell why."""

__all__ = ["Client"]

RETRIES, TIMEOUT_S, FIRST_WAIT_S, LONGEST_WAIT_S = 6, 60.0, 0.5, 600.0
"""How often a request is repeated, and the longest wait for a byte, before the first repetition, and for a server that
asks to come later."""

PAGE_BYTES, PAGE_S = 16 << 20, 900.0
"""Bytes of a page, unpacked, and seconds that it may take."""

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that another moment may change."""

REDIRECTS = 10
MOVED = frozenset({301, 302, 303, 307, 308})

ACCEPT = "application/json, application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"


class Client:
    """A connection to one server.

    Parameters
    ----------
    pages
        What is fetched.
    wait
        Waits for so many seconds, and may tell why.
    stop
        Ends a request, also one that waits for a server which says nothing.

    Raises
    ------
    SourceError
        If httpx is missing.
    """

    def __init__(self, pages: Pages, wait: Wait, stop: Stop) -> None:
        try:
            import httpx
        except ImportError as exc:
            raise SourceError(
                "pages are fetched with httpx, which is not installed",
                code="extra-missing",
                facts={"extra": "remote"},
                fixes=['install it with pip install "notebook-importer[remote]"'],
            ) from exc
        self._first, authorization = without_user(pages.url)
        own = {"User-Agent": "notebook-importer", "Accept": ACCEPT}
        self._headers = httpx.Headers(own | ({} if authorization is None else {"Authorization": authorization}))
        self._headers.update(pages.headers)
        self._secrets = secrets_of(pages, authorization)
        self._public = httpx.Headers(own)
        self._http = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)
        self._wait, self._every_s = wait, 1 / pages.per_second
        self._stop, self._name = stop, pages.name
        self._sockets: list[socket.socket] = []
        self._next_at = 0.0

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the connection."""
        self._http.close()

    def get(self, url: str, about: Mapping[str, str], place: str) -> Answer:
        """The answer to a request, which may be a refusal.

        Parameters
        ----------
        about
            Further headers: which version of the page is here.
        place
            What to call the page in errors.

        Raises
        ------
        SourceError
            If the server cannot be reached, stays busy, or sends too much.
        """
        seen = [url]
        while True:
            answer = self._answer(url, about, place)
            if answer.status not in MOVED:
                return answer
            goal = resolved(answer.headers.get("location", ""), url)
            if goal is None or goal in seen or len(seen) > REDIRECTS:
                why = "to no place of the web" if goal is None else "without an end"
                raise SourceError(
                    f"{place} cannot be fetched: the server redirects {why}",
                    code="file-refused",
                    facts={"url": shown(url), "status": answer.status},
                    fixes=[
                        "look for a slip in the link",
                        "open the link in a browser and take the one that it ends at",
                    ],
                )
            seen.append(goal)
            url = goal

    def _answer(self, url: str, about: Mapping[str, str], place: str) -> Answer:
        """The answer of one server once it is not busy."""
        for retry in range(RETRIES + 1):
            self._pace()
            answer, why = self._once(url, about, place)
            if answer is not None and answer.status not in BUSY:
                return answer
            asked_s = None if answer is None else _seconds(answer.headers.get("retry-after"))
            if retry == RETRIES or (asked_s or 0.0) > LONGEST_WAIT_S:
                raise _away(url, place, f"{why}, {_ending(asked_s)}")
            # Whoever was turned away together does not come back together.
            pause_s = FIRST_WAIT_S * 2**retry * random.uniform(0.75, 1.25)  # noqa: S311 - no secret  # nosec B311
            self._wait(pause_s if asked_s is None else asked_s, why)
        raise AssertionError

    def _once(self, url: str, about: Mapping[str, str], place: str) -> tuple[Answer | None, str]:
        """The answer to one request, or None, and why it is worth another one."""
        import httpx

        is_own = same_place(url, self._first)
        headers = self._headers if is_own else self._public
        try:
            with (
                quiet(),
                self._stop.wakes(self._hang_up, self._name),
                self._http.stream("GET", url, headers={**headers, **about}, extensions={"trace": self._trace}) as got,
            ):
                body = _body(got, place)
        except (httpx.TransportError, httpx.DecodingError) as exc:
            why = _broken(exc)
            if "CERTIFICATE" in why:
                raise _away(url, place, why) from None
            return None, why
        except httpx.InvalidURL:
            raise SourceError(
                f"{place} has a link that cannot be read",
                code="file-refused",
                facts={"url": shown(url)},
                fixes=["look for a slip in the link"],
            ) from None
        phrase = self.without_secrets(f"{got.status_code} {got.reason_phrase}".rstrip())
        answer = Answer(url=url, status=got.status_code, phrase=phrase, headers=dict(got.headers), body=body)
        return answer, f"the server says {phrase}"

    def _trace(self, event: str, about: Mapping[str, Any]) -> None:
        """Take note of each socket, on which another thread may hang up."""
        if event.endswith("connect_tcp.complete"):
            self._sockets.append(about["return_value"].get_extra_info("socket"))

    def _hang_up(self) -> None:
        """Wake whoever waits for an answer: for them, it ends here."""
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _pace(self) -> None:
        """Wait until the next request may be sent."""
        now = time.monotonic()
        if now < self._next_at:
            self._wait(self._next_at - now, None)
        self._next_at = max(now, self._next_at) + self._every_s

    def without_secrets(self, said: str) -> str:
        """What a server said, without the headers and parameters that it may repeat."""
        for secret in self._secrets:
            said = said.replace(secret, HIDDEN)
        return said


def _body(got: httpx.Response, place: str) -> bytes:
    """What was sent, if it is not too much."""
    import httpx

    found, size, began_at = [], 0, time.monotonic()
    for piece in got.iter_bytes():
        found.append(piece)
        size += len(piece)
        if size > PAGE_BYTES:
            raise SourceError(
                f"{place} has more than {PAGE_BYTES:,} bytes",
                code="file-too-large",
                facts={"url": shown(str(got.url)), "most": PAGE_BYTES},
                fixes=[
                    "ask for fewer rows a page, often by a parameter called 'limit' in the link",
                    "import the link itself, without Pages, if it is a whole export: files may be larger",
                ],
            )
        if time.monotonic() - began_at > PAGE_S:
            raise httpx.ReadTimeout("it came too slowly")
    return b"".join(found)


def _broken(exc: Exception) -> str:
    """What happened instead of an answer, without a word of a library that might repeat what was sent."""
    import httpx

    words: list[tuple[Any, str]] = [
        (httpx.ConnectTimeout, "the server does not answer"),
        (httpx.TimeoutException, "the server fell silent"),
        # It names neither link nor header, but what is wrong with the network.
        (httpx.ConnectError, f"the server cannot be reached: {exc}"),
        (httpx.DecodingError, "what came was packed wrongly"),
        (httpx.UnsupportedProtocol, "the link has no known scheme"),
    ]
    return next((said for kind, said in words if isinstance(exc, kind)), "the connection broke off")


def _ending(asked_s: float | None) -> str:
    """Why nobody waits any longer."""
    if asked_s is not None and asked_s > LONGEST_WAIT_S:
        return f"and asks to come again in {asked_s:,.0f} s"
    return f"after {RETRIES + 1} tries"


def _away(url: str, place: str, why: str) -> SourceError:
    return SourceError(
        f"{place} cannot be fetched: {why}",
        code="file-unreachable",
        facts={"url": shown(url), "error": why},
        fixes=["run it again later, which goes on at this page", "look for a slip in the link"],
    )


def _seconds(text: str | None) -> float | None:
    """How long a server asks to wait: seconds, or a moment.

    Examples
    --------
    >>> _seconds("3"), _seconds("soon"), _seconds("Wed, 21 Oct 2015 07:28:00 GMT")
    (3.0, None, 0.0)
    """
    said = (text or "").strip()
    if said.isascii() and said.isdecimal():
        return float(said)
    try:
        then = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return None
    then = then if then.tzinfo is not None else then.replace(tzinfo=UTC)
    return max((then - datetime.now(UTC)).total_seconds(), 0.0)
