"""Jobs over HTTP, on a real Jupyter server."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from itertools import count

import pytest
from servers import ROOT, serving
from waiting import until

pytest.importorskip("jupyter_server", reason="the server needs jupyter_server, from the extra 'lab'")

PROBLEM = "application/problem+json"
PASSED_OVER = "0b6e4c1d-8a52-4f7a-9c3d-2e5f8a7b6c1d"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, IMPORTER_TARGETS=f"elsewhere={folder}/elsewhere.db") as found:
        yield found


def rows(server, table, into="shop.db"):
    with closing(sqlite3.connect(server.root / into)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_an_import_is_followed_to_its_end_through_a_dropped_connection(server):
    status, job = server.submit(server.file(400), chunk_rows=20, pace="0.1s")
    assert (status, job["state"], job["is_queued"]) == (202, "pending", True)
    first = next(event for event in server.events(job["job_id"]) if event[2]["rows_read"])
    assert (first[0], first[2]["state"]) == ("progress", "running")
    rest = list(server.events(job["job_id"], first[1]))
    assert first[1] not in [event_id for _, event_id, _ in rest]
    assert [kind for kind, _, _ in rest] == ["progress"] * (len(rest) - 1) + ["complete"]
    reads = [data["rows_read"] for _, _, data in (first, *rest)]
    assert reads == sorted(reads)
    end = rest[-1][2]
    assert (end["state"], end["created"], end["percentage"]) == ("succeeded", 400, 100.0)
    assert rows(server, job["table_name"]) == 400
    # A browser that connects again after the end is told to stop.
    path, seen = f"api/jobs/{job['job_id']}/events", {"Last-Event-ID": rest[-1][1]}
    assert server.send("GET", path, headers=seen)[0] == 204


def test_jobs_are_listed_newest_first_in_pages(server):
    ids = [server.finished(server.file())["job_id"] for _ in range(3)]
    status, page = server.ask("GET", "api/jobs?limit=2&state=succeeded")
    assert (status, [job["job_id"] for job in page["jobs"]]) == (200, ids[:0:-1])
    rest = server.ask("GET", f"api/jobs?limit=1&after={page['next']}")[1]["jobs"]
    assert [job["job_id"] for job in rest] == ids[:1]
    assert server.ask("GET", f"api/jobs/{ids[0]}")[1]["created"] == 20


def test_a_job_is_paused_resumed_and_cancelled(server):
    _, job = server.submit(server.file(400), chunk_rows=5, pace="0.1s")
    path = f"api/jobs/{job['job_id']}"
    events = server.events(job["job_id"])
    next(event for event in events if event[2]["state"] == "running")
    assert server.ask("POST", f"{path}/pause")[0] == 200
    next(event for event in events if event[2]["state"] == "paused")
    assert server.ask("POST", f"{path}/resume")[0] == 200
    next(event for event in events if event[2]["state"] == "running")
    assert server.ask("POST", f"{path}/cancel")[0] == 200
    kind, _, last = list(events)[-1]
    assert (kind, last["state"]) == ("error", "cancelled")
    status, problem = server.ask("POST", f"{path}/pause")
    assert (status, problem["type"]) == (409, "urn:importer:job-over")
    assert server.ask("POST", f"{path}/resume")[1]["state"] in {"pending", "running"}
    events = list(server.events(job["job_id"]))
    assert (events[-1][2]["state"], events[-1][2]["created"]) == ("succeeded", 400)
    status, problem = server.ask("POST", f"{path}/resume")
    assert (status, problem["type"]) == (409, "urn:importer:job-complete")


def test_an_import_is_undone(server):
    job = server.finished(server.file())
    assert rows(server, job["table_name"]) == 20
    assert server.ask("POST", f"api/jobs/{job['job_id']}/undo", {"dry_run": True})[0] == 200
    assert rows(server, job["table_name"]) == 20
    status, report = server.ask("POST", f"api/jobs/{job['job_id']}/undo")
    assert (status, report["removed"]) == (200, 20)
    assert rows(server, f"sqlite_master WHERE name = '{job['table_name']}'") == 0  # The import had made it.
    assert server.ask("POST", f"api/jobs/{job['job_id']}/undo")[0] == 409


def test_refused_rows_are_sent_as_a_file(server):
    job = server.finished(server.file(bad=3), types={"qty": "Int64"})
    assert (job["state"], job["rejected"], job["has_rejects"]) == ("succeeded", 3, True)
    status, headers, body = server.send("GET", f"api/jobs/{job['job_id']}/rejects.csv")
    assert (status, headers["Content-Type"], body.count(b"\n")) == (200, "text/csv; charset=utf-8", 4)
    assert "attachment" in headers["Content-Disposition"]
    assert server.send("GET", f"api/jobs/{job['job_id']}/rejects.xlsx")[2][:2] == b"PK"
    clean = server.finished(server.file())
    assert server.ask("GET", f"api/jobs/{clean['job_id']}/rejects.csv")[0] == 404


def test_refused_rows_are_read_page_by_page_to_the_last(server):
    job = server.finished(server.file(1_300, bad=1_203), types={"qty": "Int64"}, chunk_rows=70)
    path, after, pages = f"api/jobs/{job['job_id']}/rejects.json", 0, []
    while after is not None:
        status, page = server.ask("GET", f"{path}?limit=601&after={after}")
        assert (status, page["next"]) == (200, page["rows"][-1]["number"] if len(pages) < 2 else None)
        after = page["next"]
        pages.append(page["rows"])
    assert [len(page) for page in pages] == [601, 601, 1]
    assert [row["row"] for page in pages for row in page] == list(range(2, 1_205))
    assert pages[2][0]["values"] == {"id": "1202", "qty": "x"}
    [cell] = pages[2][0]["cells"]
    assert (cell["column"], cell["value"], cell["severity"]) == ("qty", "x", "error")
    assert server.ask("GET", f"{path}?after=9999999")[1] == {"rows": [], "next": None}
    for wrong in ("after=-1", "after=x", "after=%D9%A5", "limit=0", "limit=100001", f"after={9**99}"):
        assert server.ask("GET", f"{path}?{wrong}")[0] == 422
    clean = server.finished(server.file())
    assert server.ask("GET", f"api/jobs/{clean['job_id']}/rejects.json")[0] == 404


def test_refused_rows_of_several_files_name_their_file(server):
    (server.root / "months").mkdir()
    for month in "ab":
        (server.root / f"months/{month}.csv").write_text("id,qty\n1,1\n2,x\n")
    load = "importer.load('months', into='shop.db', types={'qty': 'Int64'}, listeners=[])"
    code = f"import importer; print({load}.progress.job_id)"
    environment = os.environ | {"IMPORTER_HOME": str(server.home)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=server.root, capture_output=True, text=True, check=True
    )
    page = server.ask("GET", f"api/jobs/{done.stdout.strip()}/rejects.json")[1]
    assert [(row["file"], row["row"], row["values"]["qty"]) for row in page["rows"]] == [
        ("a.csv", 3, "x"),
        ("b.csv", 3, "x"),
    ]


def test_a_file_that_is_being_imported_is_not_imported_twice(server):
    file = server.file(400)
    _, job = server.submit(file, chunk_rows=5, pace="0.1s")
    status, problem = server.submit(file)
    assert (status, problem["job_id"], problem["type"]) == (409, job["job_id"], "urn:importer:file-in-hand")
    other, _ = server.submit(file, table="another")
    assert other == 202
    server.ask("POST", f"api/jobs/{job['job_id']}/cancel")
    assert list(server.events(job["job_id"]))[-1][2]["state"] == "cancelled"


def test_a_database_that_the_owner_of_the_server_lists_is_named_by_its_name(server):
    job = server.finished(server.file(), into="elsewhere")
    assert (job["state"], job["target"].endswith("/elsewhere.db")) == ("succeeded", True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "api/jobs"),
        ("GET", f"api/jobs/{PASSED_OVER}"),
        ("GET", f"api/jobs/{PASSED_OVER}/events"),
        ("GET", f"api/jobs/{PASSED_OVER}/rejects.csv"),
        ("GET", "api/whatever"),
        ("POST", "api/jobs"),
        ("POST", f"api/jobs/{PASSED_OVER}/undo"),
    ],
)
@pytest.mark.parametrize("authorization", [None, "token wrong"], ids=["none", "wrong"])
def test_a_call_without_a_login_gets_403_and_changes_nothing(server, method, path, authorization):
    before, file = server.count(), server.file()
    body = {"path": file, "into": "shop.db"} if method == "POST" else None
    status, headers, answer = server.send(method, path, body, headers={"Authorization": authorization})
    assert (status, headers["Content-Type"], json.loads(answer)["status"]) == (403, PROBLEM, 403)
    assert server.count() == before


def test_the_page_leads_to_the_login(server):
    status, headers, _ = server.send("GET", "", headers={"Authorization": None})
    assert (status, headers["Location"].startswith("/base/login")) == (302, True)


def test_a_call_with_a_cookie_needs_its_token_too(server):
    own, xsrf = server.login()
    body, before = {"path": server.file(), "into": "shop.db"}, server.count()
    assert server.ask("GET", "api/jobs", headers=own)[0] == 200
    status, problem = server.ask("POST", "api/jobs", body, headers=own)
    assert (status, problem["status"], server.count()) == (403, 403, before)
    assert server.ask("POST", "api/jobs", body, headers=own | {"X-XSRFToken": xsrf})[0] == 202


@pytest.fixture(scope="module")
def outside(server):
    """A file beside the root, and links that lead out of the root."""
    (server.root.parent / "secret.csv").write_text("id\n1\n")
    (server.root / "link.csv").symlink_to("../secret.csv")
    (server.root / "out").symlink_to("..")
    (server.root / "out.db").symlink_to("../secret.db")
    (server.root / "circle.csv").symlink_to("circle.csv")
    (server.root / ".hidden.csv").write_text("id\n1\n")
    (server.root / "good.csv").write_text("id\n1\n")
    (server.root / "folder.csv").mkdir()
    os.mkfifo(server.root / "pipe.csv")


GOOD = {"path": "good.csv", "into": "shop.db"}
BAD = {
    "path outside": {"path": "../secret.csv"},
    "path inside and outside": {"path": "sub/../../secret.csv"},
    "absolute path": {"path": "/etc/passwd"},
    "link outside": {"path": "link.csv"},
    "folder outside": {"path": "out/secret.csv"},
    "links in a circle": {"path": "circle.csv"},
    "hidden file": {"path": ".hidden.csv"},
    "no file": {"path": "gone.csv"},
    "folder": {"path": "folder.csv"},
    "pipe": {"path": "pipe.csv"},
    "pattern": {"path": "*.csv"},
    "URL": {"path": "https://localhost/a.csv"},
    "home": {"path": "~/a.csv"},
    "backslashes": {"path": "..\\secret.csv"},
    "NUL": {"path": "a\0.csv"},
    "half a letter": {"path": "\ud800.csv"},
    "long name": {"path": "a" * 5000},
    "path is a number": {"path": 5},
    "path is a list": {"path": ["good.csv"]},
    "path is empty": {"path": ""},
    "database outside": {"into": "../shop.db"},
    "linked database": {"into": "out.db"},
    "absolute database": {"into": "/tmp/shop.db"},
    "database in no folder": {"into": "nowhere/shop.db"},
    "URL of a database": {"into": "postgresql://localhost/test"},
    "URL of a file": {"into": "sqlite:///shop.db"},
    "password": {"into": "postgresql://ann:s3cret@localhost/test"},
    "no database": {"into": "shop.txt"},
    "half a letter in the database": {"into": "\ud800.db"},
    "no target": {"into": None},
    "place of a schema": {"options": {"schema": "os:system"}},
    "folder of pictures": {"options": {"images": {"columns": ["pic"], "folder": "/tmp/elsewhere"}}},
    "private network": {"options": {"images": {"columns": ["pic"], "allow_private": True}}},
    "host in a private network": {"options": {"images": {"columns": ["pic"], "allow_private": ["intranet"]}}},
    "file of a schema": {"options": {"schema": "evil.py:Orders"}},
    "unknown option": {"options": {"listeners": []}},
    "password as an option": {"options": {"password": "s3cret"}},
    "options are a list": {"options": []},
    "corrections are a list": {"options": {"corrections": [1]}},
    "mapping is a number": {"options": {"mapping": 5}},
    "chunk_rows is a word": {"options": {"chunk_rows": "many"}},
    "chunk_rows is negative": {"options": {"chunk_rows": -1}},
    "table is a list": {"options": {"table": ["a"]}},
    "table is a number": {"options": {"table": 5}},
    "key is an object": {"options": {"key": {"a": 1}}},
    "key is nested": {"options": {"key": [["id"]]}},
    "older form": {"options": {"opening": {"sheet": "Q3"}}},
    "files": {"options": {"files": {"origins": [["/etc/passwd", None]]}}},
    "unknown field": {"listeners": []},
    "priority is a word": {"priority": "high"},
    "priority is huge": {"priority": 10**30},
    "retries are negative": {"retries": -1},
    "after nothing": {"after": "gone"},
    "after is a list": {"after": []},
}


@pytest.mark.parametrize("sent", BAD.values(), ids=BAD)
@pytest.mark.usefixtures("outside")
def test_a_request_that_is_not_allowed_is_refused_with_a_problem_document(server, sent):
    before = server.count()
    status, headers, body = server.send("POST", "api/jobs", GOOD | sent)
    problem = json.loads(body)
    assert (status, headers["Content-Type"], problem["status"]) == (422, PROBLEM, 422), problem
    assert "s3cret" not in problem["detail"]
    assert server.count() == before


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "api/jobs", b"{", 400),
        ("POST", "api/jobs", b"[1]", 400),
        ("POST", "api/jobs", b"\xff", 400),
        ("POST", "api/jobs", b"[" * 100_000, 400),
        ("POST", "api/jobs", b'{"path": "' + b"a" * (1 << 20) + b'"}', 413),
        ("POST", f"api/jobs/{PASSED_OVER}/undo", b'{"force": 1}', 422),
        ("POST", f"api/jobs/{PASSED_OVER}/undo", None, 404),
        ("POST", f"api/jobs/{PASSED_OVER}/pause", None, 404),
        ("POST", f"api/jobs/{PASSED_OVER}", None, 405),
        ("GET", f"api/jobs/{PASSED_OVER}", None, 404),
        ("GET", f"api/jobs/{PASSED_OVER}/events", None, 404),
        ("GET", f"api/jobs/{PASSED_OVER}/rejects.csv", None, 404),
        ("GET", f"api/jobs/{PASSED_OVER}/rejects.exe", None, 404),
        ("GET", "api/jobs/..%2F..%2Fetc", None, 404),
        ("GET", "api/jobs/0", None, 404),
        ("GET", "api/jobs?limit=0", None, 422),
        ("GET", "api/jobs?limit=%D9%A5", None, 422),
        ("GET", "api/jobs?limit=9999999999", None, 422),
        ("GET", "api/jobs?state=done", None, 422),
        ("GET", "api/jobs?after=x", None, 404),
        ("GET", f"api/jobs?after={PASSED_OVER}", None, 404),
        ("DELETE", "api/jobs", None, 405),
    ],
    ids=count(),
)
def test_what_is_not_there_or_not_readable_is_a_problem_document(server, method, path, body, status):
    found, headers, answer = server.send(method, path, body)
    assert (found, headers["Content-Type"], json.loads(answer)["status"]) == (status, PROBLEM, status)


def test_another_type_than_json_is_refused(server):
    status, problem = server.ask("POST", "api/jobs", GOOD, headers={"Content-Type": "text/plain"})
    assert (status, problem["type"]) == (415, "urn:importer:not-json")


def test_everything_that_a_job_leaves_is_the_users_own(server):
    server.finished(server.file(bad=3), types={"qty": "Int64"})
    modes = {stat.S_IMODE(one.stat().st_mode) for one in server.home.rglob("*") if one.is_file()}
    assert modes == {0o600}


def test_a_server_stops_the_worker_that_it_has_started(tmp_path):
    with serving(tmp_path) as server:
        server.finished(server.file())
        worker = sqlite3.connect(server.home / "jobs.db").execute("SELECT pid FROM importer_workers").fetchone()[0]
        os.kill(worker, 0)
    until(lambda: not is_running(worker))


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


FRIEND, STRANGER = "http://localhost:3000", "http://localhost:4000"


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The server of another user, which starts no worker and lets a page of another origin follow jobs."""
    folder = tmp_path_factory.mktemp("other")
    with serving(folder, f"--ServerApp.allow_origin={FRIEND}", IMPORTER_SERVER_WORKER="0") as found:
        yield found


def test_a_server_that_may_not_start_a_worker_leaves_the_job_in_the_queue(other):
    _, job = other.submit(other.file())
    kind, _, data = next(other.events(job["job_id"]))
    assert (kind, data["is_queued"]) == ("progress", True)
    assert other.ask("GET", "api/jobs")[1]["workers"] == 0
    assert other.ask("POST", f"api/jobs/{job['job_id']}/cancel")[1]["state"] == "cancelled"


def test_a_page_of_an_origin_that_the_server_allows_may_follow_a_job(server, other):
    _, job = other.submit(other.file())
    path = f"api/jobs/{job['job_id']}"
    other.ask("POST", f"{path}/cancel")
    for name in (path, f"{path}/events"):
        for login in ({}, other.login()[0]):
            headers = other.send("GET", name, headers=login | {"Origin": FRIEND})[1]
            assert headers["Access-Control-Allow-Origin"] == FRIEND


def test_a_page_of_another_origin_neither_sees_nor_changes_anything_with_the_login_of_a_user(server):
    login, xsrf = server.login()
    before = server.count()
    stranger = login | {"Origin": STRANGER}
    assert "Access-Control-Allow-Origin" not in server.send("GET", "api/jobs", headers=stranger)[1]
    body = {"path": server.file(), "into": "shop.db"}
    status, headers, _ = server.send("POST", "api/jobs", body, headers=stranger | {"X-XSRFToken": xsrf})
    assert (status, headers["Content-Type"], server.count()) == (404, PROBLEM, before)


def test_jobs_of_two_users_never_meet(server, other):
    _, job = other.submit(other.file())
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/undo")):
        assert server.send(method, f"api/jobs/{job['job_id']}{path}")[0] == 404
    assert job["job_id"] not in [one["job_id"] for one in server.ask("GET", "api/jobs?limit=200")[1]["jobs"]]
    assert server.send("GET", "api/jobs", headers={"Authorization": f"token {other.token}"})[0] == 403


READER = """
from jupyter_server.auth import Authorizer


class Reader(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource == "importer" and action == "read"
"""


def test_a_user_who_may_only_read_changes_nothing(tmp_path):
    (tmp_path / "reading.py").write_text(READER)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    with serving(
        tmp_path, "--ServerApp.authorizer_class=reading.Reader", PYTHONPATH=f"{path}{os.pathsep}{ROOT}"
    ) as server:
        status, problem = server.submit(server.file())
        assert (status, problem["status"], server.count()) == (403, 403, 0)
        assert server.send("POST", f"api/jobs/{PASSED_OVER}/undo")[0] == 403
        assert server.send("GET", "")[0] == 200
