"""What we keep of the jobs that write to a site, since no site has transactions: `Ledger`."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from importer.core import Checkpoint, home, private_file, private_folder
from importer.errors import SinkError, TakenOverError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from importer.core import Claim

__all__ = ["Doubt", "Intent", "Ledger", "digest"]

LONGEST_REQUEST_S = 600
"""After which no web server is still at work on a request."""

STEPS = """
CREATE TABLE IF NOT EXISTS checkpoints (
    kind TEXT NOT NULL, job_id TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (kind, job_id));
CREATE TABLE IF NOT EXISTS intents (
    kind TEXT NOT NULL, job_id TEXT NOT NULL, slug TEXT NOT NULL, row INTEGER NOT NULL, action TEXT NOT NULL,
    post_id INTEGER, before TEXT, got TEXT, is_done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (kind, job_id, slug, row));
CREATE TABLE IF NOT EXISTS posts (
    kind TEXT NOT NULL, slug TEXT NOT NULL, wanted TEXT NOT NULL, got TEXT NOT NULL, PRIMARY KEY (kind, slug));
CREATE TABLE IF NOT EXISTS doubts (
    kind TEXT NOT NULL, slug TEXT NOT NULL, fields TEXT NOT NULL, newest INTEGER NOT NULL, since REAL NOT NULL,
    PRIMARY KEY (kind, slug, fields));
CREATE TABLE IF NOT EXISTS trashed (
    post_id INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS pictures (
    sha256 TEXT PRIMARY KEY, media_id INTEGER NOT NULL, url TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS uploads (
    slug TEXT PRIMARY KEY, sha256 TEXT NOT NULL, is_in_doubt INTEGER NOT NULL, since REAL NOT NULL);
"""


def digest(value: object) -> str:
    """A value of JSON as a short text that no other value has.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a job is about to do to one post, kept before the site is asked.

    Attributes
    ----------
    slug, row
        The post, and the row that wants it.
    action
        Whether there was no such post.
    post_id, before
        The post and what it held before; None if there was none.
    got
        Digest of what it held afterwards; None if nobody knows yet.
    """

    slug: str
    row: int
    action: Literal["create", "update"]
    post_id: int | None = None
    before: Mapping[str, Any] | None = None
    got: str | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A post asked for twice, since nobody knows whether the site still works on the first request.

    Attributes
    ----------
    slug, fields
        The post, and what was asked for.
    newest
        Id of the newest post before it was asked for again.
    """

    slug: str
    fields: Mapping[str, Any]
    newest: int


class Ledger:
    """A database of our own for one site.

    Parameters
    ----------
    site
        The site.
    kind
        The type of the posts.

    Notes
    -----
    A job is resumed on the machine on which it began; on another one its posts are found by their slugs, and count as
    unchanged.
    """

    def __init__(self, site: str, kind: str) -> None:
        self._kind = kind
        self._path = home() / "sites" / f"{hashlib.sha256(site.encode()).hexdigest()[:24]}.db"
        self._connection: sqlite3.Connection | None = None

    def open(self, claim: Claim | None) -> dict[str, Checkpoint]:
        """Connect, store the token of the claim, and return the checkpoints of all jobs."""
        self.close()
        try:
            private_folder(self._path.parent)
            private_file(self._path)
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.executescript(STEPS)
        except (OSError, sqlite3.Error) as exc:
            raise SinkError(
                f"cannot keep what the job does in {str(self._path)!r}: {exc}",
                code="ledger-unusable",
                facts={"path": str(self._path)},
                fixes=["free the folder, or name another one in IMPORTER_HOME"],
            ) from exc
        with self._transaction():
            if claim is not None and claim.takes_over and (own := self._own(claim)) is not None:
                self._store(claim, own)
        rows = self._rows("SELECT job_id, text FROM checkpoints WHERE kind = ?", self._kind)
        return {job_id: Checkpoint.of_text(text) for job_id, text in rows}

    def close(self) -> None:
        """Disconnect."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def raise_if_taken(self, claim: Claim) -> None:
        """Do nothing as long as the job is still that of this run.

        Raises
        ------
        TakenOverError
            If another run has claimed it.
        """
        own = self._own(claim)
        if own is not None and own.owner != claim.owner:
            raise TakenOverError.of(claim.job_id)

    def commit(self, claim: Claim, checkpoint: Checkpoint, *, keeps: bool) -> None:
        """Store the checkpoint, and that what was intended is done.

        Parameters
        ----------
        keeps
            Whether to keep what undoes the job.
        """
        with self._transaction():
            self.raise_if_taken(claim)
            if keeps:
                self._execute("UPDATE intents SET is_done = 1 WHERE kind = ? AND job_id = ?", self._kind, claim.job_id)
            else:
                self._execute("DELETE FROM intents WHERE kind = ? AND job_id = ?", self._kind, claim.job_id)
            self._store(claim, checkpoint)

    def intended(self, job_id: str) -> dict[tuple[str, int], Intent]:
        """What an earlier run of the job intended and did not commit, by slug and row."""
        return {(one.slug, one.row): one for one in self._intents(job_id, is_done=False)}

    def done(self, job_id: str) -> list[Intent]:
        """What the job did, the last first."""
        return sorted(self._intents(job_id, is_done=True), key=lambda one: -one.row)

    def intend(self, job_id: str, intents: Iterable[Intent]) -> None:
        """Keep what the job is about to do; what an earlier run intended stays."""
        with self._transaction():
            for one in intents:
                before = None if one.before is None else json.dumps(one.before)
                self._execute(
                    "INSERT OR IGNORE INTO intents (kind, job_id, slug, row, action, post_id, before)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    *(self._kind, job_id, one.slug, one.row, one.action, one.post_id, before),
                )

    def did(self, job_id: str, intent: Intent, wanted: str) -> None:
        """Keep what came of an intent, and what was wanted."""
        with self._transaction():
            self._execute(
                "UPDATE intents SET post_id = ?, got = ? WHERE kind = ? AND job_id = ? AND slug = ? AND row = ?",
                *(intent.post_id, intent.got, self._kind, job_id, intent.slug, intent.row),
            )
            self._execute(
                "INSERT OR REPLACE INTO posts VALUES (?, ?, ?, ?)", self._kind, intent.slug, wanted, intent.got
            )

    def forget(self, job_id: str, intent: Intent) -> None:
        """Drop an intent that the site refused."""
        self._execute(
            "DELETE FROM intents WHERE kind = ? AND job_id = ? AND slug = ? AND row = ?",
            *(self._kind, job_id, intent.slug, intent.row),
        )

    def unanswered(self) -> set[str]:
        """Slugs of posts that a run asked for and did not live to see."""
        sql = "SELECT slug FROM intents WHERE kind = ? AND is_done = 0 AND action = 'create' AND got IS NULL"
        return {slug for (slug,) in self._rows(sql, self._kind)}

    def doubt(self, doubts: Iterable[Doubt]) -> None:
        """Keep that twins of these posts may still come."""
        with self._transaction():
            for one in doubts:
                self._execute(
                    "INSERT OR IGNORE INTO doubts VALUES (?, ?, ?, ?, ?)",
                    *(self._kind, one.slug, json.dumps(one.fields, default=str), one.newest, time.time()),
                )

    def doubts(self) -> list[Doubt]:
        """The posts of which twins may still come."""
        self._execute("DELETE FROM doubts WHERE abs(? - since) > ?", time.time(), LONGEST_REQUEST_S)
        rows = self._rows("SELECT slug, fields, newest FROM doubts WHERE kind = ?", self._kind)
        return [Doubt(slug, json.loads(fields), newest) for slug, fields, newest in rows]

    def is_as_left(self, slug: str, wanted: str, got: str) -> bool:
        """Whether the post was last asked to hold this, and still holds what the site made of it."""
        found = self._rows("SELECT wanted, got FROM posts WHERE kind = ? AND slug = ?", self._kind, slug)
        return found == [(wanted, got)]

    def trash(self, post_id: int) -> None:
        """Remember that an undo has put the post into the trash, from which an import may take it."""
        self._execute("INSERT OR REPLACE INTO trashed VALUES (?)", post_id)

    def is_trashed(self, post_id: int) -> bool:
        """Whether an undo has put the post into the trash."""
        return bool(self._rows("SELECT 1 FROM trashed WHERE post_id = ?", post_id))

    def end_undo(self, job_id: str) -> None:
        """Forget the checkpoint of a job that is taken back, so that its file may come again."""
        self._execute("DELETE FROM checkpoints WHERE kind = ? AND job_id = ?", self._kind, job_id)

    def picture(self, sha256: str) -> tuple[int, str] | None:
        """The upload of a picture: its id and its address."""
        found = self._rows("SELECT media_id, url FROM pictures WHERE sha256 = ?", sha256)
        return found[0] if found else None

    def keep_picture(self, sha256: str, media_id: int, url: str) -> None:
        """Remember an upload."""
        self._execute("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?)", sha256, media_id, url)

    def begin_upload(self, slug: str, sha256: str, *, is_in_doubt: bool) -> None:
        """Keep that a picture is about to be sent, and whether another request for it may still come to the site."""
        self._execute("INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?)", slug, sha256, is_in_doubt, time.time())

    def is_uploading(self, slug: str) -> bool:
        """Whether a picture was sent of which nobody knows what came."""
        return bool(self._rows("SELECT 1 FROM uploads WHERE slug = ?", slug))

    def end_upload(self, slug: str) -> None:
        """Keep that the picture is there; twins of one that was in doubt may still come."""
        self._execute("DELETE FROM uploads WHERE slug = ? AND NOT is_in_doubt", slug)

    def uploads_in_doubt(self) -> list[tuple[str, str]]:
        """Slug and SHA-256 of pictures of which twins may still come."""
        self._execute("DELETE FROM uploads WHERE abs(? - since) > ?", time.time(), LONGEST_REQUEST_S)
        return self._rows("SELECT slug, sha256 FROM uploads WHERE is_in_doubt")

    @classmethod
    def prune(cls, site: str, job_ids: Iterable[str]) -> None:
        """Drop what would undo these jobs."""
        ledger = cls(site, "")
        if not ledger._path.exists():
            return
        ledger.open(None)
        try:
            for job_id in job_ids:
                ledger._execute("DELETE FROM intents WHERE job_id = ? AND is_done = 1", job_id)
        finally:
            ledger.close()

    def _intents(self, job_id: str, *, is_done: bool) -> Iterator[Intent]:
        rows = self._rows(
            "SELECT slug, row, action, post_id, before, got FROM intents WHERE kind = ? AND job_id = ? AND is_done = ?",
            *(self._kind, job_id, int(is_done)),
        )
        for slug, row, action, post_id, before, got in rows:
            kept = None if before is None else json.loads(before)
            yield Intent(slug=slug, row=row, action=action, post_id=post_id, before=kept, got=got)

    def _own(self, claim: Claim) -> Checkpoint | None:
        sql = "SELECT text FROM checkpoints WHERE kind = ? AND job_id = ?"
        found = self._rows(sql, self._kind, claim.job_id)
        return Checkpoint.of_text(found[0][0]) if found else None

    def _store(self, claim: Claim, checkpoint: Checkpoint) -> None:
        text = replace(checkpoint, owner=claim.owner).as_text()
        self._execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)", self._kind, claim.job_id, text)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._execute("ROLLBACK")
            raise
        self._execute("COMMIT")

    def _rows(self, sql: str, *values: object) -> list[Any]:
        return self._execute(sql, *values).fetchall()

    def _execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        if self._connection is None:
            raise SinkError("the sink is not open", code="sink-not-open")
        return self._connection.execute(sql, values)
