"""The one store of a process: `open_store`."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path

from importer.core import home
from importer.store._postgres import PostgresDatabase
from importer.store._sqlite import SqliteDatabase
from importer.store._store import Store

__all__ = ["open_store"]

MOST = 4
"""Stores that stay open; a process uses one, unless its settings change."""


def open_store() -> Store:
    """The store that ``IMPORTER_STORE`` names, or else the file in the user's data folder.

    It is opened once in a process, and created at its first use.
    """
    url = os.environ.get("IMPORTER_STORE")
    return _OPEN.store(url or str(Path.cwd() / home() / "jobs.db"), is_server=bool(url))


class _Open:
    """The stores that are open, by their place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stores: OrderedDict[str, Store] = OrderedDict()

    def store(self, place: str, *, is_server: bool) -> Store:
        with self._lock:
            if place not in self._stores:
                database = PostgresDatabase(place) if is_server else SqliteDatabase(Path(place))
                self._stores[place] = Store(database)
            self._stores.move_to_end(place)
            while len(self._stores) > MOST:
                self._stores.popitem(last=False)
            return self._stores[place]

    def renew_lock(self) -> None:
        """Have a new lock, as a thread of the parent may hold the old one."""
        self._lock = threading.Lock()


_OPEN = _Open()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_OPEN.renew_lock)
