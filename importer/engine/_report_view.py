"""A report as text for a terminal and as HTML for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sinks import CHANGES
from importer.views import MARKS, count_cards, duration, figures, html, number, rate, say, terminal, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.checking import Rejects
    from importer.core import Progress
    from importer.engine._report import Report

__all__ = ["report_html", "report_lines"]

SHOWN = 10
"""Rejected cells that a report shows; the summary covers all of them."""

SUMMED_UP = 20
"""Lines of the summary by column and rule."""

SUMMARY = ("cells", "severity", "column", "rule", "example")
CELLS = ("row", "column", "value", "reason")


def report_lines(report: Report, room: int) -> Iterator[str]:
    """The report in lines of at most so many columns."""
    now = report.progress
    label, state = now.label or report.table, _state(now)
    head = say("report.headline_into", label=label, into=report.into, state=state)
    yield from terminal.paragraph(
        head if report.into else say("report.headline", label=label, state=state), room=room, indent=""
    )
    rows_read, *counts = figures(now)
    said = ", ".join(str(figure) for figure in counts if figure.name != "warnings")
    yield from terminal.paragraph(say("report.counts", n=rows_read.count, figures=said), room=room)
    yield from terminal.paragraph(_pace(now), room=room)
    if report.read_as:
        yield from terminal.paragraph(say("report.read_as", read_as=report.read_as), room=room)
    for note in report.notes:
        yield from terminal.paragraph(say("report.note", note=note), room=room)
    if now.error is not None:
        yield from terminal.paragraph(say("report.error", error=now.error), room=room)
    if not report.changes.is_empty():
        cells = [tuple(value or "" for value in row) for row in report.changes.head(SHOWN).iter_rows()]
        yield from ("", f"  {say('report.changes')}:", *terminal.table(_heads(CHANGES.names()), cells, room=room))
    yield from _rejected_lines(report.found, room)


def report_html(report: Report) -> html.Html:
    """The report as a notebook shows it."""
    now = report.progress
    parts = [
        html.title(now.label or report.table, html.badge(_state(now), MARKS[now.state])),
        html.note(say("report.into", into=report.into)) if report.into else html.Html(""),
        count_cards(now),
        html.note(say("report.read_as", read_as=report.read_as)) if report.read_as else html.Html(""),
        *(html.note(note, "warn") for note in report.notes),
    ]
    if now.error is not None:
        parts.append(html.note(now.error, "bad"))
    if not report.changes.is_empty():
        changes = report.changes.head(SHOWN).rows()
        parts.append(html.table(_heads(CHANGES.names()), changes, caption=say("report.changes")))
    return html.whole(*parts, *_rejected_tables(report.found))


def _state(now: Progress) -> str:
    said = word(now.state, now.kind)
    return say("report.nothing_written", state=said) if now.kind == "check" else said


def _pace(now: Progress) -> str:
    parts = [say("report.warned", n=now.warnings)] if now.warnings else []
    took = duration(now.elapsed_s)
    parts.append(say("report.pace", took=took, rate=rate(now.rows_per_s)) if now.rows_per_s else took)
    return "; ".join(parts)


def _heads(names: tuple[str, ...] | list[str]) -> list[str]:
    return [say(f"report.head_{name}") for name in names]


def _rejected_lines(found: Rejects, room: int) -> Iterator[str]:
    """Summary of the rejected cells, then the first of them, for a terminal."""
    kinds = found.kinds()
    if not kinds.is_empty():
        lines = [(number(cells), *rest) for cells, *rest in _summary(kinds)]
        yield from ("", *terminal.table(_heads(SUMMARY), lines, room=room, right={0}))
    if caption := _caption(kinds):
        cells = [(str(row), *rest) for row, *rest in _first(found)]
        yield from ("", f"  {caption}:", *terminal.table(_heads(CELLS), cells, room=room, right={0}))


def _rejected_tables(found: Rejects) -> Iterator[html.Html]:
    """Summary of the rejected cells, then the first of them, for a notebook."""
    kinds = found.kinds()
    if not kinds.is_empty():
        yield html.table(_heads(SUMMARY), _summary(kinds), caption=say("report.summary"))
    if caption := _caption(kinds):
        cells = [(row, place, _marked(place, value), why) for row, place, value, why in _first(found)]
        yield html.table(_heads(CELLS), cells, caption=caption)


def _summary(kinds: pl.DataFrame) -> Iterator[tuple[int, str, str, str, str]]:
    """Cells, severity, column, rule and an example: errors before warnings, most frequent first."""
    most = kinds.sort("severity", "cells", descending=[False, True], maintain_order=True).head(SUMMED_UP)
    for severity, column, rule, cells, row, message in most.iter_rows():
        example = say("report.example", row=row, message=message)
        yield cells, severity, say("report.whole_row") if column is None else column, rule, example


def _marked(place: str, value: str | None) -> html.Cell:
    """The rejected cell; if the whole row was rejected, no cell is marked."""
    return html.Cell(value=value or "", mark="none" if place == say("report.whole_row") else "bad")


def _caption(kinds: pl.DataFrame) -> str:
    """Caption of the table of the first cells; empty if no cell was rejected."""
    count = int(kinds.filter(severity="error")["cells"].sum())
    if count > SHOWN:
        return say("report.first_cells", shown=SHOWN, count=count)
    return say("report.cells", n=count) if count else ""


def _first(found: Rejects) -> Iterator[tuple[int, str, str | None, str]]:
    """Row, column, value and reason of the first rejected cells."""
    for cell in found.first(SHOWN).iter_rows(named=True):
        whole = cell["column"] is None
        place = say("report.whole_row") if whole else f"{cell['letter'] or ''} {cell['column']}".lstrip()
        yield cell["row"], place, cell["value"], cell["message"]
