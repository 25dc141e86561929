"""Two users who keep their histories in one PostgreSQL database never meet over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import psycopg
import pytest
from servers import serving

from conftest import POSTGRES

pytest.importorskip("jupyter_server", reason="the server needs jupyter_server, from the extra 'lab'")

from stores import statement

import importer
from importer.store import JobRecord, open_store


@pytest.fixture(scope="module")
def shared():
    """URL of a history that both use."""
    schema = f"importer_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(scope="module")
def server(tmp_path_factory, shared):
    with serving(tmp_path_factory.mktemp("shared"), IMPORTER_STORE=shared) as found:
        yield found


@pytest.fixture
def other(tmp_path, shared, monkeypatch):
    """This process, as another user with a job that waits."""
    monkeypatch.setenv("IMPORTER_STORE", shared)
    monkeypatch.setenv("IMPORTER_HOME", str(tmp_path / "other"))
    (tmp_path / "orders.csv").write_text("id,qty\n1,1\n")
    return importer.submit(tmp_path / "orders.csv", into=tmp_path / "shop.db", key="id")


def test_neither_sees_steers_or_runs_a_job_of_the_other(server, other):
    mine = server.finished(server.file())  # Its worker has taken all that it may.
    found = server.ask("GET", "api/jobs")[1]
    assert [job["job_id"] for job in found["jobs"]] == [mine["job_id"]]
    assert found["waiting"] == 0
    path = f"api/jobs/{other.job_id}"
    for method, name in (
        ("GET", path),
        ("GET", f"{path}/events"),
        ("GET", f"{path}/rejects.csv"),
        ("GET", f"{path}/rejects.json"),
        ("POST", f"{path}/pause"),
        ("POST", f"{path}/cancel"),
        ("POST", f"{path}/undo"),
        ("GET", f"api/jobs?after={other.job_id}"),
    ):
        assert server.ask(method, name)[0] == 404
    assert importer.job(other.job_id).is_queued
    assert importer.job(other.job_id).asked is None
    environment = os.environ | {"IMPORTER_HOME": os.environ["IMPORTER_HOME"]}
    subprocess.run(
        [sys.executable, "-m", "importer", "worker", "--once"], env=environment, check=True, capture_output=True
    )
    assert importer.job(other.job_id).created == 1


def test_a_record_in_the_name_of_another_user_is_not_shown(server, other):
    mine = server.ask("GET", "api/jobs?limit=1")[1]["jobs"] or [server.finished(server.file())]
    forged = JobRecord(job_id=str(uuid.uuid4()), label="forged")
    open_store().write(forged)
    whose = "(SELECT owner FROM importer_jobs WHERE job_id = ?)"
    statement(f"UPDATE importer_jobs SET owner = {whose} WHERE job_id = ?", mine[0]["job_id"], forged.job_id)
    for limit in (1, 200):
        jobs = server.ask("GET", f"api/jobs?limit={limit}")[1]["jobs"]
        assert forged.job_id not in [job["job_id"] for job in jobs]
        assert mine[0]["job_id"] in [job["job_id"] for job in jobs]
    assert server.ask("GET", f"api/jobs/{forged.job_id}")[0] == 404
