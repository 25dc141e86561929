"""The second step: the file as it stands, and how it was understood."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.app._parts import Option, button, fields, select, step
from importer.core import letter
from importer.views import say
from importer.views.html import Html, badge, escape, note, scrolling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.app._choices import Choices
    from importer.app._flow import Flow
    from importer.app._opened import Opened
    from importer.engine import Preview
    from importer.sources import Sheet

__all__ = ["Look", "draw", "look"]

TOP_ROWS = 12
"""Rows that are shown as they stand in the file."""

WIDEST = 60
"""Columns that are shown of them."""

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", ":": "colon", " ": "space"}
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "utf-16", "cp437", "mac-roman", "cp1250", "cp1251", "shift_jis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a first look at a file shows.

    Attributes
    ----------
    source
        The file, open.
    first, rows
        Position of the first column that is shown, and the rows: their numbers, and their cells.
    sheets
        Those of a workbook.
    octets
        Size of the file.
    """

    source: Opened
    first: int
    rows: tuple[tuple[int, tuple[str | None, ...]], ...]
    sheets: tuple[Sheet, ...]
    octets: int

    @property
    def letters(self) -> tuple[str, ...]:
        """Spreadsheet names of the columns that are shown."""
        width = max((len(cells) for _, cells in self.rows), default=0)
        return tuple(letter(self.first + position) for position in range(width))


def look(choices: Choices) -> Look:
    """Open the file, and read its top as it stands.

    Raises
    ------
    SourceError
        Where it cannot be read.
    """
    source = choices.opened()
    bare = choices.opened(header_row=0)
    with closing(bare.chunks(TOP_ROWS)) as chunks:
        top = next(chunks, None)
    rows: Any = () if top is None else zip(top.rows, (cells[:WIDEST] for cells in top.frame.rows()), strict=True)
    return Look(
        source=source,
        first=bare.header.first,
        rows=tuple(rows),
        sheets=source.book.sheets,
        octets=choices.path.stat().st_size,
    )


def _listed(choices: Choices) -> tuple[Sheet, ...]:
    from importer.sources.xlsx import list_sheets

    return list_sheets(choices.path)


def draw(flow: Flow) -> Html:
    """The step."""
    if flow.look is None or flow.choices is None:
        return step(flow, "look", summary="", body=(), mark="busy", actions=_mends(flow))
    body = (_choosers(flow.look, flow.choices), _top(flow.look, flow.preview), *_end(flow.choices, flow.preview))
    summary = "" if flow.preview is None else _summary(flow.look, flow.preview)
    return step(flow, "look", summary=summary, body=body, code=flow.code("plan.preview()"))


def _mends(flow: Flow) -> Iterator[Html]:
    """What may be chosen so that the file can be opened."""
    if flow.problem is None or flow.choices is None or flow.problem.step != "look":
        return
    chosen, offers = flow.choices.options, flow.problem.offers
    controls: list[Html] = []
    if "sheet" in offers:
        controls.append(_sheet_chooser(_listed(flow.choices), chosen.get("sheet")))
    if "delimiter" in offers:
        controls.append(_delimiter_chooser(chosen.get("delimiter", "")))
    if "encoding" in offers:
        controls.append(_encoding_chooser(chosen.get("encoding", "")))
    if "header_row" in offers:
        controls.append(button("header_row", say("look.no_header"), value="0"))
    if "last_row" in offers:
        controls.append(button("last_row", say("look.to_the_end"), value=""))
    yield fields(*controls)


def _summary(found: Look, preview: Preview) -> str:
    rows, count = preview.rows_expected, len(preview.columns)
    if rows is None:
        rows = preview.rows.height
    exact = rows < len(found.rows) * 10
    about = "" if exact else say("look.about")
    rounded = rows if exact else round(rows, min(0, 3 - len(str(rows))))
    return say(
        "look.summary",
        opened=preview.read_as,
        rows=about + say("count.rows", n=rounded),
        columns=say("count.columns", n=count),
    )


def _choosers(found: Look, choices: Choices) -> Html:
    controls: list[Html] = []
    if found.sheets:
        controls.append(_sheet_chooser(found.sheets, choices.options.get("sheet") or found.source.book.sheet))
    if (dialect := found.source.book.dialect) is not None:
        controls += [_delimiter_chooser(dialect.delimiter), _encoding_chooser(dialect.encoding)]
    return fields(*controls)


def _sheet_chooser(sheets: Sequence[Sheet], chosen: str | None) -> Html:
    shown = chosen or next((sheet.name for sheet in sheets if sheet.visible), "")
    options = [
        Option(value=sheet.name, text=sheet.name if sheet.visible else say("look.hidden", sheet=sheet.name))
        for sheet in sheets
    ]
    return select("sheet", say("look.sheet"), options, shown)


def _delimiter_chooser(chosen: str) -> Html:
    """The mark as it is, or none yet."""
    options = [
        Option(value=mark, text=DELIMITERS.get(mark, repr(mark) if mark else "")) for mark in {chosen: "", **DELIMITERS}
    ]
    return select("delimiter", say("look.delimiter"), options, chosen)


def _encoding_chooser(chosen: str) -> Html:
    options = [Option(value=name, text=name) for name in dict.fromkeys((chosen, *ENCODINGS))]
    return select("encoding", say("look.encoding"), options, chosen)


def _top(found: Look, preview: Preview | None) -> Html:
    """The first rows, each with a button that makes it the header."""
    columns = () if preview is None else preview.columns
    types = {column.letter: column.dtype for column in columns if column.letter is not None}
    heads = "".join(
        f'<th scope="col"><small>{escape(name)}</small>{badge(types[name] or say("look.left_out"), "busy")}</th>'
        if name in types
        else f'<th scope="col"><small>{escape(name)}</small></th>'
        for name in found.letters
    )
    rows = "".join(_rows(found))
    drawn = Html(
        f'<table class="im-table im-top"><caption>{escape(say("look.caption"))}</caption>'
        f'<thead><tr><th scope="col">{escape(say("look.row"))}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    return Html(f"{scrolling(drawn, say('look.caption'))}{note(say('look.header_hint'))}")


def _end(choices: Choices, preview: Preview | None) -> Iterator[Html]:
    """Where the table ends, unless that is the end of the sheet and nothing looks odd there."""
    if (last := choices.options.get("last_row")) is not None:
        yield Html(f"{note(say('look.ends', row=last))}{button('last_row', say('look.to_the_end'), value='')}")
    elif preview is not None and (tail := preview.footer) is not None:
        key = "look.tail_row" if tail.first == tail.last else "look.tail"
        sentence = say(key, first=tail.first, last=tail.last, cells=tail.cells, columns=tail.columns)
        offer = button("last_row", say("look.leave_out", row=tail.above), value=str(tail.above))
        yield Html(f"{note(sentence, 'warn')}{offer}")


def _rows(found: Look) -> Iterator[str]:
    header = found.source.header.row
    width = len(found.letters)
    for number, cells in found.rows:
        is_header = number == header
        kind = "im-heading" if is_header else "im-above" if number < header else ""
        title = say("look.is_header" if is_header else "look.make_header", row=number)
        tag = "th" if is_header else "td"
        texts = "".join(
            f'<{tag} class="{"im-null" if cell is None else ""}">{escape((cell or "")[:80])}</{tag}>'
            for cell in (*cells, *[None] * (width - len(cells)))
        )
        yield (
            f'<tr class="{kind}"><th scope="row"><button type="button" class="im-rownumber" data-ask="header_row" '
            f'value="{number}" aria-pressed="{str(is_header).lower()}" title="{escape(title)}">{number}</button></th>'
            f"{texts}</tr>"
        )
