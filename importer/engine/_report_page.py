"""A report as a page of its own, and as JSON: `report_page`, `report_values`."""

from __future__ import annotations

import base64
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.checking import write_rejects
from importer.engine._report_view import cells_table, changes_table, state_of, summary_table
from importer.errors import ImporterError
from importer.views import (
    MARKS,
    bar_rows,
    count_cards,
    draw_page,
    draw_speed,
    duration,
    heading,
    html,
    link,
    mark_of,
    number,
    say,
    section,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.core import Progress
    from importer.engine._course import Course
    from importer.engine._report import Report

__all__ = ["report_page", "report_values"]

ROWS_INSIDE, OCTETS_INSIDE = 20_000, 4_000_000
"""Refused rows, and octets of their workbook, that a page holds at most."""

KINDS_SHOWN, CELLS_SHOWN = 200, 20
"""Lines of the summary, and refused cells that are shown."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def report_page(report: Report) -> html.Html:
    """The report as one page, which needs no other file and no script."""
    now = report.progress
    label = now.label or report.table
    top = [
        heading(label, html.badge(state_of(now), MARKS[now.state])),
        html.note(say("report.into", into=report.into)) if report.into else html.Html(""),
        html.note(say("report.read_as", read_as=report.read_as)) if report.read_as else html.Html(""),
        count_cards(now),
    ]
    told = [html.note(now.error, "bad")] if now.error else []
    told += [html.note(note, mark_of(note)) for note in report.notes]
    pair = [section(say("page.speed_title"), draw_speed(report.course.points)), _stages(report.course, now)]
    return draw_page(
        say("report.headline", label=label, state=state_of(now)),
        [
            html.Html(f'<header class="im-top">{"".join(top)}</header>'),
            section(say("page.told_title"), *told),
            _refused(report),
            section(say("report.changes"), changes_table(report)),
            html.Html(f'<div class="im-pair">{"".join(pair)}</div>'),
            _filled(report.course),
            _foot(now),
        ],
    )


def _refused(report: Report) -> html.Html:
    """What was refused or warned of, and the refused rows as a file."""
    kinds = report.found.kinds()
    if kinds.is_empty() and not report.progress.rejected:
        return html.Html("")
    parts = [
        *_saved(report),
        *summary_table(report.found, kinds, most=KINDS_SHOWN),
        *cells_table(report.found, kinds, CELLS_SHOWN),
    ]
    return section(say("page.refused_title"), *parts)


def _saved(report: Report) -> Iterator[html.Html]:
    """The refused rows as a workbook in the page, or where they are."""
    now = report.progress
    if not now.rejected:
        return
    job = now.job_id[:8]
    found = report.found
    if found.count < now.rejected:
        yield html.note(say("page.gone", n=found.count, all=now.rejected), "warn")
        return
    octets = b""
    if found.count <= ROWS_INSIDE:
        try:
            with tempfile.TemporaryDirectory(prefix="importer-report-") as folder:
                octets = write_rejects(Path(folder, "refused.xlsx"), found).read_bytes()
        except (ImporterError, OSError) as exc:
            yield html.note(say("page.unwritten", why=exc.message if isinstance(exc, ImporterError) else exc), "warn")
            return
    if octets and len(octets) <= OCTETS_INSIDE:
        file = say("result.refused_file", table=report.table, kind="xlsx")
        text = say("page.save", n=found.count, size=html.size(len(octets)))
        yield link(text, file=file, kind=XLSX, data=base64.b64encode(octets).decode())
    else:
        key = "page.too_large" if found.is_lasting else "page.too_large_here"
        yield html.note(say(key, n=found.count, **({"job": job} if found.is_lasting else {})))


def _stages(course: Course, now: Progress) -> html.Html:
    """What the time was spent on."""
    stages = _seconds(course)
    if not any(stages.values()):
        return html.Html("")
    took = {"took": now.elapsed_s, **stages}
    longest = max(took.values())
    rows = [(say(f"page.{name}"), s / longest, duration(s)) for name, s in took.items()]
    heads = [say("page.head_stage"), "", say("page.head_time")]
    title = say("page.stages_title")
    note = html.Html(f'<p class="im-dimmed">{html.escape(say("page.overlap"))}</p>')
    return section(title, bar_rows(heads, rows, caption=title, whole=False), note)


def _seconds(course: Course) -> dict[str, float]:
    return {"read": course.read_s, "check": course.check_s, "write": course.write_s, "wait": course.wait_s}


def _filled(course: Course) -> html.Html:
    """How complete the columns of the file are."""
    if not course.rows:
        return html.Html("")
    rows = [(name, cells / course.rows, number(course.rows - cells)) for name, cells in course.filled]
    heads = [say("report.head_column"), "", say("page.head_empty"), say("page.head_share")]
    title = say("page.filled_title", n=course.rows)
    parts = [bar_rows(heads, rows, caption=title, whole=True)]
    if course.columns > len(rows):
        parts.append(html.note(say("page.more_columns", n=course.columns - len(rows))))
    return section(title, *parts)


def _foot(now: Progress) -> html.Html:
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    said = say("page.foot", job=now.job_id, moment=moment, version=version("notebook-importer"))
    return html.Html(f"<footer>{html.escape(said)}</footer>")


def report_values(report: Report) -> dict[str, Any]:
    """The report as JSON-ready values: what `Report.as_dict` has, and what a page shows."""
    now, course = report.progress, report.course
    kinds = report.found.kinds().sort("severity", "cells", descending=[False, True], maintain_order=True)
    first = report.found.first(CELLS_SHOWN)
    return {
        **report.as_dict(),
        "label": str(now.label),
        "kind": now.kind,
        "by_column_and_rule": kinds.head(KINDS_SHOWN).to_dicts(),
        "first_rejects": first.to_dicts(),
        "speed": [{"elapsed_s": round(s, 2), "rows_per_s": round(speed, 1)} for s, speed in course.speeds],
        "stages": {f"{name}_s": round(s, 3) for name, s in _seconds(course).items()},
        "completeness": [
            {"column": name, "filled": cells, "rows": course.rows, "fraction": round(cells / course.rows, 4)}
            for name, cells in course.filled
            if course.rows
        ],
    }
