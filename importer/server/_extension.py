"""Adds the handlers to a Jupyter server: `load`."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.utils import url_path_join

from importer.errors import OptionError
from importer.server._handler import Missing
from importer.server._page import Folder, Page
from importer.server._places import Places
from importer.server._routes import ROUTES, pattern
from importer.server._service import Service
from importer.server._worker_process import WorkerProcess

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["load"]

TARGETS, WORKER, UPLOAD = "IMPORTER_TARGETS", "IMPORTER_SERVER_WORKER", "IMPORTER_LARGEST_UPLOAD"
"""Variables: the databases elsewhere that a job may write to, whether the server starts a worker, and how many bytes a
file that is sent may have."""

LARGEST_UPLOAD = 10 << 30


def load(server: ServerApp) -> None:
    """Serve ``/importer/`` and ``/importer/api/``."""
    # A contents manager that keeps its files elsewhere has no such folder.
    shown = Path(getattr(server.contents_manager, "root_dir", ""))
    root = shown if shown.is_absolute() else Path(server.root_dir)
    worker = WorkerProcess(is_on=os.environ.get(WORKER, "1") != "0")
    atexit.register(worker.stop)
    places = Places.of(root, os.environ.get(TARGETS, ""))
    service = Service(places, worker, largest_upload=_bytes(os.environ.get(UPLOAD, "")))
    base = server.web_app.settings["base_url"]
    given = {"service": service}
    server.web_app.add_handlers(  # type: ignore[no-untyped-call]
        ".*$",
        [
            (url_path_join(base, "importer"), Folder),
            (url_path_join(base, "importer", r"(page\.css|page\.js|send\.js|)"), Page),
            *((url_path_join(base, "importer/api", pattern(path)), handler, given) for path, handler in ROUTES.items()),
            (url_path_join(base, "importer/api/.*"), Missing, given),
        ],
    )
    server.log.info("importer: jobs are at %s", url_path_join(base, "importer/"))


def _bytes(text: str) -> int:
    """The largest upload that the setting allows."""
    if not text:
        return LARGEST_UPLOAD
    if not (text.isascii() and text.isdigit()):
        raise OptionError(f"{UPLOAD} must be a number of bytes, not {text[:80]!r}")
    return int(text)
