"""A handler whose body goes to disk as it arrives, and which refuses it as early as it can: `Receiving`."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from jupyter_server.auth.decorator import authorized
from tornado import web

from importer.errors import ImporterError
from importer.server._handler import LARGEST_BODY, Handler
from importer.server._incoming import incoming
from importer.server._problem import ProblemError

if TYPE_CHECKING:
    from tornado.http1connection import HTTP1Connection

    from importer.server._incoming import Incoming

__all__ = ["Receiving"]

SLACK = 1 << 26
"""Bytes beyond the limit that are read before the connection is cut."""


class Receiving(Handler):
    """Receives the body of each POST; a class of its own has to be one of tornado's `stream_request_body`."""

    _incoming: Incoming | None = None
    _refused: Exception | None = None
    _is_whole = False

    async def prepare(self) -> None:  # type: ignore[override]  # as `APIHandler` has it
        """Refuse what may not be sent before it is sent."""
        if self.request.method != "POST":
            await super().prepare()
            return
        headers = self.request.headers
        length = int(headers["Content-Length"]) if headers.get("Content-Length", "").isdecimal() else None
        is_read = "Expect" not in headers and length is not None and length <= LARGEST_BODY
        try:
            await super().prepare()
            await self._raise_if_not_allowed()
            is_read = "Expect" not in headers
            most = max(length or 0, self.service.largest_upload) + SLACK
            cast("HTTP1Connection", self.request.connection).set_max_body_size(most)
            kind = headers.get("Content-Type", "")
            self._incoming = await self.service.quickly(lambda: incoming(kind, length, self.service.largest_upload))
        except (web.HTTPError, ProblemError) as exc:
            # An answer before the end of the body cuts the connection, and its sender may never see the reason.
            if not is_read:
                raise
            self._refused = exc

    @authorized
    async def _raise_if_not_allowed(self) -> None:
        """Ask the authorizer, which else is asked only once the body is here."""

    async def data_received(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        taking = self._incoming
        if taking is None or self._refused is not None:
            return
        try:
            await self.service.quickly(lambda: taking.take(chunk))
        except (ProblemError, ImporterError) as exc:
            self._refused = exc
            await self.service.quickly(taking.drop)

    def on_connection_close(self) -> None:
        """Delete what has arrived of a file whose sender has gone."""
        super().on_connection_close()
        if self._incoming is not None and not self._is_whole:
            self._incoming.drop()

    def on_finish(self) -> None:
        """Delete a file of which no job was made."""
        super().on_finish()
        if self._incoming is not None:
            self._incoming.drop()

    def taken(self) -> Incoming:
        """The whole body.

        Raises
        ------
        ProblemError, HTTPError, ImporterError
            If it was refused on its way.
        """
        self._is_whole = True
        if self._refused is not None or self._incoming is None:
            raise self._refused or web.HTTPError(HTTPStatus.BAD_REQUEST)
        return self._incoming
