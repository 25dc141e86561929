"""A report as text for a terminal and as HTML for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sinks import CHANGES
from importer.views import (
    MARKS,
    count_cards,
    duration,
    figures,
    html,
    left_out,
    mark_of,
    number,
    rate,
    say,
    terminal,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from importer.checking import Rejects
    from importer.core import FileRows, Progress
    from importer.engine._report import Report

__all__ = ["cells_table", "changes_table", "report_html", "report_lines", "state_of", "summary_table"]

SHOWN = 10
"""Rejected cells that a report shows; the summary covers all of them."""

SUMMED_UP = 20
"""Lines of the summary by column and rule."""

SUMMARY = ("cells", "severity", "column", "rule", "example")
CELLS = ("row", "column", "value", "reason")


def report_lines(report: Report, room: int) -> Iterator[str]:
    """The report in lines of at most so many columns."""
    now = report.progress
    label, state = now.label or report.table, state_of(now)
    head = say("report.headline_into", label=label, into=report.into, state=state)
    yield from terminal.paragraph(
        head if report.into else say("report.headline", label=label, state=state), room=room, indent=""
    )
    rows_read, *counts = figures(now)
    said = ", ".join(str(figure) for figure in counts if figure.name != "warnings")
    yield from terminal.paragraph(say("report.counts", n=rows_read.count, figures=said), room=room)
    if out := left_out(now):
        yield from terminal.paragraph(out, room=room)
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
        html.title(now.label or report.table, html.badge(state_of(now), MARKS[now.state])),
        html.note(say("report.into", into=report.into)) if report.into else html.Html(""),
        count_cards(now),
        html.note(out, "warn") if (out := left_out(now)) else html.Html(""),
        html.note(say("report.read_as", read_as=report.read_as)) if report.read_as else html.Html(""),
        *(html.note(note, mark_of(note)) for note in report.notes),
    ]
    if now.error is not None:
        parts.append(html.note(now.error, "bad"))
    kinds = report.found.kinds()
    tables = (*summary_table(report.found, kinds), *cells_table(report.found, kinds))
    return html.whole(*parts, changes_table(report, caption=say("report.changes")), *tables)


def changes_table(report: Report, caption: str | None = None) -> html.Html:
    """The cells that a dry run would change; empty if there are none."""
    if report.changes.is_empty():
        return html.Html("")
    return html.table(_heads(CHANGES.names()), report.changes.head(SHOWN).rows(), caption=caption)


def state_of(now: Progress) -> str:
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
        lines = [(number(cells), *rest) for cells, *rest in _summary(kinds, found.files)]
        yield from ("", *terminal.table(_heads(SUMMARY), lines, room=room, right={0}))
    if caption := _caption(kinds):
        cells = [(str(row), *rest) for row, *rest in _first(found)]
        yield from ("", f"  {caption}:", *terminal.table(_heads(CELLS), cells, room=room, right={0}))


def summary_table(found: Rejects, kinds: pl.DataFrame, *, most: int = SUMMED_UP) -> Iterator[html.Html]:
    """Summary of the rejected cells by column and rule."""
    if not kinds.is_empty():
        yield html.table(_heads(SUMMARY), _summary(kinds, found.files, most), caption=say("report.summary"))


def cells_table(found: Rejects, kinds: pl.DataFrame, most: int = SHOWN) -> Iterator[html.Html]:
    """The first rejected cells."""
    if caption := _caption(kinds, most):
        cells = [(row, place, _marked(place, value), why) for row, place, value, why in _first(found, most)]
        yield html.table(_heads(CELLS), cells, caption=caption)


def _summary(kinds: pl.DataFrame, files: FileRows, most: int = SUMMED_UP) -> Iterator[tuple[int, str, str, str, str]]:
    """Cells, severity, column, rule and an example: errors before warnings, most frequent first."""
    first = kinds.sort("severity", "cells", descending=[False, True], maintain_order=True).head(most)
    for severity, column, rule, cells, row, message in first.iter_rows():
        example = say("report.example", row=files.within(row), message=message)
        yield cells, severity, say("report.whole_row") if column is None else column, rule, example


def _marked(place: str, value: str | None) -> html.Cell:
    """The rejected cell; if the whole row was rejected, no cell is marked."""
    return html.Cell(value=value or "", mark="none" if place == say("report.whole_row") else "bad")


def _caption(kinds: pl.DataFrame, most: int = SHOWN) -> str:
    """Caption of the table of the first cells; empty if no cell was rejected."""
    count = int(kinds.filter(severity="error")["cells"].sum())
    if count > most:
        return say("report.first_cells", shown=most, count=count)
    return say("report.cells", n=count) if count else ""


def _first(found: Rejects, most: int = SHOWN) -> Iterator[tuple[int | str, str, str | None, str]]:
    """Row, column, value and reason of the first rejected cells."""
    for cell in found.first(most).iter_rows(named=True):
        whole = cell["column"] is None
        place = say("report.whole_row") if whole else f"{cell['letter'] or ''} {cell['column']}".lstrip()
        yield found.files.within(cell["row"]), place, cell["value"], cell["message"]
