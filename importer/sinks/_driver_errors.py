"""What goes wrong in a database, in the words that all dialects share: `RefusedError` and errors of connecting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core import Refusal
from importer.errors import SinkError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LEFT_OUT", "RefusedError", "not_installed", "not_open", "raise_if_no_file"]


class RefusedError(Exception):
    """The database refused the rows that it was given and holds none of them.

    Parameters
    ----------
    rule
        As in `importer.Refusal`.
    column
        The column at fault, if the database names it.
    """

    def __init__(self, rule: str, message: str, column: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.column = column

    def refusal(self, row: int) -> Refusal:
        """The same as what a report tells of the row."""
        return Refusal(row=row, rule=self.rule, message=str(self), column=self.column)


LEFT_OUT = "a trigger of the table leaves the row out"
"""Why a row is not in the table although nothing refused it."""


def not_installed(name: str, extra: str, exc: ImportError) -> SinkError:
    """Error of a dialect whose driver is missing."""
    return SinkError(
        f"{name} is not installed: {exc}",
        code="driver-missing",
        facts={"extra": extra},
        fixes=[f"install it: pip install 'notebook-importer[{extra}]'"],
    )


def not_open(label: str) -> SinkError:
    """Error of a sink that is used before it is opened."""
    return SinkError(f"{label} is not open", code="not-open", fixes=["call open() first"])


def raise_if_no_file(path: Path) -> None:
    """Raise an error if the path cannot be a database file.

    Raises
    ------
    SinkError
        If it is a folder, or lies in none.
    """
    if path.is_dir():
        raise SinkError(
            f"{str(path)!r} is a folder, not a database",
            code="database-is-folder",
            facts={"path": str(path)},
            fixes=["name a file in it"],
        )
    if not path.parent.is_dir():
        raise SinkError(
            f"the folder {str(path.parent)!r} does not exist",
            code="folder-missing",
            facts={"folder": str(path.parent)},
            fixes=["make it", "name another database"],
        )
