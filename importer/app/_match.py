"""The third step: what becomes of every column, and where the rows go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer._html import Html, badge, escape
from importer.app._parts import Option, button, check_box, fields, select, step, text
from importer.app._words import say
from importer.planning import SAMPLE_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer._html import Mark
    from importer.app._choices import Choices
    from importer.app._flow import Flow
    from importer.planning import Plan
    from importer.previewing import Preview

__all__ = ["draw", "key_of"]

SAMPLES, SAMPLE_LENGTH = 3, 24
"""Values of a column that are shown, and the characters of each."""


def draw(flow: Flow) -> Html:
    """The step."""
    plan, preview, choices = flow.plan, flow.preview, flow.choices
    if choices is None or plan is None or preview is None:
        return step(flow, "match", summary="", body=[button("reset", say("match.reset"))])
    matched = sum(found.label is not None for found in plan.matches)
    summary = say("match.summary", matched=matched, columns=len(plan.matches), into=plan.into_label, table=plan.table)
    ready = button("check", say("check.start"), is_main=True, off=flow.is_locked or flow.busy is not None)
    code = choices.code("plan.check()")
    body = (_target(plan, choices), _table(plan, preview, choices))
    mark: Mark = "busy" if flow.check is None else "good"
    return step(flow, "match", summary=summary, body=body, mark=mark, code=code, actions=[ready])


def _target(plan: Plan, choices: Choices) -> Html:
    exists = [
        Option(value=value, text=say(f"match.exists_{value or 'auto'}")) for value in ("", "append", "fail", "replace")
    ]
    conflict = [Option(value=value, text=say(f"match.conflict_{value}")) for value in ("update", "skip", "reject")]
    controls = [
        text("into", say("match.into"), plan.into_label, hint="sqlite:///shop.db"),
        text("table", say("match.table"), plan.table),
        select("if_table_exists", say("match.exists"), exists, plan.if_table_exists or ""),
    ]
    if key_of(plan, choices):
        controls.append(select("on_conflict", say("match.conflict"), conflict, plan.on_conflict))
    return fields(*controls)


def key_of(plan: Plan, choices: Choices) -> tuple[str, ...]:
    """Columns of the table that name a row: as chosen, also where the plan for that is still to come."""
    chosen = choices.options.get("key")
    if chosen is None:
        return tuple(name for name, column in plan.target.columns().items() if column.primary_key)
    by_label = {found.label: found.column for found in plan.matches}
    return tuple(by_label.get(name, name) for name in chosen)


def _table(plan: Plan, preview: Preview, choices: Choices) -> Html:
    heads = "".join(
        f'<th scope="col">{escape(say(f"match.{name}"))}</th>'
        for name in ("key", "column", "from", "type", "values", "why")
    )
    left_out = [column.label for column in preview.columns if column.column is None and column.label is not None]
    rest = escape(say("match.left_out", columns=", ".join(left_out))) if left_out else ""
    return Html(
        f'<div class="im-scroll"><table class="im-table im-match"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(_lines(plan, preview, choices))}</tbody></table></div>"
        + (f'<p class="im-note im-warn">{rest}</p>' if rest else "")
    )


def _lines(plan: Plan, preview: Preview, choices: Choices) -> Iterator[str]:
    key, columns = key_of(plan, choices), plan.target.columns()
    why = {column.column: column.why for column in preview.columns}
    doubts = set() if plan.schema is not None else {one.name for one in plan.inference.guesses if one.doubt is not None}
    for found in plan.matches:
        name, label = found.column, found.label
        source = say("match.nothing") if label is None else f"{plan.source.header.letter(label)} {label}"
        required = "" if columns[name].nullable and name not in key else f" {badge(say('match.required'))}"
        kind = "im-quiet" if label is None else "im-warn" if name in doubts else ""
        values = "" if label is None else ", ".join(_samples(plan, label))
        yield (
            f"<tr><td>{check_box('key', say('match.key_of', column=name), of=name, is_on=name in key)}</td>"
            f'<th scope="row">{escape(name)}{required}</th><td>{escape(source)}</td>'
            f'<td>{badge(str(columns[name].dtype), "busy")}</td><td class="im-values">{escape(values)}</td>'
            f'<td class="im-long {kind}">{escape(why.get(name) or "")}</td></tr>'
        )


def _samples(plan: Plan, label: str) -> list[str]:
    values = plan.source.sample(SAMPLE_ROWS).frame[label].drop_nulls().unique(maintain_order=True).head(SAMPLES)
    return [value if len(value) <= SAMPLE_LENGTH else f"{value[:SAMPLE_LENGTH]}…" for value in values]
