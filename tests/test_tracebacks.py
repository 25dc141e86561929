"""A real kernel: what a notebook shows of an error, and how to see the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import start_new_kernel

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
