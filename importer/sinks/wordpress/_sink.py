"""Posts of a WordPress site as a table: `WordPressSink`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.core import Claim, Refusal
from importer.errors import Fix, SinkError, TableMismatchError, choices
from importer.sinks._protocol import Found, Mode
from importer.sinks._seen_keys import MOST, SeenKeys
from importer.sinks._shared_keys import REPEATED, SHARES
from importer.sinks._table_lock import FileTableLock
from importer.sinks.wordpress._draft import CellError, Drafting, differences, held
from importer.sinks.wordpress._kind import Kind
from importer.sinks.wordpress._ledger import Intent, Ledger, digest
from importer.sinks.wordpress._pictures import Pictures
from importer.sinks.wordpress._posts import LookUp, Posts, Wish
from importer.sinks.wordpress._site import DoubtError, Site
from importer.sinks.wordpress._slugs import slug_of
from importer.sinks.wordpress._undoing import PostsUndoing
from importer.sinks.wordpress._wishes import KEY, Row, Tally, refusal_of, rounds, wish_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import polars as pl

    from importer.core import Checkpoint, Chunk, Table, Written
    from importer.sinks._patience import Patience
    from importer.sinks._table_lock import TableLock

__all__ = ["WordPressSink"]


@dataclass(frozen=True, slots=True)
class _Open:
    """What a run has while the sink is open."""

    table: Table
    kind: Kind
    ledger: Ledger
    pictures: Pictures
    drafting: Drafting
    posts: Posts
    claim: Claim
    intended: dict[tuple[str, int], Intent]
    seen: SeenKeys

    def wish(self, row: Row, there: LookUp, intent: Intent | None, mode: Mode) -> Wish | str:
        """What to do for a row."""
        return wish_of(row, there, intent, mode, kind=self.kind, drafting=self.drafting, ledger=self.ledger)


class WordPressSink:
    """The posts of one type, by their slugs.

    No site has transactions. What a job is about to do is kept in a ledger of our own first; a post that the site has
    although no answer came is found by its slug, so each row is written once, however often a request is lost.

    Parameters
    ----------
    url
        As `Site` has it.
    dry_run
        Whether the site is only looked at.
    """

    chunk_rows = 100
    """As many posts as one look-up finds."""

    def __init__(self, url: str, *, dry_run: bool = False) -> None:
        self._site, self._is_dry_run = Site(url), dry_run
        self._open: _Open | None = None
        self._mode = Mode()

    @property
    def label(self) -> str:
        """The address without a password."""
        return self._site.label

    def open(self, table: Table, claim: Claim | None = None) -> Found:
        """Log in and look.

        Raises
        ------
        DisconnectedError
            If the site does not answer.
        SinkError
            If it is no WordPress, refuses the user, has no such posts, or if there is no slug.
        """
        self.close()
        self._site.open()
        kind = Kind.of(self._site, table.name)
        if table.columns and table.key != (KEY,):
            raise SinkError(
                "without a slug nobody knows which row is which post",
                code="key-missing",
                facts={"table": table.name},
                fixes=[Fix("mapping", {KEY: "..."}, "with the header of what tells your posts apart")],
            )
        ledger = Ledger(self.label, kind.name)
        checkpoints = ledger.open(claim)
        pictures = Pictures(self._site, ledger, sends=not self._is_dry_run)
        self._open = _Open(
            table,
            kind,
            ledger,
            pictures,
            Drafting(self._site, kind, pictures, makes=not self._is_dry_run),
            Posts(self._site, kind, ledger, pretends=self._is_dry_run),
            claim or Claim(job_id="", owner=""),
            {} if claim is None else ledger.intended(claim.job_id),
            SeenKeys([KEY]),
        )
        return Found(exists=True, columns=kind.columns, checkpoints=checkpoints)

    def prepare(self, mode: Mode) -> None:
        """Check that the posts can take the rows.

        Raises
        ------
        SinkError
            If they cannot.
        """
        now, self._mode = self._now, mode
        if mode.replaces:
            raise SinkError(
                f"the {now.kind.name} of {self.label!r} cannot be replaced as a whole",
                code="sink-keeps-rows",
                fixes=[Fix("if_table_exists", "append")],
            )
        names = [column.name for column in now.kind.columns]
        for column in now.table.columns:
            if column.name not in names:
                raise TableMismatchError(
                    f"{now.kind.name!r} of {self.label!r} have no {column.name!r}: {choices(column.name, names)}",
                    code="column-missing",
                    facts={"table": now.table.name, "columns": [column.name]},
                    fixes=[Fix("mapping", ..., "to fill a column of another name"), Fix("new_columns", "ignore")],
                )

    def write(self, chunk: Chunk) -> Written:
        """Write the posts of one chunk; a chunk that is written again counts as it did.

        Raises
        ------
        DisconnectedError
            If the site does not answer; what it did is found when the chunk is written again.
        TakenOverError
            If another run has claimed the job.
        """
        tally = Tally(warned=list(self._repeated(chunk)))
        for rows in rounds(list(self._rows(chunk))):
            try:
                self._carry_out(self._wishes(rows, tally), tally)
            except DoubtError as exc:
                raise self._site.lost(exc) from exc
        return tally.written

    def stored(self, keys: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
        """Posts with these keys as the site holds them now, or would after a dry run: all columns, by key."""
        now, found = self._now, dict[tuple[object, ...], tuple[object, ...]]()
        slugs = {slug_of(key, now.kind.word): key for key in keys[KEY]}
        for slug, there in now.posts.look_up(list(slugs)).items():
            if there.post is not None:
                fields = held(there.post, now.kind) | {KEY: slugs[slug]}
                found[(slugs[slug],)] = tuple(now.drafting.shown(fields, column.name) for column in now.table.columns)
        return found

    @property
    def undo_refusal(self) -> str | None:
        """Why the job cannot be undone, as a word of `importer.sinks.UNDO_REFUSALS`; None if it can."""
        return None if self._mode.logs else "off"

    def undoing(self, job_id: str, table: str, also: Collection[str] = ()) -> PostsUndoing:  # noqa: ARG002 - as `Reversible`
        """What takes back a job."""
        return PostsUndoing(self._site, table, job_id)

    def wait_with(self, patience: Patience) -> None:
        """Nobody locks a site, so nothing is waited for."""

    @property
    def remembered_rows(self) -> int:
        """How many rows before the next one it wants to know."""
        return MOST

    def remember(self, chunk: Chunk) -> None:
        """Take note of rows that an earlier run of the job wrote."""
        self._now.seen.add(self._now.seen.keys(chunk.frame, chunk.rows))

    def commit(self, checkpoint: Checkpoint) -> None:
        """Keep that the chunk is in.

        Raises
        ------
        TakenOverError
            If another run has claimed the job.
        """
        now = self._now
        if self._is_dry_run or not now.claim.job_id:
            return
        try:
            now.posts.drop_twins()
            now.pictures.drop_twins()
        except DoubtError as exc:
            raise self._site.lost(exc) from exc
        now.ledger.commit(now.claim, checkpoint, keeps=self._mode.logs)
        now.intended.clear()

    def close(self) -> None:
        """Disconnect; what was written stays, and is found when the job goes on."""
        if self._open is not None:
            self._open.ledger.close()
            self._open = None
        self._site.close()

    def lock(self, table: str, job_id: str) -> TableLock:
        """The lock on a type of posts, among the jobs of this machine."""
        return FileTableLock(self.label, table, job_id)

    @property
    def _now(self) -> _Open:
        if self._open is None:
            raise SinkError(f"{self.label!r} is not open", code="sink-not-open")
        return self._open

    def _rows(self, chunk: Chunk) -> Iterator[Row]:
        for number, cells in zip(chunk.rows, chunk.frame.iter_rows(named=True), strict=True):
            key = cells.pop(KEY)
            yield Row(number, key, slug_of(key, self._now.kind.word), cells)

    def _repeated(self, chunk: Chunk) -> Iterator[Refusal]:
        """Warnings for rows whose key an earlier row of the job has."""
        seen, kept = self._now.seen, "first" if self._mode.on_conflict == "skip" else "last"
        keys = seen.keys(chunk.frame, chunk.rows)
        if self._mode.on_conflict in {"update", "skip"}:
            for row, key, before in zip(chunk.rows, chunk.frame[KEY], seen.before(keys), strict=True):
                if before is not None:
                    message = SHARES.format(key=f"{KEY} {key}", row=before, kept=kept)
                    yield Refusal(row=row, rule=REPEATED, message=message)
        seen.add(keys)

    def _wishes(self, rows: list[Row], tally: Tally) -> list[Wish]:
        """What to do for rows of which no two have one slug; those with nothing to do are counted."""
        now, wishes = self._now, list[Wish]()
        there = now.posts.look_up([row.slug for row in rows])
        for row in rows:
            intent = now.intended.get((row.slug, row.number))
            trashed = there[row.slug].trashed
            is_ours = trashed is not None and now.ledger.is_trashed(trashed["id"])
            refusal = refusal_of(row, there[row.slug], intent, self._mode, is_ours=is_ours)
            if refusal is not None:
                tally.refused.append(refusal)
                continue
            try:
                wish = now.wish(row, there[row.slug], intent, self._mode)
            except CellError as exc:
                why = Refusal(row=row.number, rule="constraint-error", message=str(exc), column=exc.column)
                tally.refused.append(why)
                continue
            for column, what in now.drafting.told():
                tally.warned.append(Refusal(row=row.number, rule="changed-by-site", message=what, column=column))
            if isinstance(wish, Wish):
                wishes.append(wish)
            else:
                tally.counts[wish] += 1
            if row.slug != row.key:
                told = f"{row.key!r} is no slug that WordPress keeps, so it becomes {row.slug!r}"
                tally.warned.append(Refusal(row=row.number, rule="slug-derived", message=told, column=KEY))
        return wishes

    def _carry_out(self, wishes: list[Wish], tally: Tally) -> None:
        """Write the posts, and compare what the site has then with what it was to have."""
        now = self._now
        if not wishes:
            return
        if not self._is_dry_run:
            now.ledger.raise_if_taken(now.claim)
            now.ledger.intend(now.claim.job_id, [wish.intent for wish in wishes])
        for wish, outcome in now.posts.carry_out(wishes):
            row = wish.intent.row
            if isinstance(outcome, str):
                if not self._is_dry_run:
                    now.ledger.forget(now.claim.job_id, wish.intent)
                tally.refused.append(Refusal(row=row, rule="constraint-error", message=outcome))
                continue
            tally.counts[wish.intent.action] += 1
            fields = held(outcome, now.kind)
            for name, what in differences(wish.fields, fields):
                tally.warned.append(Refusal(row=row, rule="changed-by-site", message=what, column=name))
            if not self._is_dry_run:
                done = replace(wish.intent, post_id=outcome["id"], got=digest(fields))
                now.ledger.did(now.claim.job_id, done, digest(wish.wanted))
