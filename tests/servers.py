"""A Jupyter server with the package's extension, and what asks it: `serving`, `Server`."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from waiting import until

ROOT = Path(__file__).parents[1]
NUMBERS = count()


@dataclass(frozen=True)
class Server:
    port: int
    token: str
    root: Path
    home: Path
    log: Path

    @property
    def pid(self):
        """The process that answers."""
        return int(next(Path(self.home.parent, "run").glob("jpserver-*.json")).stem.partition("-")[2])

    @property
    def uploads(self):
        """The files that were sent and are still kept."""
        return [file for file in (self.home / "uploads").rglob("*") if file.is_file()]

    def connect(self):
        return closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=90))

    def send(self, method, path, body=None, *, headers=None):
        """Status, headers and body of an answer."""
        given = {"Authorization": f"token {self.token}", "Content-Type": "application/json"} | (headers or {})
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        with self.connect() as connection:
            connection.request(method, f"/base/importer/{path}", sent, {k: v for k, v in given.items() if v})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def ask(self, method, path, body=None, **options):
        status, _, found = self.send(method, path, body, **options)
        return status, json.loads(found)

    def login(self):
        """Headers of a browser that has logged in, and the token that its page gives to what it sends."""
        with self.connect() as connection:
            connection.request("GET", f"/base/importer/?token={self.token}")
            answer = connection.getresponse()
            assert (answer.status, len(answer.read()) > 0) == (200, True)
        cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name == "Set-Cookie"]
        xsrf = next(one.partition("=")[2] for one in cookies if one.startswith("_xsrf="))
        return {"Authorization": None, "Cookie": "; ".join(cookies)}, xsrf

    def file(self, rows=20, bad=0):
        """A new file under the root."""
        file = self.root / f"orders{next(NUMBERS)}.csv"
        file.write_text("id,qty\n" + "".join(f"{n},{'x' if n < bad else n}\n" for n in range(rows)))
        return file.name

    def submit(self, file, into="shop.db", **options):
        return self.ask("POST", "api/jobs", {"path": file, "into": into, "options": {"key": "id", **options}})

    def upload(self, content, name="orders.csv", into="shop.db", *, headers=None, **options):
        """Send a file, given as its pieces, as a browser does."""
        body, given = form(content, name, {"into": into, "options": {"key": "id"} | options})
        return self.ask("POST", "api/jobs", body, headers=given | (headers or {}))

    def finished(self, file, into="shop.db", **options):
        status, job = self.submit(file, into, **options)
        assert status == 202, job
        return list(self.events(job["job_id"]))[-1][2]

    def events(self, job_id, last_id=None):
        """Kind, id and data of each event, until the server closes; comments are left out."""
        headers = {"Authorization": f"token {self.token}"} | ({"Last-Event-ID": last_id} if last_id else {})
        with self.connect() as connection:
            connection.request("GET", f"/base/importer/api/jobs/{job_id}/events", headers=headers)
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            event = {}
            for line in answer:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                event |= {name: value} if name else {}
                if not name and "data" in event:
                    yield event["event"], event["id"], json.loads(event["data"])
                if not name:
                    event = {}

    def count(self):
        return len(self.ask("GET", "api/jobs?limit=200")[1]["jobs"])


@contextmanager
def serving(folder, *arguments, **variables):
    """A server as a user starts it, with the extension that the package's configuration switches on."""
    root, home = folder / "root", folder / "home"
    root.mkdir()
    config = folder / "config/jupyter_server_config.d"
    config.mkdir(parents=True)
    (config / "importer.json").write_bytes((ROOT / "jupyter-config/importer.json").read_bytes())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "server.log"
    server = Server(port, secrets.token_hex(16), root, home, log)
    folders = {
        "HOME": "own",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "run",
        "IMPORTER_HOME": "home",
    }
    # A relative path is a path as good as any.
    environment = {name: place if name == "IMPORTER_HOME" else str(folder / place) for name, place in folders.items()}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
                *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={root}"),
                *(f"--IdentityProvider.token={server.token}", "--ServerApp.base_url=/base/"),
                *arguments,
            ],
            cwd=folder,
            env=os.environ | environment | variables,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            until(lambda: process.poll() is not None or answers(server))
            assert process.poll() is None, log.read_text()
            yield server
        finally:
            process.terminate()
            process.wait(30)


BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


def form(pieces, name="orders.csv", job=None, *, boundary=BOUNDARY):
    """The body of a form with a file, piece by piece, and its headers."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    tail = (
        f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="job"\r\n\r\n{json.dumps(job)}\r\n--{boundary}--\r\n'
    )
    whole = [head, *([pieces] if isinstance(pieces, bytes) else pieces), tail.encode()]
    length = sum(map(len, whole))
    kind = f"multipart/form-data; boundary={boundary}"
    return iter(whole), {"Content-Type": kind, "Content-Length": str(length)}


def answers(server):
    try:
        return server.send("GET", "api/jobs")[0] == 200
    except OSError:
        return False
