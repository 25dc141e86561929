"""XML parsers that refuse document types, and with them entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Never
from xml.parsers import expat

from importer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["BLANKS", "NAMESPACES", "XmlParser", "elements", "local"]

NAMESPACES = frozenset(
    {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    }
)
"""Transitional and strict SpreadsheetML."""

BLANKS = " \t\n\r"
"""White space, as XML defines it."""

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SEPARATOR = " "
_PIECE_BYTES = 1 << 16

DEPTH = 256
"""Limit of tags inside each other."""

TAG_BYTES = 1 << 20
"""Limit of one tag or comment, which the parser scans again with every piece."""


class XmlParser:
    """Parser that names elements ``'namespace local'``, and refuses a DOCTYPE.

    Parameters
    ----------
    where
        Name of the part in messages: ``"sheet 'Q3'"``.
    encoding
        Overrides the declaration in the XML.
    near
        Tells the current place, for messages.

    Attributes
    ----------
    events
        The expat parser, on which to set handlers.
    """

    def __init__(self, where: str, encoding: str | None = None, *, near: Callable[[], str] | None = None) -> None:
        self.events = expat.ParserCreate(encoding, _SEPARATOR)
        self.events.buffer_text = True
        self.events.StartDoctypeDeclHandler = self._refuse
        self.events.StartCdataSectionHandler = self._start_cdata
        self.events.EndCdataSectionHandler = self._end_cdata
        self._where = where
        self._near = near or (lambda: f"line {self.events.CurrentLineNumber}")
        self._fed = 0
        self._in_cdata = False

    @property
    def is_drained(self) -> bool:
        """Whether the input ends between two tokens: no tag, comment, entity or CDATA section is open."""
        return self.events.CurrentByteIndex == self._fed and not self._in_cdata

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """Parse the next piece.

        Raises
        ------
        SourceError
            If the XML is not well formed, or has a tag too large for memory.
        """
        self._fed += len(data)
        try:
            self.events.Parse(data, last)
        except expat.ExpatError as exc:
            raise SourceError(
                f"{self._where} is broken near {self._near()} ({expat.ErrorString(exc.code)})",
                code="file-damaged",
                facts={"part": self._where},
                fixes=["open the file in a spreadsheet program, which may repair it, and save it again"],
            ) from exc
        if self._fed - max(self.events.CurrentByteIndex, 0) > TAG_BYTES:
            raise SourceError(
                f"{self._where} has a tag of more than {TAG_BYTES >> 20} MB near {self._near()}, "
                "which no spreadsheet program writes",
                code="file-suspicious",
                facts={"part": self._where},
                fixes=["do not trust the file"],
            )

    def check_depth(self, depth: int) -> None:
        """Raise an error if that many tags inside each other are more than a workbook has.

        Raises
        ------
        SourceError
            If they are.
        """
        if depth > DEPTH:
            raise SourceError(
                f"{self._where} has more than {DEPTH} tags inside each other near {self._near()}, "
                "which no spreadsheet program writes",
                code="file-suspicious",
                facts={"part": self._where},
                fixes=["do not trust the file"],
            )

    def _start_cdata(self) -> None:
        self._in_cdata = True

    def _end_cdata(self) -> None:
        self._in_cdata = False

    def _refuse(self, *_: object) -> Never:
        raise SourceError(
            f"{self._where} declares a document type, which workbooks never do and attacks with entities need",
            code="file-suspicious",
            facts={"part": self._where},
            fixes=["open it in a spreadsheet program and save it again, if you trust the file"],
        )


def local(name: str) -> str:
    """Name of an element without its namespace, empty unless that is SpreadsheetML.

    Examples
    --------
    >>> local("http://purl.oclc.org/ooxml/spreadsheetml/main row"), local("urn:x row")
    ('row', '')
    """
    namespace, _, tag = name.rpartition(_SEPARATOR)
    return tag if namespace in NAMESPACES else ""


def elements(data: bytes, where: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element of a small part in order: its name, and attributes by their local names."""
    found: list[tuple[str, dict[str, str]]] = []

    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        parser.check_depth(depth)
        namespace, _, tag = name.rpartition(_SEPARATOR)
        if namespace in NAMESPACES or namespace == _RELATIONS:
            found.append((tag, {key.rpartition(_SEPARATOR)[2]: value for key, value in attributes.items()}))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = XmlParser(where)
    parser.events.StartElementHandler, parser.events.EndElementHandler = start, end
    for at in range(0, len(data) + 1, _PIECE_BYTES):
        parser.feed(data[at : at + _PIECE_BYTES], last=at + _PIECE_BYTES > len(data))
        yield from found
        found.clear()
