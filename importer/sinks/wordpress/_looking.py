"""What a site shows to somebody who chooses a target: `head`, `tables`; and `forget`."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from importer.core import masked
from importer.sinks._protocol import Listed
from importer.sinks.wordpress._draft import held
from importer.sinks.wordpress._kind import ALT, Kind, kinds_of
from importer.sinks.wordpress._ledger import Ledger
from importer.sinks.wordpress._site import Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

__all__ = ["forget", "head", "tables"]


def tables(url: str) -> tuple[Listed, ...]:
    """The types of posts that this user may write, each with the number of its posts.

    Raises
    ------
    SinkError
        If the site cannot be reached.
    """
    with _opened(url) as site:
        found = []
        for name in sorted(kinds_of(site)):
            total = site.get(f"/wp/v2/{name}", status="any", per_page=1, _fields="id").total
            columns = tuple(column.name for column in Kind.of(site, name).columns)
            found.append(Listed(name=name, columns=columns, rows=total, is_exact=total is not None))
        return tuple(found)


def head(
    url: str, table: str, rows: int
) -> tuple[dict[str, pl.DataType | None], list[tuple[str | None, ...]], int | None]:
    """The columns of a type with their types, its newest posts as text, and how many there are.

    Raises
    ------
    SinkError
        If the site cannot be reached, or has no such type.
    """
    with _opened(url) as site:
        kind = Kind.of(site, table)
        newest = site.get(kind.path, status="any", per_page=rows, context="edit")
        if not newest.is_good:
            raise site.refused(f"does not show its {table}", newest)
        names = [column.name for column in kind.columns if column.name not in {"markdown", ALT}]
        shown = []
        for post in newest.body:
            fields = held(post, kind) | {"slug": post["slug"]}
            shown.append(tuple(_text(fields.get(name)) for name in names))
        dtypes = {column.name: column.dtype for column in kind.columns if column.name in names}
        return dtypes, shown, newest.total


def forget(url: str, job_ids: Iterable[str]) -> None:
    """Drop what would undo these jobs; the site is not asked."""
    Ledger.prune(masked(url), job_ids)


@contextmanager
def _opened(url: str) -> Iterator[Site]:
    with closing(Site(url)) as site:
        site.open()
        yield site


def _text(value: object) -> str | None:
    """What a field holds, for a person; the numbers of terms with commas between them."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return text or None
