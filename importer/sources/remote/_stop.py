"""Ends a download at once, also while it waits for a server that says nothing: `Stop`, `Lines`."""

from __future__ import annotations

import socket
import threading
import urllib.request
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from importer.errors import CancelledError

if TYPE_CHECKING:
    import http.client
    from collections.abc import Callable, Iterator

__all__ = ["Lines", "Stop"]


class Stop(threading.Event):
    """Whoever downloads looks whether it is set, and is woken if they wait for a server.

    Examples
    --------
    >>> stop = Stop()
    >>> with stop.wakes(lambda: print("woken"), "orders.csv"):
    ...     stop.set()
    Traceback (most recent call last):
        ...
    importer.errors.CancelledError: the download of 'orders.csv' was cancelled
    """

    def __init__(self) -> None:
        super().__init__()
        self._wake: Callable[[], object] = lambda: None

    def set(self) -> None:
        """End the download."""
        super().set()
        self._wake()

    def raise_if_set(self, name: str) -> None:
        """End this download of a file of that name.

        Raises
        ------
        CancelledError
            If it is set.
        """
        if self.is_set():
            raise CancelledError(f"the download of {name!r} was cancelled")

    @contextmanager
    def wakes(self, wake: Callable[[], object], name: str) -> Iterator[None]:
        """Call this once it is set; whatever goes wrong from then on is the end that was asked for."""
        self._wake = wake
        try:
            # It may have been set just before.
            self.raise_if_set(name)
            yield
        except Exception:
            self.raise_if_set(name)
            raise
        finally:
            self._wake = lambda: None
        self.raise_if_set(name)


class Lines:
    """Opens links, and hangs up on all their servers if another thread wants it."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._is_cut = False
        self._opener = urllib.request.build_opener(_Http(self), _Https(self))

    def open(self, request: urllib.request.Request, timeout_s: float) -> Any:  # noqa: ANN401 - an answer of http
        """What the server answers."""
        return self._opener.open(request, timeout=timeout_s)

    def cut(self) -> None:
        """Wake whoever waits for an answer: for them, it ends here."""
        self._is_cut = True
        for line in self._sockets:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def listed(self, make: type[http.client.HTTPConnection]) -> Callable[..., http.client.HTTPConnection]:
        """Makes connections of this type, whose sockets are known here."""

        def connection(*args: Any, **options: Any) -> http.client.HTTPConnection:  # noqa: ANN401 - passed on
            made = make(*args, **options)
            connect = made.connect

            def connected() -> None:
                connect()
                self._sockets.append(made.sock)
                if self._is_cut:
                    self.cut()

            made.connect = connected  # type: ignore[method-assign]
            return made

        return connection


class _Http(urllib.request.HTTPHandler):
    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def do_open(self, http_class: Any, req: Any, **options: Any) -> Any:  # noqa: ANN401 - as urllib has it
        return super().do_open(self._lines.listed(http_class), req, **options)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def do_open(self, http_class: Any, req: Any, **options: Any) -> Any:  # noqa: ANN401 - as urllib has it
        return super().do_open(self._lines.listed(http_class), req, **options)
