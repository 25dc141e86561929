"""What each command does, and its exit status."""

from __future__ import annotations

import json
import sys
import traceback
from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from importer import api, store
from importer.cli._output import can_hold, complain, put, with_status
from importer.cli._password import told
from importer.cli._signals import ending
from importer.core import OPTIONS, Progress, State
from importer.engine import Report, plan_to_resume, preview_lines
from importer.errors import ImporterError, Note, visible
from importer.listeners import auto
from importer.schema import load_schema
from importer.sources import open_source
from importer.views import for_shell, say, terminal

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from importer.engine import Job, Plan

__all__ = [
    "DONE",
    "FAILED",
    "INTERRUPTED",
    "cat",
    "infer",
    "jobs",
    "load",
    "preview",
    "print_failure",
    "prune",
    "rejects",
    "request",
    "resume",
    "sample",
    "show",
    "undo",
]

DONE, FAILED, REJECTED, INTERRUPTED = 0, 1, 3, 130

CAT_ROWS = 100_000

JOBS_SHOWN = 50
"""Imports that ``importer jobs`` lists."""


def load(arguments: argparse.Namespace) -> int:
    """Import a file."""
    return _finish(_plan(arguments).job(dry_run=arguments.dry_run), arguments)


def _finish(job: Job, arguments: argparse.Namespace) -> int:
    """Run the job, and print its report."""
    if arguments.rejects is not None:
        job.used.raise_for(arguments.rejects)
    status = DONE
    with ending(job) as ended:
        try:
            job.start().result()
        except KeyboardInterrupt:
            status = INTERRUPTED
            job.cancel()
            with suppress(ImporterError, KeyboardInterrupt):
                job.result()
        except ImporterError:
            status = FAILED
        except Exception as exc:  # noqa: BLE001 - it is shown, after the report says what was done until then
            status = FAILED
            with suppress(OSError):
                traceback.print_exception(exc)
    if ended.status is not None and job.progress.state is State.INTERRUPTED:
        status = ended.status
    return _told(job, arguments, status)


def _told(job: Job, arguments: argparse.Namespace, status: int) -> int:
    """Print the report, and return the exit status, which tells of the import and not of the file of refused rows."""
    report, unwritten = job.report, None
    if arguments.rejects is not None:
        try:
            report.rejects_to(arguments.rejects)
        except ImporterError as exc:
            unwritten = _still_kept(exc, report)
        except KeyboardInterrupt:
            status = INTERRUPTED
            what = f"stopped before the refused rows were in {str(arguments.rejects)!r}"
            unwritten = _still_kept(ImporterError(what, code="file-unwritten"), report)
    if status == DONE and report.progress.rejected:
        status = REJECTED
    with with_status(status):
        if unwritten is not None:
            complain(for_shell(unwritten))
        if arguments.json:
            if unwritten is not None and report.progress.error is None:
                report = replace(report, progress=replace(report.progress, error=unwritten.message))
            _print_json(_outcome(report, job.error or unwritten))
        else:
            print(_for_shell(report))
            if report.progress.rejected and unwritten is None:
                print(_where_rejects(arguments.rejects))
    return status


def _still_kept(error: ImporterError, report: Report) -> ImporterError:
    """The error with the way to refused rows that are kept, so that the import need not be repeated."""
    now = report.progress
    if not (now.rejected and report.found.is_lasting):
        return error
    later = f"the import is {now.state.value} and keeps them: `importer rejects {now.job_id[:8]} OUT` writes them"
    return ImporterError(error.args[0], code=error.code, facts=error.facts, fixes=[later, *error.fixes])


def _for_shell(report: Report) -> Report:
    """The report with its messages as the shell writes them."""
    now = report.progress
    error = None if now.error is None else for_shell(now.error)
    notes = (note.worded(for_shell(note)) if isinstance(note, Note) else for_shell(note) for note in report.notes)
    return replace(report, progress=replace(now, error=error), notes=tuple(notes))


def _outcome(report: Report, error: BaseException | None) -> dict[str, Any]:
    """The report as plain values, with the code and the facts of the error."""
    failure = error if isinstance(error, ImporterError) else None
    return _for_shell(report).as_dict() | {
        "code": "unexpected" if failure is None and error is not None else failure and failure.code,
        "facts": {} if failure is None else failure.facts,
    }


def resume(arguments: argparse.Namespace) -> int:
    """Continue a job that is paused or did not finish."""
    record = api.job(arguments.job)
    if not record.state.is_final:
        return request(arguments)
    try:
        schema = None if arguments.schema is None else load_schema(arguments.schema)
        # The server that somebody else's record names does not get to know the password.
        is_said = arguments.into is not None or record.is_own
        into = told(arguments.into, asks=arguments.ask_password, target=record.target) if is_said else None
        job = plan_to_resume(record.job_id, into=into, schema=schema, file=arguments.file, listeners=(auto(),)).job()
    except ImporterError as exc:
        if not arguments.json:
            raise
        report = Report(progress=replace(record.progress, error=exc.message), table=record.table_name)
        complain(for_shell(exc))
        with with_status(FAILED):
            _print_json(_outcome(report, exc))
        return FAILED
    return _finish(job, arguments)


def undo(arguments: argparse.Namespace) -> int:
    """Take an import back."""
    into = arguments.into
    if into is not None or arguments.ask_password:
        # The server that somebody else's record names does not get to know the password.
        record = None if into is not None else api.job(arguments.job)
        if record is None or record.is_own:
            into = told(into, asks=arguments.ask_password, target="" if record is None else record.target)
    report = api.undo(arguments.job, into=into, force=arguments.force, dry_run=arguments.dry_run)
    if arguments.json:
        _print_json(report.as_dict())
    else:
        print(report)
    return REJECTED if report.kept or report.impossible else DONE


def request(arguments: argparse.Namespace) -> int:
    """Ask a running job to pause, resume or cancel."""
    record = store.ask(arguments.job, arguments.request)
    if getattr(arguments, "json", False):
        _print_json(record.as_dict())
        return DONE
    print(f"asked job {record.short_id} to {arguments.request}; importer show {record.short_id} shows its state")
    return DONE


def jobs(arguments: argparse.Namespace) -> int:
    """List the imports."""
    if arguments.json:
        _print_json([record.as_dict() for record in api.jobs(state=arguments.state, limit=arguments.limit)])
        return DONE
    most = JOBS_SHOWN if arguments.limit is None else arguments.limit
    found = api.jobs(state=arguments.state, limit=most + 1)
    print(store.jobs_text(found.records[:most], terminal.columns(), most=most))
    if len(found) > most:
        print(say("jobs.limit", limit=10 * max(most, 1)))
    return DONE


def show(arguments: argparse.Namespace) -> int:
    """Show one import."""
    record = api.job(arguments.job)
    if arguments.json:
        _print_json(record.as_dict())
    else:
        print(record if record.error is None else replace(record, error=for_shell(record.error)))
    return DONE


def rejects(arguments: argparse.Namespace) -> int:
    """Write the refused rows of a job."""
    record = api.job(arguments.job)
    file = record.rejects_to(arguments.file)
    print(f"the refused rows of job {record.short_id} are in {visible(str(file))}")
    if record.state is not State.SUCCEEDED:
        print(f"the job is {record.state.value}: rows that it has not read may be refused too")
    return DONE


def prune(arguments: argparse.Namespace) -> int:
    """Delete old imports from the history."""
    gone = api.prune(older_than=arguments.older_than)
    print(f"{gone:,} {'job' if gone == 1 else 'jobs'} deleted")
    return DONE


def _where_rejects(file: Path | None) -> str:
    """Sentence that says where the rejected rows are."""
    if file is None:
        return "\n  --rejects refused.xlsx writes the rejected rows to a workbook, to be corrected there"
    return f"\n  The refused rows are in {visible(str(file))}"


def _plan(arguments: argparse.Namespace) -> Plan:
    options = _given(arguments)
    if "schema" in options:
        options["schema"] = load_schema(options["schema"])
    into = told(arguments.into, asks=arguments.ask_password) or arguments.into
    return api.plan(arguments.file, into=into, **options)


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options that were typed, by name."""
    return {name: value for name, value in vars(arguments).items() if name in OPTIONS}


def preview(arguments: argparse.Namespace) -> int:
    """Show what an import would make of a file."""
    preview = api.preview(arguments.file, **_given(arguments))
    if arguments.json:
        _print_json(preview.as_dict())
    else:
        print("\n".join(preview_lines(preview, terminal.columns(), for_shell)))
    return DONE


def infer(arguments: argparse.Namespace) -> int:
    """Propose a schema."""
    put(f"{api.infer(arguments.file, **_given(arguments))}\n")
    return DONE


def cat(arguments: argparse.Namespace) -> int:
    """Print the sheet as CSV."""
    source = open_source(arguments.file, **{"leave_out": (), **_given(arguments)})
    put(pl.DataFrame(schema=source.header.labels).write_csv())
    with closing(source.chunks(CAT_ROWS)) as chunks:
        for chunk in chunks:
            put(chunk.frame.write_csv(include_header=False))
    return DONE


def sample(arguments: argparse.Namespace) -> int:
    """Make the sample workbook."""
    print(visible(str(api.sample(arguments.file))))
    return DONE


def print_failure(error: Exception) -> None:
    """Print a command that failed before it had a result as one JSON object."""
    said = error.message if isinstance(error, ImporterError) else f"{type(error).__name__}: {error}"
    with with_status(FAILED):
        _print_json(_outcome(Report(progress=Progress(state=State.FAILED, error=said)), error))


def _print_json(values: dict[str, Any] | list[dict[str, Any]]) -> None:
    text = json.dumps(values, ensure_ascii=False, default=str)
    print(text if can_hold(sys.stdout, text) else json.dumps(values, default=str))
