"""The next item of a stream, made while the one before is in use: `ahead`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

__all__ = ["ahead"]

T = TypeVar("T")


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """The same items, each made in another thread while the one before is in use.

    Examples
    --------
    >>> list(ahead(range(3)))
    [0, 1, 2]
    """
    source = iter(items)
    nothing_left: list[T] = []
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="importer-ahead") as pool:
        coming = pool.submit(next, source, nothing_left)
        while (item := coming.result()) is not nothing_left:
            coming = pool.submit(next, source, nothing_left)
            yield item  # type: ignore[misc]
