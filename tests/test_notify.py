"""Messages about imports, as real services get them."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import re
import socket
import subprocess
import sys
import threading
import traceback
import warnings
from dataclasses import replace
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

import importer
from importer import Notify, Progress, State
from importer.core import home
from importer.errors import ImporterError, ListenerWarning, OptionError
from importer.listeners import wait_until_sent
from importer.testing import MemorySink

SECRET = "Xq7-s3cret"


class Hook:
    """A server that keeps what it is sent, and answers once it is told to."""

    def __init__(self):
        self.got, self.status = [], 200
        self.answers = threading.Event()
        self.answers.set()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.answers.wait(60)
                hook.got.append(json.loads(body))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://ann:{SECRET}@127.0.0.1:{self.server.server_port}/{SECRET}/hook"

    @property
    def titles(self):
        assert wait_until_sent(60)
        return [one["title"] for one in self.got]


@pytest.fixture
def hook():
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.answers.set()
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def mailbox():
    """A mail server, and the mails that it took."""
    mails = []

    class Keep(Message):
        def handle_message(self, message):
            mails.append(message)

    # The controller looks whether it is up at the port that it was given, so that cannot be 0.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(Keep(), hostname="127.0.0.1", port=port)
    server.start()
    yield f"mailto://127.0.0.1:{port}?from=importer@example.com&to=ann@example.com", mails
    server.stop()


@pytest.fixture
def files(tmp_path):
    """Three files: all good, one cell in ten bad, all bad."""
    made = []
    for name, bad in ("good", 0), ("some", 2), ("bad", 20):
        file = tmp_path / f"{name}.csv"
        file.write_text("id,n\n" + "".join(f"{n},{'x' if n < bad else n}\n" for n in range(20)))
        made.append(file)
    return made


def load(file, notify, **options):
    return importer.load(file, into=MemorySink(), types={"n": "Int64"}, listeners=[notify], **options)


def test_a_mail_says_what_became_of_which_file_and_how_to_get_the_refused_rows(mailbox, files):
    url, mails = mailbox
    report = load(files[1], Notify(url))
    assert wait_until_sent(60)
    [mail] = mails
    assert str(make_header(decode_header(mail["Subject"]))) == "some.csv → some: done, 2 refused"
    assert (mail["To"], mail["From"]) == ("ann@example.com", "importer@example.com")
    text = mail.get_payload(decode=True).decode().replace("\r\n", "\n")
    job, host = report.progress.job_id[:8], os.uname().nodename
    assert re.sub(r"\d+\.?\d* s(, .* rows/s)?\n", "N s\n", text).strip() == "\n".join(
        [
            "some.csv → some in memory: done",
            "20 rows read: 18 created, 0 updated, 0 unchanged, 2 refused",
            "N s",
            "2 rows refused, for example:",
            "- row 2, n: 'x' is not a whole number",
            "- row 3, n: 'x' is not a whole number",
            f"To get the refused rows, on {host}: importer rejects {job} refused.xlsx",
            f"Job {job} on {host}",
        ]
    )


def test_the_way_to_the_refused_rows_that_a_message_names_works(hook, files, tmp_path):
    load(files[1], Notify(hook.url))
    assert hook.titles == ["some.csv → some: done, 2 refused"]
    command = re.search(r"importer (rejects \w+ refused\.xlsx)", hook.got[0]["message"]).group(1).split()
    subprocess.run([sys.executable, "-m", "importer", *command], cwd=tmp_path, check=True, capture_output=True)
    assert importer.read(tmp_path / "refused.xlsx")["id"].to_list() == ["0", "1"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "good some bad"),
        ({"on_success": False}, "bad"),
        ({"on_failure": False}, "good some"),
        ({"on_success": False, "on_failure": False}, ""),
        ({"on_success": False, "refused_over": 1}, "some bad"),
        ({"on_success": False, "refused_over": 2}, "bad"),
        ({"on_success": False, "on_failure": False, "refused_over": 0.05}, "some bad"),
        ({"on_success": False, "on_failure": False, "refused_over": 0.1}, "bad"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(f"{name}={one}" for name, one in value.items()),
)
def test_what_is_told_is_for_the_user_to_say(hook, files, options, told):
    notify = Notify(hook.url, **options)
    for file in files:
        try:
            load(file, notify, max_rejects=10)
        except ImporterError:
            assert file.stem == "bad"
    assert [title.partition(".")[0] for title in hook.titles] == told.split()


def test_a_service_learns_whether_the_news_is_good(hook, files):
    notify = Notify(hook.url)
    for file in files:
        try:
            load(file, notify, max_rejects=10)
        except ImporterError as exc:
            told = exc.message
    assert hook.titles[2] == "bad.csv → bad: failed, 11 refused"
    assert [one["type"] for one in hook.got] == ["success", "warning", "failure"]
    assert str(told) in hook.got[2]["message"]


def test_the_jobs_of_one_block_are_one_message_and_a_failure_is_another_at_once(hook, files):
    with Notify(hook.url, wait_s=60) as notify:
        load(files[0], notify)
        with pytest.raises(ImporterError):
            load(files[2], notify, max_rejects=10)
        assert hook.titles == ["bad.csv → bad: failed, 11 refused"]
        load(files[1], notify)
        assert len(hook.titles) == 1
    assert [one["title"] for one in hook.got] == [
        "bad.csv → bad: failed, 11 refused",
        "2 of 3 imports done, 13 refused",
    ]
    first = [part.splitlines()[0] for part in hook.got[1]["message"].split("\n\n")]
    assert first == [
        "good.csv → good in memory: done",
        "bad.csv → bad in memory: failed",
        "some.csv → some in memory: done",
    ]
    load(files[0], notify)
    assert hook.titles[2:] == ["good.csv → good: done"]


def test_a_block_without_news_sends_nothing(hook, files):
    with Notify(hook.url, wait_s=60):
        pass
    with Notify(hook.url, on_success=False, refused_over=5, wait_s=60) as notify:
        load(files[1], notify)
    with pytest.raises(ImporterError), Notify(hook.url, wait_s=60) as notify:
        load(files[2], notify, max_rejects=1)
    assert hook.titles == ["bad.csv → bad: failed, 2 refused"]


def test_a_block_of_many_files_lists_some_and_counts_the_others(hook):
    done = Progress(label="a", rows_read=1, created=1, state=State.SUCCEEDED)
    with Notify(hook.url, wait_s=60) as notify:
        for number in range(60):
            notify(replace(done, job_id=f"{number}", label=f"{number}.csv → a"))
    assert hook.titles == ["60 of 60 imports done"]
    assert hook.got[0]["message"].count(".csv → a") == 50
    assert hook.got[0]["message"].endswith("and 10 more imports")


def test_an_import_does_not_wait_for_its_message(hook, files):
    hook.answers.clear()
    notify = Notify(hook.url)
    assert load(files[0], notify).progress.state is State.SUCCEEDED
    assert load(files[0], notify).progress.state is State.SUCCEEDED
    assert not hook.got
    hook.answers.set()
    assert hook.titles == ["good.csv → good: done"] * 2


def test_a_block_does_not_wait_longer_than_it_may(hook, files):
    hook.answers.clear()
    with Notify(hook.url, wait_s=0.01) as notify:
        load(files[0], notify)
    assert not hook.got


def test_what_cannot_be_sent_is_warned_of_once_and_touches_no_import(hook, files, caplog):
    caplog.set_level(1)
    hook.status = 500
    notify = Notify(hook.url, "json://127.0.0.1:1/closed")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            assert load(files[1], notify).progress.created == 18
        assert wait_until_sent(60)
    [warning] = told
    assert warning.category is ListenerWarning
    said = str(warning.message)
    assert said.startswith("a message about an import was not sent: JSON did not accept it: ")
    assert said.endswith("; the import is not affected")
    assert "500" in said
    assert len(hook.got) == 3
    assert SECRET not in said + caplog.text


def test_the_secrets_of_a_url_stand_nowhere(hook, files, caplog):
    caplog.set_level(1)
    notify = Notify(hook.url)
    plan = importer.plan(files[1], into=MemorySink(), types={"n": "Int64"}, listeners=[notify])
    job = plan.job()
    texts = [repr(notify), str(notify), repr(plan), repr(job)]
    job.start().result()
    assert len(hook.titles) == 1
    record = importer.job(job.id)
    texts += [repr(record), json.dumps(record.as_dict()), caplog.text, json.dumps(hook.got)]
    for refuses in pickle.dumps, copy.deepcopy:
        with pytest.raises(TypeError) as raised:
            refuses(notify)
        texts.append("".join(traceback.format_exception(raised.value)))
    kept = b"".join(file.read_bytes() for file in home().rglob("*") if file.is_file())
    assert SECRET not in "".join(texts)
    assert SECRET.encode() not in kept
    assert repr(notify) == "<Notify: JSON>"


@pytest.mark.parametrize(
    "url",
    [
        "",
        SECRET,
        f"nosuch://{SECRET}@host",
        f"slack://{SECRET}",
        f"mailto://{SECRET}",
        f"json://{SECRET}:x/ y",
        7,
        None,
    ],
    ids=["empty", "no url", "unknown", "slack", "mail", "port", "number", "none"],
)
def test_a_url_that_no_service_has_is_refused_without_its_secrets(url, caplog):
    caplog.set_level(1)
    with pytest.raises(OptionError, match="URL 2 is none to which apprise can send") as raised:
        Notify("json://localhost/first", url)
    said = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert SECRET not in re.sub(r"^ .*$", "", said, flags=re.MULTILINE)


def test_no_url_and_a_limit_below_zero_are_refused():
    with pytest.raises(OptionError, match="no URL"):
        Notify()
    with pytest.raises(OptionError, match="refused_over cannot be -1"):
        Notify("json://localhost", refused_over=-1)


def test_a_dry_run_is_told_to_nobody(hook, files):
    notify = Notify(hook.url)
    importer.plan(files[1], into=MemorySink(), listeners=[notify]).check()
    load(files[0], notify)
    assert hook.titles == ["good.csv → good: done"]


def test_names_and_cells_make_no_line_no_header_and_no_markup(mailbox, hook):
    url, mails = mailbox
    evil = "a\r\nBcc: eve@example.com\n\n<script>\x1b[2J"
    notify = Notify(url, hook.url)
    notify(Progress(job_id="4c1d8a52", label=evil, rows_read=1, rejected=1, state=State.FAILED, error=evil))
    assert wait_until_sent(60)
    [mail], [hooked] = mails, hook.got
    assert (mail["Bcc"], mail["To"]) == (None, "ann@example.com")
    assert hooked["title"] == "a Bcc: eve@example.com <script>⟨U+001B⟩[2J: failed, 1 refused".replace("com <", "com  <")
    assert not any(line.startswith(("Bcc", "<script>")) for line in hooked["message"].splitlines())


def test_reasons_are_as_many_as_wanted_and_not_endless(hook, tmp_path):
    file = tmp_path / "long.csv"
    file.write_text("id,n\n" + "".join(f"{n},{'x' * 5_000}\n" for n in range(5)) + "5,5\n")
    for reasons in 0, 2:
        load(file, Notify(hook.url, reasons=reasons))
    assert len(hook.titles) == 2
    none, two = (one["message"] for one in hook.got)
    assert "xxx" not in none
    assert two.count("\n- row ") == 2
    assert max(map(len, two.splitlines())) < 400


SCRIPT = """
import sys, importer
notify = importer.Notify(sys.argv[1])
job = importer.plan([{"id": 1}], into="sqlite:///a.db", table="a", listeners=[notify, print]).job()
if sys.argv[2] == "paused":
    job.pause()
job.start()
while not job.progress.state.is_final and job.progress.state is not importer.State.PAUSED:
    job.wait(0.01)
"""


@pytest.mark.parametrize(("job", "state"), [("whole", "done"), ("paused", "interrupted")])
def test_a_script_that_ends_has_sent_its_message(hook, tmp_path, job, state):
    command = [sys.executable, "-c", SCRIPT, hook.url, job]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=os.environ | {"IMPORTER_HOME": "h"})
    [told] = hook.got
    assert told["title"].endswith(f"→ a: {state}")


def test_where_apprise_is_missing_the_error_names_the_extra():
    code = "import sys; sys.modules['apprise'] = None; import importer; importer.Notify('json://localhost')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "install it: pip install 'notebook-importer[notify]'" in done.stderr.splitlines()[-1]


def test_what_others_log_while_a_message_is_sent_is_not_lost(hook, files, caplog):
    caplog.set_level(logging.DEBUG)
    load(files[0], Notify(hook.url))
    assert len(hook.titles) == 1
    logging.getLogger("apprise").warning("mine")
    assert "mine" in caplog.text
    assert not [record for record in caplog.records if record.threadName == "importer-notify"]


FORK = """
import os, sys, importer
from importer import Progress, State
done = Progress(job_id="a", label="parent", rows_read=1, created=1, state=State.SUCCEEDED)
notify = importer.Notify(sys.argv[1])
notify(done)
if os.fork():
    os.wait()
else:
    notify(Progress(job_id="b", label="child", rows_read=1, created=1, state=State.SUCCEEDED))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_sends_its_own_messages_and_no_others(hook, tmp_path):
    hook.answers.clear()
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", FORK, hook.url], cwd=tmp_path)
    hook.answers.set()
    assert process.wait(60) == 0
    assert sorted(hook.titles) == ["child: done", "parent: done"]


def test_a_reason_names_the_file_if_there_are_several(hook, files):
    report = importer.load(
        files[:2], into=MemorySink(), table="both", types={"n": "Int64"}, listeners=[Notify(hook.url)]
    )
    assert report.progress.rejected == 2
    assert len(hook.titles) == 1
    assert "- row 2 of 'some.csv', n: 'x' is not a whole number" in hook.got[0]["message"].splitlines()


def test_a_password_that_a_mail_server_refuses_is_in_no_warning_and_no_log(mailbox, files, caplog):
    caplog.set_level(1)
    url, mails = mailbox
    secret = "p@ss:w/Xq7"

    def send():
        load(files[0], Notify(url.replace("mailto://", f"mailto://ann:{quote(secret, safe='')}@")))
        assert wait_until_sent(60)

    with pytest.warns(ListenerWarning, match="was not sent: E-Mail did not accept it") as told:
        send()
    assert mails == []
    for text in (caplog.text, *(str(one.message) for one in told)):
        assert secret not in text
        assert "Xq7" not in text


def test_a_service_that_is_far_behind_holds_a_bounded_number_of_messages(hook):
    hook.answers.clear()
    notify = Notify(hook.url, on_success=False)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for number in range(3_000):
            state = State.SUCCEEDED if number else State.FAILED
            notify(Progress(job_id=f"{number}", label="a", state=state))
        hook.answers.set()
        assert hook.titles == ["a: failed"]
    assert ["1,000 messages wait" in str(one.message) for one in told] == [True]
