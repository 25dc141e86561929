"""The files and databases that a request may name: `Places`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from importer.core import home, parsed
from importer.errors import OptionError
from importer.server._problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Places"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What is under the root of the server, and the databases that the owner of the server has named.

    Attributes
    ----------
    root
        Folder that the server shows.
    targets
        Databases by name: URLs or paths, which may be anywhere.
    """

    root: Path
    targets: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, targets: str) -> Places:
        """Places from the text of a setting: ``name=URL`` once or more, quoted as in a shell.

        Raises
        ------
        OptionError
            If the setting cannot be read.

        Examples
        --------
        >>> Places.of(Path("/data"), "shop=postgresql://ann@db/shop old='/old data/shop.db'").targets
        {'shop': 'postgresql://ann@db/shop', 'old': '/old data/shop.db'}
        """
        found = {}
        try:
            parts = shlex.split(targets)
        except ValueError as exc:
            raise _unreadable() from exc
        for part in parts:
            name, mark, place = part.partition("=")
            if not name or not mark or not place:
                raise _unreadable()
            found[name] = place
        return cls(root=root.resolve(), targets=found)

    def file(self, path: object) -> Path:
        """The file that a request names.

        Raises
        ------
        ProblemError
            If it names none, or one outside the root.
        """
        found = self._inside("path", path)
        if not found.is_file():
            raise ProblemError.of(HTTPStatus.UNPROCESSABLE_ENTITY, "file-missing", f"path {path!r} is not a file")
        return found

    def target(self, into: object) -> str | Path:
        """The database that a request names.

        Raises
        ------
        ProblemError
            If it is neither one that was named nor a file under the root.
        SinkError
            If the file has no suffix of a database.
        """
        if isinstance(into, str) and into in self.targets:
            return self.targets[into]
        if not isinstance(into, str) or ":" in into:
            names = ", ".join(map(repr, self.targets)) or "none are"
            raise ProblemError.of(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "target-not-allowed",
                "into must be the path of a database file under the server's root, or the name of a database listed in "
                f"IMPORTER_TARGETS ({names} there)",
            )
        parsed(into)
        found = self._inside("into", into)
        if (found.exists() and not found.is_file()) or not found.parent.is_dir():
            raise ProblemError.of(
                HTTPStatus.UNPROCESSABLE_ENTITY, "target-not-a-file", f"no database file can be at into={into!r}"
            )
        return found

    def _inside(self, name: str, path: object) -> Path:
        """A path under the root, with links followed."""
        if not isinstance(path, str) or not path or "\0" in path or "\\" in path:
            raise _refused(name, "must be a path under the server's root, with / between its parts")
        parts = PurePosixPath(path).parts
        if path.startswith("/") or any(part.startswith((".", "~")) for part in parts):
            raise _refused(name, "must be relative to the server's root, without '..' and hidden files")
        try:
            found = (self.root / path).resolve()
        except (OSError, ValueError, RuntimeError) as exc:  # Links that lead in a circle, or a name too long.
            raise _refused(name, "cannot be followed") from exc
        if not found.is_relative_to(self.root) or found.is_relative_to(home().absolute().resolve()):
            raise _refused(name, "leads out of the server's root, or into the importer's own folder")
        try:
            found.exists()
        except (OSError, ValueError) as exc:
            raise _refused(name, "cannot be followed") from exc
        return found


def _refused(name: str, why: str) -> ProblemError:
    return ProblemError.of(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}-not-allowed", f"{name} {why}")


def _unreadable() -> OptionError:
    # What stands there may hold a secret.
    return OptionError(
        "IMPORTER_TARGETS must list names and URLs, each pair joined by an equals sign and quoted as in a shell"
    )
