"""What a server answered: `Answer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.sources.records import json_values
from importer.sources.remote.pages._names import said_in

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Answer"]

UNCHANGED, BAD = 304, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered.

    Attributes
    ----------
    url
        Who answered in the end, behind all redirects.
    status
        Its status.
    phrase
        The status, and what it means.
    headers
        Its headers, with small letters.
    body
        What it sent, unpacked.
    """

    url: str
    status: int
    phrase: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_unchanged(self) -> bool:
        """Whether the page is as it was."""
        return self.status == UNCHANGED

    @property
    def is_refused(self) -> bool:
        """Whether there is no page."""
        return self.status >= BAD

    @property
    def said(self) -> str:
        """Why there is no page, in the words of the server; empty if it says nothing of use."""
        try:
            [found] = json_values(self.body.decode())
        except ValueError:
            return ""
        return said_in(found)

    @property
    def kind(self) -> str:
        """Its media type."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()
