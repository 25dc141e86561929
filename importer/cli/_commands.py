"""What each command does, and its exit status."""

from __future__ import annotations

import json
import sys
import traceback
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from importer import api, engine, listeners, sources, store
from importer.cli._output import can_hold, complain, put, with_status
from importer.cli._password import file_password, told
from importer.cli._signals import ending
from importer.core import OPTIONS, Progress, State
from importer.errors import ImporterError, Note, visible
from importer.sources import many
from importer.views import for_shell, say, terminal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from importer.api import SavedPlan
    from importer.engine import Job, Plan, Report

__all__ = [
    "DONE",
    "FAILED",
    "INTERRUPTED",
    "cat",
    "doctor",
    "given_options",
    "infer",
    "jobs",
    "load",
    "pace",
    "preview",
    "print_failure",
    "print_json",
    "prune",
    "rejects",
    "request",
    "resume",
    "sample",
    "saved_plan",
    "show",
    "undo",
]

DONE, FAILED, REJECTED, INTERRUPTED = 0, 1, 3, 130

CAT_ROWS = 100_000

STOPPED = {"rejects": "the refused rows were", "report": "the report was"}
"""What a file was to hold."""

JOBS_SHOWN = 50
"""Imports that ``importer jobs`` lists."""


def load(arguments: argparse.Namespace) -> int:
    """Import a file."""
    return _finish(_plan(arguments).job(dry_run=arguments.dry_run), arguments)


def _finish(job: Job, arguments: argparse.Namespace) -> int:
    """Run the job, and print its report."""
    for file in (arguments.rejects, arguments.report):
        if file is not None:
            job.used.raise_for(file)
    status = DONE
    with ending(job.interrupt) as ended:
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
    """Print the report, and return the exit status, which tells of the import and not of files written after it."""
    report = job.report
    unwritten = list(_unwritten(report, arguments))
    if any(is_stopped for _, is_stopped in unwritten):
        status = INTERRUPTED
    errors = [error for error, _ in unwritten]
    if status == DONE and (report.progress.rejected or report.left_out):
        status = REJECTED
    with with_status(status):
        for error in errors:
            complain(for_shell(error))
        if arguments.json:
            if errors and report.progress.error is None:
                report = replace(report, progress=replace(report.progress, error=errors[0].message))
            print_json(_outcome(report, job.error or (errors[0] if errors else None)))
        else:
            print(_for_shell(report))
            if report.progress.rejected and not errors:
                print(_where_rejects(arguments.rejects))
            if arguments.report is not None and not errors:
                print(f"  The report is in {visible(str(arguments.report))}")
    return status


def _unwritten(report: Report, arguments: argparse.Namespace) -> Iterator[tuple[ImporterError, bool]]:
    """Write the files that were asked for; each error, and whether it was Ctrl-C."""
    writers: dict[str, Callable[[Path], object]] = {
        "rejects": report.rejects_to,
        "report": partial(_write_report, report),
    }
    for what, write in writers.items():
        file = getattr(arguments, what)
        try:
            if file is not None:
                write(file)
        except ImporterError as exc:
            yield _still_kept(exc, report, what), False
        except KeyboardInterrupt:
            said = f"stopped before {STOPPED[what]} in {str(file)!r}"
            yield _still_kept(ImporterError(said, code="file-unwritten"), report, what), True


def _write_report(report: Report, file: Path) -> None:
    """Write the report in the form that the name of the file asks for."""
    if file.suffix.lower() == ".html":
        _for_shell(report).to_html(file)
    else:
        _for_shell(report).to_json(file)


def _still_kept(error: ImporterError, report: Report, what: str) -> ImporterError:
    """The error with the way to what is kept, so that the import need not be repeated."""
    now = report.progress
    is_kept = now.rejected and report.found.is_lasting if what == "rejects" else now.kind == "import"
    if not is_kept:
        return error
    job = now.job_id[:8]
    ways = {
        "rejects": f"keeps them: `importer rejects {job} OUT` writes them",
        "report": f"is in the history: `importer show {job} --report OUT` writes its report",
    }
    later = f"the import is {now.state.value} and {ways[what]}"
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
        schema = given_options(arguments).get("schema")
        # The server that somebody else's record names does not get to know the password.
        is_said = arguments.into is not None or record.is_own
        into = told(arguments.into, asks=arguments.ask_password, target=record.target) if is_said else None
        password = file_password(str(arguments.file or record.path), asks=arguments.ask_file_password)
        again = engine.plan_to_resume(
            record.job_id,
            into=into,
            schema=schema,
            file=arguments.file,
            password=password,
            listeners=(listeners.auto(),),
        )
        job = again.job()
    except ImporterError as exc:
        if not arguments.json:
            raise
        report = engine.Report(progress=replace(record.progress, error=exc.message), table=record.table_name)
        complain(for_shell(exc))
        with with_status(FAILED):
            print_json(_outcome(report, exc))
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
        print_json(report.as_dict())
    else:
        print(report)
    if report.progress.state is not State.SUCCEEDED:
        return INTERRUPTED
    return REJECTED if report.kept or report.impossible else DONE


def request(arguments: argparse.Namespace) -> int:
    """Ask a running job to pause, resume or cancel."""
    record = store.ask(arguments.job, arguments.request)
    if getattr(arguments, "json", False):
        print_json(record.as_dict())
        return DONE
    print(f"asked job {record.short_id} to {arguments.request}; importer show {record.short_id} shows its state")
    return DONE


def pace(arguments: argparse.Namespace) -> int:
    """Ask a running job to go on at another pace."""
    record = store.ask_pace(arguments.job, arguments.pace)
    print(f"asked job {record.short_id} to go on at the pace {arguments.pace}")
    return DONE


def jobs(arguments: argparse.Namespace) -> int:
    """List the imports."""
    if arguments.json:
        print_json([record.as_dict() for record in api.jobs(state=arguments.state, limit=arguments.limit)])
        return DONE
    most = JOBS_SHOWN if arguments.limit is None else arguments.limit
    found = api.jobs(state=arguments.state, limit=most + 1)
    print(store.jobs_text(found.records[:most], terminal.columns(), most=most))
    if len(found) > most:
        print(say("jobs.limit", limit=10 * max(most, 1)))
    if found.queue:
        print(found.queue)
    return DONE


def show(arguments: argparse.Namespace) -> int:
    """Show one import."""
    record = api.job(arguments.job)
    if arguments.report is not None:
        _write_report(engine.Report.of(record), arguments.report)
    if arguments.json:
        print_json(record.as_dict())
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


def doctor(arguments: argparse.Namespace) -> int:
    """Say what is wrong."""
    found = api.doctor()
    if arguments.json:
        print_json([finding.as_dict() for finding in found])
    else:
        print("\n".join(found.lines(for_shell)))
    return DONE if found.is_good else FAILED


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
    options = given_options(arguments)
    saved = saved_plan(arguments)
    target = "" if saved is None else saved.kept.into or ""
    into = told(arguments.into, asks=arguments.ask_password, target=target) or arguments.into
    files = _files(arguments.file)
    password = file_password(files, asks=arguments.ask_file_password)
    return (api.plan if saved is None else saved.plan)(files, into=into, password=password, **options)


def saved_plan(arguments: argparse.Namespace) -> SavedPlan | None:
    """The plan that was named; without one, the database has to be."""
    if arguments.plan is not None:
        return api.read_plan(arguments.plan)
    if arguments.into is None:
        arguments.parser.error("the following arguments are required: --into")
    return None


def _files(given: list[str]) -> str | list[str]:
    """The file, or all of them in the order in which people count: a shell puts 10 before 2."""
    return given[0] if len(given) == 1 else sorted(given, key=many.natural)


def given_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options that were typed, by name; a schema is loaded from its place."""
    given = {name: value for name, value in vars(arguments).items() if name in OPTIONS and value is not None}
    if "schema" in given:
        from importer.schema import load_schema

        given["schema"] = load_schema(given["schema"])
    return given


def _looked(arguments: argparse.Namespace) -> dict[str, Any]:
    """The same with the password of the file, if it is to be asked for."""
    return {"password": file_password(arguments.file, asks=arguments.ask_file_password), **given_options(arguments)}


def preview(arguments: argparse.Namespace) -> int:
    """Show what an import would make of a file."""
    preview = api.preview(arguments.file, **_looked(arguments))
    if arguments.json:
        print_json(preview.as_dict())
    else:
        print("\n".join(engine.preview_lines(preview, terminal.columns(), for_shell)))
    return DONE


def infer(arguments: argparse.Namespace) -> int:
    """Propose a schema."""
    put(f"{api.infer(arguments.file, **_looked(arguments))}\n")
    return DONE


def cat(arguments: argparse.Namespace) -> int:
    """Print the sheet as CSV."""
    sources.remember_password(arguments.file, file_password(arguments.file, asks=arguments.ask_file_password))
    reading = engine.reading_of(arguments.file, **{"leave_out": (), **given_options(arguments)})
    reading.raise_if_blank()
    source = reading.source
    import polars as pl

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
        print_json(_outcome(engine.Report(progress=Progress(state=State.FAILED, error=said)), error))


def print_json(values: dict[str, Any] | list[dict[str, Any]]) -> None:
    text = json.dumps(values, ensure_ascii=False, default=str)
    print(text if can_hold(sys.stdout, text) else json.dumps(values, default=str))
