"""What a job did to posts, taken back one by one: `PostsUndoing`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.sinks._undo_words import refused
from importer.sinks._undone import Left, Undone
from importer.sinks.wordpress._draft import held, request
from importer.sinks.wordpress._kind import Kind
from importer.sinks.wordpress._ledger import Ledger, digest
from importer.sinks.wordpress._posts import Posts
from importer.sinks.wordpress._site import DoubtError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.sinks.wordpress._ledger import Intent
    from importer.sinks.wordpress._site import Answer, Site

__all__ = ["PostsUndoing"]

AT_ONCE, RETRIES, SHOWN = 40, 4, 20


class PostsUndoing:
    """Takes back one job: created posts go to the trash, updated ones get their former fields.

    No site has transactions: what is taken back stays so when the undo stops, and the next one goes on with the rest.

    Parameters
    ----------
    site, table
        The site, and the type of the posts.
    job_id
        The job.

    Attributes
    ----------
    is_atomic
        Whether an undo that stops has changed nothing.
    """

    is_atomic = False

    def __init__(self, site: Site, table: str, job_id: str) -> None:
        self._site, self.table, self._job_id = site, table, job_id
        self._ledger = Ledger(site.label, table)
        self._kind: Kind | None = None
        self._intents: list[Intent] = []
        self._done = Undone(table=table)

    def open(self) -> None:
        """Log in, and look whether anything is kept of the job.

        Raises
        ------
        UndoError
            If nothing is.
        SinkError
            If the site cannot be reached.
        """
        self._site.open()
        self._kind = Kind.of(self._site, self.table)
        self._ledger.open(None)
        self._intents = self._ledger.done(self._job_id)
        if not self._intents and not self._done.rows:
            raise refused("nothing", self._job_id, table=self.table)

    def open_again(self) -> None:
        """Look again, after another job may have written."""
        self.close()
        self.open()

    def close(self) -> None:
        """Disconnect."""
        self._ledger.close()
        self._site.close()

    def carry_out(
        self,
        *,
        undo_id: str,  # noqa: ARG002 - as `Undoing.carry_out` has it
        force: bool,
        dry_run: bool,
        tell: Callable[[Undone, int], object],
        told: Undone | None = None,  # noqa: ARG002 - as `Undoing.carry_out` has it
    ) -> Undone:
        """Take back what can be, the last row first, and say what was left.

        Raises
        ------
        DisconnectedError
            If the site does not answer any more.
        """
        total = self._done.rows + len(self._intents)
        if dry_run:
            self._done = Undone(table=self.table)
        for part in _parts(self._intents):
            tell(self._done, total)
            try:
                self._take_back(part, force=force, dry_run=dry_run)
            except DoubtError as exc:
                raise self._site.lost(exc) from exc
        if not dry_run:
            self._ledger.end_undo(self._job_id)
        return self._done

    def _take_back(self, part: list[Intent], *, force: bool, dry_run: bool) -> None:
        kind = self._opened
        there = Posts(self._site, kind, self._ledger, pretends=False).look_up([one.slug for one in part])
        wanted: list[Intent] = []
        for intent in part:
            post = there[intent.slug].post
            if post is None or post["id"] != intent.post_id:
                self._leave(intent, "gone", None)
            elif digest(held(post, kind)) != intent.got and not force:
                self._leave(intent, "edited", post)
            else:
                wanted.append(intent)
        if not dry_run:
            for at in range(0, len(wanted), self._site.most):
                self._write(wanted[at : at + self._site.most])
        created = sum(one.action == "create" for one in wanted)
        done = self._done
        self._done = replace(done, removed=done.removed + created, restored=done.restored + len(wanted) - created)

    def _leave(self, intent: Intent, why: str, post: Mapping[str, Any] | None) -> None:
        done = self._done
        now = None if post is None else {"title": (post.get("title") or {}).get("raw"), "status": post["status"]}
        left = Left(key={"slug": intent.slug}, why=why, was_created=intent.action == "create", wrote={}, now=now)
        shown = done.left if len(done.left) >= SHOWN else (*done.left, left)
        gone, edited = done.gone + (why == "gone"), done.edited + (why == "edited")
        self._done = replace(done, gone=gone, edited=edited, left=shown)

    def _write(self, intents: list[Intent]) -> None:
        """Ask until there is an answer: what is done twice is as if it was done once."""
        for one in intents:
            if one.action == "create" and one.post_id is not None:
                self._ledger.trash(one.post_id)
        answers = self._answers([self._request(one) for one in intents])
        for one, answer in zip(intents, answers, strict=True):
            if not answer.is_good and answer.code not in {"rest_already_trashed", "rest_post_invalid_id"}:
                raise self._site.refused(f"does not take back {one.slug!r}", answer)
            self._ledger.forget(self._job_id, one)

    def _answers(self, requests: list[tuple[str, str, Mapping[str, Any]]]) -> list[Answer]:
        for _ in range(RETRIES):
            try:
                return self._site.batch(requests)
            except DoubtError as exc:
                lost = exc
        raise lost

    def _request(self, intent: Intent) -> tuple[str, str, Mapping[str, Any]]:
        path = f"{self._opened.path}/{intent.post_id}"
        return ("DELETE", path, {}) if intent.action == "create" else ("POST", path, request(intent.before or {}))

    @property
    def _opened(self) -> Kind:
        assert self._kind is not None  # noqa: S101 - set by `open`
        return self._kind


def _parts(intents: list[Intent]) -> list[list[Intent]]:
    """The intents in parts, in none of which a post comes twice."""
    parts: list[list[Intent]] = []
    slugs: set[str] = set()
    for one in intents:
        if not parts or len(parts[-1]) == AT_ONCE or one.slug in slugs:
            parts.append([])
            slugs = set()
        parts[-1].append(one)
        slugs.add(one.slug)
    return parts
