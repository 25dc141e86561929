"""What can be typed after ``importer``."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.cli import _commands
from importer.core import State

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["parser"]


def _sheet(text: str) -> str | int:
    return int(text) if text.isdigit() else text


def _limit(text: str) -> float:
    """A count, or a share written 0.05 or 5%."""
    value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    return int(value) if value >= 1 else value


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def parser() -> argparse.ArgumentParser:
    """Every command, with its options and the function that it runs."""
    parser = argparse.ArgumentParser(
        prog="importer", description="A spreadsheet into a database: every cell checked, every row accounted for."
    )
    parser.add_argument("--version", action="version", version=f"importer {version('notebook-importer')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    load = _command(commands, "load", _commands.load, "import a file into a table")
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

    preview = _command(commands, "preview", _commands.preview, "show the first rows, and what becomes of every column")
    preview.add_argument("--json", action="store_true", help="print it as one JSON object on the last line")

    infer = _command(commands, "infer", _commands.infer, "propose a schema, as Python code")
    infer.add_argument("--key", type=_names, metavar="A,B", help="columns that name a row")

    _command(commands, "cat", _commands.cat, "print the sheet as clean CSV, every cell as text")

    _history(commands)

    about = "make a workbook to try things on: staff punch records, some of them dirty"
    sample = commands.add_parser("sample", help=about, description=about)
    sample.set_defaults(command=_commands.sample)
    sample.add_argument("file", metavar="FILE", nargs="?", default="staff_punches.xlsx", help="where to write it")
    return parser


def _history(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """The commands that look back, and those that act on a job."""

    def command(name: str, function: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
        made.set_defaults(command=function, ask=name)
        return made

    jobs = command("jobs", _commands.jobs, "list every import that ever ran, newest first")
    jobs.add_argument("--state", choices=[state.value for state in State], help="only those in this state")
    jobs.add_argument("--limit", type=int, metavar="N", help="at most so many")
    jobs.add_argument("--json", action="store_true", help="print one JSON array on the last line")

    show = command("show", _commands.show, "show one import")
    show.add_argument("--json", action="store_true", help="print it as one JSON object on the last line")
    resume = command("resume", _commands.resume, "go on with an import that is paused or did not end")
    resume.add_argument("--json", action="store_true", help="print the outcome as one JSON object on the last line")
    resume.add_argument("--into", metavar="URL", help="the target, where its URL has a password")
    resume.add_argument("--file", metavar="FILE", help="the file, where it lies elsewhere now")
    resume.add_argument("--rejects", type=Path, metavar="OUT", help="write the refused rows to a .xlsx or .csv file")
    pause = command("pause", _commands.ask, "let an import stop after the chunk in hand, until it is resumed")
    cancel = command("cancel", _commands.ask, "stop an import for good; what is written stays")
    for parser in (show, resume, pause, cancel):
        parser.add_argument("job", metavar="JOB", help="its id, or the beginning of it")

    prune = command("prune", _commands.prune, "forget old imports; live ones stay")
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
    command.add_argument(
        "--last-row", type=int, metavar="N", help="row with which the table ends (the last by default)"
    )
    command.add_argument("--delimiter", metavar="C", help="of a text file (found by default)")
    command.add_argument("--encoding", metavar="E", help="of a text file, e.g. cp1252 (found by default)")
    command.add_argument(
        "--day-first",
        action=argparse.BooleanOptionalAction,
        help="whether 03/04/2025 is the third of April, where the file does not show it",
    )
    return command
