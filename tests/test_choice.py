"""A real kernel, whose question is answered as a notebook's reader would."""

from __future__ import annotations

import pytest
from jupyter_client.manager import start_new_kernel

LOAD = "r = importer.load(file, into=into, key='id', listeners=[]); print(r.progress.created, r.progress.unchanged)"


@pytest.fixture
def ask(tmp_path):
    """A function that runs code in a kernel, answers what is asked, and gives the question and the output."""
    manager, client = start_new_kernel(kernel_name="python3")
    (tmp_path / "orders.csv").write_text("id\n1\n2\n")

    def run(code, answer=None):
        asked, said = [], []

        def reply(message):
            asked.append(message["content"]["prompt"])
            client.input(answer)

        def hear(message):
            said.append(message["content"].get("text") or message["content"].get("evalue") or "")

        client.execute_interactive(
            code, allow_stdin=answer is not None, stdin_hook=reply, output_hook=hear, timeout=60, store_history=False
        )
        return asked, "".join(said).strip()

    run(f"import importer; file = {str(tmp_path / 'orders.csv')!r}; into = {str(tmp_path / 'shop.db')!r}")
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_file_that_went_in_already_is_a_choice_in_a_notebook(ask):
    assert ask(LOAD, "") == ([], "2 0")
    [question], said = ask(LOAD, "again")
    assert question.endswith("again or skip? ")
    assert "was imported into this table before" in question
    assert said.endswith("0 2")
    assert ask(LOAD, "s")[1].endswith("0 0")
    for unanswered in ("", None):
        assert "was imported into this table before" in ask(LOAD, unanswered)[1]
