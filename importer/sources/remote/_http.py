"""A file from a web server, continued where the connection broke off: `download`."""

from __future__ import annotations

import base64
import http.client
import json
import urllib.error
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from importer.core import why
from importer.errors import SourceError
from importer.sources.remote._stop import Lines, Stop
from importer.sources.remote._urls import name_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Tell = Callable[[int, int | None], object]
    """Hears how many bytes are here, of how many."""

__all__ = ["download", "raise_if_large", "raise_if_page"]

PIECE, TIMEOUT_S, TRIES = 1 << 18, 60.0, 5

MOST_BYTES = 50 << 30
"""A larger file is refused."""

OK, PARTIAL, UNMET = 200, 206, 416


def download(url: str, place: Path, tell: Tell, stop: Stop) -> bool:
    """Fetch a file to a place; a part that is there from before is continued if it is of the same version.

    Returns
    -------
    Whether it is whole for sure: a connection that breaks off is not noticed if the server says neither how long the
    file is nor where it ends.

    Raises
    ------
    SourceError
        If the server cannot be reached, refuses, or sends a page in place of a file.
    CancelledError
        Once `stop` is set.
    """
    lines = Lines()
    part, about = place.with_name(place.name + ".part"), place.with_name(place.name + ".json")
    tries = TRIES
    while True:
        before = part.stat().st_size if part.exists() else 0
        broken: Exception | None = None
        try:
            with stop.wakes(lines.cut, name_of(url)):
                total, has_end = _continue(url, part, about, tell, lines)
        except urllib.error.HTTPError as exc:
            exc.close()
            raise _refused(url, exc.code, exc.reason) from None
        except urllib.error.URLError as exc:
            raise _unreachable(url, exc.reason) from None
        except (http.client.HTTPException, ConnectionError, TimeoutError) as exc:
            total, has_end, broken = None, False, exc
        here = part.stat().st_size if part.exists() else 0
        if broken is None and (total is None or here == total):
            break
        tries = TRIES if here > before else tries - 1
        if not tries:
            of = "" if total is None else f" of {total:,}"
            raise SourceError(
                f"the connection to {shown(url)!r} broke off after {here:,}{of} bytes",
                code="file-unreachable",
                facts={"url": shown(url), "bytes": here},
                fixes=["run it again, which goes on from there if the server allows it"],
            )
    part.replace(place)
    about.unlink(missing_ok=True)
    return has_end


def _continue(url: str, part: Path, about: Path, tell: Tell, lines: Lines) -> tuple[int | None, bool]:
    """Fetch what is missing, and return how large the whole is, if the server says so, and whether its end was seen."""
    here = part.stat().st_size if part.exists() else 0
    version = _version(about) if here else None
    request = _request(url)
    if version is not None:
        # Without it, two halves of different versions could be joined.
        request.add_header("Range", f"bytes={here}-")
        request.add_header("If-Range", version)
    try:
        answer = lines.open(request, TIMEOUT_S)
    except urllib.error.HTTPError as exc:
        if exc.code != UNMET or version is None:
            raise
        exc.close()
        part.unlink(missing_ok=True)
        return _continue(url, part, about, tell, lines)
    with answer:
        is_rest = answer.status == PARTIAL and _starts_at(answer.headers.get("Content-Range")) == here
        if answer.status == PARTIAL and not is_rest:
            part.unlink(missing_ok=True)
            return (None, False) if version is None else _continue(url, part, about, tell, lines)
        here = here if is_rest else 0
        length = answer.headers.get("Content-Length")
        total = here + int(length) if length and length.isdecimal() else None
        raise_if_large(url, total or 0)
        if not is_rest:
            _keep_version(about, answer.headers)
        with part.open("ab" if is_rest else "wb") as out:
            tell(here, total)
            while piece := answer.read1(PIECE):
                if not here:
                    raise_if_page(url, piece)
                out.write(piece)
                here += len(piece)
                raise_if_large(url, here)
                tell(here, total)
        return total, total is not None or answer.chunked


def _request(url: str) -> urllib.request.Request:
    """A request that shows user and password to this server alone."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(urlunsplit((parts.scheme, host, parts.path, parts.query, "")))  # noqa: S310
    request.add_header("Accept-Encoding", "identity")
    request.add_header("User-Agent", "importer")
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
    return request


def _version(about: Path) -> str | None:
    """What tells the version of the part that is here."""
    with suppress(OSError, ValueError, AttributeError):
        found = json.loads(about.read_text("utf-8")).get("version")
        return found if isinstance(found, str) else None
    return None


def _keep_version(about: Path, headers: Any) -> None:  # noqa: ANN401 - a message of http
    tag = headers.get("ETag", "")
    # A weak tag is shared by versions that differ in bytes.
    version = tag if tag and not tag.startswith("W/") else headers.get("Last-Modified")
    about.write_text(json.dumps({"version": version}), "utf-8")


def _starts_at(text: str | None) -> int | None:
    """Where the part begins that a server sends."""
    begin = (text or "").removeprefix("bytes ").partition("-")[0]
    return int(begin) if begin.isdecimal() else None


def raise_if_page(url: str, head: bytes) -> None:
    """Refuse a web page where a file was meant.

    Raises
    ------
    SourceError
        If it is one.
    """
    text = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    is_meant = urlsplit(url).path.lower().endswith((".html", ".htm", ".xls", ".xml"))
    if text.startswith((b"<!doctype html", b"<html")) and not is_meant:
        raise SourceError(
            f"{shown(url)!r} is a web page, as for a login, and no file",
            code="file-is-page",
            facts={"url": shown(url)},
            fixes=["download the file in a browser and give its path", "give a link that needs no login"],
        )


def raise_if_large(url: str, size: int) -> None:
    """Refuse a file that is too large.

    Raises
    ------
    SourceError
        If it is.
    """
    if size > MOST_BYTES:
        raise SourceError(
            f"{shown(url)!r} has more than {MOST_BYTES:,} bytes",
            code="file-too-large",
            facts={"url": shown(url), "most": MOST_BYTES},
            fixes=["download it yourself and give its path"],
        )


def _refused(url: str, code: int, reason: str) -> SourceError:
    fixes = ["look for a slip in the link"]
    if code in {401, 403, 407}:
        fixes = ["write user and password into the link", "download the file in a browser and give its path"]
    return SourceError(
        f"{shown(url)!r} cannot be fetched: the server says {code} {reason.partition(chr(10))[0].rstrip('.')}",
        code="file-not-found" if code in {404, 410} else "file-refused",
        facts={"url": shown(url), "status": code},
        fixes=fixes,
    )


def _unreachable(url: str, reason: object) -> SourceError:
    said = why(reason) if isinstance(reason, OSError) else str(reason)
    return SourceError(
        f"the server of {shown(url)!r} cannot be reached: {said}",
        code="file-unreachable",
        facts={"url": shown(url), "error": said},
        fixes=["look whether you are online", "look for a slip in the link"],
    )
