"""The files that a job reads and writes, onto which nothing else is written: `UsedFiles`."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

from importer.core._files import OURS, is_same_file
from importer.core._paths import home
from importer.errors import ImporterError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["UsedFiles"]

BESIDE = {"sqlite": ("", "-wal", "-shm", "-journal"), "duckdb": ("", ".wal")}
"""How the names of the files of one database end."""


STREAMS = (1, 2)
"""Standard output and standard error, which may go to a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedFiles:
    """The files of one job, by absolute paths. Those of the history belong to every job.

    Attributes
    ----------
    source
        The file that is imported; None for a frame.
    database
        The files of the database; none for a server.
    others
        The files that are imported, if there are several.
    """

    source: Path | None = None
    database: tuple[Path, ...] = ()
    others: tuple[Path, ...] = ()

    @classmethod
    def of(cls, source: str | os.PathLike[str] | None, target: str) -> Self:
        """The files behind a path, and behind the URL of a database without its password.

        Examples
        --------
        >>> [file.name for file in UsedFiles.of("orders.csv", "duckdb:////data/shop.db").database]
        ['shop.db', 'shop.db.wal']
        """
        kind, _, place = target.partition(":///")
        # The URL of a sink is not encoded.
        named = {os.path.realpath(name) for name in (place, unquote(place)) if name and "\0" not in name}
        files = tuple(Path(f"{name}{ending}") for name in sorted(named) for ending in BESIDE.get(kind, ()))
        return cls(source=None if source is None else Path(source).absolute(), database=files)

    def raise_for(self, file: Path) -> None:
        """Refuse to write onto one of them, by whatever name.

        Raises
        ------
        ImporterError
            If the file is one of them.
        """
        for use, used in self._uses():
            if is_same_file(file, used):
                raise _used(file, use)
        for stream in STREAMS:
            with suppress(OSError):
                if os.path.samestat(os.fstat(stream), file.stat()):
                    raise _used(file, "where the messages of this program go")
        place, ours = Path(os.path.realpath(file)), Path(os.path.realpath(home()))
        if place.is_relative_to(ours) and place != ours and OURS.fullmatch(place.relative_to(ours).parts[0].lower()):
            raise _used(file, "a file of the history")

    def _uses(self) -> Iterator[tuple[str, Path]]:
        if self.source is not None:
            yield "the file that is imported", self.source
        for file in self.others:
            yield "a file that is imported", file
        for file in self.database:
            yield "the database that the rows go to", file
        with suppress(OSError):
            for file in home().iterdir():
                if OURS.fullmatch(file.name):
                    yield "a file of the history", file


def _used(file: Path, use: str) -> ImporterError:
    return ImporterError(
        f"the refused rows cannot be written to {str(file)!r}, which is {use}",
        code="file-used",
        facts={"file": str(file), "use": use},
        fixes=["name another file"],
    )
