"""A file that is in the table already: a real kernel that may never wait, and a real terminal that asks."""

from __future__ import annotations

import os
import sys

import pexpect
import pytest
from jupyter_client.manager import start_new_kernel

LOAD = "r = importer.load(file, into=into, key='id'); print('made', r.progress.created, 'same', r.progress.unchanged)"
"""Its panel or its bar is shown."""

ROWS = 300
"""So many that a job of one row a chunk is told of before it ends."""


@pytest.fixture
def prepare(tmp_path):
    """Code that names a file and a database."""
    (tmp_path / "orders.csv").write_text("id\n" + "\n".join(map(str, range(ROWS))))
    file, into = str(tmp_path / "orders.csv"), str(tmp_path / "shop.db")
    return f"import importer; file, into = {file!r}, {into!r}"


def test_a_notebook_is_never_stopped_by_a_question(prepare):
    manager, client = start_new_kernel(kernel_name="python3")

    def run(code):
        asked, said = [], []
        client.execute_interactive(
            code,
            allow_stdin=True,
            stdin_hook=lambda message: (asked.append(message), client.input("again")),
            output_hook=lambda message: said.append(message["content"]),
            timeout=60,
            store_history=False,
        )
        assert asked == []
        return said

    def cell(code):
        said = run(code)
        return "".join(one.get("text") or "\n".join(one.get("traceback", ())) for one in said)

    try:
        run(prepare)
        assert f"made {ROWS} same 0" in cell(LOAD)
        known = cell(LOAD)
        assert "if_imported='skip' to skip it" in known
        assert "if_imported='again' to import it again" in known
        assert "made 0 same 0" in cell(LOAD.replace("key=", "if_imported='skip', key="))
        assert f"made 0 same {ROWS}" in cell(LOAD.replace("key=", "if_imported='again', key="))
        begun = (
            "stop = lambda now: now.rows_read and job.cancel(); job = importer.plan(file, into=into, table='begun', "
        )
        cell(begun + "key='id', chunk_rows=1, listeners=[stop]).start(); job.wait()")
        stopped = cell(LOAD.replace("key=", "table='begun', key="))
        assert "resume it with importer.resume('" in stopped
        assert "if_imported='again' to start from the first row" in stopped
        command = f"!{sys.executable} -m importer load {{file}} --into postgresql://ann@localhost:1/shop --ask-password"
        assert "there is no terminal at which a password can be typed" in cell(command)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(params=["python", "ipython"])
def terminal(request, prepare):
    """Python in a terminal, at which somebody types."""
    plain = ["-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit", "--colors=NoColor"]
    prompt = r">>> $" if request.param == "python" else r"In \[\d+\]: $"
    command = ["-q"] if request.param == "python" else plain
    child = pexpect.spawn(sys.executable, command, env=os.environ | {"TERM": "dumb"}, encoding="utf-8", timeout=60)
    child.setwinsize(50, 400)

    def typed(code, expected=prompt):
        child.sendline(code)
        child.expect(expected)
        return child.before

    child.expect(prompt)
    typed(prepare)
    yield typed
    child.close(force=True)


def test_a_terminal_asks_before_anything_is_shown_as_failed(terminal):
    asks = r"again or skip\? "
    assert f"made {ROWS} same 0" in terminal(LOAD)
    question = terminal(LOAD, asks)
    assert "was imported into this table before" in question
    assert "failed" not in question
    assert f"made 0 same {ROWS}" in terminal("again")
    terminal(LOAD, asks)
    assert "made 0 same 0" in terminal("s")
    terminal(LOAD, asks)
    assert "AlreadyImportedError" in terminal("")


def test_a_job_that_did_not_end_is_resumed_from_a_terminal(terminal):
    terminal("stop = lambda now: now.rows_read and job.cancel()")
    terminal("job = importer.plan(file, into=into, key='id', chunk_rows=1, listeners=[stop]).start(); job.wait()")
    assert "which did not end" in terminal(LOAD, r"resume or again\? ")
    assert f"made {ROWS} same 0" in terminal("r")


def test_a_script_never_asks(prepare):
    code = f"{prepare}\n{LOAD}\n{LOAD}"
    said = pexpect.run(
        f'{sys.executable} -c "{code.replace(chr(10), "; ")}"', env=os.environ, encoding="utf-8", timeout=60
    )
    assert "AlreadyImportedError" in said
    assert "again or skip?" not in said
