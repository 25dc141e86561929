"""Connections to PostgreSQL that notice what they wait for: `connected`."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

from importer.core import scrub
from importer.sinks._password import usable
from importer.sinks._patience import holder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from concurrent.futures import Future

    from importer.sinks._patience import Patience

__all__ = ["connected"]

T = TypeVar("T")

LOOK_AFTER_S, LOOK_AGAIN_S = 0.5, 1.0
"""After what time without an answer the server is asked what a statement waits for, and how often from then on."""

CONNECT_S, LOOK_CONNECT_S = 10.0, 5.0
"""How long a server may take to let a job in, and whoever only looks."""

SILENT = "the database, which does not answer"
LOST = "the server does not know the connection any more"

LOST_AFTER = 3
"""After how many looks at a server that waits for the next statement the answer to the last one is lost."""

LOOK = """
SELECT a.state, a.state_change::text, a.wait_event_type = 'Lock', b.pid, b.usename::text, b.application_name,
       host(b.client_addr), to_char(b.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')
FROM pg_stat_activity a LEFT JOIN pg_stat_activity b ON b.pid = ANY (pg_blocking_pids(a.pid))
WHERE a.pid = %s ORDER BY b.xact_start LIMIT 1
"""


class _Watched(psycopg.Connection[Any]):
    """A connection whose waits are watched."""

    watch: _Watch | None = None

    def wait(self, gen: Generator[Any, Any, T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait for an answer; look meanwhile why it does not come."""
        return super().wait(gen if self.watch is None else self._watching(gen, self.watch), interval, timeout)

    def _watching(self, gen: Generator[Any, Any, T], watch: _Watch) -> Generator[Any, Any, T]:
        try:
            wanted = next(gen)
            watch.begin()
            while True:
                ready = yield wanted
                if not ready:
                    watch.idle(self)
                wanted = gen.send(ready)
        except StopIteration as exc:
            return exc.value  # type: ignore[no-any-return]


class _Watch:
    """Looks what a statement waits for, on connections of its own and in a thread of its own."""

    def __init__(self, url: str, connection: _Watched, patience: Callable[[], Patience]) -> None:
        info = connection.info
        # Of several hosts in the URL, the one that has the connection.
        place: dict[str, str | int] = {"host": info.host, "hostaddr": info.hostaddr, "port": info.port}
        self._url = psycopg.conninfo.make_conninfo(usable(url), **{name: one for name, one in place.items() if one})
        self._pid = info.backend_pid
        self._patience = patience
        self._look: Future[tuple[Any, ...] | None] | None = None
        self._look_at = 0.0
        self._holder: str | None = None
        self._same: tuple[object, int] = (None, 0)
        self._is_ended = False

    def begin(self) -> None:
        """A statement was sent."""
        self._patience().begin()
        self._holder, self._same, self._is_ended = None, (None, 0), False
        self._look_at = time.monotonic() + LOOK_AFTER_S

    def idle(self, connection: _Watched) -> None:
        """No answer yet."""
        if self._look is None and time.monotonic() >= self._look_at:
            pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="importer-look")
            self._look = pool.submit(_look, self._url, self._pid)
            pool.shutdown(wait=False)
        if self._look is not None and self._look.done():
            look, self._look = self._look, None
            self._look_at = time.monotonic() + LOOK_AGAIN_S
            self._take(connection, look)
        if self._holder is None or self._is_ended or not self._patience().is_over(self._holder):
            return
        self._is_ended = True
        if self._holder != SILENT:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=5.0)
                return
        raise _ended(connection, f"waited for {self._holder}")

    def _take(self, connection: _Watched, look: Future[tuple[Any, ...] | None]) -> None:
        """Learn from what the server said."""
        try:
            found = look.result()
        except psycopg.Error:
            self._holder = SILENT
            return
        if found is None:
            raise _ended(connection, LOST)
        state, since, is_locked, process, user, application, host, held_since = found
        if state is not None and state.startswith("idle"):
            count = self._same[1] + 1 if self._same[0] == since else 1
            self._same = since, count
            if count >= LOST_AFTER:
                raise _ended(connection, "the answer of the server was lost")
            self._holder = SILENT if count > 1 else None
            return
        facts = {"process": process, "user": user, "application": application, "host": host, "since": held_since}
        self._holder = holder_of(facts, "another program") if process or is_locked else None


def connected(url: str, patience: Callable[[], Patience] | None = None) -> psycopg.Connection[Any]:
    """A new connection; what the driver says if it fails is without the secrets of the URL.

    Parameters
    ----------
    url
        The database.
    patience
        How long a statement waits for what another program holds, and for an answer.
    """
    try:
        limit_s = CONNECT_S if patience is None else min(max(patience().limit_s, LOOK_CONNECT_S), CONNECT_S)
        connection = _Watched.connect(
            usable(url), connect_timeout=int(limit_s), autocommit=True, fallback_application_name="importer"
        )
        if patience is not None:
            [[pid]] = connection.execute("SELECT pg_backend_pid()").fetchall()
            # A pooler between makes up process ids, and may change the one behind them.
            if pid == connection.info.backend_pid:
                connection.watch = _Watch(url, connection, patience)
    except psycopg.Error as exc:
        scrub(exc, url)
        raise
    return connection


def _look(url: str, pid: int) -> tuple[Any, ...] | None:
    """What a connection does as the server sees it; None if the server does not know it."""
    with _Watched.connect(url, connect_timeout=2, autocommit=True, tcp_user_timeout=2_000) as connection:
        return connection.execute(LOOK, [pid]).fetchone()


def _ended(connection: _Watched, why: str) -> psycopg.OperationalError:
    """End the connection, and return the error that says so."""
    connection.watch = None
    connection.pgconn.finish()
    return psycopg.OperationalError(why)
