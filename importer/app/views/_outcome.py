"""The outcome of a dry run or an import: counts, and each kind of problem with a button that shows its rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from importer.app._messages import worded
from importer.sinks import CHANGES
from importer.views import catalogue, count_cards, say
from importer.views.html import Html, badge, escape, exact, note, number, scrolling, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.app.effects import GridRows, Kind
    from importer.core import FileRows
    from importer.engine import Report

__all__ = ["draw_outcome"]

CHANGES_SHOWN = 5


def draw_outcome(
    report: Report,
    rows: GridRows,
    step: str,
    relaxed: Mapping[tuple[str | None, str], Html] | None = None,
    notes: Iterable[Html] | None = None,
) -> Iterator[Html]:
    """Everything but the rejected rows, which the grid below shows.

    Parameters
    ----------
    relaxed
        Buttons that make some kinds of problems acceptable.
    notes
        The notes of the report, if they are drawn in another way.
    """
    now = report.progress
    if now.error is None or now.rows_read:
        yield count_cards(now)
    yield from (note(worded(text), "warn") for text in report.notes) if notes is None else notes
    if now.error is not None:
        yield note(worded(now.error), "bad")
    if not report.changes.is_empty():
        yield table(CHANGES.names(), report.changes.head(CHANGES_SHOWN).rows(), caption=say("outcome.changes"))
    if rows.kinds:
        yield _kinds(rows, step, relaxed or {})


def _rule(name: str) -> str:
    """The word for a rule; a rule of the user's own has its name."""
    key = name.replace("-", "_")
    return say(f"rule.{key}") if key in catalogue()["rule"] else name


def _kinds(rows: GridRows, step: str, relaxed: Mapping[tuple[str | None, str], Html]) -> Html:
    heads = "".join(
        f'<th scope="col"{" class=im-number" if name == "cells" else ""}>{escape(say(f"outcome.{name}"))}</th>'
        for name in ("cells", "severity", "column", "rule", "example", "show")
    )
    lines = "".join(
        _kind(kind, rows.rejects.files, step, relaxed.get(kind.name, Html("")), is_chosen=kind.name == rows.chosen)
        for kind in rows.kinds
    )
    drawn = Html(
        f'<table class="im-table im-found"><caption>{escape(say("outcome.kinds"))}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    )
    return scrolling(drawn, say("outcome.kinds"))


def _kind(kind: Kind, files: FileRows, step: str, relax: Html, *, is_chosen: bool) -> Html:
    is_error = kind.severity == "error"
    offer = (
        say("outcome.show_all")
        if is_chosen
        else say("outcome.correct", n=kind.cells)
        if relax
        else say("outcome.show_these")
    )
    show = (
        f'<button type="button" data-action="only" data-of="{exact(step)}" aria-pressed="{str(is_chosen).lower()}" '
        f'value="{exact("" if is_chosen else json.dumps(kind.name))}">'
        f"{escape(offer)}</button>"
        if is_error
        else ""
    )
    example = say("outcome.row", row=files.within(kind.row), message=files.told(kind.message))
    return Html(
        f'<tr><td class="im-number">{number(kind.cells)}</td>'
        f"<td>{badge(say(f'outcome.{kind.severity}'), 'bad' if is_error else 'warn')}</td>"
        f"<td>{escape(kind.column or say('grid.whole_row'))}</td><td>{escape(_rule(kind.rule))}</td>"
        f'<td class="im-long">{escape(example)}</td><td class="im-shows">{show} {relax}</td></tr>'
    )
