"""What can be typed after ``importer``."""

from __future__ import annotations

import argparse
import errno
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.cli import _commands, _queueing
from importer.cli._password import SECRETIVE, ParserWithoutSecrets
from importer.core import OPTIONS, PACES, READING_OPTIONS, Options, State, masked_file, raise_if_unwritable, why
from importer.errors import choices
from importer.store import PARTS, RETRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from importer.core import Option

    Command = Callable[[argparse.Namespace], int]

__all__ = ["parser"]

ROW_OPTIONS = ("key", "schema", "mapping", "constants", "types", "defaults", "day_first", "corrections", "max_rejects")
"""Options that decide what is in a row, and whether it is accepted."""

WRITING_OPTIONS = tuple(name for name in OPTIONS if name not in {*READING_OPTIONS, *ROW_OPTIONS})

LOOK_OPTIONS = (*READING_OPTIONS, "types", "day_first")
"""Options of a command that looks at a file and writes nothing."""

REPORT_AS_JSON = "Print the result as one JSON object on the last line."


def parser() -> argparse.ArgumentParser:
    """Every command, with its options and the function that it runs."""
    parser = ParserWithoutSecrets(
        prog="importer",
        description="Import spreadsheets into a database: every cell checked, every row accounted for.",
        epilog="To begin: importer load orders.xlsx --into sqlite:///shop.db --key order_id",
    )
    about = "Print the version."
    parser.add_argument("--version", action=Version, nargs=0, dest=argparse.SUPPRESS, help=about)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _load(commands)
    _queue(commands)
    _watch(commands)
    _look(commands)
    _history(commands)
    sample = _command(commands, "sample", _commands.sample, "Make a workbook to try things on, with some bad cells.")
    sample.add_argument("file", metavar="FILE", nargs="?", default="staff_punches.xlsx", help="Where to write it.")
    return parser


def _load(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """The command that imports."""
    load = _command(commands, "load", _commands.load, "Import a file into a table, or several files together.")
    about = (
        "An XLSX, XLSB, XLS, ODS, CSV, TSV, JSON, Parquet or Arrow file; several of them, a pattern, a folder or a zip."
    )
    load.add_argument("file", metavar="FILE", nargs="+", type=_no_database, help=about)
    _ask_file_password(load)
    _into(load, "The database, for example sqlite:///shop.db.")
    _ask_password(load)
    _add(load.add_argument_group("how the file is read"), READING_OPTIONS)
    _add(load.add_argument_group("how rows are checked"), ROW_OPTIONS)
    _add(load.add_argument_group("how rows are written"), WRITING_OPTIONS)
    output = load.add_argument_group("output")
    output.add_argument("--dry-run", action="store_true", help="Check everything and write nothing.")
    _outcome(output)


def _into(command: argparse.ArgumentParser, about: str) -> None:
    """Where the rows go, which a saved plan may say."""
    command.add_argument("--into", metavar="URL", help=f"{about} Needed unless a plan names it.")
    command.add_argument("--plan", metavar="PLAN.toml", help="A saved plan; options that are given replace its own.")


def _queue(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """The commands that put imports into the queue, and run them."""
    submit = _command(commands, "submit", _queueing.submit, "Put an import into the queue, and print its id.")
    _file(submit)
    _into(submit, "The database, without a password: the queue keeps none.")
    submit.add_argument("--priority", type=int, default=0, metavar="N", help="Jobs with a higher one are run first.")
    submit.add_argument("--after", metavar="JOB", help="A job that has to succeed before.")
    _retries(submit)
    _add(submit.add_argument_group("how the file is read"), READING_OPTIONS)
    _add(submit.add_argument_group("how rows are checked"), ROW_OPTIONS)
    _add(submit.add_argument_group("how rows are written"), WRITING_OPTIONS)
    submit.add_argument("--json", action="store_true", help="Print one JSON object on the last line.")
    about = (
        "Put an import into the queue again that failed, was given up, stopped or interrupted; it goes on where it was."
    )
    retry = _command(commands, "retry", _queueing.retry, about)
    retry.add_argument("job", metavar="JOB", help="The id of the job, or its first characters.")
    _retries(retry)
    worker = _command(commands, "worker", _queueing.worker, "Run the jobs of the queue, until it is stopped.")
    worker.add_argument("--once", action="store_true", help="End as soon as no job is due.")
    worker.add_argument("--limit", type=_count, metavar="N", help="End after N jobs.")
    worker.add_argument("--jobs", type=_count, default=1, metavar="N", help="Run N jobs at a time.")


def _retries(command: argparse.ArgumentParser) -> None:
    about = "How often the job is begun again at most, if its database is away or its worker dies."
    command.add_argument("--retries", type=partial(_count, least=0), default=RETRIES, metavar="N", help=about)


def _watch(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """The command that watches a folder."""
    watch = _command(commands, "watch", _queueing.watch, "Import the files of a folder as they arrive.")
    watch.add_argument("folder", metavar="FOLDER", help="Where files are dropped; done/ and refused/ are made in it.")
    about = "A saved plan. Of several, a file is imported by the first whose headers it has."
    watch.add_argument("--plan", required=True, action="append", metavar="PLAN.toml", help=about)
    watch.add_argument("--into", metavar="URL", help="The database, unless the plans name it.")
    watch.add_argument("--jobs", type=_count, default=1, metavar="N", help="Run N jobs at a time.")
    watch.add_argument("--queue-only", action="store_true", help="Leave the jobs to workers that run elsewhere.")


def _look(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """The commands that look at a file and write nothing."""
    preview = _command(commands, "preview", _commands.preview, "Show the first rows and what happens to every column.")
    infer = _command(commands, "infer", _commands.infer, "Propose a schema, as Python code.")
    cat = _command(commands, "cat", _commands.cat, "Print the sheet as CSV, every cell as text.")
    for command in (preview, infer, cat):
        _file(command)
        _add(command, READING_OPTIONS if command is cat else LOOK_OPTIONS)
    preview.add_argument("--json", action="store_true", help="Print one JSON object on the last line.")
    _add(infer, ("key",))


def _history(commands: Any) -> None:  # noqa: ANN401 - argparse has no public name for it
    """The commands that list jobs, and those that act on one."""
    jobs = _command(commands, "jobs", _commands.jobs, "List all imports, newest first.")
    states = [*(state.value for state in State), *PARTS]
    about = f"Only imports in this state: {', '.join(states)}."
    jobs.add_argument("--state", type=_one_of(states), metavar="STATE", help=about)
    jobs.add_argument("--limit", type=_count, metavar="N", help="Show at most N imports: 50, with --json all.")
    jobs.add_argument("--json", action="store_true", help="Print one JSON array on the last line.")
    show = _command(commands, "show", _commands.show, "Show one import.")
    _report(show)
    show.add_argument("--json", action="store_true", help="Print one JSON object on the last line.")
    resume = _command(commands, "resume", _commands.resume, "Continue an import that is paused or did not finish.")
    resume.add_argument(
        "--into", metavar="URL", help="The database, if its URL has a password, or the job is not yours."
    )
    _ask_password(resume)
    _ask_file_password(resume)
    resume.add_argument("--file", metavar="FILE", help="The file, if it has moved, or the job is not yours.")
    resume.add_argument("--schema", metavar="FILE.py:CLASS", help="The schema, if it has rules of its own.")
    _outcome(resume)
    undo = _command(commands, "undo", _commands.undo, "Take an import back, in one transaction.")
    undo.add_argument("--dry-run", action="store_true", help="Count what would be taken back, and change nothing.")
    about = "Take back rows too that were changed since; what was written there since is lost."
    undo.add_argument("--force", action="store_true", help=about)
    undo.add_argument(
        "--into", metavar="URL", help="The database, if its URL has a password, or the job is not in your history."
    )
    _ask_password(undo)
    undo.add_argument("--json", action="store_true", help=REPORT_AS_JSON)
    about = "Write the refused rows of an import to a file, to be corrected and imported again."
    rejects = _command(commands, "rejects", _commands.rejects, about)
    pause = _command(commands, "pause", _commands.request, "Pause an import after the current chunk.")
    pace = _command(commands, "pace", _commands.pace, "Slow an import down while it runs, or let it go on as it can.")
    cancel = _command(commands, "cancel", _commands.request, "Stop an import for good. Written rows stay.")
    for command in (show, resume, undo, rejects, pause, pace, cancel):
        command.add_argument("job", metavar="JOB", help="The id of the job, or its first characters.")
    rejects.add_argument("file", type=_rejects_file, metavar="OUT", help="The .xlsx or .csv file to write.")
    declared = OPTIONS["pace"]
    about = f"{', '.join(PACES)}, most rows a second as in 5000/s, or seconds between two chunks as in 0.5s."
    pace.add_argument("pace", **_value("pace", declared), help=about)
    about = "Say what is wrong with the history, the queue, the newest jobs and their databases, and how to fix it."
    doctor = _command(commands, "doctor", _commands.doctor, about)
    doctor.add_argument("--json", action="store_true", help="Print one JSON array on the last line.")
    prune = _command(commands, "prune", _commands.prune, "Delete old imports from the history. Running ones stay.")
    prune.add_argument("--older-than", type=_days, required=True, metavar="DAYS", help="Delete imports that are older.")


def _command(commands: Any, name: str, function: Command, about: str) -> argparse.ArgumentParser:  # noqa: ANN401
    """A command without arguments."""
    made: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    made.set_defaults(command=function, request=name, parser=made)
    return made


def _file(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", metavar="FILE", help="An XLSX, XLSM, XLSB, XLS, ODS, CSV, TSV, JSON, Parquet or Arrow file."
    )
    _ask_file_password(command)


def _ask_file_password(command: argparse.ArgumentParser) -> None:
    about = "Ask for the password of an encrypted workbook. It may also stand in IMPORTER_FILE_PASSWORD."
    command.add_argument("--ask-file-password", action="store_true", help=about)


def _ask_password(command: argparse.ArgumentParser) -> None:
    about = "Ask for the password of the database. It may also stand in PGPASSWORD or in ~/.pgpass."
    command.add_argument("--ask-password", action="store_true", help=about)


def _outcome(group: Any) -> None:  # noqa: ANN401 - a parser or a group of one
    """How the result of an import is reported."""
    group.add_argument(
        "--rejects", type=_rejects_file, metavar="OUT", help="Write rejected rows to this .xlsx or .csv file."
    )
    _report(group)
    group.add_argument("--json", action="store_true", help=REPORT_AS_JSON)


def _report(group: Any) -> None:  # noqa: ANN401 - a parser or a group of one
    """Where a report is written to."""
    about = "Write a report to this .html file, which needs no other, or to this .json file."
    group.add_argument("--report", type=_report_file, metavar="OUT", help=about)


def _report_file(text: str) -> Path:
    return _new_file(text, (".html", ".json"))


def _no_database(text: str) -> str:
    """A file, and no database in the wrong place, whose password would be shown."""
    if masked_file(text) != text:
        raise argparse.ArgumentTypeError("a database is named with --into, and is no file; what was typed is not shown")
    return text


def _rejects_file(text: str) -> Path:
    return _new_file(text, (".xlsx", ".csv"))


def _new_file(text: str, suffixes: tuple[str, str]) -> Path:
    """A file that can be written, as far as its name and folder show before the import."""
    file = Path(text)
    if file.suffix.lower() not in suffixes:
        raise argparse.ArgumentTypeError(f"must end in {' or '.join(suffixes)}, not {text!r}")
    folder = str(file.parent)
    try:
        if not file.parent.is_dir():
            raise argparse.ArgumentTypeError(f"the folder {folder!r} does not exist")
        if file.exists() and not file.is_file():
            raise argparse.ArgumentTypeError(f"{text!r} is there and no file; name another one")
        raise_if_unwritable(file.parent)
    except OSError as exc:
        what = f"the name {text!r}" if exc.errno == errno.ENAMETOOLONG else f"the folder {folder!r}"
        raise argparse.ArgumentTypeError(f"{what} cannot be used: {why(exc)}; name another one") from exc
    return file


def _count(text: str, least: int = 1) -> int:
    """A number of things, one or more."""
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise argparse.ArgumentTypeError(f"must be a whole number, {least} or more, not {text!r}")
    return int(text)


def _days(text: str) -> timedelta:
    """A number of days, which may have a fraction."""
    try:
        found = timedelta(days=float(text))
    except (ValueError, OverflowError) as exc:
        raise argparse.ArgumentTypeError(f"must be a number of days, not {text!r}") from exc
    if found < timedelta(0):
        raise argparse.ArgumentTypeError(f"must not be negative: {text!r}")
    return found


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    """Reads one of the names."""

    def read(text: str) -> str:
        if text not in names:
            said = "what was typed" if SECRETIVE.search(text) else repr(text)
            raise argparse.ArgumentTypeError(f"cannot be {said}: {choices(text.lower(), names)}")
        return text

    return read


def _add(group: Any, names: Iterable[str]) -> None:  # noqa: ANN401 - a parser or a group of one
    """Add the flags of some options; one that is not given is absent from the result."""
    for name in names:
        declared = OPTIONS[name]
        about = f"{declared.help} {declared.in_shell}".strip().replace("%", "%%")
        group.add_argument(declared.flag, dest=name, default=argparse.SUPPRESS, help=about, **_value(name, declared))


def _value(name: str, declared: Option) -> dict[str, Any]:
    """How argparse reads the value of an option."""
    if declared.choices:
        return {"type": _one_of(declared.choices), "choices": declared.choices}
    if declared.metavar is None:
        is_switch = getattr(Options(), name) is False
        return {"action": "store_true" if is_switch else argparse.BooleanOptionalAction}

    def read(text: str) -> object:
        try:
            value = declared.of_text(text)
            declared.checked(dict([value]) if declared.is_repeated else value)
        except (TypeError, ValueError) as exc:
            said = f"must be written {declared.metavar}, not {text!r}" if declared.is_repeated else declared.wrong(text)
            if declared.words and declared.is_repeated and "=" in text:
                said = declared.wrong(text.rpartition("=")[2])
            raise argparse.ArgumentTypeError(said) from exc
        return value

    # The history keeps the place of a schema; the command loads the class.
    read_value = declared.of_text if name == "schema" else read
    return {"type": read_value, "metavar": declared.metavar, **({"action": Pairs} if declared.is_repeated else {})}


class Version(argparse.Action):
    """Prints the version, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it, and end."""
        from importlib.metadata import version

        print(f"importer {version('notebook-importer')}")
        parser.exit()


class Pairs(argparse.Action):
    """Collects the pairs of a repeated flag in a dictionary."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,  # noqa: ANN401 - argparse
        option_string: str | None = None,
    ) -> None:
        """Add one pair."""
        del parser, option_string
        key, value = values
        found = getattr(namespace, self.dest, {})
        if key in found:
            raise argparse.ArgumentError(self, f"{key!r} is given twice")
        setattr(namespace, self.dest, {**found, key: value})
