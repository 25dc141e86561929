"""A job record, and a list of them, as text for a terminal and as HTML for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core import Progress
from importer.views import MARKS, by_kind, count_cards, duration, figures, html, number, say, stage, terminal, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.store._record import JobRecord
    from importer.views import Figure

__all__ = ["jobs_html", "jobs_text", "queue_text", "record_html", "record_text", "record_word"]

LABEL_WIDTH = 6
"""Columns of the names in the text of a record."""

SHOWN = 50
"""Jobs that a list shows."""


def record_text(record: JobRecord) -> str:
    """The record as a terminal shows it."""
    rows_read, *counts = figures(record.progress)
    said = ", ".join(str(figure) for figure in counts if figure.name != "warnings")
    has_code = "\n" in (record.schema_code or "")
    facts = {
        "state": _state(record),
        "undoes": None if record.undoes is None else say("record.job", job=record.undoes[:8]),
        "file": record.path or record.name,
        "sheet": record.sheet,
        "table": say("record.table_in", table=record.table_name, into=record.target) if record.target else None,
        "rows": say(by_kind("record.read", record.progress.kind), count=rows_read.count, figures=said),
        **_stage_of(record),
        "time": say("record.took", took=duration(record.elapsed_s), moment=_moment(record)),
        "who": _who(record),
        "error": record.error,
        "schema": None if has_code else record.schema_code,
    }
    lines = [f"  {say(f'record.{name}'):<{LABEL_WIDTH}} {value}" for name, value in facts.items() if value]
    code = ["", *(record.schema_code or "").splitlines()] if has_code else []
    head = say("record.headline", job=record.short_id, label=record.label)
    return "\n".join(map(terminal.printable, [head, *lines, *code]))


def _stage_of(record: JobRecord) -> dict[str, str | None]:
    """What is known of the stage of an operation."""
    now = record.progress
    if now.stage is None:
        return {}
    return {
        "stage": stage(now) if now.stage.name else None,
        "message": now.stage.message,
        "details": now.stage.details,
    }


def record_html(record: JobRecord) -> html.Html:
    """The record as a notebook shows it."""
    about = {"who": _who(record), "moment": _moment(record)}
    is_into = bool(record.target)
    began = say("record.began", into=record.target, **about) if is_into else say("record.began_task", **about)
    return html.whole(
        html.title(f"{record.short_id}  {record.label}", html.badge(_state(record), MARKS[record.state])),
        html.note(began),
        *(html.note(f"{say(f'record.{name}')}: {said}") for name, said in _stage_of(record).items() if said),
        count_cards(record.progress),
        *([html.note(record.error, "bad")] if record.error else []),
        *([html.code(say("record.code"), record.schema_code)] if record.schema_code else []),
    )


def jobs_text(records: Sequence[JobRecord], room: int, *, most: int = SHOWN, queue: str = "") -> str:
    """A table of the first `most` jobs as a terminal shows it, and what waits in the queue."""
    if not records:
        return say("jobs.none")
    heads, *rows = _table(records[:most])
    lines = [tuple(number(cell) if isinstance(cell, int) else cell for cell in row) for row in rows]
    right = {n for n, cell in enumerate(rows[0]) if isinstance(cell, int)}
    shown = terminal.table([str(head) for head in heads], lines, room=room, right=right)
    return "\n".join([*shown, *_more(records, most), *filter(None, [queue])])


def jobs_html(records: Sequence[JobRecord], *, queue: str = "") -> html.Html:
    """A table of the first jobs as a notebook shows it, and what waits in the queue."""
    heads, *rows = _table(records[:SHOWN])
    more = map(html.note, [*_more(records, SHOWN), *filter(None, [queue])])
    return html.whole(html.table([str(head) for head in heads], rows, caption=say("jobs.caption")), *more)


def record_word(record: JobRecord) -> str:
    """The state of a job, as a screen calls it."""
    if record.is_given_up:
        return say("state.given_up")
    return say("state.queued") if record.is_queued else word(record.state, record.progress.kind)


def queue_text(waiting: int, workers: int) -> str:
    """How many imports wait, and for how many workers; nothing if none waits.

    Examples
    --------
    >>> queue_text(2, 1), queue_text(0, 1)
    ('2 imports wait for a worker, and 1 worker is running', '')
    """
    running = say("jobs.workers", n=workers) if workers else say("jobs.no_worker")
    return say("jobs.queue", n=waiting, workers=running) if waiting else ""


def _more(records: Sequence[JobRecord], shown: int) -> list[str]:
    count = len(records) - shown
    return [say("jobs.more", count=count, shown=shown)] if count > 0 else []


def _table(records: Sequence[JobRecord]) -> list[list[str | int]]:
    """The headings, then one row a job."""
    heads = [say(f"jobs.{name}") for name in ("job", "state", "file", "table")]
    heads += [figure.label for figure in figures(Progress()) if figure.name != "warnings"]
    heads += [say("figure.took"), say("jobs.began")]
    return [list(heads), *(_row(record) for record in records)]


def _row(record: JobRecord) -> list[str | int]:
    return [
        record.short_id,
        _state(record),
        record.name or record.label.partition(" → ")[0],
        record.table_name,
        *_counted(record),
        duration(record.elapsed_s),
        record.made_at[:19].replace("T", " "),
    ]


def _counted(record: JobRecord) -> list[int | str]:
    """The counts in the columns that the headings are of; an operation has steps alone."""
    found = {figure.name: figure for figure in figures(record.progress)}
    names = (figure.name for figure in figures(Progress()) if figure.name != "warnings")
    return [_count(found[name], record.kind) if name in found else "" for name in names]


def _count(figure: Figure, kind: str) -> int | str:
    """A count under the heading that it has for an import; another operation says what it counts."""
    return figure.count if kind == "import" or not figure.count else str(figure)


def _state(record: JobRecord) -> str:
    """The state of a job, as code calls it, but for one that waits for a worker, or that workers gave up."""
    return record_word(record) if record.is_queued or record.is_given_up else record.state.value


def _who(record: JobRecord) -> str:
    if record.lapses_at is not None:
        return say("record.by_session", user=record.user_name or "?")
    if record.is_queued:
        return say("record.by_queued", user=record.user_name or "?")
    return say("record.by", user=record.user_name or "?", host=record.host or "?", pid=str(record.pid or "?"))


def _moment(record: JobRecord) -> str:
    return say("record.moment", moment=record.made_at[:19].replace("T", " "))
