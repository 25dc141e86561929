"""Connections to PostgreSQL, whose errors are without the secrets of the URL: `connected`."""

from __future__ import annotations

from typing import Any

import psycopg

from importer.core import scrub
from importer.sinks._password import usable

__all__ = ["connected"]


def connected(url: str) -> psycopg.Connection[Any]:
    """A new connection; what the driver says if it fails is without the secrets of the URL."""
    try:
        return psycopg.connect(usable(url), connect_timeout=10, autocommit=True)
    except psycopg.Error as exc:
        scrub(exc, url)
        raise
