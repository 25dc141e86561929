"""The content of several files as one short text, and whether one has changed since: `Fingerprints`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from importer.sources._fingerprint import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.core import FileRef

__all__ = ["Fingerprints"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """The content of the files of one job, and their state when they were read.

    Attributes
    ----------
    each
        The fingerprint of each file, by its place among all of them.
    """

    each: Mapping[int, Fingerprint]

    @classmethod
    def of(cls, files: Mapping[int, FileRef]) -> Self:
        """Read all files once.

        Raises
        ------
        SourceError
            If one cannot be read.
        """
        return cls(each={at: Fingerprint.of(file) for at, file in files.items()})

    @property
    def content(self) -> str:
        """One text for all of them; the same files in the same order have the same."""
        whole = "\n".join(f"{at} {one.content}" for at, one in self.each.items())
        return f"files {hashlib.sha256(whole.encode()).hexdigest()}"

    @property
    def file(self) -> FileRef:
        """The first one that somebody has written to, or else the first one."""
        return next((one.file for one in self.each.values() if not one.is_current), next(iter(self.each.values())).file)

    @property
    def is_current(self) -> bool:
        """Whether nobody has written to one of them since."""
        return all(one.is_current for one in self.each.values())

    def changed(self, before: Fingerprints) -> FileRef:
        """The first file that holds something else than before."""
        each = before.each
        different = (one.file for at, one in self.each.items() if at not in each or each[at].content != one.content)
        return next(different, self.file)

    def settled(self, wait: Callable[[float], bool]) -> Self:
        """The fingerprints once nobody writes to the files any more; the old ones if `wait` says to stop.

        Raises
        ------
        SourceError
            If one was moved or deleted, cannot be read, or is written to without an end.
        """
        found = {at: one if one.is_current else one.settled(wait) for at, one in self.each.items()}
        is_same = all(found[at] is one for at, one in self.each.items())
        return self if is_same else replace(self, each=found)
