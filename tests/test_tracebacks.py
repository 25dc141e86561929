"""A real kernel: what a notebook shows of an error, and how to see the rest."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from jupyter_client.manager import start_new_kernel

import importer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., str]]:
    """A function that runs code in a kernel, answers a debugger, and returns what is shown."""
    manager, client = start_new_kernel(kernel_name="python3")

    def run(code: str, *answers: str) -> str:
        said: list[str] = []
        left = iter(answers)

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            said.append(content.get("text") or "\n".join(content.get("traceback", ())))

        client.execute_interactive(
            code,
            allow_stdin=bool(answers),
            stdin_hook=lambda _: client.input(next(left, "q")),
            output_hook=hear,
            timeout=60,
            store_history=False,
        )
        return COLOURS.sub("", "".join(said)).strip()

    run("import importer")
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_notebook_shows_the_sentence_and_the_fix_in_place_of_the_traceback(run: Callable[..., str]) -> None:
    shown = run("importer.read('nowhere.csv')")
    assert shown.splitlines() == [
        "SourceError: no file 'nowhere.csv' in '.'; check the name and the folder",
        "",
        "%tb shows the whole traceback.",
    ]


MISTAKES = [
    "importer.load(frame)",
    "importer.load(frame, 'shop.db')",
    "importer.load(frame, into='shop.db', on_conflit='skip')",
    "importer.load(frame, into='shop.db', on_conflict='Skip')",
    "importer.load(frame, into='shop.db', listeners=3)",
    "importer.plan(frame, ino='shop.db')",
    "importer.preview(frame, on_conflict='skip')",
    "importer.infer(frame, sheets=1)",
    "importer.read(frame, key='id')",
    "importer.resume('4c1d8a52', inot='shop.db')",
    "importer.prune(older_than=3)",
    "importer.App(into='shop.db', on_conflit='skip')",
    "importer.load(frame, into='nowhere/at/all/a.db', listeners=[])",
    "importer.load(frame, into='nowhere/at/all/a.db', listeners=[])",
    "importer.load(frame, into=Broken(), table='t', listeners=[])",
    "slow.result(timeout_s=0)",
    "importer.load(pl.DataFrame({'id': range(99_999)}), into=MemorySink(), chunk_rows=9, listeners=[ctrl_c])",
]
"""What people type, and what jobs end with: errors of ours, of Python, and of code that is not ours."""


def test_a_mistake_is_one_sentence(run: Callable[..., str]) -> None:
    run(
        """
        import os, signal, threading
        import polars as pl
        from importer.testing import MemorySink

        frame = pl.DataFrame({"id": [1], "n": ["x"]})

        class Broken(MemorySink):
            def write(self, chunk):
                raise RuntimeError("the disk is on fire")

        class Slow(MemorySink):
            def write(self, chunk):
                is_over.wait()
                return super().write(chunk)

        is_over = threading.Event()
        slow = importer.plan(frame, into=Slow(), table="t", listeners=[]).start()

        sent = []

        def ctrl_c(progress):
            if progress.rows_read and not sent:
                sent.append(progress)
                os.kill(os.getpid(), signal.SIGINT)
        """
    )
    for mistake in MISTAKES:
        said, *more = run(mistake).splitlines()
        assert re.fullmatch(r"\w+(Error|Interrupt)(: .+)?", said), mistake
        assert more[-2:] == ["", "%tb shows the whole traceback."], mistake
        assert len(more) <= 3, mistake
    run("is_over.set()")


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (
            "plan(frame, into='shop.db', on_conflit='skip')",
            "plan() has no option 'on_conflit': did you mean 'on_conflict'?",
        ),
        (
            "load(frame, into='shop.db', on_conflit='skip')",
            "load() has no option 'on_conflit': did you mean 'on_conflict'?",
        ),
        ("read(frame, key='id')", "read() has no option 'key': there are: sheet"),
        ("load(frame)", "load() needs into; give into=…"),
        ("load(frame, 'shop.db')", "load() takes only file without a name; give into='shop.db'"),
    ],
)
def test_a_call_that_is_wrong_says_how_it_is_right(mistake: str, words: str) -> None:
    with pytest.raises(importer.errors.OptionError, match=re.escape(words)):
        eval(f"importer.{mistake}", {"importer": importer, "frame": pl.DataFrame({"id": [1]})})


def test_an_ipython_in_a_terminal_shows_the_same() -> None:
    typed = "import importer\nimporter.read('nowhere.csv')\n%tb\n"
    command = [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit"]
    said = COLOURS.sub("", subprocess.run(command, input=typed, capture_output=True, text=True, check=True).stdout)
    short, _, whole = said.partition("%tb shows the whole traceback.")
    assert short.split("]: ")[-1].strip() == "SourceError: no file 'nowhere.csv' in '.'; check the name and the folder"
    assert "Traceback (most recent call last)" in whole


def test_notes_of_an_error_are_shown(run: Callable[..., str]) -> None:
    shown = run("error = importer.ImporterError('it is full')\nerror.add_note('2 rows are in')\nraise error")
    assert shown.splitlines()[:2] == ["ImporterError: it is full", "2 rows are in"]


@pytest.mark.parametrize("command", ["%tb", "%tb Plain"])
def test_the_whole_traceback_is_there_when_asked_for(run: Callable[..., str], command: str) -> None:
    run("importer.read('nowhere.csv')")
    whole = run(command)
    assert "Traceback (most recent call last)" in whole
    assert "FileNotFoundError" in whole
    assert whole.endswith("no file 'nowhere.csv' in '.'; check the name and the folder")


def test_the_debugger_stands_where_the_error_was_raised(run: Callable[..., str]) -> None:
    run("1 / 0")
    run("importer.read('nowhere.csv')")
    shown = run("%debug", "p path.name", "q")
    assert "ZeroDivisionError" not in shown
    assert "'nowhere.csv'" in shown


def test_the_same_error_raised_again_is_short_again(run: Callable[..., str]) -> None:
    run("job = importer.plan(__import__('polars').DataFrame({'a': ['x']}), into='nowhere/at/all/a.db').start()")
    shown = [run("job.result()") for _ in range(2)]
    assert shown[0] == shown[1]
    assert shown[0].startswith("SinkError: ")
