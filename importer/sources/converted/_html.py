"""Rewrite the tables of a web page as XLSX: what many programs export as .xls is one."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.core import letter
from importer.sources.converted._xlsx_writer import Cell, XlsxWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selectolax.lexbor import LexborNode

__all__ = ["rewrite_html"]

CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([-\w.:]+)""", re.IGNORECASE)
LOOKED_AT = 1 << 14
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
BLANKS = re.compile(r"[ \t\r\n\f]+")
HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)

BLOCKS = {"p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "address", "section"}
BLOCKS |= {"table", "tr", "caption"}
UNSHOWN = {"script", "style", "template", "select", "textarea", "title", "head", "-comment"}
"""Elements that show no text of the cell."""

EDGE = "\x00"
"""Where a block begins or ends. No page has this character: it is U+FFFD when it is parsed."""

TABLE = "\x00\x00\x00"
"""Where a table stands in a cell, which is a sheet of its own."""

MOST_COLUMNS, MOST_ROWS = 16_384, 1_048_576
WIDEST, TALLEST = 1_000, 65_534
"""What browsers make of cells that span more."""

NAMES_LENGTH = 60
DEEPEST, DEEPEST_TABLES, DEEPEST_MARKUP = 500, 1_000, 5_000
"""Tags inside each other in a cell, tables, and tags that the parser takes, whose time grows with their square."""

TAG = re.compile(
    r"<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)\s*>|<(/?)([a-z][^\s/>]*)(?:[^>]*?(/?)>)?",
    re.IGNORECASE | re.DOTALL,
)
OF_TABLES = {"td", "th", "tr", "thead", "tbody", "tfoot", "caption"}
"""Tags that end what is open in a cell."""

ENDED = {"p", "li", "dt", "dd", "option", "optgroup", "br", "hr", "img", "input", "col", "meta", "link", "area", "wbr"}
"""Tags that need no end."""


@dataclass(slots=True)
class _Grid:
    """Which places of the next rows cells from above take."""

    taken: dict[int, int] = field(default_factory=dict)
    """The last row that the cell in a column reaches."""

    def place(self, row: int, at: int, down: int, across: int) -> int:
        """The first free column from `at` on, which is taken from now on."""
        while self.taken.get(at, 0) >= row:
            at += 1
        for column in range(at, min(at + across, MOST_COLUMNS)):
            self.taken[column] = row + down - 1
        return at


def rewrite_html(path: Path, target: Path) -> None:
    """Write each table as a sheet: texts as they are shown, cells that span others, and hidden rows.

    Raises
    ------
    ValueError
        If the page has no table, or more tags inside each other than any table has.
    """
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    text = _text(path.read_bytes())
    _raise_for_depth(text)
    try:
        tree = LexborHTMLParser(text)
    except SelectolaxError as exc:
        # Whatever a page holds can be parsed, if there is room for it.
        raise MemoryError from exc
    writer = XlsxWriter(target)
    names: set[str] = set()
    for number, table in enumerate(tree.css("table"), start=1):
        rows = [row for row in table.css("tr") if (owner := _owner(row)) is not None and owner.mem_id == table.mem_id]
        if any(row.css_first("td, th") for row in rows):
            _write(writer, _named(table, number, names), rows)
    if not names:
        raise ValueError("it has no table with rows")
    writer.close()


def _raise_for_depth(text: str) -> None:
    """Do nothing unless more tags may be inside each other than can be parsed in time."""
    depth = tables = 0
    for end, name, is_whole in TAG.findall(text):
        tag, step = name.lower(), -1 if end else 1
        if tag == "table":
            depth, tables = 0, max(tables + step, 0)
        elif tag in OF_TABLES:
            depth = 0
        elif tag and not is_whole and tag not in ENDED:
            depth = max(depth + step, 0)
        if tables > DEEPEST_TABLES or depth > DEEPEST_MARKUP:
            raise ValueError(f"it has more than {DEEPEST:,} tags inside each other")


def _write(writer: XlsxWriter, name: str, rows: list[LexborNode]) -> None:
    grid = _Grid()
    if len(rows) > MOST_ROWS:
        raise ValueError(f"{name!r} has {len(rows):,} rows, and a sheet has at most {MOST_ROWS:,}")
    with writer.sheet(name) as sheet:
        for number, row in enumerate(rows, start=1):
            cells, at = [], 0
            for cell in (each for each in row.iter() if each.tag in {"td", "th"}):
                down = min(_count(cell, "rowspan", of=len(rows) - number + 1), TALLEST, len(rows) - number + 1)
                across = min(_count(cell, "colspan", of=1), WIDEST)
                at = grid.place(number, at, down, across)
                if at >= MOST_COLUMNS:
                    raise ValueError(f"row {number:,} of {name!r} has more than {MOST_COLUMNS:,} columns")
                text = _shown(cell)
                if text:
                    cells.append(Cell(at, "s", text))
                    if down * across > 1:
                        last = f"{letter(min(at + across, MOST_COLUMNS) - 1)}{number + down - 1}"
                        sheet.merges.append(f"{letter(at)}{number}:{last}")
                at += across
            if cells:
                sheet.row(number, cells, is_hidden=_is_hidden(row))


def _shown(cell: LexborNode) -> str:
    """The text of a cell, with the line ends that the page shows."""
    text = "".join(_pieces(cell, 0, has_tables=False))
    if TABLE in text and text.strip(" \n\xa0" + EDGE):
        # It is a sheet of its own, but this cell shows it beside its own text.
        text = "".join(_pieces(cell, 0, has_tables=True))
    text = text.replace(TABLE, "")
    # White space is one blank, and none beside a line end; a block begins a line, and ends it.
    text = re.sub(" +", " ", re.sub(f" *{EDGE}[ {EDGE}]*", "\n", text))
    text = re.sub(" ?\n ?", "\n", text).strip(" \n")
    return text if text.strip("\xa0 \n") else ""


def _pieces(node: LexborNode, depth: int, *, has_tables: bool) -> Iterator[str]:
    """The texts of a cell; `TABLE` for each table in it, and its texts too if `has_tables`."""
    if depth > DEEPEST:
        raise ValueError(f"it has more than {DEEPEST} tags inside each other")
    child = node.child
    while child is not None:
        tag = child.tag or ""
        if tag == "-text":
            yield BLANKS.sub(" ", child.text_content or "")
        elif tag == "br":
            yield "\n"
        elif tag in UNSHOWN or tag.startswith(("-", "!")) or _is_hidden(child):
            pass
        elif tag == "table" and not has_tables:
            yield TABLE
        elif tag in BLOCKS:
            yield EDGE
            yield from _pieces(child, depth + 1, has_tables=has_tables)
            yield EDGE
        else:
            yield from _pieces(child, depth + 1, has_tables=has_tables)
            yield " " if tag in {"td", "th"} else ""
        child = child.next


def _is_hidden(node: LexborNode) -> bool:
    given = node.attributes
    return "hidden" in given or HIDDEN.search(given.get("style") or "") is not None


def _owner(node: LexborNode) -> LexborNode | None:
    """The table that a row belongs to."""
    parent = node.parent
    while parent is not None and parent.tag != "table":
        parent = parent.parent
    return parent


def _named(table: LexborNode, number: int, names: set[str]) -> str:
    caption = next((each for each in table.iter() if each.tag == "caption"), None)
    said = "" if caption is None else _shown(caption).replace("\n", " ")
    said = (said or table.attributes.get("id") or "").strip()[:NAMES_LENGTH]
    name = said or f"table {number}"
    while name in names:
        name = f"{name} ({number})"
    names.add(name)
    return name


def _count(cell: LexborNode, name: str, *, of: int) -> int:
    """How many rows or columns a cell spans; 0 stands for all that are left."""
    text = (cell.attributes.get(name) or "1").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - digits of what no page has
        return 1
    return int(text) or of


def _text(data: bytes) -> str:
    """The page as text, in the encoding that it names, or else in UTF-8 or Windows-1252."""
    for mark, code in MARKS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(code)
    found = CHARSET.search(data[:LOOKED_AT])
    named = found[1].decode("ascii", "replace") if found else ""
    for code in (named, "utf-8", "cp1252"):
        try:
            # Browsers take Latin-1 for Windows-1252.
            return data.decode("cp1252" if code.lower() in {"iso-8859-1", "latin1", "us-ascii"} else code or "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    raise ValueError(f"its text is neither {named or 'UTF-8'} nor Windows-1252")
