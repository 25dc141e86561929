"""The history as HTML: the filter, and an entry for each job, one of them with details."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from importer.app._messages import worded
from importer.app.history._listing import PAGE_JOBS, STATES
from importer.app.transfer import is_upload
from importer.app.views._controls import Option, button, copied, download, fields, select, text
from importer.app.views._take_out import draw_offer
from importer.core import CONTROLS, State
from importer.store import queue_text, record_word
from importer.views import MARKS, by_kind, draw_bar, figures, say, stage
from importer.views.html import Html, badge, duration, escape, exact, note, number, percent, rate, size, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.app.history._listing import Listing
    from importer.store import JobRecord

__all__ = ["draw"]


def draw(listing: Listing) -> Html:
    """The history."""
    problem = listing.problems.get("")
    queue = queue_text(listing.waiting, listing.workers)
    parts = [_filter(listing), *([note(queue, "quiet" if listing.workers else "warn")] if queue else [])]
    parts += [*(note(sentence, "warn") for sentence in listing.left_out)]
    if problem is not None:
        parts.append(Html(f'<div role="alert">{note(problem, "bad")}</div>'))
    elif not listing.count:
        is_all = not listing.text and listing.states == "all"
        parts.append(note(say("history.none" if is_all else "history.none_such")))
    rows = "".join(_job(listing, record) for record in listing.records)
    parts += [Html(f'<ul class="im-jobs">{rows}</ul>'), _pages(listing), _spoken(listing)]
    return Html(f'<section class="im-step" aria-label="{escape(say("history.title"))}">{"".join(parts)}</section>')


def _filter(listing: Listing) -> Html:
    """The filter."""
    words = {name: say(f"state.{name}" if STATES[name] == (name,) else f"history.{name}") for name in STATES}
    options = [Option(value=name, text=word) for name, word in words.items()]
    return fields(
        text("find", say("history.find"), listing.text, hint=say("history.hint"), typing="find"),
        select("states", say("history.state"), options, listing.states),
        Html(f'<span class="im-refresh">{button("refresh", say("history.refresh"))}</span>'),
    )


def _job(listing: Listing, record: JobRecord) -> str:
    """One job: its state, its name, its progress, and its buttons."""
    is_open = record.job_id == listing.expanded
    requested = listing.requested.get(record.job_id, (None,))[0]
    mark = MARKS[record.state]
    problem = listing.problems.get(record.job_id)
    more = "".join(_details(record)) if is_open else ""
    said = (
        Html(f'<div role="alert">{note(problem, "bad")}</div>')
        if problem
        else draw_offer(listing.undos.get(record.job_id), record.job_id)
    )
    state = say(f"job.{requested}_requested") if requested in CONTROLS else record_word(record)
    return (
        f'<li class="im-job" id="im-job-{escape(record.short_id)}">'
        f"{badge(state, mark)}"
        f'<div class="im-jobmain"><button type="button" class="im-toggle im-jobname" data-action="job" '
        f'value="{exact(record.job_id)}" aria-expanded="{str(is_open).lower()}">{escape(_name(record))}</button>'
        f"{_into(record)}{draw_bar(record.progress, mark, label=say('history.bar', name=_name(record)))}"
        f'<div class="im-line"><span>{_counts(record)}</span>'
        f"<span>{escape(_pace(record))}</span></div>{_error(record)}</div>"
        f'<div class="im-jobside">{_moment(record.made_at)}'
        f'<span class="im-keys">{_keys(listing, record, requested)}</span></div>'
        f"{said}{more}</li>"
    )


def _name(record: JobRecord) -> str:
    return record.label or record.table_name or record.short_id


def _into(record: JobRecord) -> Html:
    """Where the rows go, or what an operation says."""
    if record.target:
        said = say("history.into", into=record.target)
    else:
        now = record.progress
        message = None if now.stage is None else now.stage.message
        said = " · ".join(filter(None, [stage(now), message]))
    return Html(f'<span class="im-jobinto" title="{escape(record.target or said)}">{escape(said)}</span>')


def _counts(record: JobRecord) -> Html:
    """The counts; rejected rows are marked."""
    left_out = ("warnings",) if record.kind == "task" else ("rows_read", "warnings")
    shown = (figure for figure in figures(record.progress) if figure.name not in left_out)
    parts = (
        f"<span{' class=im-refusedrows' if figure.mark == 'warn' else ''}>{escape(figure)}</span>" for figure in shown
    )
    return Html(" · ".join(parts))


def _pace(record: JobRecord) -> str:
    if record.is_queued and not record.rows_read:
        return ""
    is_over, share = record.state.is_final, record.progress.fraction
    parts = [
        None if is_over or share is None else percent(share),
        rate(record.rows_per_s, of=by_kind("unit.rate", record.progress.kind)) if record.rows_per_s else None,
        say("history.took" if is_over else "history.so_far", took=duration(record.elapsed_s)),
    ]
    return " · ".join(filter(None, parts))


def _error(record: JobRecord) -> Html:
    """Why the job failed, was interrupted, or waits."""
    return Html("" if record.error is None else f'<p class="im-joberror">{escape(worded(record.error))}</p>')


def _moment(moment: str | None) -> Html:
    """A time in UTC, which the page converts to local time."""
    if not moment:
        return Html("")
    return Html(f'<time datetime="{escape(moment)}">{escape(moment[:16].replace("T", " "))} UTC</time>')


def _keys(listing: Listing, record: JobRecord, requested: str | None) -> str:
    """The buttons of a job."""
    names = ["resume", "cancel"] if record.state is State.PAUSED else ["pause", "cancel"]
    if record.is_queued:
        names = ["cancel"]
    if record.state.is_final:
        names = ["resume"] if _can_resume(record) else []
        if record.given_up_at is not None:
            names.append("retry")
        if record.can_undo and record.job_id not in {*listing.undone, *listing.undos}:
            return "".join(button(name, say(f"history.{name}"), of=record.job_id) for name in names) + button(
                "take_out", say("take_out.take_out"), of=record.job_id
            )
    keys = (button(name, say(f"history.{name}"), of=record.job_id, off=requested in (name, "cancel")) for name in names)
    return "".join(keys)


def _can_resume(record: JobRecord) -> bool:
    """Whether the job can be resumed, and its file still exists; nothing looks for a file that somebody else names."""
    if record.state is State.SUCCEEDED or record.path is None or json.loads(record.options or "{}").get("atomic"):
        return False
    try:
        return not record.is_own or Path(record.path).is_file()
    except OSError:  # The name is too long.
        return False


def _details(record: JobRecord) -> Iterator[Html]:
    """The details of a job."""
    facts = {
        "file": _file(record),
        "size": None if record.size is None else size(record.size),
        "table": say("history.table_in", table=record.table_name, into=record.target) if record.target else None,
        "key": record.key_columns,
        "who": _who(record),
        "undo": _why_not_undo(record),
        "id": record.job_id,
    }
    rows = [f"<dt>{escape(say(f'history.{name}'))}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items() if fact]
    for name, moment in (("began", record.started_at), ("ended", record.finished_at)):
        if moment:
            rows.append(f"<dt>{escape(say(f'history.{name}'))}</dt><dd>{_moment(moment)}</dd>")
    yield Html('<div class="im-jobmore">')
    yield Html(f'<dl class="im-facts">{"".join(rows)}</dl>')
    yield from _refused(record)
    yield Html(
        f'<div class="im-actions">{copied(_code(record))}<span class="im-keys">{_downloads(record)}</span></div>'
    )
    yield Html("</div>")


def _why_not_undo(record: JobRecord) -> str | None:
    """Why an import that changed its table cannot be undone."""
    why = record.why_not_undo if record.kind == "import" and (record.created or record.updated) else None
    return None if why is None or not record.state.is_final else worded(why)


def _who(record: JobRecord) -> str:
    user = record.user_name or "?"
    if record.is_queued:
        return say("history.who_queued", user=user)
    return say("history.who_where", user=user, host=record.host or "?", pid=str(record.pid))


def _file(record: JobRecord) -> str | None:
    """The path of the file, or only the name of an upload, which is deleted when it is imported."""
    return record.name if record.path is not None and is_upload(Path(record.path)) else record.path


def _refused(record: JobRecord) -> Iterator[Html]:
    """The first refused cells."""
    cells = [cell for cell in json.loads(record.first_refused or "[]") if cell["severity"] == "error"]
    if cells:
        heads = [say(f"import.newest_{name}") for name in ("row", "column", "value", "why")]
        lines = [
            (cell["row"], cell["column"] or say("grid.whole_row"), cell["value"] or "", cell["message"])
            for cell in cells
        ]
        yield table(heads, lines, caption=say("history.refused_first"))


def _downloads(record: JobRecord) -> str:
    """The refused rows as files, if they still exist."""
    if not record.rejected or not record.has_rejects:
        return ""
    return "".join(download(kind, say(f"result.{kind}"), value=record.job_id) for kind in ("xlsx", "csv"))


def _code(record: JobRecord) -> str:
    """Python that does the same as the buttons."""
    name = f'"{record.short_id}"'
    lines = ["import importer", ""]
    if _can_resume(record) and record.state.is_final:
        into = f", into={json.dumps(record.target, ensure_ascii=False)}" if "***" in record.target else ""
        again = into if record.is_own else ', file="…", into="…"'
        lines.append(f"report = importer.resume({name}{again})")
    else:
        lines.append(f"job = importer.job({name})")
        if record.rejected and record.has_rejects:
            lines.append('job.rejects_to("refused.xlsx")')
    return "\n".join(lines)


def _pages(listing: Listing) -> Html:
    """Which jobs are shown, and the way to the others."""
    if listing.pages == 1:
        return Html("")
    first, last = listing.page * PAGE_JOBS + 1, listing.page * PAGE_JOBS + len(listing.records)
    ways = {"newest": 0, "newer": listing.page - 1, "older": listing.page + 1, "oldest": listing.pages - 1}
    keys = "".join(
        button(
            "page", say(f"history.{name}"), value=str(page), off=not 0 <= page < listing.pages or page == listing.page
        )
        for name, page in ways.items()
    )
    said = say("history.place", first=first, last=last, count=listing.count)
    return Html(
        f'<nav class="im-pages" aria-label="{escape(say("history.pages"))}"><span>{escape(said)}</span>'
        f'<span class="im-keys">{keys}</span></nav>'
    )


def _spoken(listing: Listing) -> Html:
    """What a screen reader says: each state of the running jobs, every ten percent, and the end."""
    live = [record for record in listing.records if not record.state.is_final] or listing.records[:1]
    said = []
    for record in live:
        share = record.progress.fraction
        far = "" if share is None or record.state.is_final else f", {percent(int(share * 10) / 10)}"
        said.append(f"{_name(record)}: {record_word(record)}{far}")
    said.append(say("history.count", count=number(listing.count)))
    return Html(f'<div class="im-spoken" role="status" aria-live="polite">{escape("; ".join(said))}</div>')
