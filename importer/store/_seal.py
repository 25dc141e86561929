"""The seal that tells the user's own records from those of others: `seal_of`.

Whoever can write to a shared store can write any name into a record. A seal is made with a key that only this user
can read, so nobody else can make it, or change what it covers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from importer.core import home, private_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["owner_id", "seal_of"]

KEY = "seal.key"
OCTETS = 32


def seal_of(values: Sequence[object], *, makes_key: bool = False) -> str | None:
    """The seal of these values; None without a key that belongs to this user alone.

    Parameters
    ----------
    values
        What is sealed.
    makes_key
        Whether to make the key if there is none.
    """
    key = _key()
    if key is None and makes_key:
        with suppress(OSError):  # A folder that cannot be written keeps no history either.
            _make_key()
            key = _key()
    text = json.dumps(list(values))
    return None if key is None else hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def owner_id(*, makes_key: bool = False) -> str | None:
    """What tells the records of this user, with this data folder, from those of others; None without a key."""
    seal = seal_of(["owner"], makes_key=makes_key)
    return None if seal is None else seal[:32]


def _key() -> bytes | None:
    """The key, unless somebody else may have read or written it."""
    try:
        handle = os.open(home() / KEY, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    try:
        found = os.fstat(handle)
        is_private = os.name != "posix" or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)
        key = os.read(handle, OCTETS) if stat.S_ISREG(found.st_mode) and is_private else b""
    finally:
        os.close(handle)
    return key if len(key) == OCTETS else None


def _make_key() -> None:
    """Make the key, whole at once; the first of several processes wins."""
    private_folder(home())
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=home())  # Only its owner can read it.
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(OCTETS))
        try:
            os.link(name, home() / KEY)
        except FileExistsError:
            if _key() is None:  # Others may know it; what it sealed is nobody's from now on.
                Path(name).replace(home() / KEY)
    finally:
        Path(name).unlink(missing_ok=True)
