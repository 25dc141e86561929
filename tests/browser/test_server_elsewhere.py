"""A page on another port follows a job of a Jupyter server that allows its origin, and a third one does not."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from labs import profile
from servers import serving

SEND = """async ([api, token, job]) => {
  const headers = { Authorization: `token ${token}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`${api}/jobs`, { method: 'POST', headers, body: JSON.stringify(job) });
  return [answer.status, await answer.json()];
}"""

FOLLOW = """([api, token, id]) => new Promise(resolve => {
  const source = new EventSource(`${api}/jobs/${id}/events?token=${token}`);
  const counts = [];
  source.addEventListener('progress', event => counts.push(JSON.parse(event.data).rows_read));
  source.addEventListener('complete', event => {
    source.close();
    resolve([...counts, JSON.parse(event.data).created]);
  });
  source.onerror = event => { if (source.readyState === EventSource.CLOSED) resolve('refused'); };
})"""

ATTACK = """async ([api, job]) => {
  const form = new FormData();
  form.append('file', new File(['id\\n1\\n'], 'a.csv'));
  form.append('job', JSON.stringify({ into: job.into }));
  const options = { method: 'POST', mode: 'no-cors', credentials: 'include' };
  for (const body of [JSON.stringify(job), form]) await fetch(`${api}/jobs`, { ...options, body });
}"""


class Blank(BaseHTTPRequestHandler):
    """A page with nothing on it, for scripts of its origin."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

    def log_message(self, *_):
        pass


@contextmanager
def origin():
    """The address of a page on a port of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{elsewhere.server_port}"
        elsewhere.shutdown()


def test_a_page_on_another_port_submits_and_follows_a_job_once_its_origin_is_allowed(chromium, tmp_path):
    with (
        origin() as friend,
        origin() as stranger,
        serving(tmp_path, f"--ServerApp.allow_origin={friend}") as server,
        profile(chromium) as context,
    ):
        api = f"http://127.0.0.1:{server.port}/base/importer/api"
        page = context.new_page()
        page.goto(friend)
        job = {"path": server.file(100), "into": "shop.db", "options": {"key": "id", "chunk_rows": 10, "pace": "0.1s"}}
        status, submitted = page.evaluate(SEND, [api, server.token, job])
        assert (status, submitted["state"]) == (202, "pending")
        counts = page.evaluate(FOLLOW, [api, server.token, submitted["job_id"]])
        assert (counts[-1], counts == sorted(counts), len(counts) > 2) == (100, True, True)
        page.goto(stranger)
        assert page.evaluate(FOLLOW, [api, server.token, submitted["job_id"]]) == "refused"
        # A browser that has logged in sends its cookie along, whoever asks it to.
        page.goto(f"http://127.0.0.1:{server.port}/base/importer/?token={server.token}")
        page.goto(stranger)
        before = server.count()
        page.evaluate(ATTACK, [api, job])
        assert (server.count(), server.uploads) == (before, [])
        assert server.log.read_text().count("404 POST /base/importer/api/jobs") == 2
