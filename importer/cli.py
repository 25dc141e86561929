"""The verbs of the package in a shell: ``importer load``, ``preview``, ``infer``, ``cat``, ``sample``."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

import importer
from importer.errors import ImporterError, SchemaError, choices
from importer.progress import Progress, State
from importer.report import Report
from importer.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import dataframely as dy

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
        schema=None if options.schema is None else _schema(options.schema),
        day_first=options.day_first,
        **_opening(options),
        on_conflict=options.on_conflict,
        if_table_exists=options.if_table_exists,
        max_rejects=options.max_rejects,
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


def _print_json(values: dict[str, Any]) -> None:
    print(json.dumps(values, ensure_ascii=False, default=str))


def _schema(place: str) -> type[dy.Schema]:
    """The schema class that ``FILE.py:CLASS`` names.

    Raises
    ------
    SchemaError
        Where there is none.
    """
    import dataframely as dy

    file, _, name = place.rpartition(":")
    spec = importlib.util.spec_from_file_location("importer_schema", file)
    if not file or spec is None or spec.loader is None or not Path(file).is_file():
        raise SchemaError(f"--schema {place!r} names no Python file. Write FILE.py:CLASS, e.g. orders.py:Orders")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    schema = getattr(module, name, None)
    if not (isinstance(schema, type) and issubclass(schema, dy.Schema)):
        names = [key for key, value in vars(module).items() if isinstance(value, type) and issubclass(value, dy.Schema)]
        raise SchemaError(f"{file!r} has no dataframely schema {name!r}: {choices(name, names)}")
    return schema


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
    load.add_argument("--dry-run", action="store_true", help="everything but the writing, with the run's counts")
    load.add_argument("--json", action="store_true", help="print the outcome as one JSON object on the last line")

    preview = _command(commands, "preview", _preview, "show the first rows, and what becomes of every column")
    preview.add_argument("--json", action="store_true", help="print it as one JSON object on the last line")

    infer = _command(commands, "infer", _infer, "propose a schema, as Python code")
    infer.add_argument("--key", type=_names, metavar="A,B", help="columns that name a row")

    _command(commands, "cat", _cat, "print the sheet as clean CSV, every cell as text")

    about = "make a workbook to try things on: staff punch records, some of them dirty"
    sample = commands.add_parser("sample", help=about, description=about)
    sample.set_defaults(command=_sample)
    sample.add_argument("file", metavar="FILE", nargs="?", default="staff_punches.xlsx", help="where to write it")
    return parser


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
