"""Jobs on Jupyter's own server: a REST interface with live events, and a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__: list[str] = []


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """What the server loads."""
    return [{"module": "importer.server"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Add the handlers to a server that starts."""
    from importer.server._extension import load

    load(server)
