"""The elements of a small XML document, none of which an entity can blow up: `tree_of`."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.entities import html5
from typing import TYPE_CHECKING, Never
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Element", "markup", "text", "tree_of"]

DEEPEST, MOST = 200, 500_000
"""Elements inside each other, and elements of a document."""

UTF_16 = (b"\xfe\xff", b"\xff\xfe")
ENTITY = re.compile(
    rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|&([A-Za-z][A-Za-z0-9]*);", re.DOTALL
)
OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
"""Elements of HTML that have no end."""


@dataclass(slots=True)
class Element:
    """One element.

    Attributes
    ----------
    space, name
        Its namespace, which may be empty, and its name there.
    given
        Its attributes by their names, those of a namespace with it before a space.
    inside
        Texts and elements in their order.
    """

    space: str
    name: str
    given: dict[str, str]
    inside: list[str | Element] = field(default_factory=list)

    def __iter__(self) -> Iterator[Element]:
        """The elements inside."""
        return (one for one in self.inside if isinstance(one, Element))


def tree_of(data: bytes) -> tuple[Element, dict[str, str]]:
    r"""The root of a document, and the prefixes of its namespaces.

    Entities that HTML names, such as ``&nbsp;``, are what they mean there.

    Raises
    ------
    ValueError
        If it is not well formed, or declares entities of its own, as attacks do.

    Examples
    --------
    >>> root, _ = tree_of(b"<a><b>1&nbsp;2</b><b/></a>")
    >>> [text(one) for one in root]
    ['1\xa02', '']
    """
    is_wide = data.startswith(UTF_16)
    if is_wide:
        data = data.decode("utf-16").encode()
    parser = expat.ParserCreate("utf-8" if is_wide else None, " ")
    parser.buffer_text = True
    builder = _Builder()
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartNamespaceDeclHandler = builder.prefix
    parser.EntityDeclHandler = _refuse
    parser.SkippedEntityHandler = _refuse
    try:
        parser.Parse(ENTITY.sub(_meant, data), True)
    except expat.ExpatError as exc:
        raise ValueError(f"{expat.ErrorString(exc.code)} in line {exc.lineno:,}") from exc
    return builder.root, builder.prefixes


class _Builder:
    """Handlers of the parser's events."""

    def __init__(self) -> None:
        self.prefixes: dict[str, str] = {}
        self._top = Element("", "", {})
        self._open = [self._top]
        self._count = 0

    @property
    def root(self) -> Element:
        """The root."""
        return next(iter(self._top))

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element begins."""
        self._count += 1
        if len(self._open) > DEEPEST or self._count > MOST:
            raise ValueError("it has more elements than a feed has")
        space, _, own = name.rpartition(" ")
        element = Element(space, own, given)
        self._open[-1].inside.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        """It ends."""
        self._open.pop()

    def characters(self, data: str) -> None:
        """A text."""
        self._open[-1].inside.append(data)

    def prefix(self, prefix: str | None, space: str) -> None:
        """A namespace gets its prefix."""
        if prefix and space:
            self.prefixes.setdefault(space, prefix)


def text(element: Element) -> str:
    """All that is written in an element, without the blanks around it."""
    return "".join(_texts(element)).strip()


def _texts(element: Element) -> Iterator[str]:
    for one in element.inside:
        if isinstance(one, str):
            yield one
        else:
            yield from _texts(one)


def markup(inside: Sequence[str | Element]) -> str:
    """Elements as HTML.

    Examples
    --------
    >>> root, _ = tree_of(b'<a>1 &lt; 2<br/><b class="x">3</b></a>')
    >>> markup(root.inside)
    '1 &lt; 2<br><b class="x">3</b>'
    """
    pieces = []
    for one in inside:
        if isinstance(one, str):
            pieces.append(html.escape(one, quote=False))
            continue
        given = "".join(f' {name.rpartition(" ")[2]}="{html.escape(value)}"' for name, value in one.given.items())
        is_void = one.name.lower() in VOID and not one.inside
        pieces.append(f"<{one.name}{given}>{'' if is_void else f'{markup(one.inside)}</{one.name}>'}")
    return "".join(pieces)


def _meant(found: re.Match[bytes]) -> bytes:
    """An entity of HTML as numbers; all else as it is."""
    name = (found[1] or b"").decode()
    if not name or name in OF_XML:
        return found[0]
    meant = html5.get(f"{name};")
    if meant is None:
        raise ValueError(f"nobody says what &{name}; means")
    return "".join(f"&#{ord(letter)};" for letter in meant).encode()


def _refuse(*_: object) -> Never:
    raise ValueError("it declares entities, which feeds never do and attacks need")
