"""The third step: the meaning of every column, and where the rows go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._messages import worded
from importer.app._model import Checking
from importer.app.choices import FORMATS, KINDS, ColumnChoice
from importer.app.views._controls import Option, button, check_box, select, step, text
from importer.app.views._target import draw_target, tells_problem
from importer.sinks import label_of
from importer.views import say
from importer.views.html import Html, badge, escape, note, scrolling

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dataframely as dy

    from importer.app._model import Looked, Model
    from importer.app.choices import Choices, Target
    from importer.schema import Match
    from importer.views.html import Mark

__all__ = ["draw"]

HEADS = ("key", "column", "from", "columns", "type", "required", "values", "why")


def draw(model: Model) -> Html:
    """The step."""
    choices, looked = model.choices, model.shown
    if choices is None:
        return step(model, "columns", summary="", body=())
    target, is_told = None if looked is None else looked.draft.target, tells_problem(model)
    memory = [] if looked is None else [*_memory(looked, choices)]
    if looked is None or target is None:
        is_away = model.problem is not None and model.problem.may_pass
        actions = [] if is_away else [button("reset", say("columns.reset"))]
        return step(
            model,
            "columns",
            summary="",
            body=[*memory, draw_target(model, choices, None)],
            actions=actions,
            is_told=is_told,
        )
    matched = sum(found.label is not None for found in target.matches)
    into = label_of(choices.into)
    mark: Mark = "good" if model.checked is not None or isinstance(model.phase, Checking) else "busy"
    return step(
        model,
        "columns",
        summary=say("columns.summary", matched=matched, columns=len(target.matches), into=into, table=choices.table),
        body=(
            *memory,
            draw_target(model, choices, target),
            _table(looked, target, choices),
            *_left_out(looked, choices),
        ),
        mark=mark,
        is_told=is_told,
    )


def _memory(looked: Looked, choices: Choices) -> Iterator[Html]:
    """The choices for a file with the same headers, to apply or to take back."""
    if looked.damaged is not None:
        yield note(say("columns.memory_damaged", file=looked.damaged), "warn")
    if looked.memory is not None:
        way = "take" if looked.before is None else "back"
        said = note(say(f"columns.memory_to_{way}", what=looked.memory.words(looked.before or choices)), "busy")
        yield Html(f'<div class="im-picks">{said}{button("memory", say(f"columns.memory_{way}"), value=way)}</div>')


def _table(looked: Looked, target: Target, choices: Choices) -> Html:
    heads = "".join(f'<th scope="col">{escape(say(f"columns.{name}"))}</th>' for name in HEADS)
    lines = "".join(_line(looked, target, choices, found) for found in target.matches)
    drawn = Html(f'<table class="im-table im-match"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>')
    return scrolling(drawn, say("columns.label"))


def _line(looked: Looked, target: Target, choices: Choices, found: Match) -> Html:
    name, column = found.column, target.schema.columns()[found.column]
    key = target.key_of(choices)
    is_mine = looked.draft.inference is not None
    need = say("columns.required_of", column=name)
    wanted = choices.columns.get(name, ColumnChoice()).is_required
    is_left = target.is_there and name not in target.written
    is_required = not is_left and (name in key or (not column.nullable if wanted is None else wanted))
    required = (
        check_box("required", need, of=name, is_on=is_required, off=name in key)
        if is_mine
        else escape(say("columns.yes" if is_required else "columns.no"))
    )
    values = "" if found.label is None else ", ".join(looked.look.samples.get(found.label, ()))
    why, is_doubtful = _why(looked, target, found)
    mark = "im-warn" if is_doubtful else "im-quiet" if found.label is None else ""
    score = "" if found.label is None else say("columns.score", score=round(found.score))
    # Corrected rows keep the key of the import that they belong to.
    is_fixed = choices.corrects is not None
    marks = check_box("key", say("columns.key_of", column=name), of=name, is_on=name in key, off=is_fixed)
    return Html(
        f"<tr><td>{marks}</td>"
        f'<th scope="row">{escape(name)}</th><td>{_from(looked, target, found)}</td>'
        f'<td class="im-number">{escape(score)}</td>'
        f'<td class="im-kinds">{_kind(looked, target, choices, name, column)}</td>'
        f'<td>{required}</td><td class="im-values">{escape(values)}</td>'
        f'<td class="im-long {mark}">{escape(why)}</td></tr>'
    )


def _from(looked: Looked, target: Target, found: Match) -> Html:
    """Which header fills the column; a header fills one column at most."""
    header, name = looked.look.reading.header, say("columns.from_of", column=found.column)
    is_mine = looked.draft.inference is not None
    labels = [found.label] if is_mine and found.label is not None else list(header.labels)
    options = [Option(value=label, text=f"{header.letter(label)} {label}") for label in labels]
    if is_mine or target.is_there or found.label is None:
        options.append(Option(value="", text=say("columns.leave_out" if is_mine else "columns.nothing")))
    return select("from", name, options, found.label or "", of=found.column, bare=True)


def _kind(looked: Looked, target: Target, choices: Choices, name: str, column: dy.Column) -> Html:
    """The type, and how its cells are written if there is more than one way."""
    choice = choices.columns.get(name, ColumnChoice())
    kind = choice.kind or type(column).__name__
    if looked.draft.inference is not None:
        kinds = [Option(value=one, text=one) for one in dict.fromkeys((kind, *KINDS))]
        drawn = select("kind", say("columns.type_of", column=name), kinds, kind, of=name, bare=True)
    else:
        drawn = badge(str(column.dtype), "busy")
    ways = FORMATS.get("Float64" if column.dtype.is_decimal() else kind)
    if ways is None or not (looked.draft.inference is not None or target.is_there):
        return drawn
    is_own = "formats" in choice.hints
    chosen = "own" if is_own else next((way for way, known in ways.items() if known == choice.hints), "")
    options = [Option(value=way, text=say(f"columns.format_{way or 'auto'}")) for way in ("", *ways)]
    drawn = Html(drawn + select("format", say("columns.format_of", column=name), options, chosen, of=name, bare=True))
    if not is_own:
        return drawn
    hint, label = say("columns.format_hint"), say("columns.own_format_of", column=name)
    return Html(drawn + text("own_format", label, " | ".join(choice.hints["formats"]), hint=hint, of=name, bare=True))


def _why(looked: Looked, target: Target, found: Match) -> tuple[str, bool]:
    """The reason for the match, and whether it is in doubt."""
    if looked.draft.inference is not None:
        guess = next(guess for guess in looked.draft.inference.guesses if guess.name == found.column)
        return worded(guess.doubt or guess.why), guess.doubt is not None
    if found.column in target.missing:
        return say("columns.needed"), True
    way = "kept" if found.label is None and target.is_there else found.how
    return say(f"columns.how_{way}"), found.how == "likeness"


def _left_out(looked: Looked, choices: Choices) -> Iterator[Html]:
    """Columns of the file that are not imported; the user can take back those that were left out here."""
    if looked.draft.inference is not None:
        names = [name for name, choice in choices.columns.items() if choice.is_left_out]
        if names:
            backs = "".join(
                button("from", say("columns.take_back", column=name), value=name, of=name) for name in names
            )
            yield Html(f'<div class="im-picks"><span>{escape(say("columns.left_out"))}</span>{backs}</div>')
    elif looked.draft.target is not None:
        taken = {found.label for found in looked.draft.target.matches}
        labels = [label for label in looked.look.reading.header.labels if label not in taken]
        if labels:
            yield note(f"{say('columns.left_out')} {', '.join(labels)}", "warn")
