"""The third step: what becomes of every column, and where the rows go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer._html import Html, badge, escape, note
from importer.app._columns import FORMATS, KINDS, ColumnChoice
from importer.app._parts import Option, button, check_box, fields, select, step, text
from importer.app._words import say
from importer.planning import SAMPLE_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dataframely as dy

    from importer._html import Mark
    from importer.app._choices import Choices
    from importer.app._flow import Flow
    from importer.planning import Plan
    from importer.schema import Match

__all__ = ["draw", "key_of"]

SAMPLES, SAMPLE_LENGTH = 3, 24
"""Values of a column that are shown, and the characters of each."""

HEADS = ("key", "column", "from", "type", "required", "values", "why")


def draw(flow: Flow) -> Html:
    """The step."""
    plan, choices = flow.plan, flow.choices
    if choices is None or plan is None or flow.preview is None:
        return step(flow, "match", summary="", body=[button("reset", say("match.reset"))])
    matched = sum(found.label is not None for found in plan.matches)
    summary = say("match.summary", matched=matched, columns=len(plan.matches), into=plan.into_label, table=plan.table)
    ready = button("check", say("check.start"), is_main=True, off=flow.is_locked or flow.busy is not None)
    mark: Mark = "busy" if flow.check is None else "good"
    body = (_target(plan, choices), _table(flow, plan, choices), *_left_out(flow, choices))
    return step(flow, "match", summary=summary, body=body, mark=mark, code=flow.code("plan.check()"), actions=[ready])


def key_of(plan: Plan, choices: Choices) -> tuple[str, ...]:
    """Columns of the table that name a row: as chosen, also where the plan for that is still to come."""
    chosen = choices.options.get("key")
    if chosen is None:
        return tuple(name for name, column in plan.target.columns().items() if column.primary_key)
    by_label = {found.label: found.column for found in plan.matches}
    return tuple(by_label.get(name, name) for name in chosen)


def _target(plan: Plan, choices: Choices) -> Html:
    ways = ("", "append", "fail", "replace")
    exists = [Option(value=value, text=say(f"match.exists_{value or 'auto'}")) for value in ways]
    conflict = [Option(value=value, text=say(f"match.conflict_{value}")) for value in ("update", "skip", "reject")]
    controls = [
        text("into", say("match.into"), plan.into_label, hint="sqlite:///shop.db"),
        text("table", say("match.table"), plan.table),
        select("if_table_exists", say("match.exists"), exists, choices.options.get("if_table_exists", "")),
    ]
    if key_of(plan, choices):
        controls.append(
            select("on_conflict", say("match.conflict"), conflict, choices.options.get("on_conflict", "update"))
        )
    return fields(*controls)


def _table(flow: Flow, plan: Plan, choices: Choices) -> Html:
    heads = "".join(f'<th scope="col">{escape(say(f"match.{name}"))}</th>' for name in HEADS)
    lines = "".join(_line(flow, plan, choices, found) for found in plan.matches)
    return Html(
        f'<div class="im-scroll"><table class="im-table im-match"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _line(flow: Flow, plan: Plan, choices: Choices, found: Match) -> Html:
    name, column = found.column, plan.target.columns()[found.column]
    key = key_of(plan, choices)
    is_mine = flow.inference is not None
    need = say("match.required_of", column=name)
    wanted = choices.columns.get(name, ColumnChoice()).is_required
    is_required = name in key or (not column.nullable if wanted is None else wanted)
    required = (
        check_box("required", need, of=name, is_on=is_required, off=name in key)
        if is_mine
        else escape(say("match.yes" if is_required else "match.no"))
    )
    values = "" if found.label is None else ", ".join(_samples(plan, found.label))
    why, is_doubtful = _why(flow, found)
    mark = "im-quiet" if found.label is None else "im-warn" if is_doubtful else ""
    return Html(
        f"<tr><td>{check_box('key', say('match.key_of', column=name), of=name, is_on=name in key)}</td>"
        f'<th scope="row">{escape(name)}</th><td>{_from(flow, plan, found)}</td>'
        f'<td class="im-kinds">{_kind(choices, name, column) if is_mine else badge(str(column.dtype), "busy")}</td>'
        f'<td>{required}</td><td class="im-values">{escape(values)}</td>'
        f'<td class="im-long {mark}">{escape(why)}</td></tr>'
    )


def _from(flow: Flow, plan: Plan, found: Match) -> Html:
    """Which header fills the column; one that fills another is taken from it."""
    header, name = plan.source.header, say("match.from_of", column=found.column)
    labels = [found.label] if flow.inference is not None and found.label is not None else list(header.labels)
    options = [Option(value=label, text=f"{header.letter(label)} {label}") for label in labels]
    empty = Option(value="", text=say("match.leave_out" if flow.inference is not None else "match.nothing"))
    return select("from", name, [*options, empty], found.label or "", of=found.column, bare=True)


def _kind(choices: Choices, name: str, column: dy.Column) -> Html:
    """Its type, and how its cells are written where there are ways."""
    choice = choices.columns.get(name, ColumnChoice())
    kind = choice.kind or type(column).__name__
    kinds = [Option(value=one, text=one) for one in dict.fromkeys((kind, *KINDS))]
    drawn = select("kind", say("match.type_of", column=name), kinds, kind, of=name, bare=True)
    if kind not in FORMATS:
        return drawn
    chosen = next((way for way, known in FORMATS[kind].items() if known == choice.hints), "")
    ways = [Option(value=way, text=say(f"match.format_{way or 'auto'}")) for way in ("", *FORMATS[kind])]
    return Html(drawn + select("format", say("match.format_of", column=name), ways, chosen, of=name, bare=True))


def _why(flow: Flow, found: Match) -> tuple[str, bool]:
    """Why the column is what it is, and whether that is in doubt."""
    if flow.inference is not None:
        guess = next(guess for guess in flow.inference.guesses if guess.name == found.column)
        return guess.doubt or guess.why, guess.doubt is not None
    columns = () if flow.preview is None else flow.preview.columns
    return next((column.why for column in columns if column.column == found.column), ""), found.how == "likeness"


def _left_out(flow: Flow, choices: Choices) -> Iterator[Html]:
    """Columns of the file that go nowhere; those that were left out here can be taken back."""
    names = [name for name, choice in choices.columns.items() if choice.is_left_out]
    if names:
        backs = "".join(button("from", say("match.take_back", column=name), value=name, of=name) for name in names)
        yield Html(f'<div class="im-picks"><span>{escape(say("match.left_out"))}</span>{backs}</div>')
    elif flow.inference is None and flow.preview is not None:
        labels = [column.label for column in flow.preview.columns if column.column is None and column.label is not None]
        if labels:
            yield note(f"{say('match.left_out')} {', '.join(labels)}", "warn")


def _samples(plan: Plan, label: str) -> list[str]:
    values = plan.source.sample(SAMPLE_ROWS).frame[label].drop_nulls().unique(maintain_order=True).head(SAMPLES)
    return [value if len(value) <= SAMPLE_LENGTH else f"{value[:SAMPLE_LENGTH]}…" for value in values]
