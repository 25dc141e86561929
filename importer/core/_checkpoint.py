"""How far a job is, as the target itself stores it: `Checkpoint`."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Literal, Self

from importer.core._file_rows import FileRows
from importer.core._progress import Totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.core._progress import Progress

__all__ = ["Checkpoint", "Claim", "shortened"]


REQUIRED = {"rows_read", "chunks", "last_row"}
"""Fields without which nobody knows where a job stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Totals):
    """Where a job stands after its last committed chunk.

    Attributes
    ----------
    content
        Fingerprint of the file, or of all files together; empty if there is none.
    files
        Fingerprints of the single files, if there are several, see `shortened`.
    file
        Label of the file, for people.
    last_row
        Last row that was processed, as the spreadsheet numbers it.
    chunks
        Number of committed chunks.
    is_done
        Whether the job has written everything.
    owner
        Token of the run that may continue the job; see `Claim`.
    course
        How the job went so far, for its report.
    made_table
        Whether the job made its table, as the target knows it.

    Examples
    --------
    >>> Checkpoint.of_text(Checkpoint(last_row=7, rows_read=6, created=6).as_text()).last_row
    7
    """

    content: str = ""
    files: str = ""
    file: str = ""
    last_row: int = 0
    chunks: int = 0
    is_done: bool = False
    owner: str = ""
    course: str = ""
    made_table: bool = False

    @classmethod
    def of_text(cls, text: str) -> Self:
        """The checkpoint that `as_text` wrote; fields that this version does not know are ignored.

        Raises
        ------
        ValueError
            If the text is not a checkpoint.
        """
        try:
            found = json.loads(text)
        except RecursionError:
            found = None
        if not isinstance(found, dict) or not found.keys() >= REQUIRED:
            raise ValueError(f"not a checkpoint: {text[:80]!r}")
        names = {field.name for field in fields(cls)}
        made = cls(**{name: value for name, value in found.items() if name in names})
        made._raise_for_values()
        return made

    def _raise_for_values(self) -> None:
        """Check what somebody may have edited: a wrong count would lose rows, or write them twice."""
        for name, default in asdict(Checkpoint()).items():
            value = getattr(self, name)
            match default:
                case bool() | str():
                    is_good = isinstance(value, type(default))
                case int():
                    is_good = type(value) is int and 0 <= value <= sys.maxsize
                case float():
                    is_good = type(value) in {int, float} and math.isfinite(value)
                case _:
                    is_good = value is None or isinstance(value, str)
            if not is_good:
                raise ValueError(f"{name} cannot be {str(value)[:80]!r}")
        if self.rows_read != self.created + self.updated + self.unchanged + self.rejected:
            raise ValueError(f"its counts do not add up to {self.rows_read:,} rows read")

    def as_text(self) -> str:
        """The checkpoint as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def has(self, content: str) -> Literal["all", "part"] | None:
        """Whether a file of this content is in the table: all of it, a part, or nothing.

        Examples
        --------
        >>> several = Checkpoint(files=shortened({0: "ab", 2: "cd"}), last_row=FileRows.number(2, 7))
        >>> several.has("ab"), several.has("cd"), several.has("ef")
        ('all', 'part', None)
        """
        if content and self.content == content:
            return "all" if self.is_done else "part"
        wanted, (now, _) = _short(content), FileRows.apart(self.last_row)
        for at, short in self._files():
            if short == wanted and (self.is_done or at <= now):
                return "all" if self.is_done or at < now else "part"
        return None

    @property
    def places(self) -> frozenset[int]:
        """Which of several files the job imports."""
        return frozenset(at for at, _ in self._files())

    def _files(self) -> Iterator[tuple[int, str]]:
        for one in self.files.split():
            at, _, short = one.partition(":")
            if at.isdecimal():
                yield int(at), short

    def progress(self, now: Progress) -> Progress:
        """The snapshot with the totals of the checkpoint."""
        return replace(now, **self.totals)


def shortened(contents: Mapping[int, str]) -> str:
    """The fingerprints of several files, by their places, as short as they can be told apart."""
    return " ".join(f"{at}:{_short(content)}" for at, content in contents.items())


def _short(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to continue a job: a run takes it when it opens the target, and loses it to the next run.

    Attributes
    ----------
    job_id
        The job.
    owner
        Token of this run. It is stored in the job's checkpoint, so a run that was frozen while another one
        took over the job fails at its next commit.
    takes_over
        Whether the claim ends that of an earlier run. A run that only connects again does not.
    """

    job_id: str
    owner: str
    takes_over: bool = True
