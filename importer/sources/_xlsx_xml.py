"""XML parsers that neither entities nor document types can harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Never
from xml.parsers import expat

from importer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NAMESPACES", "broken", "elements", "local", "parser"]

NAMESPACES = frozenset(
    {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    }
)
"""Transitional and strict SpreadsheetML."""

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SEPARATOR = " "


def parser(where: str, encoding: str | None = None) -> expat.XMLParserType:
    """Parser of elements named ``'namespace local'``, which refuses a DOCTYPE.

    Parameters
    ----------
    where
        What is parsed, for messages: ``"sheet 'Q3'"``.
    encoding
        Overrules what the XML declares.
    """
    made = expat.ParserCreate(encoding, _SEPARATOR)
    made.buffer_text = True
    made.ordered_attributes = False

    def refuse(*_: object) -> Never:
        raise SourceError(
            f"{where} declares a document type, which workbooks never do and attacks with entities need; "
            "if you trust the file, open it in a spreadsheet program and save it again"
        )

    made.StartDoctypeDeclHandler = refuse
    made.EntityDeclHandler = refuse
    return made


def broken(where: str, exc: expat.ExpatError, near: str = "") -> SourceError:
    """Error for XML that is not well formed."""
    place = near or f"line {exc.lineno}"
    reason = expat.ErrorString(exc.code) or "no reason given"
    return SourceError(
        f"{where} is broken near {place} ({reason}); open the file in a spreadsheet program, which may repair it, "
        "and save it again"
    )


def local(name: str) -> str:
    """Name of an element without its namespace, empty where that is not SpreadsheetML.

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

    def start(name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(_SEPARATOR)
        if namespace in NAMESPACES or namespace == _RELATIONS:
            found.append((tag, {key.rpartition(_SEPARATOR)[2]: value for key, value in attributes.items()}))

    made = parser(where)
    made.StartElementHandler = start
    try:
        made.Parse(data, True)
    except expat.ExpatError as exc:
        raise broken(where, exc) from exc
    return iter(found)
