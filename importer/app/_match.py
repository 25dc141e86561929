"""The third step: what becomes of every column, and where the rows go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._columns import FORMATS, KINDS, ColumnChoice
from importer.app._parts import Option, button, check_box, fields, select, step, text
from importer.core import masked
from importer.engine import SAMPLE_ROWS
from importer.views import for_mouse, say
from importer.views.html import Html, badge, escape, note, scrolling

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dataframely as dy

    from importer.app._choices import Choices
    from importer.app._flow import Flow
    from importer.app._opened import Opened
    from importer.app._target import Target
    from importer.schema import Match
    from importer.views.html import Mark

__all__ = ["draw", "key_of"]

SAMPLES, SAMPLE_LENGTH = 3, 24
"""Values of a column that are shown, and the characters of each."""

HEADS = ("key", "column", "from", "match", "type", "required", "values", "why")


def draw(flow: Flow) -> Html:
    """The step."""
    target, choices = flow.target, flow.choices
    if choices is None:
        return step(flow, "match", summary="", body=())
    if target is None or flow.look is None:
        is_away = flow.problem is not None and flow.problem.may_pass
        actions = [] if is_away else [button("reset", say("match.reset"))]
        return step(flow, "match", summary="", body=[*_memory(flow, choices), _place(choices, None)], actions=actions)
    matched = sum(found.label is not None for found in target.matches)
    into = masked(getattr(choices.into, "label", choices.into))
    summary = say("match.summary", matched=matched, columns=len(target.matches), into=into, table=choices.table)
    is_off = flow.plan is None or flow.is_locked or flow.busy is not None
    ready = button("check", say("check.start"), is_main=True, off=is_off)
    actions = [ready] if flow.known is None else []
    mark: Mark = "busy" if flow.check is None else "good"
    body = (
        *_memory(flow, choices),
        _place(choices, target),
        _table(flow, flow.look.source, target, choices),
        *_left_out(flow, choices),
    )
    return step(flow, "match", summary=summary, body=body, mark=mark, code=flow.code("plan.check()"), actions=actions)


def key_of(target: Target, choices: Choices) -> tuple[str, ...]:
    """Columns of the table that name a row: as chosen, also where the plan for that is still to come."""
    chosen = choices.options.get("key")
    if chosen is None:
        mine = target.written if target.is_there else target.schema.columns()
        return tuple(name for name, column in target.schema.columns().items() if column.primary_key and name in mine)
    return target.key(chosen)


def _memory(flow: Flow, choices: Choices) -> Iterator[Html]:
    """What was chosen for a file with the same headers, to be taken or taken back."""
    if flow.memory is not None:
        way = "take" if flow.before is None else "back"
        said = note(say(f"match.memory_to_{way}", what=flow.memory.words(flow.before or choices)), "busy")
        yield Html(f'<div class="im-picks">{said}{button("memory", say(f"match.memory_{way}"), value=way)}</div>')


def _place(choices: Choices, target: Target | None) -> Html:
    """Where the rows go, and what is there already."""
    ways = ("", "append", "fail", "replace")
    exists = [Option(value=value, text=say(f"match.exists_{value or 'auto'}")) for value in ways]
    conflict = [Option(value=value, text=say(f"match.conflict_{value}")) for value in ("update", "skip", "reject")]
    controls = [
        text("into", say("match.into"), masked(getattr(choices.into, "label", choices.into)), hint="sqlite:///shop.db"),
        text("table", say("match.table"), choices.table),
        select("if_table_exists", say("match.exists"), exists, choices.options.get("if_table_exists", "")),
    ]
    if target is not None and target.exists:
        owners = [Option(value=value, text=say(f"match.columns_{value}")) for value in ("table", "file")]
        chosen = "table" if target.is_there else "file"
        controls.append(select("columns", say("match.columns"), owners, chosen))
    if target is not None and key_of(target, choices):
        controls.append(
            select("on_conflict", say("match.conflict"), conflict, choices.options.get("on_conflict", "update"))
        )
    fails = target is not None and target.exists and not key_of(target, choices)
    hint = note(say("match.exists_hint"), "warn") if fails and "if_table_exists" not in choices.options else ""
    return Html(f"{fields(*controls)}{hint}")


def _table(flow: Flow, source: Opened, target: Target, choices: Choices) -> Html:
    heads = "".join(f'<th scope="col">{escape(say(f"match.{name}"))}</th>' for name in HEADS)
    lines = "".join(_line(flow, source, target, choices, found) for found in target.matches)
    drawn = Html(f'<table class="im-table im-match"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>')
    return scrolling(drawn, say("match.label"))


def _line(flow: Flow, source: Opened, target: Target, choices: Choices, found: Match) -> Html:
    name, column = found.column, target.schema.columns()[found.column]
    key = key_of(target, choices)
    is_mine = flow.inference is not None
    need = say("match.required_of", column=name)
    wanted = choices.columns.get(name, ColumnChoice()).is_required
    is_left = target.is_there and name not in target.written
    is_required = not is_left and (name in key or (not column.nullable if wanted is None else wanted))
    required = (
        check_box("required", need, of=name, is_on=is_required, off=name in key)
        if is_mine
        else escape(say("match.yes" if is_required else "match.no"))
    )
    values = "" if found.label is None else ", ".join(_samples(source, found.label))
    why, is_doubtful = _why(flow, target, found)
    mark = "im-warn" if is_doubtful else "im-quiet" if found.label is None else ""
    score = "" if found.label is None else say("match.score", score=round(found.score))
    return Html(
        f"<tr><td>{check_box('key', say('match.key_of', column=name), of=name, is_on=name in key)}</td>"
        f'<th scope="row">{escape(name)}</th><td>{_from(flow, source, target, found)}</td>'
        f'<td class="im-number">{escape(score)}</td>'
        f'<td class="im-kinds">{_kind(flow, target, choices, name, column)}</td>'
        f'<td>{required}</td><td class="im-values">{escape(values)}</td>'
        f'<td class="im-long {mark}">{escape(why)}</td></tr>'
    )


def _from(flow: Flow, source: Opened, target: Target, found: Match) -> Html:
    """Which header fills the column; one that fills another is taken from it."""
    header, name = source.header, say("match.from_of", column=found.column)
    is_mine = flow.inference is not None
    labels = [found.label] if is_mine and found.label is not None else list(header.labels)
    options = [Option(value=label, text=f"{header.letter(label)} {label}") for label in labels]
    if is_mine or target.is_there or found.label is None:
        options.append(Option(value="", text=say("match.leave_out" if is_mine else "match.nothing")))
    return select("from", name, options, found.label or "", of=found.column, bare=True)


def _kind(flow: Flow, target: Target, choices: Choices, name: str, column: dy.Column) -> Html:
    """Its type, and how its cells are written where there are ways."""
    choice = choices.columns.get(name, ColumnChoice())
    kind = choice.kind or type(column).__name__
    if flow.inference is not None:
        kinds = [Option(value=one, text=one) for one in dict.fromkeys((kind, *KINDS))]
        drawn = select("kind", say("match.type_of", column=name), kinds, kind, of=name, bare=True)
    else:
        drawn = badge(str(column.dtype), "busy")
    ways = FORMATS.get("Float64" if column.dtype.is_decimal() else kind)
    if ways is None or not (flow.inference is not None or target.is_there):
        return drawn
    is_own = "formats" in choice.hints
    chosen = "own" if is_own else next((way for way, known in ways.items() if known == choice.hints), "")
    options = [Option(value=way, text=say(f"match.format_{way or 'auto'}")) for way in ("", *ways)]
    drawn = Html(drawn + select("format", say("match.format_of", column=name), options, chosen, of=name, bare=True))
    if not is_own:
        return drawn
    hint, label = say("match.format_hint"), say("match.own_format_of", column=name)
    return Html(drawn + text("own_format", label, " | ".join(choice.hints["formats"]), hint=hint, of=name, bare=True))


def _why(flow: Flow, target: Target, found: Match) -> tuple[str, bool]:
    """Why the column is what it is, and whether that is in doubt."""
    if flow.inference is not None:
        guess = next(guess for guess in flow.inference.guesses if guess.name == found.column)
        return for_mouse(guess.doubt or guess.why), guess.doubt is not None
    if found.column in target.missing:
        return say("match.needed"), True
    way = "kept" if found.label is None and target.is_there else found.how
    return say(f"match.how_{way}"), found.how == "likeness"


def _left_out(flow: Flow, choices: Choices) -> Iterator[Html]:
    """Columns of the file that go nowhere; those that were left out here can be taken back."""
    if flow.inference is not None:
        names = [name for name, choice in choices.columns.items() if choice.is_left_out]
        if names:
            backs = "".join(button("from", say("match.take_back", column=name), value=name, of=name) for name in names)
            yield Html(f'<div class="im-picks"><span>{escape(say("match.left_out"))}</span>{backs}</div>')
    elif flow.look is not None and flow.target is not None:
        taken = {found.label for found in flow.target.matches}
        labels = [label for label in flow.look.source.header.labels if label not in taken]
        if labels:
            yield note(f"{say('match.left_out')} {', '.join(labels)}", "warn")


def _samples(source: Opened, label: str) -> list[str]:
    values = source.sample(SAMPLE_ROWS).frame[label].drop_nulls().unique(maintain_order=True).head(SAMPLES)
    return [value if len(value) <= SAMPLE_LENGTH else f"{value[:SAMPLE_LENGTH]}…" for value in values]
