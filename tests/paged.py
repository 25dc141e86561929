"""A web server that answers page by page, and fails as it is told to: `Interface`."""

from __future__ import annotations

import functools
import json
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One request: its path, its query with one value for each name, and its headers with small letters."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Reply:
    """What is answered: JSON unless it is text, and where the connection breaks off, if it does."""

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    breaks_at: int | None = None
    has_length: bool = True

    @property
    def sent(self):
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Interface(ThreadingHTTPServer):
    """Answers as `answer` says, but for the replies that stand in `instead`, each of which is used up.

    Attributes
    ----------
    asked
        All requests.
    """

    daemon_threads = True

    def __init__(self, answer=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer or (lambda _asked: Reply([]))
        self.instead: list[Reply | None] = []
        self.asked: list[Asked] = []

    def url(self, path="/posts", user=""):
        return f"http://{user}127.0.0.1:{self.server_port}{path}"

    @property
    def queries(self):
        return [one.query for one in self.asked]

    def handle_error(self, request, client_address):
        """Clients may be killed."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        asked = Asked(parts.path, query, {name.lower(): value for name, value in self.headers.items()})
        self.server.asked.append(asked)
        instead = self.server.instead.pop(0) if self.server.instead else None
        self.send(self.server.answer(asked) if instead is None else instead)

    def send(self, reply):
        body = reply.sent
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.has_length:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.close_connection = True
        self.end_headers()
        if reply.breaks_at is not None:
            body = body[: reply.breaks_at]
            self.close_connection = True
        with suppress(OSError):
            self.wfile.write(body)
            self.wfile.flush()
            if reply.breaks_at is not None:
                self.connection.shutdown(2)

    def log_message(self, *_about):
        pass


@contextmanager
def interface(answer=None):
    with Interface(answer) as made:
        threading.Thread(target=functools.partial(made.serve_forever, 0.01), daemon=True).start()
        try:
            yield made
        finally:
            made.shutdown()


def slices(rows, size):
    """The rows cut into pages of this size."""
    return [rows[at : at + size] for at in range(0, len(rows), size)] or [[]]


def by_cursor(cut, *, total=None, extra=None):
    """Answers with each of the pages, a cursor in ``paging.cursor``, and the link with it in ``paging.next``."""

    def answer(asked):
        at = int(asked.query.get("after", "0"))
        more = at + 1 < len(cut)
        paging = {"next": f"?{_query(asked, after=at + 1)}", "cursor": str(at + 1)} if more else {"next": None}
        return Reply({"data": cut[at], "paging": paging, "meta": {"total": total}} | (extra or {}))

    return answer


def by_header(cut, **headers):
    """Answers with each of the pages as a list, and a `Link` header."""

    def answer(asked):
        at = int(asked.query.get("page", "1"))
        more = {"Link": f'<?{_query(asked, page=at + 1)}>; rel="next"'} if at < len(cut) else {}
        return Reply(cut[at - 1], headers={**headers, **more})

    return answer


def by_number(cut, *, past=None, **headers):
    """Answers with each of the pages by its number; behind the last one with an empty page, or with `past`."""

    def answer(asked):
        at = int(asked.query.get("page", "1"))
        if at > len(cut):
            return past or Reply([], headers=headers)
        return Reply(cut[at - 1], headers=headers)

    return answer


def by_offset(rows, size, **headers):
    """Answers with the rows from an offset on."""

    def answer(asked):
        at = int(asked.query.get("offset", "0"))
        return Reply({"items": rows[at : at + size]}, headers=headers)

    return answer


def _query(asked, **changed):
    return "&".join(f"{name}={value}" for name, value in {**asked.query, **changed}.items())
