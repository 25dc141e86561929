"""Files of others that an import must not touch, and files of ours that others must not read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

import importer
from importer.core._files import _told, private_file, private_folder, written_beside
from importer.errors import StoreWarning

WRITES_EVERYTHING = """
import os, sqlite3, sys
from pathlib import Path
os.umask(int(sys.argv[1], 8))
import importer
from importer.app.choices._choices import Choices
from importer.app.choices._memory import remember
from importer.app.transfer._inbox import Inbox
from importer.app.transfer._outbox import Outbox

def look(now):
    if now.rows_read:  # The lock is held, and the log of the history is there.
        for folder, _, files in os.walk(os.environ["IMPORTER_HOME"]):
            seen.update({os.path.join(folder, name): os.stat(os.path.join(folder, name)).st_mode for name in files})

seen = {}
importer.jobs()
other = sqlite3.connect(os.path.join(os.environ["IMPORTER_HOME"], "jobs.db"))
other.execute("SELECT count(*) FROM importer_jobs").fetchall()  # Its log stays as long as somebody reads.
report = importer.plan("orders.csv", into="shop.db", key="id", chunk_rows=10, listeners=[look]).run()
remember(("id", "qty"), Choices(path=Path("orders.csv"), said="orders.csv", options={"key": ("id",)}))
inbox, outbox = Inbox(lambda _: None), Outbox()
inbox.handle({"type": "begin", "id": "1", "name": "a.csv", "size": 3}, [])
inbox.handle({"type": "chunk", "id": "1", "epoch": 0, "offset": 0}, [b"id1"])
outbox.offer("refused.csv", report.rejects_to)
report.rejects_to("refused.csv"), report.rejects_to("refused.xlsx"), importer.sample("sample.xlsx")
for root in (inbox._folder, outbox._folder, os.environ["IMPORTER_HOME"]):
    print(root, oct(os.stat(root).st_mode & 0o777))
    for folder, folders, files in os.walk(root):
        for path in (os.path.join(folder, name) for name in (*folders, *files)):
            print(path, oct(os.stat(path).st_mode & 0o777))
for path, mode in seen.items():
    print(path, oct(mode & 0o777))
"""


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("id,qty\n" + "".join(f"{n},{n if n % 10 else 'x'}\n" for n in range(100)))
    return file


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def run(*arguments, cwd, status=0, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        encoding="utf-8",
        env={**os.environ, **environment},
    )
    assert done.returncode == status, done.stderr
    return done


@pytest.mark.parametrize(("umask", "mode"), [("0", 0o666), ("0077", 0o600)])
def test_what_we_keep_is_for_this_user_alone_and_only_what_is_asked_for_follows_the_umask(
    orders, tmp_path, umask, mode
):
    done = run("-c", WRITES_EVERYTHING, umask, cwd=tmp_path, IMPORTER_HOME=str(tmp_path / "new" / "home"))
    modes = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    names = {Path(path).name for path in modes}
    assert {"home", "jobs.db", "jobs.db-wal", "jobs.db-shm", "rejects", "locks", "mappings.json", "a.csv"} <= names
    assert {Path(path).suffix for path in modes} >= {".arrow", ".lock", ".job", ".csv"}
    assert {path: mode for path, mode in modes.items() if mode not in {"0o700", "0o600"}} == {}
    assert {mode_of(tmp_path / name) for name in ("refused.csv", "refused.xlsx", "sample.xlsx")} == {mode}


def test_what_stands_open_already_is_closed(orders, tmp_path, home):
    into = str(tmp_path / "shop.db")
    importer.load(orders, into=into, key="id", listeners=[])
    kept = [path for path in Path(home).rglob("*") if path.suffix not in {".arrow", ".lock"}]
    for path in (Path(home), *kept):
        path.chmod(0o777)
    importer.load(orders, into=into, key="id", if_imported="again", listeners=[])
    open_to_others = {path.name for path in (Path(home), *kept) if mode_of(path) & 0o077}
    assert open_to_others <= {path.name for path in (Path(home) / "rejects").iterdir()}  # Behind a closed door.


def test_a_folder_that_holds_other_things_is_not_closed_but_ours_in_it_are(orders, tmp_path, monkeypatch):
    shared = tmp_path / "shared"
    (shared / "photos").mkdir(parents=True)
    shared.chmod(0o755)
    monkeypatch.setenv("IMPORTER_HOME", str(shared))
    importer.load(orders, into=str(tmp_path / "shop.db"), key="id", listeners=[])
    assert (mode_of(shared), mode_of(shared / "jobs.db"), mode_of(shared / "rejects")) == (0o755, 0o600, 0o700)


def test_a_folder_that_we_cannot_close_is_told_once(tmp_path, monkeypatch):
    open_to_all = tmp_path / "open"
    (open_to_all / "photos").mkdir(parents=True)
    open_to_all.chmod(0o777)
    monkeypatch.setenv("IMPORTER_HOME", str(open_to_all))
    _told.clear()
    with pytest.warns(StoreWarning, match=rf"others on this machine .*`chmod 700 {open_to_all}`"):
        private_folder(open_to_all)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        private_folder(open_to_all)
        private_folder(open_to_all / "locks")
    assert mode_of(open_to_all) == 0o777


def test_a_link_at_a_name_of_ours_that_another_user_planted_is_not_followed(tmp_path, home, monkeypatch):
    victim, user = tmp_path / "victim", os.geteuid()
    victim.write_text("precious")
    for name, make in {"jobs.db": private_file, "rejects": private_folder}.items():
        link = Path(home) / name
        link.symlink_to(victim if name == "jobs.db" else tmp_path)
        if user == 0:
            os.lchown(link, 65_534, 65_534)
        else:  # Only root can make links of others; another user finds one of this user.
            monkeypatch.setattr(os, "geteuid", lambda: user + 1)
        with pytest.raises(OSError, match="another user"):
            make(link)
    assert victim.read_text() == "precious"


def test_a_planted_link_is_replaced_and_what_it_points_at_stays(tmp_path):
    victim, out = tmp_path / "victim", tmp_path / "refused.csv"
    victim.write_text("precious")
    out.symlink_to(victim)
    (tmp_path / ".refused.csv.part").symlink_to(victim)  # The name that was predictable once.
    with written_beside(out) as file:
        file.write(b"id")
    assert (victim.read_text(), out.read_text(), out.is_symlink()) == ("precious", "id", False)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".refused.csv.part", "refused.csv", "victim"]


def test_a_file_that_is_not_finished_never_appears(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    with suppress(KeyboardInterrupt), written_beside(tmp_path / "a.csv") as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
