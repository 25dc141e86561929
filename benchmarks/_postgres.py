"""A schema of the benchmark's own in a PostgreSQL database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from _case import Unavailable
from _place import SCHEMA, postgres_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _place import Place

__all__ = ["own_schema"]


@contextmanager
def own_schema(place: Place) -> Iterator[Callable[[str], Any]]:
    """A function that runs SQL in the schema, which is made new and dropped afterwards."""
    import psycopg

    try:
        connection = psycopg.connect(place.postgresql, connect_timeout=5, autocommit=True)
    except psycopg.OperationalError as exc:
        raise Unavailable(f"no server answers at {postgres_url().rpartition('@')[2]}") from exc

    def run(sql: str) -> Any:  # noqa: ANN401 - whatever the first cell holds
        cursor = connection.execute(sql.encode())
        return None if cursor.description is None else (cursor.fetchone() or [None])[0]

    with connection:
        run(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        run(f"CREATE SCHEMA {SCHEMA}")
        try:
            yield run
        finally:
            run(f"DROP SCHEMA {SCHEMA} CASCADE")
