"""The page that shows all jobs: `Page`."""

from __future__ import annotations

from importlib.resources import files

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from importer.server._handler import RESOURCE

__all__ = ["Folder", "Page"]

KINDS = {"page.html": "text/html", "page.css": "text/css", "page.js": "text/javascript", "send.js": "text/javascript"}
"""All files of the page."""


class Page(JupyterHandler):
    """The page, which asks the interface for everything that it shows."""

    auth_resource = RESOURCE

    @property
    def content_security_policy(self) -> str:
        """Nothing but what this server sends."""
        own = "script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"
        return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'; {super().content_security_policy}"

    @web.authenticated
    @authorized
    def get(self, name: str) -> None:
        """One of its files."""
        name = name or "page.html"
        _ = self.xsrf_token  # It sets the cookie, without which no button works.
        self.set_header("Content-Type", f"{KINDS[name]}; charset=utf-8")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")
        self.finish(files("importer.server").joinpath("page", name).read_bytes())


class Folder(JupyterHandler):
    """The address without its last slash."""

    auth_resource = RESOURCE

    @web.authenticated
    @authorized
    def get(self) -> None:
        """Lead to the page, whose addresses are relative."""
        self.redirect(f"{self.base_url}importer/")
