"""A PostgreSQL server that asks for a password: a gate in front of the real one, which may let everybody in."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    from types import TracebackType

SSL, GSS = 80877103, 80877104


class Gate:
    """Speaks the first words of PostgreSQL's protocol, and hands everything after the password to the real server."""

    def __init__(self, url: str, *, password: str) -> None:
        with psycopg.connect(url) as connection:
            info = connection.info
            self._real = (info.host, info.port)
            self.user, self.database = info.user, info.dbname
        self._password = password
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]

    def url(self, password: str | None, *, user: str | None = None, database: str | None = None) -> str:
        """The URL with this password, or without one."""
        given = "" if password is None else f":{quote(password, safe='')}"
        return f"postgresql://{user or self.user}{given}@127.0.0.1:{self.port}/{database or self.database}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _exc: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._let_in, args=(client,), daemon=True).start()

    def _let_in(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            start = _packet(client)
            while struct.unpack_from("!I", start)[0] in {SSL, GSS}:
                client.sendall(b"N")
                start = _packet(client)
            if struct.unpack_from("!I", start)[0] >> 16 == 3:
                client.sendall(b"R" + struct.pack("!II", 8, 3))
                if client.recv(1) != b"p":
                    return
                if _packet(client).rstrip(b"\0").decode() != self._password:
                    user = dict(zip(*[iter(start[4:].split(b"\0"))] * 2, strict=False))[b"user"]
                    fields = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "%s"\0\0' % user
                    client.sendall(b"E" + struct.pack("!I", len(fields) + 4) + fields)
                    return
            with socket.create_connection(self._real) as real:
                real.sendall(struct.pack("!I", len(start) + 4) + start)
                back = threading.Thread(target=_pass_on, args=(real, client), daemon=True)
                back.start()
                _pass_on(client, real)
                back.join()


def _packet(peer: socket.socket) -> bytes:
    """The next message, without its length."""
    length = struct.unpack("!I", _read(peer, 4))[0]
    return _read(peer, length - 4)


def _read(peer: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = peer.recv(size - len(data))
        if not more:
            raise ConnectionResetError
        data += more
    return data


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
