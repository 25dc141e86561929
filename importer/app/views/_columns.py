"""The third step: the meaning of every column, and where the rows go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._model import Checking
from importer.app.views._column_table import draw_table
from importer.app.views._controls import button, step
from importer.app.views._target import draw_target, tells_problem
from importer.sinks import label_of
from importer.views import say
from importer.views.html import Html, escape, note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.app._model import Looked, Model
    from importer.app.choices import Choices, Target
    from importer.views.html import Mark

__all__ = ["draw"]


def draw(model: Model) -> Html:
    """The step."""
    choices, looked = model.choices, model.shown
    if choices is None:
        return step(model, "columns", summary="", body=())
    target, is_told = None if looked is None else looked.draft.target, tells_problem(model)
    if looked is None or target is None:
        memory = [] if looked is None else [*_memory(looked, choices)]
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
    matched = sum(found.is_filled for found in target.matches)
    into = label_of(choices.into)
    mark: Mark = "good" if model.checked is not None or isinstance(model.phase, Checking) else "busy"
    return step(
        model,
        "columns",
        summary=say("columns.summary", matched=matched, columns=len(target.matches), into=into, table=choices.table),
        body=_body(model, looked, target, choices),
        mark=mark,
        is_told=is_told,
    )


def _body(model: Model, looked: Looked, target: Target, choices: Choices) -> Iterator[Html]:
    """What was chosen before, where the rows go, and what fills each column."""
    yield from _memory(looked, choices)
    yield draw_target(model, choices, target)
    yield draw_table(looked, target, choices, find=model.find, most=model.lines)
    yield from _left_out(looked, choices)


def _memory(looked: Looked, choices: Choices) -> Iterator[Html]:
    """The choices for a file with the same headers, to apply or to take back."""
    if looked.damaged is not None:
        yield note(say("columns.memory_damaged", file=looked.damaged), "warn")
    if looked.memory is not None and looked.taken is None:
        way = "take" if looked.before is None else "back"
        said = note(say(f"columns.memory_to_{way}", what=looked.memory.words(looked.before or choices)), "busy")
        yield Html(f'<div class="im-picks">{said}{button("memory", say(f"columns.memory_{way}"), value=way)}</div>')


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
