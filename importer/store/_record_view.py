"""A job record, and a list of them, as text for a terminal and as HTML for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.core import Progress
from importer.views import MARKS, by_kind, count_cards, duration, figures, html, number, say, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.store._record import JobRecord
    from importer.views import Figure

__all__ = ["jobs_html", "jobs_text", "record_html", "record_text"]

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
        "state": record.state.value,
        "undoes": None if record.undoes is None else say("record.job", job=record.undoes[:8]),
        "file": record.path or record.name,
        "sheet": record.sheet,
        "table": say("record.table_in", table=record.table_name, into=record.target),
        "rows": say(by_kind("record.read", record.progress.kind), count=rows_read.count, figures=said),
        "time": say("record.took", took=duration(record.elapsed_s), moment=_moment(record)),
        "who": _who(record),
        "error": record.error,
        "schema": None if has_code else record.schema_code,
    }
    lines = [f"  {say(f'record.{name}'):<{LABEL_WIDTH}} {value}" for name, value in facts.items() if value]
    code = ["", *(record.schema_code or "").splitlines()] if has_code else []
    head = say("record.headline", job=record.short_id, label=record.label)
    return "\n".join(map(terminal.printable, [head, *lines, *code]))


def record_html(record: JobRecord) -> html.Html:
    """The record as a notebook shows it."""
    began = say("record.began", into=record.target, who=_who(record), moment=_moment(record))
    return html.whole(
        html.title(f"{record.short_id}  {record.label}", html.badge(record.state.value, MARKS[record.state])),
        html.note(began),
        count_cards(record.progress),
        *([html.note(record.error, "bad")] if record.error else []),
        *([html.code(say("record.code"), record.schema_code)] if record.schema_code else []),
    )


def jobs_text(records: Sequence[JobRecord], room: int, *, most: int = SHOWN) -> str:
    """A table of the first `most` jobs as a terminal shows it."""
    if not records:
        return say("jobs.none")
    heads, *rows = _table(records[:most])
    lines = [tuple(number(cell) if isinstance(cell, int) else cell for cell in row) for row in rows]
    right = {n for n, cell in enumerate(rows[0]) if isinstance(cell, int)}
    return "\n".join(
        [*terminal.table([str(head) for head in heads], lines, room=room, right=right), *_more(records, most)]
    )


def jobs_html(records: Sequence[JobRecord]) -> html.Html:
    """A table of the first jobs as a notebook shows it."""
    heads, *rows = _table(records[:SHOWN])
    more = map(html.note, _more(records, SHOWN))
    return html.whole(html.table([str(head) for head in heads], rows, caption=say("jobs.caption")), *more)


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
        record.state.value,
        record.name or record.label.partition(" → ")[0],
        record.table_name,
        *(_count(figure, record.kind) for figure in figures(record.progress) if figure.name != "warnings"),
        duration(record.elapsed_s),
        record.made_at[:19].replace("T", " "),
    ]


def _count(figure: Figure, kind: str) -> int | str:
    """A count under the heading that it has for an import; another operation says what it counts."""
    return figure.count if kind == "import" or not figure.count else str(figure)


def _who(record: JobRecord) -> str:
    return say("record.by", user=record.user_name or "?", host=record.host or "?", pid=str(record.pid or "?"))


def _moment(record: JobRecord) -> str:
    return say("record.moment", moment=record.made_at[:19].replace("T", " "))
