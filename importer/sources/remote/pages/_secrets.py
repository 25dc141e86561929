"""What may be secret, and is shown and logged nowhere: `secrets_of`, `quiet`."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus, urlsplit

from importer.sources.remote._urls import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.sources.remote.pages._pages import Pages

__all__ = ["quiet", "secrets_of"]

SHORTEST = 6
"""Letters of a secret: a shorter text stands anywhere."""

_ours = threading.local()


def secrets_of(pages: Pages, authorization: str | None) -> list[str]:
    """What may be a secret, the longest first."""
    parts = urlsplit(pages.url)
    found = {*pages.headers.values(), authorization or "", unquote(parts.password or ""), parts.password or ""}
    found |= {word for one in found for word in one.split()}
    found |= {piece.partition("=")[2] for piece in parts.query.split("&")}
    found |= {unquote_plus(one) for one in found}
    return sorted((one for one in found if len(one) >= SHORTEST), key=len, reverse=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Let httpx write the requests of this thread into its log without what may be secret in their links."""
    logging.getLogger("httpx").addFilter(_masked)
    _ours.is_asking = True
    try:
        yield
    finally:
        _ours.is_asking = False


def _masked(record: logging.LogRecord) -> bool:
    if getattr(_ours, "is_asking", False) and isinstance(record.args, tuple):
        record.args = tuple(shown(str(one)) if "://" in str(one) else one for one in record.args)
    return True
