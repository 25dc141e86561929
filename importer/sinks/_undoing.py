"""What a job did to its table is taken back, in one transaction: `Undoing`.

It is long because it is one transaction: all its steps work on the same fates of the same rows.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.errors import SinkError, UndoError
from importer.sinks._checkpoints import CHECKPOINTS
from importer.sinks._made_table import MadeTable
from importer.sinks._undo_log import UNDO, UndoLog, log_name, same
from importer.sinks._undo_words import WITHOUT_LOG, needs_force, refused, table_changed, told_otherwise
from importer.sinks._undone import Left, Undone

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from importer.sinks._dialect import Dialect

__all__ = ["Undoing"]

FATES = f"importer fates {secrets.token_hex(8)}"
"""Name of the temporary table with a row for each key: what the job did to it, and how it stands now."""

SHOWN = 20
"""Rows left alone that are shown."""

SLICE_ROWS, MOST_SLICES = 50_000, 16
"""Rows that one statement takes back, so that it can be told and stopped; more rather than too many statements."""


class Undoing:
    """Takes back one job, in one transaction of its database.

    Parameters
    ----------
    dialect
        The database.
    job_id
        The job.
    also
        Other jobs that are taken back with it, if the table that it made is dropped.

    Attributes
    ----------
    table
        The table, once it is open.
    is_atomic
        Whether an undo that stops has changed nothing.
    """

    is_atomic = True

    def __init__(self, dialect: Dialect, job_id: str, also: Collection[str] = ()) -> None:
        self._dialect, self._job_id, self._also = dialect, job_id, also
        self._made: MadeTable | None = None
        self._is_whole = False
        self._log: UndoLog | None = None
        self._before: list[tuple[str, str]] = []
        # A restored row may need what a created one has taken; where rows point at each other it must let go first.
        self._restores_first = False

    @property
    def table(self) -> str:
        """The table; empty until `open`."""
        if self._is_whole and self._made is not None:
            return self._made.table
        return "" if self._log is None else self._log.table

    def open(self) -> None:
        """Connect, and look whether the job can be undone.

        Raises
        ------
        UndoError
            If it cannot; the message says why.
        SinkError
            If the database cannot be reached.
        """
        dialect = self._dialect
        try:
            dialect.connect()
            self._made = MadeTable.of(dialect, self._job_id, self._also) if dialect.logs_changes else None
            self._log = self._found()
            self._is_whole = self._log is None
            if self._log is not None:
                self._raise_for_table(self._log)
        except dialect.errors as exc:
            raise dialect.failed(exc) from exc

    def open_again(self) -> None:
        """Look again, after another job may have written to the table.

        Raises
        ------
        UndoError
            If the job cannot be undone any more.
        """
        self._dialect.close()
        self.open()

    def carry_out(
        self,
        *,
        undo_id: str,
        force: bool,
        dry_run: bool,
        tell: Callable[[Undone, int], object] = lambda _done, _rows: None,
        told: Undone | None = None,
    ) -> Undone:
        """Take back what can be, and say what was left.

        Parameters
        ----------
        undo_id
            The job that does it.
        force
            Whether rows are taken back that were changed since.
        dry_run
            Whether everything is rolled back at the end.
        tell
            What to call between two statements, with what is done so far and the number of all rows; if it raises,
            nothing is changed.
        told
            What was said to whoever forces it; nothing is done if that is no longer so.

        Raises
        ------
        UndoError
            If it has to be forced.
        SinkError
            If the database refuses something; nothing is changed then.
        """
        dialect = self._dialect
        try:
            dialect.begin()
            if self._is_whole:
                return self._drop_whole(undo_id, force=force, dry_run=dry_run, told=told, tell=tell)
            found = self._look(force=force)
            found = replace(found, bent=self._take_back(found, tell))
            found = replace(found, drops=self._may_drop(is_locked=not dry_run))
            if dry_run:
                dialect.rollback()
            else:
                self._forget(undo_id)
                tell(found, found.rows)
                if found.drops and self._made is not None:
                    self._made.drop()
                dialect.commit()
        except dialect.errors as exc:
            raise self._refused(exc) from exc
        return found

    def close(self) -> None:
        """Disconnect; what was not committed is rolled back."""
        self._dialect.close()

    # What there is

    def _found(self) -> UndoLog | None:
        """The job's log, None if the table that it made is all that is known, or why there is nothing."""
        dialect = self._dialect
        rows: list[tuple[Any, ...]] = []
        if dialect.logs_changes and dialect.kind(UNDO) is not None:
            sql = f"SELECT table_name, table_columns, key_columns, refusal, undone_by FROM {dialect.target(UNDO)}"
            rows = dialect.execute(f"{sql} WHERE job_id = ?", [self._job_id])
        if not rows:
            if self._made is not None and dialect.kind(self._made.table) == "table":
                return None
            raise refused("nothing" if self._made is None else "table-gone", self._job_id, table=self._made_name)
        [(table, columns, key, why, undone_by)] = rows
        if why is None and dialect.kind(log_name(self._job_id)) is None:
            why = "log-gone"
        if why in WITHOUT_LOG and self._made is not None and dialect.kind(table) == "table":
            return None
        if why is not None:
            raise refused(why, self._job_id, table=table, undone_by=undone_by)
        self._before = [(str(name), str(declared)) for name, declared in json.loads(columns)]
        return UndoLog(
            name=log_name(self._job_id),
            table=table,
            columns=tuple(name for name, _ in self._before),
            key=tuple(json.loads(key)),
        )

    def _raise_for_table(self, log: UndoLog) -> None:
        """Do nothing if the table is as the job left it, apart from its rows."""
        dialect = self._dialect
        if dialect.kind(log.table) != "table":
            raise refused("table-gone", self._job_id, table=log.table)
        now = [(column.name, column.declared) for column in dialect.columns(log.table)]
        if now != self._before:
            raise table_changed(self._job_id, log.table, dict(self._before), dict(now))
        unique = [{column.casefold() for column in columns} for columns in dialect.unique(log.table)]
        if {column.casefold() for column in log.key} not in unique:
            raise refused("key-not-unique", self._job_id, table=log.table)

    def _look(self, *, force: bool) -> Undone:
        """Work out what happens to each row, and count."""
        dialect, log = self._dialect, self._known
        dialect.unpack_log(log)
        held = dialect.target(log.name)
        if dialect.row_lock:
            dialect.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM {self._target} t JOIN {held} u ON "
                f"{' AND '.join(f't.{dialect.quote(name)} = u.{at}' for name, at in log.keys)} {dialect.row_lock}) x"
            )
        keys = ", ".join(f"{at} AS k{number}" for number, (_, at) in enumerate(log.keys, 1))
        shown = ", ".join(f"u.{key}" for key in self._keys)
        exact = same(dialect, [(f"t.{dialect.quote(name)}", f"z.{at}") for name, at in self._pairs])
        dialect.execute(
            f"CREATE TEMP TABLE {self._fates} AS SELECT {shown}, u.first_turn, u.last_turn, f.op AS op, "
            f"CASE WHEN t.{dialect.quote(log.keys[0][0])} IS NULL THEN 'gone' "
            f"WHEN f.op IS NULL OR f.op = 'x' THEN 'unknown' WHEN {exact} THEN 'same' ELSE 'edited' END AS fate, "
            "'' AS because, row_number() OVER () AS n "
            f"FROM (SELECT {keys}, min(CASE WHEN op <> 'a' THEN turn END) AS first_turn, "
            f"max(CASE WHEN op IN ('a', 'c') THEN turn END) AS last_turn FROM {held} "
            f"GROUP BY {', '.join(at for _, at in log.keys)}) u LEFT JOIN {held} f ON {self._first('u')} "
            f"LEFT JOIN {held} z ON {self._last('u')} LEFT JOIN {self._target} t ON {self._on('t', 'u')}"
        )
        if force:
            # What was changed since counts as if it were not, and a former row that is gone is put back.
            dialect.execute(f"UPDATE {self._fates} SET fate = 'same' WHERE fate = 'edited'")
            dialect.execute(f"UPDATE {self._fates} SET fate = 'again' WHERE fate = 'gone' AND op = 'b'")
        self._find_impossible()
        return self._counted()

    def _find_impossible(self) -> None:
        """Note which created rows cannot be removed, because others depend on them."""
        dialect, log = self._dialect, self._known
        doomed = "op = 'c' AND fate = 'same'"
        if not dialect.execute(f"SELECT 1 FROM {self._fates} WHERE {doomed} LIMIT 1"):
            return
        if triggers := dialect.delete_triggers(log.table):
            sql = f"UPDATE {self._fates} SET fate = 'trigger', because = ? WHERE {doomed}"
            dialect.execute(sql, [", ".join(triggers)])
            return
        names = self._plain(f"t.{dialect.quote(name)}" for name, _ in log.keys)
        own: list[str] = []
        for one in dialect.references(log.table, own=True):
            on = " AND ".join(
                f"t.{dialect.quote(wanted)} = x.{dialect.quote(name)}"
                for wanted, name in zip(one.wanted, one.columns, strict=True)
            )
            pointed = f"SELECT {names} FROM {one.target} x JOIN {self._target} t ON {on}"
            if self._is_own(one.table):
                self._restores_first = True
                # Rows that are removed too do not count, and restored ones as they were before.
                others = self._plain(f"x.{dialect.quote(name)}" for name, _ in log.keys)
                taken = f"SELECT {self._plain(self._keys)} FROM {self._fates} WHERE op IN ('b', 'c') AND fate = 'same'"
                own.append(f"{pointed} WHERE ({others}) NOT IN ({taken})")
                held = dict(self._pairs)
                if held.keys() >= set(one.columns):
                    pairs = zip(one.wanted, one.columns, strict=True)
                    former = " AND ".join(f"t.{dialect.quote(wanted)} = f.{held[name]}" for wanted, name in pairs)
                    own.append(
                        f"SELECT {names} FROM {self._fates} p JOIN {dialect.target(log.name)} f "
                        f"ON {self._first('p')} JOIN {self._target} t ON {former} "
                        "WHERE p.op = 'b' AND p.fate IN ('same', 'again')"
                    )
            else:
                self._point(one.table, pointed)
        while sum(self._point(log.table, pointed) for pointed in own):
            pass

    def _point(self, table: str, pointed: str) -> int:
        """Note the created rows that the statement finds: rows of the table point at them."""
        where = f"op = 'c' AND fate = 'same' AND ({self._plain(self._keys)}) IN ({pointed})"
        [(count,)] = self._dialect.execute(f"SELECT count(*) FROM {self._fates} WHERE {where}")
        if count:
            self._dialect.execute(f"UPDATE {self._fates} SET fate = 'pointed', because = ? WHERE {where}", [table])
        return int(count)

    def _counted(self) -> Undone:
        """How many rows of each fate there are, and some of those that stay."""
        rows = self._dialect.execute(
            f"SELECT op, fate, because, count(*) FROM {self._fates} GROUP BY op, fate, because ORDER BY because"
        )
        counts = [(op, str(fate), str(because), int(count)) for op, fate, because, count in rows]

        def of(*fates: str, ops: str = "bc") -> int:
            return sum(count for op, fate, _, count in counts if fate in fates and (op or "x") in ops)

        reasons: dict[tuple[str, str], int] = {}
        for _, fate, because, count in counts:
            if fate in {"pointed", "trigger", "unknown"}:
                reasons[fate, because] = reasons.get((fate, because), 0) + count
        return Undone(
            table=self.table,
            removed=of("same", ops="c"),
            restored=of("same", "again", ops="b"),
            edited=of("edited"),
            gone=of("gone", ops="bcx"),
            impossible=sum(reasons.values()),
            reasons=tuple((*reason, count) for reason, count in sorted(reasons.items())),
            left=tuple(self._left()),
        )

    def _left(self) -> Iterator[Left]:
        """Some of the rows that stay as they are."""
        dialect, log = self._dialect, self._known
        keys = [dialect.shown(f"p.{key}") for key in self._keys]
        cells = [
            part
            for name, at in self._pairs
            for there in [f"t.{dialect.quote(name)}"]
            for part in (
                dialect.shown(f"z.{at}"),
                dialect.shown(there),
                f"CASE WHEN {dialect.is_exactly(there, f'z.{at}')} THEN 0 ELSE 1 END",
            )
        ]
        rows = dialect.execute(
            f"SELECT p.op, p.fate, p.because, {', '.join([*keys, *cells])} FROM {self._fates} p "
            f"LEFT JOIN {dialect.target(log.name)} z ON {self._last('p')} "
            f"LEFT JOIN {self._target} t ON {self._on('t', 'p')} WHERE p.fate NOT IN ('same', 'again') "
            f"ORDER BY {', '.join(f'p.{key}' for key in self._keys)} LIMIT {SHOWN}"
        )
        for op, fate, because, *values in rows:
            key, others = values[: len(keys)], values[len(keys) :]
            found = list(zip(others[::3], others[1::3], others[2::3], strict=True))
            is_gone = fate == "gone"
            yield Left(
                key=dict(zip((name for name, _ in log.keys), key, strict=True)),
                why=fate,
                because=because or "",
                was_created=op == "c",
                wrote={
                    name: wrote
                    for (name, _), (wrote, _, differs) in zip(self._pairs, found, strict=True)
                    if differs or is_gone
                },
                now=None
                if is_gone
                else {name: now for (name, _), (_, now, differs) in zip(self._pairs, found, strict=True) if differs},
            )

    # What is done

    def _may_drop(self, *, is_locked: bool) -> bool:
        """Whether the table, which the job made, is empty now and goes."""
        made = self._made
        if made is None or made.others or not made.is_alone:
            return False
        if is_locked:
            made.lock()
        return made.count() <= (0 if is_locked else made.with_it)

    def _drop_whole(
        self,
        undo_id: str,
        *,
        force: bool,
        dry_run: bool,
        told: Undone | None,
        tell: Callable[[Undone, int], object],
    ) -> Undone:
        """Drop the table that the job made, with all its rows."""
        dialect, made = self._dialect, self._made
        assert made is not None  # noqa: S101 - set by `open`
        made.raise_for_references()
        if not dry_run:
            made.lock()
        rows = made.count()
        found = Undone(table=made.table, removed=rows, drops=True, is_whole=True, wrote=made.wrote, others=made.others)
        if dry_run:
            dialect.rollback()
            return found
        if told is not None and found != told:
            raise told_otherwise(self._job_id, made.table, rows)
        if not force:
            raise needs_force(self._job_id, made.table, rows, made.wrote, made.others)
        tell(replace(found, removed=0), rows)
        made.drop()
        if dialect.kind(UNDO) is not None:
            sql = f"UPDATE {dialect.target(UNDO)} SET refusal = 'undone', undone_by = ? WHERE job_id = ?"
            dialect.execute(sql, [undo_id, self._job_id])
        dialect.commit()
        return found

    def _take_back(self, found: Undone, tell: Callable[[Undone, int], object]) -> int:
        """Remove and restore rows, tell how far that is, and return how many restored rows have other values."""
        done = replace(found, removed=0, restored=0)

        def removed(share: float) -> None:
            nonlocal done
            done = replace(done, removed=int(share * found.removed))
            tell(done, found.rows)

        def restored(share: float) -> None:
            nonlocal done
            done = replace(done, restored=int(share * found.restored))
            tell(done, found.rows)

        tell(done, found.rows)
        if self._restores_first:
            bent = self._restore(found, restored)
            self._remove(found, removed)
        else:
            self._remove(found, removed)
            bent = self._restore(found, restored)
        return bent

    def _slices(self) -> list[str]:
        """Conditions that take the rows one part after the other, where that cannot matter to the table."""
        dialect, log = self._dialect, self._known
        [(rows,)] = dialect.execute(f"SELECT count(*) FROM {self._fates}")
        unique = [names for names in dialect.unique(log.table) if {*map(str.casefold, names)} != self._key_names]
        # Rows that point at each other, or swap a value that is unique, have to change in one statement.
        if self._restores_first or unique or dialect.has_triggers(log.table):
            return ["TRUE"]
        size = max(SLICE_ROWS, -(-rows // MOST_SLICES))
        return [f"n BETWEEN {first + 1} AND {first + size}" for first in range(0, rows, size)] or ["TRUE"]

    def _in_slices(self, change: Callable[[str], int], expected: int, tell: Callable[[float], object]) -> None:
        """Change the rows of one slice after the other, which has to be as many as expected."""
        changed, slices = 0, self._slices() if expected > SLICE_ROWS else ["TRUE"]
        for number, part in enumerate(slices, 1):
            changed += change(part)
            tell(number / len(slices))
        self._raise_unless(changed, expected)

    def _remove(self, found: Undone, tell: Callable[[float], object]) -> None:
        """Delete the rows that the job created."""
        dialect, log = self._dialect, self._known
        names = self._plain(dialect.quote(name) for name, _ in log.keys)
        doomed = f"SELECT {self._plain(self._keys)} FROM {self._fates} WHERE op = 'c' AND fate = 'same'"

        def remove(part: str) -> int:
            return dialect.change(f"DELETE FROM {self._target} WHERE ({names}) IN ({doomed} AND {part})")

        if found.removed:
            self._in_slices(remove, found.removed, tell)

    def _restore(self, found: Undone, tell: Callable[[float], object]) -> int:
        """Give the rows that the job updated their former values, and return how many have others even so."""
        dialect, log = self._dialect, self._known
        if not found.restored:
            return 0
        former = f"{self._fates} p JOIN {dialect.target(log.name)} f ON {self._first('p')} AND p.op = 'b'"
        there = f"{former} JOIN {self._target} t ON {self._on('t', 'p')} AND p.fate = 'same'"
        keys = {name for name, _ in log.keys}
        rest = [(name, at) for name, at in self._pairs if name not in keys]
        exactly = [dialect.is_exactly(f"t.{dialect.quote(name)}", f"f.{at}") for name, at in rest]
        changed: Sequence[Any] = ()
        if rest:
            [changed] = dialect.execute(
                f"SELECT {', '.join(f'max(CASE WHEN {one} THEN 0 ELSE 1 END)' for one in exactly)} FROM {there}"
            )
        sets = [f"{dialect.quote(name)} = f.{at}" for (name, at), differs in zip(rest, changed, strict=True) if differs]
        if sets:
            differs = " OR ".join(f"NOT {one}" for one, is_changed in zip(exactly, changed, strict=True) if is_changed)
            [(count,)] = dialect.execute(f"SELECT count(*) FROM {there} WHERE {differs}")

            def restore(part: str) -> int:
                return dialect.change(
                    f"UPDATE {self._target} AS t SET {', '.join(sets)} FROM {former} "
                    f"WHERE {self._on('t', 'p')} AND p.fate = 'same' AND ({differs}) AND {part}"
                )

            self._in_slices(restore, count, tell)
        [(again,)] = dialect.execute(f"SELECT count(*) FROM {self._fates} WHERE fate = 'again'")
        if again:
            values = ", ".join(f"f.{at}" for _, at in self._pairs)
            done = dialect.change(
                f"INSERT INTO {self._target} ({dialect.names(log.columns)}) {dialect.overriding}"
                f"SELECT {values} FROM {former} WHERE p.fate = 'again'"
            )
            self._raise_unless(done, again)
        everywhere = f"{former} JOIN {self._target} t ON {self._on('t', 'p')} AND p.fate IN ('same', 'again')"
        every = same(dialect, [(f"t.{dialect.quote(name)}", f"f.{at}") for name, at in rest])
        [(bent,)] = dialect.execute(f"SELECT count(*) FROM {everywhere} WHERE NOT ({every})")
        return int(bent)

    def _forget(self, undo_id: str) -> None:
        """Forget the job and what was taken back; what was left stays in the log."""
        dialect, log = self._dialect, self._known
        if dialect.kind(CHECKPOINTS) is not None:
            dialect.execute(f"DELETE FROM {dialect.target(CHECKPOINTS)} WHERE job_id = ?", [self._job_id])
        is_left = "fate NOT IN ('same', 'again') AND NOT (fate = 'gone' AND coalesce(op, '') = 'c')"
        [(left,)] = dialect.execute(f"SELECT count(*) FROM {self._fates} WHERE {is_left}")
        held, rows, why = dialect.target(log.name), 0, None
        if left:
            names = self._plain(at for _, at in log.keys)
            kept = f"SELECT {self._plain(self._keys)} FROM {self._fates} WHERE {is_left}"
            dialect.execute(f"DELETE FROM {held} WHERE ({names}) NOT IN ({kept})")
            [(rows,)] = dialect.execute(f"SELECT count(*) FROM {held}")
        else:
            dialect.execute(f"DROP TABLE {held}")
            why = "undone"
        dialect.execute(
            f"UPDATE {dialect.target(UNDO)} SET refusal = ?, undone_by = ?, log_rows = ? WHERE job_id = ?",
            [why, undo_id, rows, self._job_id],
        )
        dialect.execute(f"DROP TABLE {self._fates}")

    def _raise_unless(self, done: int, expected: int) -> None:
        if done != expected:
            raise SinkError(
                f"the database changed {done:,} rows of {self.table!r}, where {expected:,} were to be taken back; "
                "nothing was changed",
                code="undo-incomplete",
                facts={"table": self.table, "changed": done, "expected": expected},
                fixes=["look at the triggers and rules of the table"],
            )

    def _refused(self, exc: Exception) -> SinkError | UndoError:
        """What the database says, with what it means here."""
        failure = self._dialect.failed(exc)
        if not isinstance(exc, self._dialect.refusals):
            return failure
        return UndoError(
            f"{failure.message.sentence}; nothing was changed",
            code="undo-refused",
            facts={"job": self._job_id, "table": self.table},
            fixes=["look at the rows that it names"],
        )

    # Parts of statements

    def _is_own(self, table: str) -> bool:
        """Whether it is the table itself."""
        if self._dialect.case_sensitive_names:
            return table == self.table
        return table.casefold() == self.table.casefold()

    @property
    def _made_name(self) -> str:
        return "" if self._made is None else self._made.table

    @property
    def _known(self) -> UndoLog:
        assert self._log is not None  # noqa: S101 - set by `open`
        return self._log

    @property
    def _target(self) -> str:
        return self._dialect.target(self.table)

    @property
    def _fates(self) -> str:
        return self._dialect.quote(FATES)

    @property
    def _key_names(self) -> set[str]:
        return {*map(str.casefold, self._known.key)}

    @property
    def _keys(self) -> list[str]:
        return [f"k{number}" for number in range(1, len(self._known.key) + 1)]

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        """The columns: the name in the table and that in the log."""
        return list(zip(self._known.columns, self._known.names, strict=True))

    def _on(self, table: str, fates: str) -> str:
        pairs = zip(self._known.keys, self._keys, strict=True)
        plainly, quote = self._dialect.plainly, self._dialect.quote
        return " AND ".join(
            f"{plainly(f'{table}.{quote(name)}')} = {plainly(f'{fates}.{key}')}" for (name, _), key in pairs
        )

    def _first(self, fates: str) -> str:
        """Whether a row ``f`` of the log says how a row was before the job."""
        return f"f.turn = {fates}.first_turn AND f.op <> 'a' AND {self._is_of('f', fates)}"

    def _last(self, fates: str) -> str:
        """Whether a row ``z`` of the log says how the job left a row."""
        return f"z.turn = {fates}.last_turn AND z.op IN ('a', 'c') AND {self._is_of('z', fates)}"

    def _is_of(self, held: str, fates: str) -> str:
        """Whether a row of the log has a key."""
        plainly, pairs = self._dialect.plainly, zip(self._known.keys, self._keys, strict=True)
        return " AND ".join(f"{plainly(f'{held}.{at}')} = {plainly(f'{fates}.{key}')}" for (_, at), key in pairs)

    def _plain(self, columns: Iterable[str]) -> str:
        """Columns of the key, for ``IN``."""
        return ", ".join(map(self._dialect.plainly, columns))
