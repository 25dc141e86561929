"""The second step: the file as it stands, and how it is read."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING

from importer.app._messages import offers_of, sentence_of
from importer.app.views._controls import Option, button, fields, secret, select, step, text
from importer.app.views._kinds import kind_badge
from importer.app.views._plans import draw_plans
from importer.app.views._questions import draw_notes
from importer.errors import OptionError
from importer.schema import schema_columns
from importer.sources.many import ALL_SHEETS
from importer.views import rounded, say
from importer.views.html import Html, badge, escape, note, scrolling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import polars as pl

    from importer.app._model import Draft, Looked, Model
    from importer.app.choices import Choices
    from importer.app.effects import FirstLook, OddRow
    from importer.engine import Preview
    from importer.sources import Sheet

__all__ = ["draw"]

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", ":": "colon", " ": "space", ", ": "comma_space"}
DELIMITERS |= {"#": "hash", "\x1f": "none"}
"""Delimiters to choose from, and the names of their words."""

NUMBER = "im-number"
"""Style of what is aligned at the right."""

ROWS = ("rows", "leave_out")
"""Options that say which rows below the header are imported."""

OUT, ASKED = "im-out", "im-asked"
"""Styles of rows that are left out, and of those of which a question asks."""

MOST_ODD = 6
"""Such rows that are shown below the first rows."""

ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "utf-16", "cp437", "mac-roman", "cp1250", "cp1251", "shift_jis")


def draw(model: Model) -> Html:
    """The step."""
    shown, choices = model.shown, model.choices
    if shown is None or choices is None:
        return step(model, "preview", summary="", body=(), mark="busy", actions=_fixes(model))
    preview = shown.draft.preview
    summary = "" if preview is None else _summary(shown.look, preview)
    is_told = any(_wrongly_typed(model, name) is not None for name in ROWS)
    return step(model, "preview", summary=summary, body=_body(model, shown, choices), is_told=is_told)


def _body(model: Model, shown: Looked, choices: Choices) -> Iterator[Html]:
    """How the file is read, what is to be known about it, and its top."""
    look, preview = shown.look, shown.draft.preview
    yield from draw_plans(model, shown, choices)
    yield _choosers(model, look, choices)
    if preview is not None:
        yield from draw_notes(model, preview.notes)
    yield from _merged(choices)
    yield _top(look, shown.draft, {note.code for note in model.questions})
    yield from _end(choices)


def _fixes(model: Model) -> Iterator[Html]:
    """Controls that may make the file readable."""
    if model.problem is None or model.choices is None or model.problem.step != "preview":
        return
    chosen, offers = model.choices.options, offers_of(model.problem.error)
    controls: list[Html] = []
    if model.problem.sheets:
        controls.append(_sheet_chooser(model.problem.sheets, chosen.get("sheet")))
    if "password" in offers:
        controls.append(secret("unlock", say("preview.password"), hint=say("preview.password_hint")))
    if "delimiter" in offers:
        controls.append(_delimiter_chooser(chosen.get("delimiter", "")))
    if "encoding" in offers:
        controls.append(_encoding_chooser(chosen.get("encoding", "")))
    if "header_row" in offers:
        controls.append(button("header_row", say("preview.has_no_header"), value="0"))
    if "last_row" in offers:
        controls.append(button("last_row", say("preview.to_the_end"), value=""))
    controls += [_rows_field(model, name) for name in ROWS if name in offers]
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


def _choosers(model: Model, look: FirstLook, choices: Choices) -> Html:
    controls: list[Html] = []
    if look.sheets:
        controls.append(_sheet_chooser(look.sheets, choices.options.get("sheet") or look.reading.source.book.sheet))
    if (dialect := look.reading.source.book.dialect) is not None:
        controls += [_delimiter_chooser(dialect.delimiter), _encoding_chooser(dialect.encoding)]
    return fields(*controls, *(_rows_field(model, name) for name in ROWS))


def _rows_field(model: Model, name: str) -> Html:
    """Rows to import or to leave out: as chosen, or what was typed last and is none."""
    chosen = None if model.choices is None else model.choices.options.get(name)
    shown = chosen or "" if name == "rows" else say("preview.no_rows") if chosen == () else ", ".join(chosen or ())
    label, hint, wrong = say(f"preview.{name}_field"), say(f"preview.{name}_hint"), _wrongly_typed(model, name)
    shown = shown if wrong is None else str(wrong.facts["value"])
    told = "" if wrong is None else f'<div role="alert">{note(sentence_of(wrong), "bad")}</div>'
    field = text(name, label, shown, hint=hint, is_wrong=wrong is not None)
    # It is in the same place in any case, so that who types in it stays there.
    return Html(f'<div class="im-field">{field}{told}</div>')


def _wrongly_typed(model: Model, name: str) -> OptionError | None:
    """Why the option cannot have what was typed."""
    error = None if model.problem is None else model.problem.error
    return error if isinstance(error, OptionError) and error.facts.get("option") == name else None


def _sheet_chooser(sheets: Sequence[Sheet], chosen: str | None) -> Html:
    shown = chosen or next((sheet.name for sheet in sheets if sheet.visible), "")
    options = [Option(value=sheet.name, text=_sheet(sheet)) for sheet in sheets]
    # Sheets of as many columns may be one table; a sheet of this name is that sheet.
    widths = Counter(sheet.columns for sheet in sheets if sheet.visible and sheet.rows != 0)
    alike = max(widths.values(), default=0)
    if (alike > 1 or chosen == ALL_SHEETS) and not any(sheet.name.casefold() == ALL_SHEETS for sheet in sheets):
        options.append(Option(value=ALL_SHEETS, text=say("preview.all_sheets", n=alike)))
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


def _top(look: FirstLook, draft: Draft, asked: Collection[str]) -> Html:
    """The top rows, each with a button that makes it the header, and below them what may be no data."""
    types = _types(draft)
    heads = "".join(_head(name, types) for name in look.letters)
    rows = "".join([*_rows(look, types, draft.misfits, asked), *_odd(look, types, asked)])
    drawn = Html(
        f'<table class="im-table im-top"><caption>{escape(say("preview.caption"))}</caption>'
        f'<thead><tr><th scope="col">{escape(say("preview.row"))}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    wrong = [*_misfits(look, draft.misfits)]
    told = note(say("preview.misfits", n=len(wrong), example=wrong[0]), "warn") if wrong else ""
    hints = [
        say("preview.header_hint"),
        *([say("preview.out_hint")] if f'class="{OUT}"' in rows else []),
        *([say("preview.asked_hint")] if f'class="{ASKED}"' in rows else []),
    ]
    return Html(f"{scrolling(drawn, say('preview.caption'))}{told}{note(' '.join(hints))}")


def _types(draft: Draft) -> dict[str, pl.DataType | None]:
    """Type of each column of the file by its letter, None of one that is not imported."""
    columns = {} if draft.target is None else schema_columns(draft.target.schema)
    shown = () if draft.preview is None else draft.preview.columns
    dtypes = {name: column.dtype for name, column in columns.items()}
    return {one.letter: dtypes.get(one.column or "") for one in shown if one.letter is not None}


def _head(letter: str, types: Mapping[str, pl.DataType | None]) -> str:
    dtype = types.get(letter)
    kind = f' class="{NUMBER}"' if dtype is not None and dtype.is_numeric() else ""
    away = badge(say("preview.not_imported")) if letter in types else ""
    mark = away if dtype is None else kind_badge(dtype)
    return f'<th scope="col"{kind}><small>{escape(letter)}</small>{mark}</th>'


def _misfits(look: FirstLook, misfits: Mapping[tuple[int, str], str]) -> Iterator[str]:
    """The cells that are marked, in the order in which they are read."""
    letters = look.letters
    places = [(row, letter) for row, _ in look.rows for letter in letters]
    for row, letter in places:
        if (row, letter) in misfits:
            yield say("preview.misfit", letter=letter, row=str(row), why=misfits[row, letter])


def _merged(choices: Choices) -> Iterator[Html]:
    """That merged cells are filled."""
    if choices.options.get("merged") == "fill":
        yield Html(f"{note(say('preview.filled'))}{button('merged', say('preview.keep'), value='keep')}")


def _end(choices: Choices) -> Iterator[Html]:
    """Where the table ends, if the user has said so."""
    if (last := choices.options.get("last_row")) is not None:
        yield Html(f"{note(say('preview.ends', row=last))}{button('last_row', say('preview.to_the_end'), value='')}")


def _rows(
    look: FirstLook,
    types: Mapping[str, pl.DataType | None],
    misfits: Mapping[tuple[int, str], str],
    asked: Collection[str],
) -> Iterator[str]:
    right, last, letters = _right(types), look.reading.header.row, look.letters
    header = {number for number, _ in look.reading.header.lines} or {last}
    odd = {row.number: row for row in look.odd}
    for number, cells in look.rows:
        is_header = number in header
        below = OUT if number in look.unwanted else _kind(odd.get(number), asked)
        kind = "im-heading" if is_header else "im-above" if number < last else below
        title = say("preview.is_header" if is_header else "preview.make_header", row=number)
        tag = "th" if is_header else "td"
        texts = "".join(
            _cell(
                tag,
                cell,
                is_right=letter in right and number >= min(header),
                is_out=kind == OUT,
                why=misfits.get((number, letter)),
            )
            for letter, cell in zip_longest(letters, cells)
        )
        choose = (
            '<button type="button" class="im-rownumber" data-action="header_row" data-shift="join_header" '
            f'value="{number}" aria-pressed="{str(is_header).lower()}" title="{escape(title)}">{number}</button>'
        )
        shown = str(number) if look.reading.source.book.names_columns else choose
        yield f'<tr class="{kind}"><th scope="row">{shown}</th>{texts}</tr>'


def _odd(look: FirstLook, types: Mapping[str, pl.DataType | None], asked: Collection[str]) -> Iterator[str]:
    """Rows farther below that are left out, or of which a question asks."""
    top, right = {number for number, _ in look.rows}, _right(types)
    rows = [row for row in look.odd if row.number not in top and _kind(row, asked)]
    last = max(top, default=0)
    for row in rows[:MOST_ODD]:
        if row.number > last + 1:
            yield f'<tr class="im-gap"><td colspan="{len(look.letters) + 1}">⋮</td></tr>'
        last = row.number
        texts = "".join(
            _cell("td", cell, is_right=letter in right, is_out=row.is_left_out)
            for letter, cell in zip_longest(look.letters, row.cells[: len(look.letters)])
        )
        number = f'<span class="im-rownumber">{row.number}</span>'
        yield f'<tr class="{_kind(row, asked)}"><th scope="row">{number}</th>{texts}</tr>'
    if len(rows) > MOST_ODD:
        more = say("preview.more_odd", n=len(rows) - MOST_ODD)
        yield f'<tr class="im-gap"><td colspan="{len(look.letters) + 1}">{escape(more)}</td></tr>'


def _kind(row: OddRow | None, asked: Collection[str]) -> str:
    """The style of a row that is left out, or of which a question asks."""
    if row is None:
        return ""
    return OUT if row.is_left_out else ASKED if row.code in asked else ""


def _right(types: Mapping[str, pl.DataType | None]) -> set[str]:
    """Letters of the columns of numbers."""
    return {letter for letter, dtype in types.items() if dtype is not None and dtype.is_numeric()}


def _cell(tag: str, cell: str | None, *, is_right: bool, is_out: bool = False, why: str | None = None) -> str:
    """One cell of the file; one that does not fit says why, one that is left out is struck out."""
    kinds = [
        *(["im-null"] if cell is None else []),
        *([NUMBER] if is_right else []),
        *(["im-bad"] if why is not None else []),
    ]
    more = "" if why is None else f' title="{escape(why)}"'
    text = escape((cell or "")[:80])
    shown = f"<del>{text}</del>" if is_out and text else text
    return f'<{tag} class="{" ".join(kinds)}"{more}>{shown}</{tag}>'
