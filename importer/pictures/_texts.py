"""Pictures in HTML and in Markdown: `in_html`, `with_sources`, `in_markdown`, `markdown_with_sources`."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from importer.pictures._cache import DATABASE
from importer.pictures._faults import needs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["file_of", "in_html", "in_markdown", "markdown_with_sources", "rendered", "with_sources"]

ATTRIBUTE = re.compile(r"""([^\s/>=][^\s/>=]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>][^\s>]*))?""")
"""A name in a tag, and its value with its quotes."""

INLINE = re.compile(r"(!\[(?:[^\[\]\\]|\\.|\[[^\[\]]*\])*\]\(\s*)(<[^<>\n]*>|(?:[^\s()<>]|\([^\s()]*\))+)")
REFERENCE = re.compile(r"(?m)(^ {0,3}\[(?:[^\[\]\\]|\\.)+\]:\s*)(<[^<>\n]*>|\S+)")
"""Where a picture's address may stand in Markdown; whether it does is seen when it is rendered."""

OTHER_SIZES = frozenset({"srcset", "sizes"})


class _Tag(NamedTuple):
    """An ``img`` tag: where it begins, as it stands there, and its attributes; and other sources of its ``picture``."""

    at: int
    text: str
    attributes: Mapping[str, str]
    others: tuple[_Tag, ...] = ()


class _Place(NamedTuple):
    """Where the address of a picture may stand in Markdown."""

    start: int
    end: int
    address: str


class _Pictures(HTMLParser):
    """Finds the tags of pictures where a browser would: not in comments or scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[_Tag] = []
        self._others: list[_Tag] = []
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag of a picture, and those that name other sources of it."""
        if tag == "picture":
            self._others = []
        if tag not in {"img", "source"}:
            return
        line, column = self.getpos()
        attributes: dict[str, str] = {}
        for name, value in attrs:
            attributes.setdefault(name, value or "")
        found = _Tag(self._lines[line - 1] + column, self.get_starttag_text() or "", attributes)
        if tag == "img":
            self.tags.append(found._replace(others=tuple(self._others)))
            self._others = []
        elif "srcset" in attributes:
            # Those of films and sounds have none.
            self._others.append(found)

    def handle_endtag(self, tag: str) -> None:
        """Forget the sources of a picture that ends."""
        if tag == "picture":
            self._others = []


def in_html(text: str) -> list[str]:
    """The addresses of the pictures in HTML, each once.

    Examples
    --------
    >>> in_html('<p><img src="https://a.org/b?c&amp;d"> <!-- <img src="x"> --> <img src=y.png></p>')
    ['https://a.org/b?c&d', 'y.png']
    """
    found = (tag.attributes.get("src", "").strip() for tag in _Pictures(text).tags)
    return list(dict.fromkeys(filter(None, found)))


def with_sources(text: str, new: Mapping[str, str], *, alt: str | None = None, is_last: bool = False) -> str:
    """The same HTML, with other addresses of pictures; everything else stays as it is written.

    Parameters
    ----------
    text
        The HTML.
    new
        New addresses, by those that stand there.
    alt
        What pictures with new addresses show, where they do not say it themselves.
    is_last
        Whether the picture is nowhere else, so that other sizes of it are left out.

    Examples
    --------
    >>> with_sources('<IMG class=a src=x.png title="src=x.png">', {"x.png": "y.png"}, alt="A cat")
    '<IMG class=a src="y.png" title="src=x.png" alt="A cat">'
    """
    parts, end = [], 0
    for tag in _Pictures(text).tags:
        source = new.get(tag.attributes.get("src", "").strip())
        if source is None:
            continue
        for other in tag.others if is_last else ():
            # A browser would take it first.
            parts.append(text[end : other.at])
            end = other.at + len(other.text)
        parts += [text[end : tag.at], _with_source(tag, source, alt, is_last=is_last)]
        end = tag.at + len(tag.text)
    return "".join([*parts, text[end:]])


def _with_source(tag: _Tag, source: str, alt: str | None, *, is_last: bool) -> str:
    name_ends = len("<img")
    pieces, end, seen = [tag.text[:name_ends]], name_ends, set[str]()
    fills_alt = bool(alt) and not tag.attributes.get("alt")
    for found in ATTRIBUTE.finditer(tag.text, name_ends):
        name, start = found[1].lower(), found.start()
        new = found[0]
        if name == "src" and name not in seen:
            new = f'src="{html.escape(source)}"'
        elif (name == "alt" and fills_alt) or (name in OTHER_SIZES and is_last):
            # With the space before it.
            start = len(tag.text[:start].rstrip())
            new = ""
        pieces += [tag.text[end:start], new]
        end = found.end()
        seen.add(name)
    rest = tag.text[end:]
    return "".join(pieces) + (f' alt="{html.escape(alt)}"' if fills_alt and alt else "") + rest


def rendered(text: str) -> str:
    """Markdown as HTML.

    Raises
    ------
    OptionError
        If the package for it is missing.
    """
    try:
        from markdown_it import MarkdownIt
    except ImportError as exc:
        raise needs("markdown-it-py", exc) from exc
    return str(MarkdownIt("commonmark").enable("table").render(text)).rstrip("\n")


def in_markdown(text: str) -> list[str]:
    """The addresses of the pictures in Markdown, each once.

    Examples
    --------
    >>> in_markdown("![A cat](https://a.org/cat.png) and `![no](picture)`")
    ['https://a.org/cat.png']
    """
    return in_html(rendered(text))


def markdown_with_sources(text: str, new: dict[str, str]) -> tuple[str, list[str]]:
    """The same Markdown with other addresses of pictures, and those that cannot be put there.

    Examples
    --------
    >>> markdown_with_sources("![A](x.png) `![A](x.png)`", {"x.png": "y.png"})
    ('![A](y.png) `![A](x.png)`', [])
    """
    wanted = with_sources(rendered(text), new)
    # From behind, so that what was changed moves nothing that is still to come.
    for place in sorted(_places(text), reverse=True):
        if (source := new.get(place.address)) is not None:
            changed = text[: place.start] + source + text[place.end :]
            # Text in code and addresses of links stay as they are.
            if with_sources(rendered(changed), new | {one: one for one in new.values()}) == wanted:
                text = changed
    left = in_markdown(text)
    return text, [address for address in new if address in left]


def _places(text: str) -> Iterator[_Place]:
    from markdown_it import MarkdownIt
    from markdown_it.common.utils import unescapeAll

    for pattern in (INLINE, REFERENCE):
        for match in pattern.finditer(text):
            written, start, end = match[2], match.start(2), match.end(2)
            if written.startswith("<") and written.endswith(">"):
                written, start, end = written[1:-1], start + 1, end - 1
            yield _Place(start, end, MarkdownIt().normalizeLink(unescapeAll(written)))
    for tag in _Pictures(text).tags:
        for match in ATTRIBUTE.finditer(tag.text, len("<img")):
            if match[1].lower() == "src" and match[2]:
                bare = match[2].strip("\"'")
                start = tag.at + match.start(2) + match[2].index(bare)
                yield _Place(start, start + len(bare), tag.attributes["src"].strip())
                break


def file_of(source: str) -> Path | None:
    """The picture of ours that an address names; None for every other one, however it is written.

    Only what was fetched is ever named so: a text from elsewhere must not make us read other files.
    """
    try:
        parts = urlsplit(source)
        if parts.scheme not in {"", "file"} or parts.netloc:
            return None
        path = Path(url2pathname(parts.path) if parts.scheme else unquote(parts.path))
        is_ours = (
            re.fullmatch("[0-9a-f]{64}", path.parent.name)
            and (path.parent.parent / DATABASE).is_file()
            and path.is_file()
            and not (path.is_symlink() or path.parent.is_symlink())
        )
    except (ValueError, OSError):
        return None
    return path if is_ours else None
