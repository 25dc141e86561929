"""The verbs of the package in a shell: ``importer load``, ``preview``, ``jobs``, ``resume`` and the others."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

import importer
from importer.errors import ImporterError
from importer.history import ask, plan_to_resume
from importer.listeners import auto
from importer.progress import Progress, State
from importer.report import Report
from importer.schema_place import load_schema
from importer.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.job import Job
    from importer.planning import Plan

__all__ = ["main"]

DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 3, 130

CAT_ROWS = 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and give its exit status.

    0 when every row went in, 3 when some were refused, 1 when the job failed, 2 for wrong
    arguments, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except ImporterError as exc:
        print(f"importer: {exc}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # ``importer cat … | head``
        sys.stderr.close()
        return DONE


def _load(options: argparse.Namespace) -> int:
    try:
        job = _plan(options).job(dry_run=options.dry_run)
    except ImporterError as exc:
        if options.json:
            _print_json(Report(progress=Progress(state=State.FAILED, error=str(exc))).as_dict())
        raise
    return _finish(job, options)


def _finish(job: Job, options: argparse.Namespace) -> int:
    """Run the job, and tell what it did."""
    status = DONE
    try:
        job.start().result()
    except KeyboardInterrupt:
        status = INTERRUPTED
        job.cancel()
        with suppress(ImporterError, KeyboardInterrupt):
            job.result()
    except ImporterError:
        status = FAILED
    report = job.report
    if options.rejects is not None:
        report.rejects_to(options.rejects)
    if options.json:
        _print_json(report.as_dict())
    else:
        print(report)
        if report.progress.rejected:
            print(_where_rejects(options.rejects))
    return REFUSED if status == DONE and report.progress.rejected else status


def _resume(options: argparse.Namespace) -> int:
    record = importer.job(options.job)
    if not record.state.is_final:
        return _ask(options)
    try:
        job = plan_to_resume(record.job_id, into=options.into, file=options.file, listeners=(auto(),)).job()
    except ImporterError as exc:
        if options.json:
            _print_json(Report(progress=replace(record.progress, error=str(exc)), table=record.table_name).as_dict())
        raise
    return _finish(job, options)


def _ask(options: argparse.Namespace) -> int:
    record = ask(options.job, options.ask)
    print(f"job {record.short_id} was asked to {options.ask}; importer show {record.short_id} tells how it stands")
    return DONE


def _jobs(options: argparse.Namespace) -> int:
    found = importer.jobs(state=options.state, limit=options.limit)
    if options.json:
        _print_json([record.as_dict() for record in found])
    else:
        print(found)
    return DONE


def _show(options: argparse.Namespace) -> int:
    record = importer.job(options.job)
    if options.json:
        _print_json(record.as_dict())
    else:
        print(record)
    return DONE


def _prune(options: argparse.Namespace) -> int:
    gone = importer.prune(older_than=timedelta(days=options.older_than))
    print(f"{gone:,} {'job' if gone == 1 else 'jobs'} forgotten")
    return DONE


def _where_rejects(file: Path | None) -> str:
    """Sentence that says where the refused rows are."""
    if file is None:
        return "\n  --rejects refused.xlsx writes the refused rows to a workbook to correct"
    return f"\n  The refused rows are in {file}"


def _plan(options: argparse.Namespace) -> Plan:
    return importer.plan(
        options.file,
        into=options.into,
        table=options.table,
        key=options.key,
        schema=None if options.schema is None else load_schema(options.schema),
        day_first=options.day_first,
        **_opening(options),
        on_conflict=options.on_conflict,
        if_table_exists=options.if_table_exists,
        max_rejects=options.max_rejects,
        atomic=options.atomic,
        if_imported=options.if_imported,
    )


def _preview(options: argparse.Namespace) -> int:
    preview = importer.preview(options.file, day_first=options.day_first, **_opening(options))
    if options.json:
        _print_json(preview.as_dict())
    else:
        print(preview)
    return DONE


def _infer(options: argparse.Namespace) -> int:
    inference = importer.infer(options.file, day_first=options.day_first, key=options.key, **_opening(options))
    print(inference)
    return DONE


def _cat(options: argparse.Namespace) -> int:
    source = open_source(options.file, **_opening(options))
    sys.stdout.write(pl.DataFrame(schema=source.header.labels).write_csv())
    with closing(source.chunks(CAT_ROWS)) as chunks:
        for chunk in chunks:
            sys.stdout.write(chunk.frame.write_csv(include_header=False))
    return DONE


def _opening(options: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in ("sheet", "header_row", "delimiter", "encoding")}


def _sample(options: argparse.Namespace) -> int:
    print(importer.sample(options.file))
    return DONE


def _print_json(values: dict[str, Any] | list[dict[str, Any]]) -> None:
    print(json.dumps(values, ensure_ascii=False, default=str))


def _sheet(text: str) -> str | int:
    return int(text) if text.isdigit() else text


def _limit(text: str) -> float:
    """A count, or a share written 0.05 or 5%."""
    value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    return int(value) if value >= 1 else value


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="importer", description="A spreadsheet into a database: every cell checked, every row accounted for."
    )
    parser.add_argument("--version", action="version", version=f"importer {importer.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    load = _command(commands, "load", _load, "import a file into a table")
    load.add_argument("--into", required=True, metavar="URL", help="the database, e.g. sqlite:///shop.db")
    load.add_argument("--table", help="the table's name (by default the file's)")
    load.add_argument("--key", type=_names, metavar="A,B", help="columns that name a row: rows there are updated")
    load.add_argument("--schema", metavar="FILE.py:CLASS", help="a dataframely schema (by default what the file shows)")
    load.add_argument("--on-conflict", choices=("update", "skip", "reject"), default="update")
    load.add_argument("--if-table-exists", choices=("fail", "append", "replace"))
    load.add_argument("--max-rejects", type=_limit, metavar="N", help="stop once more rows are refused: 100, or 5%%")
    load.add_argument("--rejects", type=Path, metavar="OUT.xlsx|OUT.csv", help="write the refused rows there")
    load.add_argument("--atomic", action="store_true", help="one transaction: all of it or nothing, no resuming")
    load.add_argument(
        "--if-imported",
        choices=("ask", "skip", "again"),
        default="ask",
        help="what to do with a file that went into this table already (ask: an error that names the job)",
    )
    load.add_argument("--dry-run", action="store_true", help="everything but the writing, with the run's counts")
    load.add_argument("--json", action="store_true", help="print the outcome as one JSON object on the last line")

    preview = _command(commands, "preview", _preview, "show the first rows, and what becomes of every column")
    preview.add_argument("--json", action="store_true", help="print it as one JSON object on the last line")

    infer = _command(commands, "infer", _infer, "propose a schema, as Python code")
    infer.add_argument("--key", type=_names, metavar="A,B", help="columns that name a row")

    _command(commands, "cat", _cat, "print the sheet as clean CSV, every cell as text")

    _history(commands)

    about = "make a workbook to try things on: staff punch records, some of them dirty"
    sample = commands.add_parser("sample", help=about, description=about)
    sample.set_defaults(command=_sample)
    sample.add_argument("file", metavar="FILE", nargs="?", default="staff_punches.xlsx", help="where to write it")
    return parser


def _history(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """The commands that look back, and those that act on a job."""

    def command(name: str, function: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
        made.set_defaults(command=function, ask=name)
        return made

    jobs = command("jobs", _jobs, "list every import that ever ran, newest first")
    jobs.add_argument("--state", choices=[state.value for state in State], help="only those in this state")
    jobs.add_argument("--limit", type=int, metavar="N", help="at most so many")
    jobs.add_argument("--json", action="store_true", help="print one JSON array on the last line")

    show = command("show", _show, "show one import")
    show.add_argument("--json", action="store_true", help="print it as one JSON object on the last line")
    resume = command("resume", _resume, "go on with an import that is paused or did not end")
    resume.add_argument("--json", action="store_true", help="print the outcome as one JSON object on the last line")
    resume.add_argument("--into", metavar="URL", help="the target, where its URL has a password")
    resume.add_argument("--file", metavar="FILE", help="the file, where it lies elsewhere now")
    resume.add_argument("--rejects", type=Path, metavar="OUT", help="write the refused rows to a .xlsx or .csv file")
    pause = command("pause", _ask, "let an import stop after the chunk in hand, until it is resumed")
    cancel = command("cancel", _ask, "stop an import for good; what is written stays")
    for parser in (show, resume, pause, cancel):
        parser.add_argument("job", metavar="JOB", help="its id, or the beginning of it")

    prune = command("prune", _prune, "forget old imports; live ones stay")
    prune.add_argument("--older-than", type=float, required=True, metavar="DAYS", help="those that began longer ago")


def _command(
    commands: Any,  # noqa: ANN401 - argparse has no public name for it
    name: str,
    function: Callable[[argparse.Namespace], int],
    about: str,
) -> argparse.ArgumentParser:
    """A command with the options that all of them have."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    command.set_defaults(command=function)
    command.add_argument("file", metavar="FILE", help="an XLSX, XLSM, CSV or TSV file, also .gz")
    command.add_argument("--sheet", type=_sheet, metavar="S", help="a sheet's name, or its number from 1")
    command.add_argument(
        "--header-row", type=int, metavar="N", help="row of the headers, 0 for none (found by default)"
    )
    command.add_argument("--delimiter", metavar="C", help="of a text file (found by default)")
    command.add_argument("--encoding", metavar="E", help="of a text file, e.g. cp1252 (found by default)")
    command.add_argument(
        "--day-first",
        action=argparse.BooleanOptionalAction,
        help="whether 03/04/2025 is the third of April, where the file does not show it",
    )
    return command
