"""Whether rows could be written to a target at all, without loading its driver: `raise_if_unusable`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from importer.core import parsed
from importer.sinks._driver_errors import not_installed
from importer.sinks._password import usable

if TYPE_CHECKING:
    import os

__all__ = ["raise_if_unusable"]

DRIVERS = {"duckdb": ("DuckDB", "duckdb", "pyarrow"), "postgresql": ("psycopg", "psycopg")}
"""By kind of database: what it is called, and the modules that it needs."""


def raise_if_unusable(into: str | os.PathLike[str], *, atomic: bool = False) -> None:
    """Do nothing if a database or a site can have this name, and what it needs is installed.

    Raises
    ------
    SinkError
        If no sink knows the URL, it cannot be used, or a driver is not installed.

    Examples
    --------
    >>> raise_if_unusable("sqlite:///shop.db")
    """
    kind, place = parsed(into)
    if kind == "wordpress":
        from importer.sinks._open import open_sink

        open_sink(into, atomic=atomic)  # It connects only once it is opened.
        return
    if kind == "postgresql":
        usable(place)
    name, *modules = DRIVERS.get(kind, (kind,))
    for module in modules:
        if find_spec(module) is None:
            raise not_installed(
                name, "postgres" if kind == "postgresql" else kind, ImportError(f"No module named {module!r}")
            )
