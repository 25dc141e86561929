"""The App that was shown last, to which JupyterLab hands files: `take`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from weakref import ReferenceType, ref

from importer.errors import OptionError
from importer.sources.remote import is_remote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.app._app import App

__all__ = ["forget", "remember", "several", "take"]

_shown: list[ReferenceType[App]] = []


def remember(app: App) -> None:
    """Take note that it is shown."""
    forget(app)
    _shown.append(ref(app))


def forget(app: App) -> None:
    """Take note that it is closed."""
    _shown[:] = [one for one in _shown if one() not in (None, app)]


def take(file: str | Sequence[str]) -> Literal["opened", "waits"] | None:
    """Hand files to the App that was shown last, and say whether it begins with them or has something else under way.

    Returns
    -------
    None if no App is shown in this process.
    """
    apps = [app for one in _shown if (app := one()) is not None]
    return apps[-1].take(several(file)) if apps else None


def several(file: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> tuple[Path, ...]:
    """The paths of one or several files.

    Raises
    ------
    OptionError
        If one of several is a link.

    Examples
    --------
    >>> several("a.csv"), several(["a.csv", Path("b.csv")])
    ((PosixPath('a.csv'),), (PosixPath('a.csv'), PosixPath('b.csv')))
    """
    files = (file,) if isinstance(file, str | os.PathLike) else tuple(file)
    if len(files) > 1 and (links := [one for one in files if is_remote(one)]):
        raise OptionError(
            f"the App opens one link at a time, and {len(links):,} of these {len(files):,} files are links",
            code="links-together",
            facts={"option": "file"},
            fixes=["open them one after the other", "import them together in code, which takes a list of links"],
        )
    return tuple(Path(os.path.expanduser(one)) for one in files)  # noqa: PTH111 - an unknown user stays as written
