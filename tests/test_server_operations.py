"""Tracked operations and sessions over HTTP, and a description of the interface that holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from servers import serving

pytest.importorskip("jupyter_server", reason="the server needs jupyter_server, from the extra 'lab'")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("operations")) as found:
        yield found


def test_a_program_begins_updates_and_ends_a_session_and_others_watch_it(server):
    status, job = server.ask("POST", "api/operations", {"label": "Publish", "stages": {"scrape": 1, "import": 3}})
    path = f"api/operations/{job['job_id']}"
    assert (status, job["kind"], job["state"], job["percentage"]) == (201, "task", "running", 0.0)
    events = server.events(job["job_id"])
    next(events)
    status, now = server.ask(
        "POST", f"{path}/update", {"stage": "scrape", "completed": 2, "total": 4, "message": "two", "details": [1]}
    )
    assert (status, now["percentage"], now["stage"]["message"], now["stage"]["details"]) == (200, 12.5, "two", "[1]")
    assert next(events)[2]["percentage"] == 12.5
    assert server.ask("POST", f"{path}/complete", {"message": "done"})[1]["state"] == "succeeded"
    assert [kind for kind, _, _ in events] == ["complete"]
    status, problem = server.ask("POST", f"{path}/update", {"completed": 3})
    assert (status, problem["type"]) == (409, "urn:importer:job-over")


def test_operations_are_listed_without_imports_and_cancelled(server):
    server.finished(server.file())
    job = server.ask("POST", "api/operations", {"label": "x"})[1]
    assert {one["kind"] for one in server.ask("GET", "api/operations")[1]["jobs"]} == {"task"}
    path = f"api/operations/{job['job_id']}"
    assert server.ask("POST", f"{path}/pause")[0] == 409
    assert server.ask("POST", f"{path}/cancel")[1]["state"] == "cancelled"
    assert server.ask("GET", path)[1]["state"] == "cancelled"
    assert server.ask("POST", f"{path}/fail", {"error": "no"})[0] == 409


def test_an_operation_of_a_kernel_is_paused_and_cancelled_over_http(server):
    code = """
import importer, sys, threading
with importer.track("Nightly", listeners=[]) as op:
    print(op.id, flush=True)
    while True:
        threading.Event().wait(0.01)
        op.advance()
"""
    environment = os.environ | {"IMPORTER_HOME": str(server.home)}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        path = f"api/operations/{process.stdout.readline().strip()}"
        events = server.events(path.rpartition("/")[2])
        for what, state in (("pause", "paused"), ("resume", "running")):
            assert server.ask("POST", f"{path}/{what}")[0] == 200
            next(event for event in events if event[2]["state"] == state)
        assert server.ask("POST", f"{path}/update", {})[0] == 409
        server.ask("POST", f"{path}/cancel")
        assert list(events)[-1][2]["state"] == "cancelled"


BAD = [
    {},
    {"label": 5},
    {"label": "x", "stages": 5},
    {"label": "x", "stages": {"a": -1}},
    {"label": "x", "total": -1},
    {"label": "x", "expires_s": 0},
    {"label": "x", "listeners": []},
    {"label": "x", "history": False},
]


@pytest.mark.parametrize("sent", BAD, ids=json.dumps)
def test_an_operation_that_cannot_be_is_refused(server, sent):
    status, headers, body = server.send("POST", "api/operations", sent)
    assert (status, headers["Content-Type"]) == (422, "application/problem+json"), body


def test_an_import_is_no_operation(server):
    job = server.finished(server.file())
    for method, what in (("GET", ""), ("POST", "/update"), ("POST", "/complete"), ("POST", "/fail")):
        assert server.ask(method, f"api/operations/{job['job_id']}{what}")[0] == 404


def test_the_description_names_every_call_and_its_answers_keep_to_it(server):
    described = server.ask("GET", "api/openapi.json")[1]
    assert (described["openapi"], described["servers"]) == ("3.1.0", [{"url": "/base/importer/api"}])
    from importer.server._routes import METHODS, ROUTES

    handlers = [(path, name) for path, handler in ROUTES.items() for name in METHODS if name in vars(handler)]
    told = {(path, name) for path, about in described["paths"].items() for name in about if name in METHODS}
    assert len({name for _, name in told}) == 2
    assert len(told) >= len(handlers)
    for path, about in described["paths"].items():
        for name in METHODS:
            given = server.ask(name.upper(), f"api{path}".replace("{job_id}", "x"), headers={"Authorization": None})
            assert given[0] == 403 if name in about else given[0] in {403, 405}


# It cannot know which files there are, nor which stages a session has.
CONFIG = """
[[operations]]
include-name = ["POST /jobs", "POST /operations", "POST /operations/{job_id}/update"]
checks.positive_data_acceptance.enabled = false
"""


def test_schemathesis_finds_no_fault(server, tmp_path):
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    place = f"http://127.0.0.1:{server.port}/base/importer/api"
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{place}/openapi.json", "--url", place),
            *("-H", f"Authorization: Bearer {server.token}", "--seed", "17", "--generation-deterministic"),
            *("--phases", "fuzzing", "--max-examples", "5", "--no-color", "--warnings", "off"),
            # It expects 401 of a call without a login, which Jupyter answers with 403.
            *("--exclude-checks", "missing_required_header"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert "Traceback" not in server.log.read_text()
