"""Files that are sent to a real Jupyter server, to be imported there."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from itertools import repeat
from pathlib import Path

import pytest
from servers import BOUNDARY, form, serving
from waiting import until

pytest.importorskip("jupyter_server", reason="the server needs jupyter_server, from the extra 'lab'")

MB = 1 << 20
LARGEST = 80 * MB
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("uploads"), IMPORTER_LARGEST_UPLOAD=str(LARGEST)) as found:
        yield found


def csv(rows, marker):
    return f"id,{marker}\n".encode() + b"".join(b"%d,%d\n" % (n, n) for n in range(rows))


def rows(server, table):
    with closing(sqlite3.connect(server.root / "shop.db")) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def end_of(server, job):
    return list(server.events(job["job_id"]))[-1][2]


def test_a_file_that_is_sent_is_imported_and_then_deleted(server):
    status, job = server.upload(csv(400, "sent"), "Übersicht 2026.csv", chunk_rows=20, pace="0.1s")
    assert (status, job["state"], job["name"]) == (202, "pending", "Übersicht 2026.csv")
    [file] = server.uploads
    folders = [file, *list(file.parents)[:3]]
    assert [stat.S_IMODE(each.stat().st_mode) for each in folders] == [0o600, 0o700, 0o700, 0o700]
    assert file.read_bytes() == csv(400, "sent")
    end = end_of(server, job)
    assert (end["state"], end["created"], rows(server, job["table_name"])) == ("succeeded", 400, 400)
    until(lambda: server.uploads == [])


def test_a_file_that_is_being_imported_is_not_taken_twice_by_whatever_name(server):
    content = csv(400, "twice")
    _, job = server.upload(content, table="twice", chunk_rows=5, pace="0.1s")
    status, problem = server.upload(content, "copy.csv", table="twice")
    assert (status, problem["job_id"], problem["type"]) == (409, job["job_id"], "urn:importer:file-in-hand")
    status, other = server.upload(content, table="twice_more")
    assert status == 202
    server.ask("POST", f"api/jobs/{job['job_id']}/cancel")
    assert (end_of(server, job)["state"], end_of(server, other)["state"]) == ("cancelled", "succeeded")
    # One that was cancelled may be resumed, until it is deleted from the history.
    until(lambda: [file.parents[1].name for file in server.uploads] == [job["job_id"]])
    assert server.upload(content, "copy.csv", table="twice_again")[0] == 202


def peak_kb(pid):
    return int(re.search(r"VmHWM:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def test_a_large_file_never_is_in_the_memory_of_the_server(server):
    assert server.upload(b"id\n1\n", table="small")[0] == 202
    before = peak_kb(server.pid)
    status, job = server.upload([b"id,text\n", *repeat(b"1," + b"x" * (MB - 3) + b"\n", 64)], table="large", limit=1)
    assert status in {202, 422}, job
    assert peak_kb(server.pid) - before < 24 * 1024


HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nid\r\n'
JOB = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="job"\r\n\r\n{{"into": "shop.db"}}\r\n'
END = f"--{BOUNDARY}--\r\n"
MALFORMED = {
    "no file": (JOB + END, 400),
    "nothing": ("", 400),
    "no end": (HEAD + JOB, 400),
    "two files": (HEAD + HEAD + JOB + END, 400),
    "two jobs": (JOB + JOB + HEAD + END, 400),
    "another part": (HEAD.replace('"file"', '"password"') + JOB + END, 400),
    "a part without a name": (HEAD.replace('name="file"; ', "") + JOB + END, 400),
    "a file without a name": (HEAD.replace('filename="a.csv"', 'filename=""') + JOB + END, 400),
    "other bytes before": ("x" * 9_000 + HEAD + JOB + END, 400),
    "another boundary": ((HEAD + JOB + END).replace(BOUNDARY, "other"), 400),
    "a job that is no JSON": (HEAD + JOB.replace("{", "") + END, 400),
    "no job": (HEAD + END, 422),
    "a path too": (HEAD + JOB.replace("{", '{"path": "a.csv", ') + END, 422),
    "a schema": (HEAD + JOB.replace("}", ', "options": {"schema": "os:system"}}') + END, 422),
    "a target elsewhere": (HEAD + JOB.replace("shop.db", "../shop.db") + END, 422),
    "a large job": (HEAD + JOB.replace("shop", "x" * 2 * MB) + END, 413),
    "a long header": (HEAD.replace("a.csv", "a" * 9_000) + JOB + END, 400),
}


@pytest.mark.parametrize(("body", "status"), MALFORMED.values(), ids=MALFORMED)
def test_a_form_that_cannot_be_taken_is_refused_and_leaves_nothing(server, body, status):
    before, kept = server.count(), server.uploads
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    found, headers, answer = server.send("POST", "api/jobs", body.encode(), headers=kind)
    problem = json.loads(answer)
    assert (found, headers["Content-Type"], problem["status"]) == (status, PROBLEM, status), problem
    assert server.count() == before
    # A file of an earlier test goes when its import ends.
    assert not {*server.uploads} - {*kept}


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x"]
)
def test_a_form_without_a_boundary_or_of_another_kind_is_refused(server, kind):
    status, problem = server.ask("POST", "api/jobs", (HEAD + JOB + END).encode(), headers={"Content-Type": kind})
    assert status in {400, 415}, problem


@pytest.mark.parametrize(
    "name", ["../../../evil.csv", "/etc/passwd", "..", ".hidden", "a\\b.csv", "%22.csv", "a" * 300]
)
def test_a_file_keeps_to_its_own_folder_whatever_it_is_called(server, name):
    status, job = server.upload(b"id\n1\n", name, table="names", if_imported="again")
    assert status == 202, job
    assert Path(job["path"]).parents[2] == server.home / "uploads"
    assert end_of(server, job)["state"] == "succeeded"


def test_a_file_over_the_limit_is_refused_before_it_is_sent_and_cut_if_it_does_not_say_how_large_it_is(server):
    before, kept = server.count(), server.uploads
    body, headers = form(repeat_mb(90), job={"into": "shop.db"})
    status, given, answer = server.send("POST", "api/jobs", body, headers=headers)
    assert (status, given["Content-Type"], json.loads(answer)["type"]) == (413, PROBLEM, "urn:importer:body-too-large")
    with server.connect() as connection:  # As curl does, it asks before it sends.
        connection.putrequest("POST", "/base/importer/api/jobs")
        for name, value in (headers | {"Authorization": f"token {server.token}", "Expect": "100-continue"}).items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == 413
    body, headers = form(repeat_mb(90), job={"into": "shop.db"})
    del headers["Content-Length"]
    assert server.send("POST", "api/jobs", body, headers=headers)[0] == 413
    assert server.count() == before
    assert set(server.uploads) <= set(kept)


def repeat_mb(count):
    return list(repeat(b"1\n" * (MB // 2), count))


def test_a_file_whose_sender_goes_away_is_deleted(server):
    kept = server.uploads
    _, headers = form(repeat_mb(8), job={"into": "shop.db"})
    with server.connect() as connection:
        connection.putrequest("POST", "/base/importer/api/jobs")
        for name, value in (headers | {"Authorization": f"token {server.token}"}).items():
            connection.putheader(name, value)
        connection.endheaders((HEAD + "1\r\n" * 200_000).encode())
        until(lambda: set(server.uploads) - set(kept))
    until(lambda: set(server.uploads) <= set(kept))


def test_a_folder_that_cannot_take_the_file_is_told(tmp_path):
    with serving(tmp_path) as server:
        server.home.mkdir(exist_ok=True)
        folder = server.home / "uploads"
        for spoil in (lambda: folder.write_text("a file"), lambda: folder.symlink_to(tmp_path / "nowhere")):
            spoil()
            status, problem = server.upload(b"id\n1\n")
            assert (status, problem["type"]) == (507, "urn:importer:no-room")
            folder.unlink()
        assert server.upload(b"id\n1\n")[0] == 202


@pytest.mark.parametrize("authorization", [None, "token wrong"], ids=["none", "wrong"])
def test_nobody_sends_a_file_without_a_login(server, authorization):
    kept, before = server.uploads, server.count()
    status, problem = server.upload(b"id\n1\n", headers={"Authorization": authorization})
    assert (status, problem["status"], server.count()) == (403, 403, before)
    assert set(server.uploads) <= set(kept)


def test_a_file_with_a_cookie_needs_its_token_too(server):
    own, xsrf = server.login()
    before = server.count()
    assert server.upload(b"id\n2\n", headers=own)[0] == 403
    assert server.count() == before
    assert server.upload(b"id\n2\n", headers=own | {"X-XSRFToken": xsrf})[0] == 202
    assert server.upload(b"id\n3\n", headers=own | {"X-XSRFToken": xsrf, "Origin": "http://localhost:4000"})[0] == 404


def test_a_file_goes_with_the_record_of_its_job(server):
    _, job = server.upload(b"id\nnot a number\n", table="bad", types={"id": "Int64"}, max_rejects=0)
    assert end_of(server, job)["state"] == "failed"
    assert job["job_id"] in [file.parents[1].name for file in server.uploads]
    code = "import importer, datetime; importer.prune(older_than=datetime.timedelta(0))"
    environment = os.environ | {"IMPORTER_HOME": str(server.home)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert job["job_id"] not in [file.parents[1].name for file in server.uploads]
