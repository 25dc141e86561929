"""One picture from the network into a file: `Asking`."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpcore
import httpx

from importer.pictures._faults import PictureError
from importer.pictures._network import Network

if TYPE_CHECKING:
    from pathlib import Path

    from importer.core import Images
    from importer.pictures._ending import Ending

__all__ = ["Asking"]

TIMEOUT_S, WHOLE_S = 20.0, 120.0
"""Longest silence, and longest time for one picture."""

REDIRECTS, TRIES, BACKOFF_S, LONGEST_WAIT_S = 5, 4, 0.5, 60.0

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers that another moment may change."""

MOVED = frozenset({301, 302, 303, 307, 308})
OK = 200

STOPPED = "it was stopped"
HEADERS = ((b"User-Agent", b"importer"), (b"Accept", b"image/*"), (b"Accept-Encoding", b"identity"))
"""Nothing packed: a small file can become a large one."""


class Asking:
    """Fetches pictures, from several threads.

    Parameters
    ----------
    images
        How large they may be, and which hosts may be asked.
    stop
        Once it is set, everything ends.
    """

    def __init__(self, images: Images, stop: Ending) -> None:
        self._max_bytes, self._stop = images.max_bytes, stop
        self._rests: dict[str, float] = {}
        self._network = Network(allow_private=images.allow_private)
        self._pool = httpcore.ConnectionPool(
            network_backend=self._network, max_connections=images.workers, keepalive_expiry=10.0
        )

    def cut(self) -> None:
        """Let nobody wait for an answer."""
        self._network.cut()

    def close(self) -> None:
        """Drop the connections."""
        self._pool.close()

    def fetch(self, address: str, place: Path) -> None:
        """Write what is at an address into a file, asking again where that may help.

        Raises
        ------
        PictureError
            If that is not possible.
        """
        for attempt in range(1, TRIES + 1):
            if self._stop.is_set():
                raise PictureError(STOPPED)
            try:
                self._follow(address, place)
            except PictureError as exc:
                if exc.again_after_s is None or attempt == TRIES:
                    raise
                if exc.again_after_s > LONGEST_WAIT_S:
                    raise PictureError(f"{exc}, and wants to be asked in {exc.again_after_s:,.0f} s again") from exc
                if self._stop.wait(max(exc.again_after_s, BACKOFF_S * 2 ** (attempt - 1))):
                    raise
            else:
                return

    def _follow(self, address: str, place: Path) -> None:
        ends_at = time.monotonic() + WHOLE_S
        self._network.end_at(ends_at)
        url = _url(address)
        for _ in range(REDIRECTS + 1):
            self._rest(url.host)
            try:
                found = self._once(url, place)
            except httpcore.TimeoutException as exc:
                is_over = time.monotonic() >= ends_at
                told = f"is not here after {WHOLE_S:.0f} s" if is_over else "does not come"
                raise PictureError(f"what {url.host!r} sends {told}", again_after_s=None if is_over else 0) from exc
            except (httpcore.NetworkError, httpcore.ProtocolError) as exc:
                why = str(exc) or type(exc).__name__
                is_lasting = isinstance(exc.__cause__, ssl.SSLCertVerificationError)
                told = f"the connection to {url.host!r} failed: {why}"
                raise PictureError(told, again_after_s=None if is_lasting else 0) from exc
            if found is None:
                return
            url = _url(found, url)
        raise PictureError(f"{url.host!r} sends on more than {REDIRECTS} times")

    def _rest(self, host: str) -> None:
        """Wait as long as the host has asked for, whichever picture it was asked for then."""
        left = self._rests.get(host, 0.0) - time.monotonic()
        if left > LONGEST_WAIT_S:
            raise PictureError(f"{host!r} is busy, and wants to be asked in {left:,.0f} s again")
        if left > 0 and self._stop.wait(left):
            raise PictureError(STOPPED)

    def _once(self, url: httpx.URL, place: Path) -> str | None:
        """Fetch from one place; where it sends on to, if it does."""
        headers = [(b"Host", url.netloc), *HEADERS]
        raw = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        timeouts = dict.fromkeys(("connect", "read", "write"), TIMEOUT_S)
        with self._pool.stream("GET", raw, headers=headers, extensions={"timeout": timeouts}) as answer:
            told = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
            if answer.status in MOVED and b"location" in told:
                return told[b"location"]
            if answer.status != OK:
                again = _seconds(told.get(b"retry-after")) if answer.status in BUSY else None
                self._rests[url.host] = time.monotonic() + (again or 0.0)
                raise PictureError(f"{url.host!r} answers with status {answer.status}", again_after_s=again)
            if told.get(b"content-encoding", "identity") != "identity":
                raise PictureError(
                    f"{url.host!r} sends it packed as {told[b'content-encoding']!r}, which was not asked for"
                )
            length = told.get(b"content-length", "")
            if length.isdecimal() and int(length) > self._max_bytes:
                raise self._too_large(int(length))
            self._write(answer, place, url.host)
        return None

    def _write(self, answer: httpcore.Response, place: Path, host: str) -> None:
        here = 0
        with place.open("wb") as out:
            for piece in answer.iter_stream():
                here += len(piece)
                if here > self._max_bytes:
                    raise self._too_large(None)
                if self._stop.is_set():
                    raise PictureError(STOPPED)
                out.write(piece)
        if not here:
            raise PictureError(f"{host!r} sends nothing")

    def _too_large(self, size: int | None) -> PictureError:
        has = "more than" if size is None else f"{size:,} bytes, more than"
        return PictureError(f"it has {has} the {self._max_bytes:,} bytes that max_bytes allows")


def _url(address: str, sent_from: httpx.URL | None = None) -> httpx.URL:
    try:
        url = httpx.URL(address) if sent_from is None else sent_from.join(address)
    except (httpx.InvalidURL, ValueError, TypeError) as exc:
        where = "" if sent_from is None else f"{sent_from.host!r} sends on to what is no address: "
        raise PictureError(f"{where}no address can be read from it: {exc}") from exc
    if url.scheme not in {"http", "https"} or not url.host:
        raise PictureError("it is no address that begins with http:// or https://")
    return url


def _seconds(told: str | None) -> float:
    """How long to wait, of a number of seconds or a moment.

    Examples
    --------
    >>> _seconds("7"), _seconds(None), _seconds("soon")
    (7.0, 0.0, 0.0)
    """
    if told is None:
        return 0.0
    if told.strip().isdecimal():
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
