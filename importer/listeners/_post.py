"""Messages on their way out, from a thread of their own: `Post`."""

from __future__ import annotations

import atexit
import logging
import os
import re
import threading
import time
import warnings
import weakref
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

from importer.errors import ImporterError, ListenerWarning, OptionError
from importer.views import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Letter", "Post", "wait_until_sent"]

Mood = Literal["success", "warning", "failure"]

MOST = 1_000
"""Messages that may wait; a service that is so far behind gets no more."""

IDLE_S = 5.0
"""How long the thread waits for another message once no job runs."""

SENT_S = 10.0
"""Longest wait for the last messages, once Python ends."""

SHORTEST = 3
"""Parts of a URL that are shorter are no secret, and would blank out half of a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message, as every service gets it."""

    title: str
    body: str
    mood: Mood


class Post:
    """Sends messages one after another. What fails is told once, and without the URL, which holds secrets.

    Parameters
    ----------
    urls
        Where the messages go, as apprise writes it.

    Raises
    ------
    OptionError
        If apprise does not know such a URL.
    ImporterError
        If apprise is not installed.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self._services = [_service(number, url) for number, url in enumerate(urls, 1)]
        self._secrets = [_secrets(url) for url in urls]
        self._has_warned = False
        self.begin()
        _POSTS.add(self)

    def begin(self) -> None:
        """Begin with nothing to send and without a thread, as also a fork does."""
        self._changed = threading.Condition()
        self._coming: deque[Callable[[], Letter | None]] = deque()
        self._thread: threading.Thread | None = None
        self._held = 0

    @property
    def names(self) -> list[str]:
        """Names of the services."""
        return [str(service[0].service_name) for service in self._services]

    def hold(self) -> None:
        """Be ready: once Python ends, no thread can be started any more."""
        with self._changed:
            self._held += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="importer-notify", daemon=True)
                self._thread.start()

    def release(self) -> None:
        """End one `hold`."""
        with self._changed:
            self._held -= 1
            self._changed.notify_all()

    def put(self, write: Callable[[], Letter | None]) -> None:
        """Send what the function writes in the thread, if it writes anything; this returns at once."""
        with self._changed:
            if len(self._coming) < MOST:
                self._coming.append(write)
                self._changed.notify_all()
                return
        self._warn(say("notify.too_many", n=MOST))

    def wait(self, limit_s: float) -> bool:
        """Wait until everything is sent, and return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._coming, max(0.0, limit_s))

    def _run(self) -> None:
        try:
            self._send_all()
        finally:  # A warning may be an error.
            with self._changed:
                self._thread = None
                self._coming.clear()
                self._changed.notify_all()

    def _send_all(self) -> None:
        while (write := self._next()) is not None:
            try:
                letter = write()
                if letter is not None:
                    self._send(letter)
            except Exception as exc:  # noqa: BLE001 - whatever a service raises, the others get their message
                self._warn(type(exc).__name__)
            finally:
                with self._changed:
                    self._coming.popleft()
                    self._changed.notify_all()

    def _next(self) -> Callable[[], Letter | None] | None:
        """What is to be sent next; it stays in line until it is sent. None if nothing more may come."""
        with self._changed:
            while not self._coming:
                is_held = bool(self._held)
                self._changed.wait(None if is_held else IDLE_S)
                if not (self._coming or self._held or is_held):
                    self._thread = None
                    return None
            return self._coming[0]

    def _send(self, letter: Letter) -> None:
        for name, service, secrets in zip(self.names, self._services, self._secrets, strict=True):
            with _hushed() as said:
                is_sent = service.notify(
                    title=letter.title, body=letter.body, notify_type=letter.mood, body_format="text"
                )
            if not is_sent:
                self._warn(say("notify.not_taken", name=name), _scrubbed(" ".join(said), secrets))

    def _warn(self, *why: str) -> None:
        if self._has_warned:
            return
        self._has_warned = True
        said = ": ".join(part for part in why if part)
        warnings.warn(say("notify.unsent", why=said), ListenerWarning, stacklevel=2)


_POSTS: weakref.WeakSet[Post] = weakref.WeakSet()


def _begin_all() -> None:
    """Begin anew in a fork: the threads stay in the parent, which sends what waits there."""
    for post in tuple(_POSTS):
        post.begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_all)


def wait_until_sent(limit_s: float) -> bool:
    """Wait until all messages of this process are sent, and return whether they are."""
    ends_at = time.monotonic() + limit_s
    return all(post.wait(ends_at - time.monotonic()) for post in tuple(_POSTS))


# A program of your own may tell it something where no job runs, whose end would wait too.
atexit.register(wait_until_sent, SENT_S)


def _service(number: int, url: str) -> Any:  # noqa: ANN401 - apprise is an extra
    """What sends to one URL, in the thread that asks it to."""
    try:
        with warnings.catch_warnings():
            # It and its services look for modules that newer Pythons lack.
            warnings.simplefilter("ignore", DeprecationWarning)
            import apprise
    except ImportError as exc:
        raise ImporterError(
            f"apprise is not installed: {exc}",
            code="extra-missing",
            facts={"extra": "notify"},
            fixes=["install it: pip install 'notebook-importer[notify]'"],
        ) from exc
    # Its own pool of threads takes nothing more once Python ends.
    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="importer", async_mode=False, service_timeout=0))
    with _hushed() as said, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        is_known = isinstance(url, str) and service.add(url)
    if not is_known:
        why = _scrubbed(" ".join(said), _secrets(str(url)))
        raise OptionError(
            f"URL {number} is none to which apprise can send{f': {why}' if why else ''}",
            code="notify-url",
            facts={"number": number},
            fixes=["see https://github.com/caronc/apprise/wiki for how the URL of a service is written"],
        )
    return service


def _secrets(url: str) -> list[str]:
    """Every part of a URL behind its scheme, the longest first: which of them is a secret differs by service."""
    scheme, _, rest = url.partition("://")
    found = {url, unquote(url)}
    for text in (rest or scheme, unquote(rest or scheme)):
        found.update(re.split(r"[/:@?&=#,;]", text))
    found.update([unquote(part) for part in found])
    return sorted((part for part in found if len(part) >= SHORTEST), key=len, reverse=True)


def _scrubbed(text: str, secrets: Sequence[str]) -> str:
    """The text with *** in place of the secrets.

    Examples
    --------
    >>> _scrubbed("no answer from /T0K3N", _secrets("slack://T0K3N/x"))
    'no answer from /***'
    >>> _scrubbed("p@ss is wrong", _secrets("mailto://ann:p%40ss@localhost"))
    '*** is wrong'
    """
    for secret in secrets:
        text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
    return text


_hush = threading.local()


class _Hush(logging.Filter):
    """Keeps what apprise and its libraries log of a message out of all logs: it has secrets of the URL."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Drop it in a thread that sends; what is worse than news is kept for the warning."""
        said: list[str] | None = getattr(_hush, "said", None)
        if said is not None and record.levelno >= logging.WARNING:
            said.append(record.getMessage())
        return said is None


@contextmanager
def _hushed() -> Iterator[list[str]]:
    """What apprise says of a failure, which no log gets."""
    for name in ("apprise", "urllib3.connectionpool", "urllib3.util.retry"):
        logger = logging.getLogger(name)
        if _HUSH not in logger.filters:
            logger.addFilter(_HUSH)
    _hush.said = []
    try:
        yield _hush.said
    finally:
        _hush.said = None


_HUSH = _Hush()
