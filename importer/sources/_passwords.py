"""Passwords of files, which are kept in the memory of this process and nowhere else."""

from __future__ import annotations

import os
import threading
from fnmatch import fnmatch
from pathlib import Path

from importer.errors import OptionError

__all__ = ["VARIABLE", "forget_password", "password_of", "remember_password"]

VARIABLE = "IMPORTER_FILE_PASSWORD"
"""Variable of the environment with the password of all files that have one."""

_LOCK = threading.Lock()
_KNOWN: dict[str, str] = {}


def remember_password(file: object, password: str | None) -> None:
    """Open this file with this password whenever this process opens it; None changes nothing.

    Raises
    ------
    OptionError
        If the password is no text, or there is no file.
    """
    if password is None:
        return
    if not isinstance(password, str):
        raise OptionError(f"password must be a text, not a {type(password).__name__}", facts={"option": "password"})
    files = [file] if isinstance(file, str | os.PathLike) else file if isinstance(file, list | tuple) else []
    paths = [Path(each) for each in files if isinstance(each, str | os.PathLike)]
    if not paths:
        raise OptionError(
            "the password means nothing for what is no file",
            code="option-unused",
            facts={"option": "password"},
            fixes=["leave it out"],
        )
    with _LOCK:
        _KNOWN.update((_place(path), password) for path in paths)


def forget_password(path: Path) -> None:
    """Do not try the password again."""
    with _LOCK:
        for place in [known for known in _KNOWN if _is_meant(known, _place(path))]:
            del _KNOWN[place]


def password_of(path: Path) -> str | None:
    """The password that was said for the file, its folder, a pattern, or all files; None if there is none."""
    place = _place(path)
    with _LOCK:
        said = [_KNOWN[known] for known in _KNOWN if _is_meant(known, place)]
        return _KNOWN.get(place) or (said[-1] if said else os.environ.get(VARIABLE))


def _is_meant(said: str, place: str) -> bool:
    return said == place or place.startswith(said + os.sep) or fnmatch(place, said)


def _place(path: Path) -> str:
    return str(path.absolute())
