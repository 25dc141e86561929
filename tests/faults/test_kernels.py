"""A kernel is restarted while it imports: politely, and not."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from jupyter_client.manager import start_new_kernel

import importer
from importer.core._progress import State

ROWS = 100_000

START = """
import importer, threading
begun = threading.Event()
hear = lambda now: now.rows_read and (begun.set() or threading.Event().wait(1))
job = importer.plan({file!r}, into={into!r}, key="id", chunk_rows=1_000, listeners=[hear]).start()
begun.wait(30)
"""
"""Each snapshot takes a second, so that the job is in the middle when the kernel goes."""

LOAD = """
import importer
try:
    importer.load({file!r}, into={into!r}, key="id", listeners=[])
except importer.errors.AlreadyImportedError as exc:
    print(exc)
print(importer.resume({job!r}, listeners=[]).progress.created)
"""
"""Nothing asks in a kernel: the error names the ways on."""


@pytest.fixture
def kernel():
    """A kernel of its own, and a function that runs code there and gives what it prints."""
    manager, client = start_new_kernel(kernel_name="python3")

    def run(code):
        said = []
        client.execute_interactive(
            code,
            allow_stdin=False,
            output_hook=lambda message: said.append(message["content"].get("text") or ""),
            timeout=60,
        )
        return "".join(said).strip()

    yield manager, client, run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    ("now", "why"), [(False, "Python ended; "), (True, "its process died; ")], ids=["asked to stop", "killed"]
)
def test_a_job_of_a_kernel_that_is_restarted_is_interrupted_and_goes_on_exactly(kernel, tmp_path, now, why):
    manager, client, run = kernel
    file, into = tmp_path / "orders.csv", tmp_path / "shop.db"
    file.write_text("id\n" + "".join(f"{n}\n" for n in range(ROWS)))
    run(START.format(file=str(file), into=str(into)))
    manager.restart_kernel(now=now)
    [record] = importer.jobs()
    assert (record.state, record.error) == (
        State.INTERRUPTED,
        f"{why}resume it with importer.resume({record.short_id!r})",
    )
    assert record.created < ROWS
    client.wait_for_ready(timeout=60)
    said = run(LOAD.format(file=str(file), into=str(into), job=record.job_id))
    assert f"importer.resume({record.short_id!r}" in said
    assert said.endswith(str(ROWS))
    with closing(sqlite3.connect(into)) as connection:
        assert connection.execute("SELECT count(*), sum(id) FROM orders").fetchone() == (ROWS, ROWS * (ROWS - 1) // 2)
    # The call that was refused is a job of its own in the history.
    states = {again.job_id: again.state for again in importer.jobs()}
    assert states.pop(record.job_id) is State.SUCCEEDED
    assert list(states.values()) == [State.FAILED]
