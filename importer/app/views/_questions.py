"""What is in doubt about a file, with answers beside it: `draw_notes`; after an import `draw_told`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.app._messages import worded
from importer.app.choices import UNNAMED, answers_of, asked_of
from importer.app.views._controls import button, text
from importer.errors import Fix, Message, Note, visible
from importer.views import catalogue, mark_of, say
from importer.views.html import Html, note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.app._model import Model

__all__ = ["draw_notes", "draw_told"]

MARKS = {".": "point", ",": "comma"}


def draw_notes(model: Model, notes: Iterable[str]) -> Iterator[Html]:
    """Each note; with buttons if there is something to answer."""
    waiting = {asked_of(each) for each in model.questions}
    for each in notes:
        if isinstance(each, Note) and each.code == UNNAMED:
            yield from _unnamed(model, each, is_open=asked_of(each) in waiting)
            continue
        answers = answers_of(each)
        if not isinstance(each, Note) or not answers:
            yield note(worded(each), mark_of(each))
            continue
        is_open = asked_of(each) in waiting
        of = json.dumps(asked_of(each))
        keys = [button("answer", _words(fix), of=of, value=fix.as_python()) for fix in answers]
        if is_open:
            keys.append(button("answer", say("answer.keep"), of=of))
        said = note(visible(each.sentence), "warn" if is_open else "quiet")
        yield Html(f'<div class="im-question" role="group">{said}<span class="im-keys">{"".join(keys)}</span></div>')


def draw_told(model: Model, notes: Iterable[str], about: str) -> Iterator[Html]:
    """Notes about an import that is over: a question while another answer may be given, and else what was found.

    Parameters
    ----------
    about
        What an answer does then.
    """
    waiting = {asked_of(each) for each in model.questions}
    is_said = False
    for each in notes:
        answers = answers_of(each)
        if not isinstance(each, Note) or not answers or asked_of(each) not in waiting:
            yield note(_fact(each), mark_of(each))
            continue
        of = json.dumps(asked_of(each))
        keys = [button("answer_anew", _words(fix), of=of, value=fix.as_python()) for fix in answers]
        keys.append(button("answer", say("answer.keep"), of=of))
        more = "" if is_said else note(about, "quiet")
        is_said = True
        yield Html(
            f'<div class="im-question" role="group">{note(visible(each.sentence), "warn")}'
            f'<span class="im-keys">{"".join(keys)}</span>{more}</div>'
        )


def _fact(told: str) -> str:
    """What was found; an option that could have been given before is no help now."""
    if not isinstance(told, Message):
        return worded(told)
    return worded(Message(told.sentence, [fix for fix in told.fixes if not isinstance(fix, Fix)]))


def _unnamed(model: Model, each: Note, *, is_open: bool) -> Iterator[Html]:
    """A column without a name: a field for one, and what else can be done."""
    target = None if model.shown is None else model.shown.draft.target
    found = None if target is None else next((one for one in target.matches if one.label == each.column), None)
    if found is None or not is_open:
        return
    name = say("preview.name_of", column=found.column)
    field = text("name_it", name, "", of=found.column, hint=say("preview.name_hint"), bare=True)
    keys = [
        field,
        button("from", say("columns.leave_out"), of=found.column),
        button("answer", say("answer.keep_name", name=found.column), of=json.dumps(asked_of(each))),
    ]
    said = note(visible(each.sentence), "warn")
    yield Html(f'<div class="im-question" role="group">{said}<span class="im-keys">{"".join(keys)}</span></div>')


def _words(fix: Fix) -> str:
    """The label of a button that gives an option."""
    names = [f"{fix.option}_{fix.value}", fix.option]
    value = fix.value
    if fix.option == "metadata" and isinstance(fix.value, dict):
        [(name, value)] = list(fix.value.items())[:1]
        names = [f"{name}_{MARKS.get(str(value), value)}", name]
    if fix.option == "types" and isinstance(fix.value, dict):
        [kind] = fix.value.values()
        value = say(f"kind.{kind.lower()}")
    known = next((name for name in names if name in catalogue()["answer"]), "other")
    shown = say("answer.space") if value == " " else say("answer.tab") if value == "\t" else value
    if isinstance(shown, list | tuple):
        shown = ", ".join(map(str, shown))
    return say(f"answer.{known}", value=shown, option=fix.option)
