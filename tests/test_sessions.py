"""Operations that no process runs: begun, updated and ended by id, from anywhere; and those that nobody ends."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import statement

import importer
from importer.core import State
from importer.errors import ImporterError, JobNotFoundError, OptionError, ResumeError
from importer.store import ask

LONG_AGO = "2001-01-01T00:00:00.000+00:00"


def test_another_process_goes_on_and_ends_it(store):
    session = importer.Session.create("Publish posts", stages={"scrape": 20, "import": 60})
    assert session.update("scrape", completed=5, total=10).fraction == 0.125
    code = (
        f"import importer; s = importer.Session({session.id!r}); s.update('import', completed=2, total=4); s.complete()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    record = importer.job(session.id)
    assert (record.kind, record.state, record.rows_read) == ("task", State.SUCCEEDED, 7)
    assert (record.progress.fraction, record.finished_at is None) == (1.0, False)


def test_one_that_nobody_ends_expires_and_says_so(store):
    session = importer.Session.create("x", total=4, expires_s=30)
    session.update(completed=1)
    assert importer.jobs(state="running")[0].job_id == session.id
    statement("UPDATE importer_jobs SET lapses_at = ?", LONG_AGO)
    record = importer.job(session.id)
    assert record.state is State.INTERRUPTED
    assert str(record.error) == "it expired: nobody ended it by 2001-01-01 00:00:00 UTC"
    assert importer.jobs(state="interrupted")[0].job_id == session.id
    for late in (session.update, session.complete, lambda: session.fail("x")):
        with pytest.raises(ResumeError, match="it expired"):
            late()


def test_it_is_cancelled_at_once_and_its_next_update_is_told(store):
    session = importer.Session.create("x")
    with pytest.raises(ResumeError, match="can only be cancelled"):
        ask(session.id, "pause")
    assert ask(session.id, "cancel").state is State.CANCELLED
    with pytest.raises(ResumeError, match="cancelled"):
        session.update(completed=1)
    with pytest.raises(ResumeError, match="over"):
        ask(session.id, "cancel")


def test_updates_of_many_threads_are_all_kept(store):
    session = importer.Session.create("x", stages=[str(n) for n in range(8)])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: [session.update(str(n), completed=done, total=5) for done in range(1, 6)], range(8)))
    assert (session.progress.rows_read, session.progress.fraction) == (40, 1.0)
    session.fail("no more posts")
    assert (importer.job(session.id).state, importer.job(session.id).error) == (State.FAILED, "no more posts")


@given(
    weights=st.none() | st.fixed_dictionaries(dict.fromkeys("abc", st.floats(0.001, 1e300))),
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=8
    ),
)
def test_the_share_never_falls_nor_passes_the_whole(weights, steps):
    session, shares = importer.Session.create("x", stages=weights), [0.0]
    for name, completed, total in steps:
        shares.append(session.update(name, completed=completed, total=total).fraction or shares[-1])
    assert shares == sorted(shares)
    assert shares[-1] <= 1


def test_what_was_said_stays_until_something_else_is_said():
    session = importer.Session.create("x", stages=["a", "b"])
    session.update("a", message="one", details={"n": 1})
    assert session.update(completed=1).stage.message == "one"
    now = session.update("b", message="two")
    assert (now.stage.number, now.stage.count, now.stage.message, now.stage.details) == (2, 2, "two", None)
    session.complete("all")
    assert importer.job(session.id).progress.stage.message == "all"


@pytest.mark.parametrize(
    "wrong",
    [
        {"stages": []},
        {"stages": [str(n) for n in range(1_001)]},
        {"stages": {"a": -1}},
        {"stages": ["a"], "total": 1},
        {"total": -1},
        {"total": "4"},
    ]
    + [{"expires_s": seconds} for seconds in (0, -1, float("nan"), float("inf"), 1e300, 10**400, "60", True, None)],
    ids=lambda wrong: repr(wrong)[:40],
)
def test_one_that_cannot_be_is_refused(wrong):
    with pytest.raises(OptionError):
        importer.Session.create("x", **wrong)
    assert not importer.jobs()


def test_what_is_no_session_is_not_changed():
    with importer.track("x", listeners=[]) as op, pytest.raises(ResumeError, match="its own process"):
        importer.Session(op.id).complete()
    with pytest.raises(OptionError, match="UUID"):
        importer.Session("x")
    with pytest.raises(JobNotFoundError):
        importer.Session("7b1d8a52-0b6e-4f7a-9c3d-2e5f8a7b6c1d").update()
    session = importer.Session.create("x", stages=["a"])
    with pytest.raises(OptionError, match="there is no stage 'b'"):
        session.update("b")
    with pytest.raises(OptionError, match="completed"):
        session.update(completed=1.5)
    session.update(message="\0\ud83d" * 9_000, details={"n": float("nan"), "deep": [[[]]] * 9})
    statement("UPDATE importer_jobs SET options = ?", '{"expires_s": 1e9, "weights": null, "stages": {}, "changes": 0}')
    with pytest.raises(ImporterError, match="not yours"):  # Somebody else has changed it.
        session.complete()
