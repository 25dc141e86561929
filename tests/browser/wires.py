"""A wire between a browser and a server, which can be cut: `Wire`."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Wire:
    """Hands everything on, and keeps what the browser has sent.

    Attributes
    ----------
    requests
        The requests for events, in their order.
    """

    def __init__(self, port):
        self._real = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.requests = []
        self._clients = []
        self._follow = []

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        _end(*self._clients)

    def cut(self):
        """Break off every connection that waits for events, in the middle of whatever it carries."""
        cut, self._follow = self._follow, []
        _end(*cut)

    def _serve(self):
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                self._clients.append(client)
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client):
        with client, socket.create_connection(("127.0.0.1", self._real)) as real:
            back = threading.Thread(target=_pass_on, args=(real, client), daemon=True)
            back.start()
            _pass_on(client, real, lambda data: self._see(client, data))
            back.join()

    def _see(self, client, data):
        if b"/events HTTP/" in data.partition(b"\r\n")[0]:
            self._follow.append(client)
            self.requests.append(data.decode())


def _pass_on(one, other, see=lambda _: None):
    with suppress(OSError):
        while data := one.recv(1 << 16):
            see(data)
            other.sendall(data)
    _end(one, other)


def _end(*connections):
    for one in connections:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
