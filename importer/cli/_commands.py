"""What each command does, and its exit status."""

from __future__ import annotations

import json
import sys
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from importer import api, store
from importer.core import Progress, State
from importer.engine import Report, plan_to_resume
from importer.errors import ImporterError
from importer.listeners import auto
from importer.schema import load_schema
from importer.sources import open_source

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from importer.engine import Job, Plan

__all__ = [
    "DONE",
    "FAILED",
    "INTERRUPTED",
    "ask",
    "cat",
    "infer",
    "jobs",
    "load",
    "preview",
    "prune",
    "resume",
    "sample",
    "show",
]

DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 3, 130

CAT_ROWS = 100_000


def load(options: argparse.Namespace) -> int:
    """Import a file."""
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


def resume(options: argparse.Namespace) -> int:
    """Go on with a job, paused or ended."""
    record = api.job(options.job)
    if not record.state.is_final:
        return ask(options)
    try:
        job = plan_to_resume(record.job_id, into=options.into, file=options.file, listeners=(auto(),)).job()
    except ImporterError as exc:
        if options.json:
            _print_json(Report(progress=replace(record.progress, error=str(exc)), table=record.table_name).as_dict())
        raise
    return _finish(job, options)


def ask(options: argparse.Namespace) -> int:
    """Ask a job at work for something."""
    record = store.ask(options.job, options.ask)
    print(f"job {record.short_id} was asked to {options.ask}; importer show {record.short_id} tells how it stands")
    return DONE


def jobs(options: argparse.Namespace) -> int:
    """List the imports."""
    found = api.jobs(state=options.state, limit=options.limit)
    if options.json:
        _print_json([record.as_dict() for record in found])
    else:
        print(found)
    return DONE


def show(options: argparse.Namespace) -> int:
    """Show one import."""
    record = api.job(options.job)
    if options.json:
        _print_json(record.as_dict())
    else:
        print(record)
    return DONE


def prune(options: argparse.Namespace) -> int:
    """Forget old imports."""
    gone = api.prune(older_than=timedelta(days=options.older_than))
    print(f"{gone:,} {'job' if gone == 1 else 'jobs'} forgotten")
    return DONE


def _where_rejects(file: Path | None) -> str:
    """Sentence that says where the refused rows are."""
    if file is None:
        return "\n  --rejects refused.xlsx writes the refused rows to a workbook to correct"
    return f"\n  The refused rows are in {file}"


def _plan(options: argparse.Namespace) -> Plan:
    return api.plan(
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


def preview(options: argparse.Namespace) -> int:
    """Show what an import would make of a file."""
    preview = api.preview(options.file, day_first=options.day_first, **_opening(options))
    if options.json:
        _print_json(preview.as_dict())
    else:
        print(preview)
    return DONE


def infer(options: argparse.Namespace) -> int:
    """Propose a schema."""
    inference = api.infer(options.file, day_first=options.day_first, key=options.key, **_opening(options))
    print(inference)
    return DONE


def cat(options: argparse.Namespace) -> int:
    """Print the sheet as CSV."""
    source = open_source(options.file, **_opening(options))
    sys.stdout.write(pl.DataFrame(schema=source.header.labels).write_csv())
    with closing(source.chunks(CAT_ROWS)) as chunks:
        for chunk in chunks:
            sys.stdout.write(chunk.frame.write_csv(include_header=False))
    return DONE


def _opening(options: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(options, name) for name in ("sheet", "header_row", "last_row", "delimiter", "encoding")}


def sample(options: argparse.Namespace) -> int:
    """Make the sample workbook."""
    print(api.sample(options.file))
    return DONE


def _print_json(values: dict[str, Any] | list[dict[str, Any]]) -> None:
    print(json.dumps(values, ensure_ascii=False, default=str))
