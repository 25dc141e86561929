"""Connections to public addresses alone: `Network`."""

from __future__ import annotations

import ipaddress
import math
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpcore

from importer.pictures._faults import PictureError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

__all__ = ["Network", "is_public"]

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses whose last four bytes are an IPv4 address, which is where packets go."""


def is_public(text: str) -> bool:
    """Whether an address is one of the internet, also where it holds another one.

    Examples
    --------
    >>> [is_public(text) for text in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")]
    [True, True]
    >>> [
    ...     is_public(text)
    ...     for text in ("127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fe80::1%eth0")
    ... ]
    [False, False, False, False, False]
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    return all(
        one.is_global and not (one.is_multicast or one.is_reserved or one.is_unspecified) for one in _within(address)
    )


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Iterator[Any]:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            yield inner
            # What is around it is no place of its own.
            return
    yield address


class _Stream(httpcore.NetworkStream):
    """A connection that another thread can cut, so that nobody waits for what is no longer wanted."""

    def __init__(self, inner: httpcore.NetworkStream, network: Network) -> None:
        self._inner, self._network = inner, network
        network.streams.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if (left := self._network.left_s) <= 0:
            raise httpcore.ReadTimeout("it takes too long")
        return self._inner.read(max_bytes, left if timeout is None else min(left, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._network.streams.discard(self)
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._network.streams.discard(self)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._network)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore has it
        return self._inner.get_extra_info(info)

    def cut(self) -> None:
        """End what is read or written now."""
        with suppress(OSError):
            # That of TLS would say goodbye first.
            socket.socket.shutdown(self._inner.get_extra_info("socket"), socket.SHUT_RDWR)


class Network(httpcore.NetworkBackend):
    """Connects to a host by the address that was looked at, so that no second look-up finds another one.

    Parameters
    ----------
    allow_private
        Whether private addresses may be asked: none, all, or hosts by their names.

    Attributes
    ----------
    streams
        The connections that are open.
    """

    def __init__(self, *, allow_private: bool | Iterable[str] = False) -> None:
        self._inner, self._is_cut = httpcore.SyncBackend(), False
        self._here = threading.local()
        self.streams: set[_Stream] = set()
        self._allows_all = allow_private is True
        self._allowed = frozenset() if isinstance(allow_private, bool) else {one.lower() for one in allow_private}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Look up the host, and connect to the first of its addresses that answers.

        Raises
        ------
        PictureError
            If it has an address that may not be asked, or none.
        """
        lost: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in self._addresses(host, port):
            try:
                found = _Stream(self._inner.connect_tcp(address, port, timeout, local_address, socket_options), self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                lost = exc
            else:
                if self._is_cut:
                    found.cut()
                return found
        raise lost or httpcore.ConnectError(f"{host!r} has no address")

    def end_at(self, moment: float) -> None:
        """Let nothing that this thread reads take longer, by the clock of `time.monotonic`."""
        self._here.ends_at = moment

    @property
    def left_s(self) -> float:
        """How long this thread may still read."""
        return float(getattr(self._here, "ends_at", math.inf)) - time.monotonic()

    def cut(self) -> None:
        """Cut all connections, those to come as well."""
        self._is_cut = True
        for stream in tuple(self.streams):
            stream.cut()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._inner.sleep(seconds)

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as exc:
            is_passing = getattr(exc, "errno", None) == socket.EAI_AGAIN
            raise PictureError(f"no host is called {host!r}", again_after_s=0 if is_passing else None) from exc
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not self._allows_all and host.lower() not in self._allowed:
            for address in addresses:
                if not is_public(address):
                    where = repr(host) if host == address else f"{host!r} is {address}, which"
                    raise PictureError(f"{where} is no public address; allow_private lets it be asked")
        return addresses
