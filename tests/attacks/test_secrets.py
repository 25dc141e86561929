"""No password of any URL stands in anything that the product says, shows or keeps."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import dataframely as dy
import psycopg
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from waiting import heard_at_once

import importer
from importer.app import _actions as actions
from importer.core import Table, located, masked, parsed, refilled
from importer.core._progress import State
from importer.errors import ImporterError, ResumeError, SinkError, SourceError, StoreError
from importer.sinks import open_sink, with_password
from importer.store import JobRecord, open_store

if TYPE_CHECKING:
    from collections.abc import Callable

POSTGRES = os.environ.get("IMPORTER_TEST_POSTGRES", "postgresql://localhost/test")
PASSWORD = "Xq7-s3cret"
ROWS = 40


class Orders(dy.Schema):
    id = dy.Int64(primary_key=True)


URLS = (
    "postgresql://ann:{}@127.0.0.1:1/shop",
    "postgres://ann:{}@127.0.0.1:1,[::1]:1/shop?sslmode=require",
    "POSTGRESQL://ann:{}@127.0.0.1:1/shop",
    "postgresql://:{}@127.0.0.1:1",
    "postgresql://ann:a@{}@127.0.0.1:1/shop",
    "postgresql:///ann:{}@127.0.0.1/shop",
    "postgresql://ann%3A{}@127.0.0.1/shop",
    "postgresql://127.0.0.1:1/shop?password={}",
    "postgresql://127.0.0.1:1/shop?user=ann&pass%77ord={}&sslmode=disable",
    "postgresql://127.0.0.1:1/shop?%70assword={}",
    "postgresql://127.0.0.1:1/shop?PASSWORD={}",
    "postgresql://127.0.0.1:1/shop?sslpassword={}",
    "postgresql://127.0.0.1:1/shop?sslkey={}",
    "postgresql://127.0.0.1:1/shop?service={}",
    "postgresql://127.0.0.1:1/shop?options={}",
    "postgresql://127.0.0.1:1/shop?options=-cmy.password%3D{}",
    "postgresql://127.0.0.1:1/shop?options=-csearch_path%3Da%20-cmy.password%3D{}",
    "postgresql://127.0.0.1:1/shop?dbname=postgresql://ann:{}@db/shop",
    "postgresql://127.0.0.1:1/shop?application_name=password={}",
    "postgresql://127.0.0.1:1/shop?sslmode=disable#{}",
    "postgresql://127.0.0.1:1/shop?{}",
    "postgresql://127.0.0.1:1/shop?{}=1",
    "postgresql://127.0.0.1:1/shop?pass={}",
    "postgresql://127.0.0.1:1/shop#password={}",
    "mysql://ann:{}@127.0.0.1/shop",
    "oracle+driver://ann:{}@127.0.0.1/shop?key=1",
    "jdbc:postgresql://127.0.0.1/shop?user=ann&password={}",
    "sqlite://ann:{}@127.0.0.1/shop.db",
    "sqlite:///:memory:?key={}",
    "duckdb:///?motherduck_token={}",
)
"""Texts with ``://``, and where the secret stands in them."""

STRINGS = (
    "postgresql:ann:{}@db",
    "postgresql:/ann:{}@db/shop",
    "ann:{}@db/shop",
    "ann:a@{}@db",
    "ann:{}@db/shop.db",
    "host=db user=ann password={} dbname=shop",
    "host=db password='{}'.db",
    "password={}",
    "pass%77ord={}",
    "shop?password={}",
)
"""Texts without."""

LETTERS = st.sampled_from("abcXYZ019-._~@:/?#%&=+ !$'\"\\*,;<>()[]{}|^`üß漢\t\n\x7f")
SECRETS = st.text(LETTERS, min_size=4, max_size=14)
UNLIKE_ALL_ELSE = st.builds("{}Xq7{}".format, st.text(LETTERS, max_size=6), st.text(LETTERS, max_size=6))
WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "encoded": lambda text: quote(text, safe=""),
    "encoded wholly": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
}


def forms_of(secret: str) -> set[str]:
    """The texts from which one could read the secret."""
    return {secret, *(way(secret) for way in WAYS.values())}


def raise_if_told(secret: str, said: str, harmless: str = "") -> None:
    """Fail if the secret stands in what was said, but not where a text with another secret has it too."""
    for form in forms_of(secret):
        place = said.find(form)
        assert place < 0 or form in harmless, said[max(0, place - 100) : place + 100]


@given(form=st.sampled_from((*URLS, *STRINGS)), way=st.sampled_from(sorted(WAYS)), secret=SECRETS)
@settings(max_examples=500)
@example(form=URLS[0], way="as it is", secret="p@ss")
@example(form=URLS[0], way="as it is", secret="12/a?b")
@example(form=URLS[0], way="as it is", secret="pa/ss")
@example(form=URLS[0], way="as it is", secret="p@ssw/word?rd #1")
@example(form=URLS[0], way="as it is", secret="12/word?rd")
@example(form=URLS[0], way="as it is", secret="s3%zzcret")
def test_no_secret_of_any_url_is_shown(form, way, secret):
    assume(secret.strip() == secret and not secret.startswith("//"))
    into = form.format(WAYS[way](secret))
    shown = masked(into)
    raise_if_told(secret, f"{shown} {unquote(shown)}", masked(form.format("other")))
    for part in re.findall(r"\w{3,}", secret):
        assert part in masked(form.format("other")) or part not in shown
    assert masked(shown) == shown
    if "://" in form:
        assert located_or_told(into) == located_or_told(into)


def located_or_told(into: str) -> str:
    try:
        return located(into)
    except SinkError as exc:
        return str(exc)


def everything_of(error: BaseException | None) -> str:
    """All that an error says in any way."""
    about = [str(error), repr(error), "".join(traceback.format_exception(error))]
    if isinstance(error, ImporterError):
        about += [json.dumps(error.facts, default=str), repr(error.fixes), error.message.as_json()]
    while error is not None:
        about += [str(error), repr(error)]
        error = error.__cause__ or error.__context__
    return "\n".join(about)


def everything_of_a_job(into: str, file: Path) -> str:
    """All that an import into this target says, shows and keeps."""
    said: list[str] = []
    out, home = io.StringIO(), Path(os.environ["IMPORTER_HOME"])
    with redirect_stdout(out), redirect_stderr(out), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            plan = importer.plan(file, into=into, schema=Orders, listeners=[], if_imported="again")
            job = plan.job()
            said += [repr(plan), plan.into_label, repr(plan.sink()), plan.sink().label, located(into)]
            said += [repr(job), repr(job.start())]
            job.wait()
            said += [everything_of(job.error), repr(job.report), job.report._repr_html_(), repr(job.progress)]
            said.append(json.dumps(job.report.as_dict(), default=str))
            record = importer.job(job.id)
            said += [repr(record), record._repr_html_(), json.dumps(record.as_dict(), default=str)]
            importer.resume(job, listeners=[])
        except (ImporterError, OSError) as exc:
            said.append(everything_of(exc))
        try:
            importer.schema_of(into, "orders")
        except (ImporterError, OSError) as exc:
            said.append(everything_of(exc))
    said += [out.getvalue(), *map(str, warned)]
    said += [kept.read_bytes().decode("utf-8", "replace") for kept in home.rglob("*") if kept.is_file()]
    return "\n".join(said)


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("PGPASSWORD", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "no.pgpass"))
    (file := tmp_path / "orders.csv").write_text("id\n" + "".join(f"{n}\n" for n in range(ROWS)))
    return file


@given(form=st.sampled_from((*URLS, *STRINGS)), way=st.sampled_from(sorted(WAYS)), secret=UNLIKE_ALL_ELSE)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(form=URLS[0], way="as it is", secret=PASSWORD)
@example(form=URLS[0], way="encoded", secret="p@ss/w?rd #1")
@example(form=URLS[0], way="as it is", secret="s3%zzcret")
def test_no_secret_stands_in_anything_that_an_import_says_or_keeps(orders, form, way, secret):
    assume(secret.strip() == secret and not secret.startswith("//"))
    into = form.format(WAYS[way](secret))
    raise_if_told(secret, everything_of_a_job(into, orders))


HERE = POSTGRES.partition("?")[0]


@pytest.mark.parametrize(
    ("into", "says"),
    [
        (f"{HERE}?options={PASSWORD}", "invalid command-line argument for server process: ***"),
        (f"{HERE}?options=-cmy.x%3D{PASSWORD}%20-{PASSWORD}", "FATAL"),
        (f"{HERE}?service={PASSWORD}", 'definition of service "***" not found'),
        (f"{HERE}?{PASSWORD}", 'missing key/value separator "=" in URI query parameter: "***"'),
        (f"{HERE}?{PASSWORD}=1", 'invalid URI query parameter: "***"'),
        (f"{HERE}?password=%zz{PASSWORD}", 'invalid percent-encoded token: "***"'),
        (f"{HERE}?password=a%00{PASSWORD}", 'forbidden value %00 in percent-encoded value: "***"'),
        (f"{HERE}?password=a {PASSWORD}", 'unexpected spaces found in "***"'),
        (f"postgresql://ann:{PASSWORD}@127.0.0.1:1/shop", "Connection refused"),
        (f"{HERE.replace('://', f'://ann{PASSWORD[:3]}:{PASSWORD}@')}", "role"),
        (f"{HERE}_not_there?password={PASSWORD}", "does not exist"),
        (f"{HERE}?user=a&password=a", "role"),
    ],
)
def test_what_the_driver_says_is_told_without_secrets(orders, into, says):
    sink = open_sink(into)
    with pytest.raises(SinkError) as caught:
        sink.open(Table(name="t", columns=()))
    said = everything_of(caught.value)
    assert says in said
    assert PASSWORD not in said
    assert "connection" in said or "invalid" in said or "URI" in said


def test_a_lock_tells_without_secrets_why_it_cannot_be_had(orders):
    lock = open_sink(f"postgresql://ann:{PASSWORD}@127.0.0.1:1/shop").lock("t", "job")
    with pytest.raises(SinkError) as caught:
        lock.acquire(is_over=lambda: True, wait=lambda: None)
    assert PASSWORD not in everything_of(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ann:{PASSWORD}@127.0.0.1:1/jobs",
        f"postgresql://ann:a@{PASSWORD}@127.0.0.1:1/jobs",
        f"host=127.0.0.1 port=1 password={PASSWORD}",
        f"postgresql:ann:{PASSWORD}@127.0.0.1",
        f"{HERE}?{PASSWORD}",
        f"{HERE}?options={PASSWORD}",
    ],
)
def test_a_store_that_cannot_be_reached_is_told_without_secrets(orders, monkeypatch, url):
    monkeypatch.setenv("IMPORTER_STORE", url)
    with pytest.raises(StoreError) as caught:
        open_store().count()
    assert PASSWORD not in everything_of(caught.value)
    assert PASSWORD not in everything_of_a_job("sqlite:///a.db", orders)


def shell(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    command = [sys.executable, "-m", "importer", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}, encoding="utf-8"
    )


@pytest.mark.parametrize(
    "into",
    [
        f"postgresql://ann:{PASSWORD}@127.0.0.1:1/shop",
        f"postgresql://127.0.0.1:1/shop?pass%77ord={PASSWORD}",
        f"postgresql://ann:a@{PASSWORD}@127.0.0.1:1/shop",
        f"host=127.0.0.1 password={PASSWORD}",
        f"postgresql:ann:{PASSWORD}@127.0.0.1",
    ],
)
def test_the_shell_tells_no_secret_and_warns_of_a_password_that_others_see(orders, into):
    done = shell("load", "orders.csv", "--into", into, "--json")
    assert done.returncode == 1
    assert PASSWORD not in done.stdout + done.stderr
    assert json.loads(done.stdout)["state"] == "failed"
    is_url = into.startswith("postgresql://") and "a@" not in into
    assert ("can be seen by others" in done.stderr) == is_url
    assert PASSWORD not in shell("jobs", "--json").stdout
    if is_url:
        again = shell("resume", json.loads(done.stdout)["job_id"], "--into", into)
        assert "can be seen by others" in again.stderr
        assert PASSWORD not in again.stdout + again.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("load", "orders.csv", f"postgresql://ann:{PASSWORD}@db/shop", "--into", "a.db"),
        ("load", "orders.csv", f"host=db password={PASSWORD}", "--into", "a.db"),
        (f"postgresql://ann:{PASSWORD}@db/shop",),
        ("resume", "4c1d", f"ann:{PASSWORD}@db"),
    ],
)
def test_a_url_in_the_wrong_place_is_not_repeated(orders, words):
    done = shell(*words)
    assert done.returncode == 2
    assert PASSWORD not in done.stdout + done.stderr
    assert "what was typed is not shown" in done.stderr


@pytest.mark.parametrize(
    "file", [f"postgresql://ann:{PASSWORD}@db/shop", f"host=db password={PASSWORD}", f"ann:{PASSWORD}@db"]
)
def test_a_url_in_the_place_of_the_file_is_not_repeated(orders, file):
    with pytest.raises(SourceError, match="stands for a database, not for a file") as caught:
        importer.load(file, into="orders.csv", listeners=[])
    assert PASSWORD not in "".join(traceback.format_exception(caught.value)) + json.dumps(caught.value.as_dict())
    done = shell("load", file, "--into", "orders.csv", "--json")
    assert PASSWORD not in done.stdout + done.stderr
    app = importer.App(file)
    app._screen.widget()
    app.wait(60)
    shown = "".join(page.html for page in app._screen.pages.values())
    app.close()
    assert "there is no file" in shown
    assert PASSWORD not in f"{shown} {app._controller.model!r}"


CONNECTS = re.compile(r"(psycopg|_Watched)\.connect\b")


def test_only_one_module_connects_to_a_target():
    rooms = Path(importer.__file__).parent
    modules = {file.name for file in rooms.rglob("*.py") if CONNECTS.search(file.read_text("utf-8"))}
    # The last one writes such a line, for the user to run.
    assert modules == {"_postgres_connection.py", "_postgres.py", "_read_code.py"}
    assert not CONNECTS.search((rooms / "sinks/dialects/_postgres.py").read_text("utf-8"))


def typed(password: str, *arguments: str) -> tuple[int, str, str]:
    """A command for which somebody types a password: its status, its output, and what the terminal shows."""
    leader, follower = os.openpty()
    command = [sys.executable, "-m", "importer", *arguments]
    with subprocess.Popen(
        command, stdin=follower, stdout=subprocess.PIPE, stderr=follower, text=True, start_new_session=True
    ) as process:
        os.close(follower)
        shown = ""
        while "Password for" not in shown:
            shown += os.read(leader, 1_000).decode()
        os.write(leader, f"{password}\n".encode())
        out = process.stdout.read()
    try:
        while piece := os.read(leader, 1_000):
            shown += piece.decode()
    except OSError:  # The other end is closed.
        os.close(leader)
    return process.returncode, out, shown


@pytest.fixture
def schema(monkeypatch):
    """A URL without a password for a schema that the test has for itself, and one with a password."""
    name = f"secrets_{os.urandom(4).hex()}"
    try:
        connection = psycopg.connect(POSTGRES, connect_timeout=3, autocommit=True)
    except psycopg.OperationalError as exc:
        pytest.skip(f"no PostgreSQL answers at IMPORTER_TEST_POSTGRES: {exc}")
    with connection:
        [[user]] = connection.execute("SELECT current_user").fetchall()
        connection.execute(f"CREATE SCHEMA {name}")
        query = f"options=-csearch_path%3D{name}"
        yield f"{HERE.replace('://', f'://{user}@')}?{query}"
        connection.execute(f"DROP SCHEMA {name} CASCADE")


def test_a_password_typed_at_the_terminal_is_used_and_neither_shown_nor_kept(orders, schema):
    status, out, shown = typed(PASSWORD, "load", "orders.csv", "--into", schema, "--ask-password", "--json")
    assert (status, json.loads(out)["created"]) == (0, ROWS)
    assert PASSWORD not in out + shown
    assert "can be seen" not in shown
    [record] = importer.jobs()
    assert record.target == schema.replace("@", ":***@")
    assert not any(PASSWORD.encode() in file.read_bytes() for file in Path(os.environ["IMPORTER_HOME"]).rglob("*.db*"))


def test_without_a_terminal_no_password_is_asked_for(orders):
    done = shell("load", "orders.csv", "--into", "postgresql://ann@127.0.0.1:1/shop", "--ask-password")
    assert done.returncode == 1
    assert "there is no terminal at which a password can be typed; set PGPASSWORD" in done.stderr


def password_in_use(url: str) -> bytes:
    """The password with which libpq connects."""
    sink = open_sink(url)
    sink.dialect.connect()
    try:
        return sink.dialect._open.pgconn.password
    finally:
        sink.dialect.close()


def test_a_password_comes_from_the_environment_or_a_password_file(orders, schema, monkeypatch, tmp_path):
    stars = schema.replace("@", ":***@")
    with pytest.raises(SinkError, match="is not kept; give into=… with the password, or set PGPASSWORD"):
        open_sink(stars)
    assert password_in_use(schema) == b""
    assert password_in_use(with_password(schema, "p@ss/w?rd #1")) == b"p@ss/w?rd #1"
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert password_in_use(schema) == password_in_use(stars) == PASSWORD.encode()
    monkeypatch.delenv("PGPASSWORD")
    (file := tmp_path / "pgpass").write_text("*:*:*:*:from-a-file\n")
    file.chmod(0o600)
    named = f"{stars}&passfile={file}"
    assert password_in_use(named) == b"from-a-file"
    assert masked(named) == named
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert password_in_use(schema) == password_in_use(stars) == b"from-a-file"


def stopped(orders: Path, into: str) -> importer.Job:
    """A job that was cancelled after its first chunk."""

    def stop(now: importer.Progress) -> None:
        if now.rows_read:
            job.cancel()

    job = heard_at_once(importer.plan(orders, into=into, key="id", chunk_rows=10, listeners=[stop]).job())
    assert job.start().result().progress.state is State.CANCELLED
    return job


def test_a_job_is_resumed_with_the_password_of_the_environment(orders, schema, monkeypatch):
    job = stopped(orders, with_password(schema, PASSWORD))
    assert PASSWORD not in importer.job(job.id).target
    with pytest.raises(ResumeError, match="is not kept"):
        importer.resume(job, listeners=[])
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert importer.resume(job, listeners=[]).progress.created == ROWS
    assert importer.job(job.id).target == schema.replace("@", ":***@")


def test_a_job_is_resumed_in_the_shell_with_a_password_that_is_typed(orders, schema):
    job = stopped(orders, with_password(schema, PASSWORD))
    refused = shell("resume", job.id)
    assert refused.returncode == 1
    assert "--ask-password" in refused.stderr
    status, out, shown = typed(PASSWORD, "resume", job.id, "--ask-password", "--json")
    assert (status, json.loads(out)["created"]) == (0, ROWS)
    assert PASSWORD not in out + shown


def test_no_password_is_asked_for_a_server_that_a_strange_record_names(orders):
    job_id = "4c1d8a52-0000-4000-8000-000000000000"
    target = "postgresql://ann:***@127.0.0.1:1/shop"
    open_store().write(JobRecord(job_id=job_id, path=str(orders), target=target, state=State.FAILED))
    done = shell("resume", job_id, "--ask-password")
    assert done.returncode == 1
    assert "is not yours" in done.stderr
    assert "terminal" not in done.stderr


def test_the_label_of_a_sink_of_your_own_is_kept_without_a_password(orders):
    class Server(importer.testing.MemorySink):
        label = f"mysql://ann:{PASSWORD}@db/shop"

    report = importer.load(orders, into=Server(), listeners=[])
    assert report.into == importer.jobs()[0].target == "mysql://ann:***@db/shop"


def test_other_secrets_than_the_password_are_given_again(orders, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with pytest.raises(SinkError, match="is not kept"):
        open_sink("postgresql://ann:***@db/shop?sslpassword=***")


def test_old_histories_name_the_same_targets():
    for url, target in {
        "postgresql://ann:s3cret@db/shop": "postgresql://ann:***@db/shop",
        "postgresql://ann@db:5432,other/shop?sslmode=require&connect_timeout=3": None,
        "postgresql://ann:s3cret@db/shop?password=x": "postgresql://ann:***@db/shop?password=***",
        "postgresql:///shop?host=%2Fvar%2Frun%2Fpostgresql": None,
        "postgresql://ann%40corp@[::1]:5432/my%20shop": None,
        "postgresql://db/shop?options=-csearch_path%3Dmarch": None,
        "postgres://db": None,
    }.items():
        assert located(url) == (target or url)


def test_a_path_that_may_be_a_url_needs_its_scheme(orders):
    for into in ("ann:s3cret@db/shop.db", "host=db password=s3cret.db", Path("postgresql://ann:s3cret@db/shop.db")):
        with pytest.raises(SinkError, match="neither a URL nor a plain path; write a URL"):
            importer.plan(orders, into=into, listeners=[])
    report = importer.load(orders, into=f"sqlite:///{orders.parent}/10:30@noon.db", listeners=[])
    assert report.progress.created == ROWS


def test_the_app_keeps_the_password_of_an_edited_url_and_shows_it_nowhere(orders):
    app = importer.App(orders, into=f"postgresql://ann:{PASSWORD}@127.0.0.1:1/shop")
    app._screen.widget()
    app.wait(60)
    controller = app._controller
    controller.dispatch(actions.Choose(options={"into": "postgresql://ann:***@127.0.0.1:1/till"}))
    app.wait(60)
    assert controller.model.choices.into == f"postgresql://ann:{PASSWORD}@127.0.0.1:1/till"
    shown = "".join(page.html for page in app._screen.pages.values())
    assert "No server answers at 127.0.0.1, port 1." in shown
    assert 'value="till"' in shown
    assert PASSWORD not in f"{shown} {controller.model!r} {app.code()} {app!r} {app.plan!r}"
    # Another server does not get to know the password.
    controller.dispatch(actions.Choose(options={"into": "postgresql://ann:***@127.0.0.2:1/till"}))
    app.wait(60)
    assert controller.model.choices.into == "postgresql://ann:***@127.0.0.2:1/till"
    assert "The server requires a password." in "".join(page.html for page in app._screen.pages.values())
    app.close()
    kept = Path(os.environ["IMPORTER_HOME"]).rglob("*")
    assert not any(PASSWORD.encode() in file.read_bytes() for file in kept if file.is_file())


def test_a_file_with_any_name_is_found_again(tmp_path):
    for name in ("what?.db", "100%25.db", "a b#1.db", "10:30@noon.db"):
        assert parsed(located(tmp_path / name if ":" not in name else f"sqlite:///{tmp_path / name}")) == (
            "sqlite",
            str(tmp_path / name),
        )


def test_no_secret_stands_in_a_row_of_a_store_for_a_team(orders, schema, monkeypatch):
    monkeypatch.setenv("IMPORTER_STORE", with_password(schema, PASSWORD))
    said = [everything_of_a_job(form.format(PASSWORD), orders) for form in URLS[:1] + URLS[7:9] + URLS[13:15]]
    with psycopg.connect(schema) as connection:
        said += map(str, connection.execute("SELECT row_to_json(importer_jobs)::text FROM importer_jobs").fetchall())
    assert len(said) == 10
    assert PASSWORD not in "".join(said)


def test_what_earlier_versions_kept_of_a_url_is_not_shown(orders, schema, monkeypatch):
    monkeypatch.setenv("IMPORTER_STORE", schema)
    target = f"postgresql://db/shop?options={PASSWORD}"
    open_store().write(JobRecord(job_id="4c1d8a52-0000-4000-8000-000000000000", target=target, state=State.FAILED))
    [record] = importer.jobs()
    assert record.target == "postgresql://db/shop?options=***"


def test_stars_stand_for_what_the_url_had(orders):
    before = f"postgresql://ann:{PASSWORD}@db/shop?sslpassword=abc"
    assert refilled(masked(before), before) == before
    assert refilled("postgresql://ann:new@db/shop", before) == "postgresql://ann:new@db/shop"
    assert refilled("postgresql://bob:***@db/shop", before) == "postgresql://bob:***@db/shop"
    assert refilled("a.db", before) == "a.db"
