"""A file that the table knows already, and what is to be done with it: `Known`, found by `recognised`."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self

from importer.app._parts import button
from importer.engine import checkpoints_of, fingerprint_of, raise_for_imported, raise_for_live, record_of
from importer.errors import AlreadyImportedError, ImporterError
from importer.store import JobRecord, open_store
from importer.views import for_mouse, say
from importer.views.html import Html, escape, note

if TYPE_CHECKING:
    from importer.app._flow import Flow
    from importer.core import Checkpoint
    from importer.engine import Plan

__all__ = ["Known", "draw", "recognised"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The job that brought the same file to the same table.

    Attributes
    ----------
    how
        Whether all of it is in the table, some of it is, or it is just going in.
    job_id, record
        The job, and what the history knows of it; None where it was kept elsewhere.
    sentence
        What an error says of it.
    totals
        What it did, as the target remembers it, or else the history.
    """

    how: Literal["done", "begun", "live"]
    job_id: str
    sentence: str
    record: JobRecord | None = None
    totals: Checkpoint | JobRecord | None = None

    @classmethod
    def of(cls, error: AlreadyImportedError, checkpoint: Checkpoint | None = None) -> Self:
        """What an error tells, and the history."""
        try:
            record = open_store().job(error.job_id)
        except ImporterError:
            record = None
        how: Literal["done", "begun", "live"] = "done" if error.is_done else "live" if error.is_live else "begun"
        totals = checkpoint or record
        return cls(how=how, job_id=error.job_id, sentence=for_mouse(error), record=record, totals=totals)


def recognised(plan: Plan) -> Known | None:
    """The job that the plan would repeat, where one is to be asked about; None where the file is news."""
    if plan.reading.file is None or plan.if_imported != "ask" or not isinstance(plan.into, str | os.PathLike):
        return None
    checkpoints: dict[str, Checkpoint] = {}
    mine = record_of(plan, "")
    try:
        # To read the whole file, and to open the target, is worth it only where there was such a job.
        store = open_store()
        if not any(job.target == mine.target for job in store.jobs(table=plan.table, size=mine.size)):
            return None
        fingerprint = fingerprint_of(plan)
        content = "" if fingerprint is None else fingerprint.content
        raise_for_live(store, replace(mine, content=content))
        checkpoints = checkpoints_of(plan.into, plan.table)
        raise_for_imported(content, checkpoints, plan.if_imported)
    except AlreadyImportedError as exc:
        return Known.of(exc, checkpoints.get(exc.job_id))
    except ImporterError:
        # The import itself will tell.
        return None
    return None


def draw(flow: Flow) -> Html:
    """What is known, and what can be done about it."""
    if flow.known is None or flow.plan is None:
        return Html("")
    how, record, totals = flow.known.how, flow.known.record, flow.known.totals
    sentence = flow.known.sentence
    if totals is not None:
        figures = {"created": totals.created, "updated": totals.updated, "rows": totals.rows_read}
        sentence = say(f"known.{how}", job=flow.known.job_id[:8], table=flow.plan.table, **figures)
    asks = {
        "done": {"skip": "known.skip", "afresh": "known.afresh"},
        "begun": {"go_on": "known.go_on", "afresh": "known.anew"},
        "live": {"look_again": "known.look_again", "again": "result.again"},
    }[how]
    off = flow.is_locked or flow.busy is not None
    keys = [button(ask, say(word), is_main=n == 0, off=off) for n, (ask, word) in enumerate(asks.items())]
    if record is not None:
        keys.append(button("history", say("known.job"), value=record.job_id))
    problem = flow.problem
    bad = note(problem.sentence, "bad") if problem is not None and problem.step == "known" else ""
    return Html(
        f'<section class="im-step" aria-label="{escape(say("known.title"))}">'
        f'<div role="status">{note(sentence, "warn")}</div><div role="alert">{bad}</div>'
        f'<div class="im-actions"><span></span><span class="im-keys">{"".join(keys)}</span></div></section>'
    )
