"""A network between us and a site that loses requests and answers."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Fate = Literal["pass", "lose the request", "lose the answer", "fail", "come late"]

__all__ = ["Proxy", "lying"]


class Proxy(ThreadingHTTPServer):
    """A server that passes requests on to a site, or not.

    Attributes
    ----------
    fate
        What becomes of a request, by method and path.
    writes
        How many requests came that change something.
    at_work
        The threads whose requests the site may still work on.
    """

    daemon_threads = True

    def __init__(self, site: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site
        self.fate: Callable[[str, str], Fate] = lambda _method, _path: "pass"
        self.writes = 0
        self.at_work: set[int] = set()
        self.late: list[Callable[[], object]] = []
        self.client = httpx.Client(timeout=60)

    @property
    def target(self) -> str:
        """The site behind this network as a target."""
        return f"wordpress+http://admin@127.0.0.1:{self.server_port}"

    def come_late(self) -> None:
        """Let the requests that were held back arrive."""
        while self.late:
            self.late.pop()()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may be killed."""


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        self.server.at_work.add(threading.get_ident())
        try:
            self._forward_or_not()
        finally:
            self.server.at_work.discard(threading.get_ident())

    def _forward_or_not(self) -> None:
        server = self.server
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {
            name: value for name, value in self.headers.items() if name not in {"Host", "Connection", "Accept-Encoding"}
        }
        is_write = self.command not in {"GET", "OPTIONS"}
        server.writes += is_write
        fate = server.fate(self.command, self.path)

        def forward() -> httpx.Response:
            return server.client.request(self.command, f"{server.site}{self.path}", content=data, headers=headers)

        self.close_connection = fate != "pass"
        match fate:
            case "lose the request":
                return
            case "come late":
                server.late.append(forward)
                return
            case "lose the answer":
                forward()
                return
            case "fail":
                forward()
                self._answer(502, b"<html>Bad Gateway</html>", "text/html")
            case _:
                got = forward()
                server.come_late()
                self._answer(got.status_code, got.content, got.headers.get("Content-Type", ""))

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_OPTIONS = do_DELETE = _pass  # noqa: N815 - as the base has it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
        """Say nothing."""


@contextlib.contextmanager
def lying(site: str) -> Iterator[Proxy]:
    """A proxy in front of a site, which says the truth until it is told otherwise."""
    proxy = Proxy(site)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
        proxy.client.close()
