"""The second step: the file as it stands, and how it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._messages import offers_of
from importer.app.views._controls import Option, button, fields, select, step
from importer.app.views._questions import draw_notes
from importer.views import rounded, say
from importer.views.html import Html, badge, escape, note, scrolling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.app._model import Model
    from importer.app.choices import Choices
    from importer.app.effects import FirstLook
    from importer.engine import Preview
    from importer.sources import Sheet

__all__ = ["draw"]

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", ":": "colon", " ": "space", "\x1f": "none"}
"""Delimiters to choose from, and the names of their words."""

ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "utf-16", "cp437", "mac-roman", "cp1250", "cp1251", "shift_jis")


def draw(model: Model) -> Html:
    """The step."""
    shown, choices = model.shown, model.choices
    if shown is None or choices is None:
        return step(model, "preview", summary="", body=(), mark="busy", actions=_fixes(model))
    look, preview = shown.look, shown.draft.preview
    body = (
        _choosers(look, choices),
        *(() if preview is None else draw_notes(model, preview.notes)),
        *_merged(choices),
        _top(look, preview),
        *_end(choices),
    )
    summary = "" if preview is None else _summary(look, preview)
    return step(model, "preview", summary=summary, body=body)


def _fixes(model: Model) -> Iterator[Html]:
    """Controls that may make the file readable."""
    if model.problem is None or model.choices is None or model.problem.step != "preview":
        return
    chosen, offers = model.choices.options, offers_of(model.problem.error)
    controls: list[Html] = []
    if model.problem.sheets:
        controls.append(_sheet_chooser(model.problem.sheets, chosen.get("sheet")))
    if "delimiter" in offers:
        controls.append(_delimiter_chooser(chosen.get("delimiter", "")))
    if "encoding" in offers:
        controls.append(_encoding_chooser(chosen.get("encoding", "")))
    if "header_row" in offers:
        controls.append(button("header_row", say("preview.has_no_header"), value="0"))
    if "last_row" in offers:
        controls.append(button("last_row", say("preview.to_the_end"), value=""))
    yield fields(*controls)


def _summary(look: FirstLook, preview: Preview) -> str:
    rows, count = preview.rows_expected, len(preview.columns)
    if rows is None:
        rows = preview.rows.height
    exact = rows < len(look.rows) * 10
    about = "" if exact else say("preview.roughly")
    return say(
        "preview.summary",
        read_as=preview.read_as,
        rows=about + say("count.rows", n=rows if exact else rounded(rows)),
        columns=say("count.columns", n=count),
    )


def _choosers(look: FirstLook, choices: Choices) -> Html:
    controls: list[Html] = []
    if look.sheets:
        controls.append(_sheet_chooser(look.sheets, choices.options.get("sheet") or look.reading.source.book.sheet))
    if (dialect := look.reading.source.book.dialect) is not None:
        controls += [_delimiter_chooser(dialect.delimiter), _encoding_chooser(dialect.encoding)]
    return fields(*controls)


def _sheet_chooser(sheets: Sequence[Sheet], chosen: str | None) -> Html:
    shown = chosen or next((sheet.name for sheet in sheets if sheet.visible), "")
    options = [Option(value=sheet.name, text=_sheet(sheet)) for sheet in sheets]
    return select("sheet", say("preview.sheet"), options, shown)


def _sheet(sheet: Sheet) -> str:
    """The sheet with its rows and columns, as far as they are known."""
    name = sheet.name if sheet.visible else say("preview.hidden", sheet=sheet.name)
    if not sheet.rows:
        return name if sheet.rows is None else say("preview.sheet_empty", sheet=name)
    about = "" if sheet.is_exact else say("preview.roughly")
    rows = about + say("count.rows", n=sheet.rows if sheet.is_exact else rounded(sheet.rows))
    return say("preview.sheet_of", sheet=name, rows=rows, columns=say("count.columns", n=sheet.columns or 0))


def _delimiter_chooser(chosen: str) -> Html:
    """The current delimiter, which may be unknown."""
    names = {mark: say(f"delimiter.{name}") for mark, name in DELIMITERS.items()}
    shown = {chosen: repr(chosen) if chosen else "", **names}
    options = [Option(value=mark, text=text) for mark, text in shown.items()]
    return select("delimiter", say("preview.delimiter"), options, chosen)


def _encoding_chooser(chosen: str) -> Html:
    options = [Option(value=name, text=name) for name in dict.fromkeys((chosen, *ENCODINGS))]
    return select("encoding", say("preview.encoding"), options, chosen)


def _top(look: FirstLook, preview: Preview | None) -> Html:
    """The top rows, each with a button that makes it the header."""
    columns = () if preview is None else preview.columns
    types = {column.letter: column.dtype for column in columns if column.letter is not None}
    heads = "".join(
        f'<th scope="col"><small>{escape(name)}</small>{badge(types[name] or say("preview.not_imported"), "busy")}</th>'
        if name in types
        else f'<th scope="col"><small>{escape(name)}</small></th>'
        for name in look.letters
    )
    rows = "".join(_rows(look))
    drawn = Html(
        f'<table class="im-table im-top"><caption>{escape(say("preview.caption"))}</caption>'
        f'<thead><tr><th scope="col">{escape(say("preview.row"))}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    return Html(f"{scrolling(drawn, say('preview.caption'))}{note(say('preview.header_hint'))}")


def _merged(choices: Choices) -> Iterator[Html]:
    """That merged cells are filled."""
    if choices.options.get("merged") == "fill":
        yield Html(f"{note(say('preview.filled'))}{button('merged', say('preview.keep'), value='keep')}")


def _end(choices: Choices) -> Iterator[Html]:
    """Where the table ends, if the user has said so."""
    if (last := choices.options.get("last_row")) is not None:
        yield Html(f"{note(say('preview.ends', row=last))}{button('last_row', say('preview.to_the_end'), value='')}")


def _rows(look: FirstLook) -> Iterator[str]:
    header = look.reading.header.row
    width = len(look.letters)
    for number, cells in look.rows:
        is_header = number == header
        kind = "im-heading" if is_header else "im-above" if number < header else ""
        title = say("preview.is_header" if is_header else "preview.make_header", row=number)
        tag = "th" if is_header else "td"
        texts = "".join(
            f'<{tag} class="{"im-null" if cell is None else ""}">{escape((cell or "")[:80])}</{tag}>'
            for cell in (*cells, *[None] * (width - len(cells)))
        )
        yield (
            f'<tr class="{kind}"><th scope="row"><button type="button" class="im-rownumber" data-action="header_row" '
            f'value="{number}" aria-pressed="{str(is_header).lower()}" title="{escape(title)}">{number}</button></th>'
            f"{texts}</tr>"
        )
