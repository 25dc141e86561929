"""The history as its cells see it, without a browser."""

from __future__ import annotations

import getpass
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets.widgets.widget import _instances as widgets
from stores import id_of, statement
from traitlets.config import Config
from waiting import until

import importer
from importer.app import _actions as actions
from importer.app.history import _watcher
from importer.app.history._listing import Listing
from importer.core._paths import rejects_of
from importer.core._progress import State
from importer.engine import Worker
from importer.store import JobRecord, WorkerRecord, open_store
from importer.store import _store as store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WIDGET = "application/vnd.jupyter.widget-view+json"
WAIT_S = 60.0


class Desk:
    """A history, and the messages that a page would send it."""

    def __init__(self, history: importer.History) -> None:
        self.history = history
        self.page = history.widget()

    @property
    def html(self) -> str:
        return self.page.html

    @property
    def labels(self) -> list[str]:
        return re.findall(r'aria-expanded="\w+">(.*?)</button>', self.html)

    @property
    def states(self) -> list[str]:
        return re.findall(r'<li.*?im-badge im-\w+">(.*?)<', self.html)

    def send(self, **message: object) -> None:
        self.page._handle_custom_msg(message, [])

    def ask(self, action: str, value: object = "", of: str = "") -> None:
        self.send(action=action, of=of, value=value)
        self.history.wait(WAIT_S)


@pytest.fixture
def desk() -> Iterator[Callable[..., Desk]]:
    """``desk(**options)`` opens a history; at the end nothing of it may be left."""
    before = set(widgets)
    opened: list[Desk] = []

    def make(**options: Any) -> Desk:
        opened.append(Desk(importer.History(**options)))
        return opened[-1]

    yield make
    for one in opened:
        one.history.close()
    assert set(widgets) == before
    assert store._SUBSCRIBERS == []
    # A thread is there for a moment after it has said that it is over.
    until(lambda: "importer-history" not in {thread.name for thread in threading.enumerate()})


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n1,5\n2,x\n" + "".join(f"{n},{n}\n" for n in range(3, 50)))
    return file


def load(file: Path, into: Path, **options: Any) -> importer.Report:
    return importer.load(file, into=into, key="id", listeners=[], **options)


def paused(file: Path, into: Path) -> importer.Job:
    """A job that is paused before its first chunk."""
    job = importer.plan(file, into=into, key="id", listeners=[]).job()
    job.pause()
    return job.start()


def keep(count: int, **known: Any) -> None:
    """Put so many jobs into the store, an hour each apart."""
    for n in range(count):
        made_at = (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=n)).isoformat()
        values = {
            "made_at": made_at,
            "label": f"{n}.csv → t",
            "state": State.SUCCEEDED,
            "user_name": getpass.getuser(),
            **known,
        }
        open_store().write(JobRecord(job_id=id_of(f"{n:08}"), **values))


def test_jobs_are_shown_newest_first_with_what_they_did(
    desk: Callable[..., Desk], orders: Path, tmp_path: Path
) -> None:
    load(orders, tmp_path / "a.db")
    load(orders, tmp_path / "b.db", table="other")
    one = desk()
    one.history.wait(WAIT_S)
    assert one.labels == ["orders.csv → other", "orders.csv → orders"]
    assert one.states == ["done", "done"]
    assert "48 created" in one.html
    assert "1 refused" in one.html
    assert 'role="progressbar" aria-label="progress of orders.csv → other"' in one.html
    assert repr(one.history) == "<History: 2 jobs>"


def test_an_empty_history_says_so(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.history.wait(WAIT_S)
    assert "No imports yet" in one.html


def test_a_job_is_followed_from_its_start_to_its_end_and_nothing_is_done_between_jobs(
    desk: Callable[..., Desk], orders: Path, tmp_path: Path
) -> None:
    one = desk()
    one.history.wait(WAIT_S)
    job = paused(orders, tmp_path / "a.db")
    until(lambda: one.states == ["paused"])
    job.resume()
    one.history.wait(WAIT_S)
    assert one.states == ["done"]
    # A thread is there for a moment after it has said that it is over.
    until(lambda: "importer-history" not in {thread.name for thread in threading.enumerate()})


def test_however_fast_the_news_come_they_are_shown_ten_times_a_second_at_most(desk: Callable[..., Desk]) -> None:
    one = desk()
    one.history.wait(WAIT_S)
    shown_at: list[float] = []
    one.page.observe(lambda _: shown_at.append(time.monotonic()), "html")
    keep(60)
    one.history.wait(WAIT_S)
    assert min(later - sooner for sooner, later in pairwise(shown_at)) >= 0.1
    assert "1 to 20 of 60" in one.html


def test_only_a_page_of_the_jobs_is_shown_and_the_others_can_be_reached(desk: Callable[..., Desk]) -> None:
    keep(45)
    one = desk()
    one.history.wait(WAIT_S)
    assert (one.labels[0], len(one.labels)) == ("44.csv → t", 20)
    one.ask("page", "2")
    assert one.labels == [f"{n}.csv → t" for n in range(4, -1, -1)]
    one.ask("page", "99")
    assert "41 to 45 of 45" in one.html
    one.ask("find", "3.CSV")
    assert one.labels == [f"{n}.csv → t" for n in (43, 33, 23, 13, 3)]
    one.ask("find", "no such file")
    assert "No import matches" in one.html
    one.ask("find", "")
    one.ask("states", "failed")
    assert one.labels == []
    one.ask("states", "succeeded")
    assert len(one.labels) == 20


def test_an_upload_is_called_by_its_own_name_and_is_gone_once_it_is_done_with(
    desk: Callable[..., Desk], tmp_path: Path
) -> None:
    app = importer.App(into=tmp_path / "a.db", auto=True)
    importer.testing.feed(app.upload, "Orders <b>.csv", b"id\n1\n")
    app.wait(WAIT_S)
    job_id = app.report.progress.job_id
    app.close()
    one = desk(job=job_id)
    one.history.wait(WAIT_S)
    assert "<dd>Orders &lt;b&gt;.csv</dd>" in one.html
    assert "importer-uploads" not in one.html


def test_an_upload_that_is_resumed_keeps_its_name(desk: Callable[..., Desk], tmp_path: Path) -> None:
    # So many chunks that the job cannot be over before it is cancelled.
    app = importer.App(into=tmp_path / "a.db", key="id", chunk_rows=100)
    importer.testing.feed(app.upload, "My orders.csv", b"id\n" + b"".join(b"%d\n" % n for n in range(20_000)))
    app.wait(WAIT_S)
    app.check()
    app._controller.dispatch(actions.Run())
    app._controller.dispatch(actions.ControlJob(what="cancel"))
    app.wait(WAIT_S)
    one = desk(job=app.job.id)
    one.history.wait(WAIT_S)
    assert one.states == ["cancelled"]
    one.ask("resume", of=app.job.id)
    assert (one.states, one.labels) == (["done"], ["My orders.csv → my_orders"])
    assert importer.job(app.job.id).created == 20_000
    app.close()


def test_it_opens_at_a_job_wherever_that_is(desk: Callable[..., Desk]) -> None:
    keep(45, target="sqlite:///shop.db")
    one = desk(job="00000003")
    one.history.wait(WAIT_S)
    assert "41 to 45 of 45" in one.html
    assert f'value="{id_of("00000003")}" aria-expanded="true"' in one.html
    one.ask("job", id_of("00000003"))
    assert 'aria-expanded="true"' not in one.html


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"action": None},
        {"action": "page", "value": "-1"},
        {"action": "page", "value": "²"},
        {"action": "states", "value": "nowhere"},
        {"action": "tried", "value": "x"},
        {"action": "cancel", "of": "nobody", "value": ""},
        {"download": "exe", "of": id_of("00000000"), "view": "v"},
        {"download": "xlsx", "of": "../../etc", "view": "v"},
        {"piece": "nothing", "offset": -1, "view": "v"},
    ],
)
def test_any_other_message_changes_nothing(desk: Callable[..., Desk], message: dict[str, object]) -> None:
    keep(1)
    one = desk()
    one.history.wait(WAIT_S)
    before = one.html
    one.send(**message)
    one.history.wait(WAIT_S)
    assert one.html == before


OTHER = """
import importer, sys
job = importer.plan(sys.argv[1], into=sys.argv[2], key="id", listeners=[]).job()
job.pause()
print(job.start().id, flush=True)
job.result()
"""


@pytest.fixture
def elsewhere(orders: Path, tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[str], str]]]:
    """``elsewhere()`` starts a job in a process of its own, which pauses before its first chunk."""
    there: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        words = [sys.executable, "-c", OTHER, str(orders), str(tmp_path / f"{len(there)}.db")]
        there.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True))
        job_id = there[-1].stdout.readline().strip()
        until(lambda: {job.job_id: job.state for job in importer.jobs()}.get(job_id) is State.PAUSED)
        return there[-1], job_id

    yield start
    for process in there:
        with process:
            process.kill()


def test_jobs_of_other_processes_are_resumed_and_cancelled_from_here(
    desk: Callable[..., Desk], elsewhere: Callable[[], tuple[subprocess.Popen[str], str]]
) -> None:
    (first, one_id), (second, other_id) = elsewhere(), elsewhere()
    one = desk()
    until(lambda: one.states == ["paused", "paused"])
    one.send(action="resume", of=one_id, value="")
    one.send(action="cancel", of=other_id, value="")
    assert (first.wait(WAIT_S), second.wait(WAIT_S)) == (0, 0)
    one.history.wait(WAIT_S)
    assert one.states == ["cancelled", "done"]


def test_a_job_whose_process_died_is_gone_on_with_from_here(
    desk: Callable[..., Desk], elsewhere: Callable[[], tuple[subprocess.Popen[str], str]]
) -> None:
    process, job_id = elsewhere()
    process.kill()
    process.wait()
    one = desk(job=job_id)
    one.history.wait(WAIT_S)
    assert one.states == ["interrupted"]
    assert f"importer.resume(&quot;{job_id[:8]}&quot;)" in one.html
    one.ask("resume", of=job_id)
    assert one.states == ["done"]
    assert importer.job(job_id).created == 48


def test_an_import_that_waits_for_a_worker_says_so_and_can_be_taken_out_of_the_queue(
    desk: Callable[..., Desk], orders: Path, tmp_path: Path
) -> None:
    waiting, other = (
        importer.submit(orders, into=tmp_path / "shop.db", table=name, key="id") for name in ("orders", "others")
    )
    one = desk(job=waiting.job_id)
    one.history.wait(WAIT_S)
    assert one.states == ["queued", "queued"]
    assert "2 imports wait for a worker, and no worker is running: run `importer worker` in a terminal" in one.html
    assert "it waits for a worker" in one.html
    assert {"pause", "resume"}.isdisjoint(re.findall(r'data-action="(\w+)"', one.html))
    one.ask("cancel", of=waiting.job_id)
    assert sorted(one.states) == ["cancelled", "queued"]
    Worker(once=True).run()
    one.ask("refresh")
    assert sorted(one.states) == ["cancelled", "done"]
    assert "for a worker" not in one.html
    assert importer.job(other.job_id).created == 48


def test_an_import_that_workers_gave_up_is_found_and_queued_again(
    desk: Callable[..., Desk], orders: Path, tmp_path: Path
) -> None:
    into = tmp_path / "shop.db"
    into.mkdir()
    waiting = importer.submit(orders, into=into, table="orders", key="id", retries=0)
    Worker(once=True).run()
    statement("UPDATE importer_jobs SET given_up_at = finished_at")
    into.rmdir()
    one = desk()
    one.ask("states", "given_up")
    assert one.states == ["given up"]
    one.ask("retry", of=waiting.job_id)
    assert (one.states, importer.job(waiting.job_id).is_queued) == ([], True)
    one.ask("states", "queued")
    assert one.states == ["queued"]
    Worker(once=True).run()
    assert importer.job(waiting.job_id).created == 48


def test_a_worker_that_starts_is_noticed(
    desk: Callable[..., Desk], orders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_watcher, "POLL_S", 0.01)
    importer.submit(orders, into=tmp_path / "shop.db")
    one, worker = desk(), WorkerRecord()
    until(lambda: "no worker is running" in one.html)
    open_store().queue.beat(worker)
    until(lambda: "and 1 worker is running" in one.html)
    open_store().queue.leave(worker)
    until(lambda: "no worker is running" in one.html)


def test_what_cannot_be_done_is_said_at_the_job(desk: Callable[..., Desk], orders: Path) -> None:
    known = {"path": str(orders), "target": "postgresql://ann:***@db/shop", "table_name": "t", "options": "{}"}
    keep(2, state=State.INTERRUPTED, **known)
    one = desk()
    one.history.wait(WAIT_S)
    one.ask("resume", of=id_of("00000001"))
    assert "is not kept; enter the URL of the database with the password" in one.html
    assert one.html.count('role="alert"') == 1


def test_a_target_whose_password_is_not_kept_can_be_given(
    desk: Callable[..., Desk], orders: Path, tmp_path: Path
) -> None:
    report = load(orders, tmp_path / "a.db", max_rejects=1)
    record = importer.job(report.progress.job_id)
    assert record.target == f"sqlite:///{tmp_path / 'a.db'}"
    open_store().write(JobRecord(**{name: getattr(record, name) for name in NAMES} | {"state": State.INTERRUPTED}))
    one = desk(into=tmp_path / "a.db")
    one.history.wait(WAIT_S)
    one.ask("resume", of=record.job_id)
    assert one.states == ["done"]


NAMES = [name for name in JobRecord.__slots__ if name != "state"]


def test_a_job_whose_file_is_gone_or_that_is_one_transaction_offers_no_way_on(
    desk: Callable[..., Desk], orders: Path
) -> None:
    keep(1, state=State.FAILED, path="/nowhere/orders.csv")
    one = desk()
    one.history.wait(WAIT_S)
    assert 'data-action="resume"' not in one.html
    keep(1, state=State.FAILED, path=str(orders), options=json.dumps({"atomic": True}))
    one.ask("refresh")
    assert 'data-action="resume"' not in one.html
    keep(1, state=State.FAILED, path=str(orders), options="{}")
    one.ask("refresh")
    assert 'data-action="resume"' in one.html


def test_refused_rows_are_fetched_while_they_are_kept_and_the_first_are_shown_ever_after(
    desk: Callable[..., Desk], orders: Path, tmp_path: Path
) -> None:
    job_id = load(orders, tmp_path / "a.db").progress.job_id
    one = desk(job=job_id)
    one.history.wait(WAIT_S)
    sent: list[tuple[dict[str, Any], list[bytes]]] = []
    one.page.send = lambda content, buffers=(): sent.append((content, list(buffers)))
    one.send(download="csv", of=job_id, view="v")
    one.history.wait(WAIT_S)
    file = sent[-1][0]["file"]
    one.send(piece=file["key"], offset=0, view="v")
    assert (file["name"], sent[-1][1]) == (
        "orders refused rows.csv",
        [b"id,qty,Why refused\n2,x,qty: 'x' is not a whole number\n"],
    )
    assert "job.rejects_to" in one.html
    for kept in rejects_of(job_id).iterdir():
        kept.unlink()
    one.ask("refresh")
    assert "data-download" not in one.html
    assert "job.rejects_to" not in one.html
    assert "&#x27;x&#x27; is not a whole number" in one.html


HOSTILE = "<img src=x onerror='window.hacked = 1'><script>window.hacked = 1</script>"


def test_nothing_that_the_store_holds_becomes_a_tag(desk: Callable[..., Desk]) -> None:
    texts = dict.fromkeys(["label", "path", "name", "target", "table_name", "key_columns", "error", "host"], HOSTILE)
    cell = dict.fromkeys(["column", "value", "message"], HOSTILE) | {"severity": "error", "row": 7}
    keep(1, **texts, user_name=HOSTILE, rejected=0, first_refused=json.dumps([cell]))
    one = desk(job=id_of("00000000"))
    one.history.wait(WAIT_S)
    one.ask("find", HOSTILE)
    assert one.html.count("&lt;img") > 10
    assert not re.search("<(img|script)", one.html)
    assert not re.search("<(img|script)", one.history._static()["text/html"])


def test_a_store_that_cannot_be_had_is_told_in_a_sentence_and_looked_for_again(
    desk: Callable[..., Desk], home: str, orders: Path, tmp_path: Path
) -> None:
    place = Path(home, "jobs.db")
    place.write_bytes(b"no database" * 100)
    one = desk()
    one.history.wait(WAIT_S)
    assert "the history of jobs" in one.html
    assert "cannot be opened" in repr(one.history)
    place.unlink()
    load(orders, tmp_path / "a.db")
    one.ask("refresh")
    assert one.states == ["done"]


def test_what_a_history_showed_outlives_the_kernel(desk: Callable[..., Desk], orders: Path, tmp_path: Path) -> None:
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.display_pub = CapturingDisplayPublisher(parent=shell)  # type: ignore[no-untyped-call]
    try:
        one = desk()
        one.history._ipython_display_()
        load(orders, tmp_path / "a.db")
        one.history.wait(WAIT_S)
        cells = shell.display_pub.outputs
        assert WIDGET in cells[0]["data"]
        assert cells[-1]["update"]
        saved = cells[-1]["data"]["text/html"]
        assert 'class="im-saved"' in saved
        assert "orders.csv" in saved
        assert "succeeded" in saved
        assert "button" not in saved
        shown = len(cells)
        one.ask("refresh")
        assert len(cells) == shown
    finally:
        InteractiveShell.clear_instance()


def test_a_history_that_cannot_be_drawn_says_so_and_can_be_looked_at_again(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = desk()
    with monkeypatch.context() as broken:
        broken.setattr(Listing, "read", lambda _listing: 1 / 0)
        one.ask("refresh")
    assert "something unexpected went wrong (ZeroDivisionError" in one.page.html
    one.ask("refresh")
    assert "something went wrong" not in one.page.html


def test_a_job_of_another_process_is_noticed_once_and_where_the_page_is_seen(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_watcher, "POLL_S", 0.01)
    one = desk()
    one.history.wait(WAIT_S)
    sent: list[object] = []
    one.page.observe(sent.append, "html")
    for view in "a", "b":
        one.send(visible=True, view=view)
    one.send(visible=False, view="a")
    with monkeypatch.context() as elsewhere:
        # As another process writes it, of which nobody here is told.
        elsewhere.setattr(store, "_SUBSCRIBERS", [])
        keep(1)
    until(lambda: len(one.labels) == 1)
    one.history.wait(WAIT_S)
    assert len(sent) == 1
    one.send(visible=False, view="b")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(store, "_SUBSCRIBERS", [])
        keep(2)
    one.send(visible=True, view="b")
    until(lambda: len(one.labels) == 2)


def test_an_import_is_taken_out_again_with_two_clicks(desk: Callable[..., Desk], orders: Path, tmp_path: Path) -> None:
    into = tmp_path / "shop.db"
    job = load(orders, into).progress.job_id
    found = desk()
    found.history.wait(WAIT_S)
    assert 'data-action="take_out"' in found.html
    found.ask("take_out", of=job)
    assert (
        "48 rows would be removed. The table orders, which the import made, would be dropped. Nothing is changed yet."
        in found.html
    )
    assert len(importer.jobs()) == 1
    found.ask("take_out_not", of=job)
    assert "would be removed" not in found.html
    found.ask("take_out", of=job)
    found.ask("take_out_now", of=job)
    assert "48 rows removed." in found.html
    assert 'data-action="take_out"' not in found.html
    assert found.states == ["undone", "done"]
    assert found.labels[0] == "undo of orders.csv → orders"
    assert "48 removed" in found.html


def test_an_import_that_kept_nothing_to_take_it_out_is_offered_no_button_and_its_details_say_why(
    desk: Callable[..., Desk], orders: Path, tmp_path: Path
) -> None:
    into = tmp_path / "shop.db"
    made = importer.load(orders, into=into, table="t", listeners=[]).progress.job_id
    added = importer.load(
        orders, into=into, table="t", if_table_exists="append", if_imported="again", listeners=[]
    ).progress.job_id
    found = desk()
    found.history.wait(WAIT_S)
    # The first one made the table, which can be dropped.
    assert f'data-action="take_out" data-of="{made}"' in found.html
    assert f'data-action="take_out" data-of="{added}"' not in found.html
    found.ask("job", added)
    assert "has no key, so it is not known which rows it wrote; tick a key next time" in found.html


def test_an_import_that_cannot_be_taken_out_says_why(desk: Callable[..., Desk], orders: Path, tmp_path: Path) -> None:
    into = tmp_path / "shop.db"
    job = load(orders, into).progress.job_id
    importer.undo(job, listeners=[])
    found = desk()
    found.history.wait(WAIT_S)
    found.ask("take_out", of=job)
    assert "was undone already" in found.html
    assert load(orders, into, undo=False).why_not_undo
    found.ask("refresh")
    found.ask("job", importer.jobs()[0].job_id)
    assert "nothing was kept to undo it, as it ran with undo=False" in found.html


def test_an_undo_is_followed_paused_and_cancelled_on_the_page(
    desk: Callable[..., Desk], orders: Path, tmp_path: Path
) -> None:
    job, holder = load(orders, tmp_path / "shop.db").progress.job_id, paused(orders, tmp_path / "shop.db")
    until(lambda: holder.progress.state is State.PAUSED)
    one = desk()
    until(lambda: one.states == ["paused", "done"])
    one.send(action="take_out_now", of=job, value="")
    until(lambda: "waiting" in one.states)
    [undo] = [record for record in importer.jobs() if record.undoes == job]
    for action, state in (("pause", "paused"), ("resume", "waiting"), ("cancel", "cancelled")):
        one.send(action=action, of=undo.job_id, value="")
        until(lambda state=state: one.states[0] == state)
    until(lambda: "stopped; nothing was changed" in one.html)
    holder.cancel()
    one.history.wait(WAIT_S)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (48,)
    assert 'data-action="take_out_now"' not in one.html
