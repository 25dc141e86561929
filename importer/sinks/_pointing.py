"""Rows of one chunk that point at others of it, as in a table with a foreign key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["Pointing", "ancestors", "descendants", "generations"]

Pointing: TypeAlias = "Sequence[tuple[int, int | None]]"
"""Numbers of rows that point at a value that the table does not have, each with the first row that brings it, if any.

Rows go in one after another, so that one is refused that points at a later row.
"""


def descendants(pointing: Pointing, lost: Iterable[int], *, at_none: bool = True) -> set[int]:
    """The lost rows, and those that point at them or, with `at_none`, at no row before them, over any number of others.

    Examples
    --------
    >>> sorted(descendants([(2, None), (3, 2), (4, 4), (5, 9), (6, 5), (7, 4)], []))
    [2, 3, 5, 6]
    >>> sorted(descendants([(2, None), (3, 2), (4, 4), (5, 9), (6, 5), (7, 4)], [4], at_none=False))
    [4, 7]
    """
    found = set(lost)
    for row, at in sorted(pointing, key=lambda pair: pair[0]):
        if at_none if at is None or at > row else at in found:
            found.add(row)
    return found


def ancestors(pointing: Pointing, rows: Collection[int]) -> set[int]:
    """The rows before these at which they point, over any number of others.

    Examples
    --------
    >>> sorted(ancestors([(2, None), (3, 2), (4, 3), (5, 2), (6, 7)], [4, 6]))
    [2, 3]
    """
    found = set(rows)
    for row, at in sorted(pointing, key=lambda pair: pair[0], reverse=True):
        if row in found and at is not None and at < row:
            found.add(at)
    return found.difference(rows)


def generations(pointing: Pointing, after: Iterable[tuple[int, int]] = ()) -> dict[int, int]:
    """After how many others each row goes in, if no statement may bring a row and what it points at; 0 is left out.

    Parameters
    ----------
    after
        Rows that do not go in before another one, such as one with the same key: each with that one.

    Examples
    --------
    >>> generations([(3, 2), (4, 3), (5, 2), (6, 7)], after=[(8, 4)])
    {3: 1, 4: 2, 5: 1, 8: 2}
    """
    found: dict[int, int] = {}
    steps = [(row, at, 1) for row, at in pointing if at is not None and at < row]
    for row, at, step in sorted([*steps, *((row, at, 0) for row, at in after)]):
        turn = max(found.get(row, 0), found.get(at, 0) + step)
        if turn:
            found[row] = turn
    return found
