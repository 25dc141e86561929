"""How a job went, its speed, its stages and how complete its columns are: `Course`, `Recorder`, `timed`."""

from __future__ import annotations

import json
import math
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

from importer.core import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.checking import Checked
    from importer.core import Checkpoint, Progress

__all__ = ["Course", "Recorder", "timed"]

POINTS = 64
"""Points of the speed that are kept at least; there are never more than twice as many."""

COLUMNS, LONGEST = 200, 40
"""Columns whose cells are counted, and characters of their names: every checkpoint holds them."""

RESTS = frozenset([State.PAUSED, State.WAITING])


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a job went, in all its runs.

    Attributes
    ----------
    points
        Running time in seconds, and rows done by then.
    read_s, check_s, write_s
        Time that these took. They overlap: rows are read and checked while those before are written.
    wait_s
        Time in which the job was paused, or waited for the database or another job.
    rows
        Rows whose cells were counted.
    filled
        Filled cells by header, of the first columns.
    columns
        Number of all columns.

    Examples
    --------
    >>> Course.of_text(Course(points=((0.0, 0), (2.0, 9)), read_s=0.5).as_text()).points
    ((0.0, 0), (2.0, 9))
    """

    points: tuple[tuple[float, int], ...] = ()
    read_s: float = 0.0
    check_s: float = 0.0
    write_s: float = 0.0
    wait_s: float = 0.0
    rows: int = 0
    filled: tuple[tuple[str, int], ...] = ()
    columns: int = 0

    @property
    def speeds(self) -> tuple[tuple[float, float], ...]:
        """Running time, and rows a second since the point before.

        Examples
        --------
        >>> Course(points=((0.0, 0), (2.0, 8), (4.0, 20))).speeds
        ((2.0, 4.0), (4.0, 6.0))
        """
        pairs = pairwise(self.points)
        return tuple((s, (rows - before) / (s - since)) for (since, before), (s, rows) in pairs if s > since)

    def as_text(self) -> str:
        """The course as one line of JSON."""
        stages = [round(value, 3) for value in (self.read_s, self.check_s, self.write_s, self.wait_s)]
        points = [[round(s, 2), rows] for s, rows in self.points]
        values = {"points": points, "stages": stages, "rows": self.rows, "columns": self.columns, "filled": self.filled}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Self:
        """The course that `as_text` wrote; an empty one if that is not so, because somebody may have edited it."""
        try:
            found = json.loads(text)
            read_s, check_s, write_s, wait_s = map(_seconds, found["stages"])
            points = tuple((_seconds(s), _count(rows)) for s, rows in found["points"][: 2 * POINTS])
            filled = tuple((str(name)[:LONGEST], _count(cells)) for name, cells in found["filled"][:COLUMNS])
            all_rows, columns = _count(found["rows"]), _count(found["columns"])
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls()
        is_rising = all(s <= until and rows <= more for (s, rows), (until, more) in pairwise(points))
        if not is_rising or any(cells > all_rows for _, cells in filled):
            return cls()
        return cls(
            points=points,
            read_s=read_s,
            check_s=check_s,
            write_s=write_s,
            wait_s=wait_s,
            rows=all_rows,
            filled=filled,
            columns=columns,
        )


class Recorder:
    """Follows a job: a listener for its speed and its waits, and the place where a pipeline says what it does.

    What a chunk adds is held until the chunk is committed, so that a resumed job counts each once.

    Parameters
    ----------
    clock
        Returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counted = self._held = Course()
        self._points: tuple[tuple[float, int], ...] = ((0.0, 0),)
        self._write_s = self._wait_s = 0.0
        self._rests_since: float | None = None

    def __call__(self, progress: Progress, /) -> None:
        """Take the snapshot."""
        now = self._clock()
        if self._rests_since is not None:
            self._wait_s += now - self._rests_since
        self._rests_since = now if progress.state in RESTS else None
        self._reach(progress.elapsed_s, progress.rows_read)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from the last checkpoint of the job."""
        self._counted = self._held = Course.of_text(checkpoint.course)
        self._points = self._counted.points or ((0.0, 0),)
        self._reach(checkpoint.elapsed_s, checkpoint.rows_read)

    def _reach(self, elapsed_s: float, rows: int) -> None:
        """Add a point; those of a job that starts again, as one transaction does, are no longer true."""
        kept = tuple(point for point in self._points if point[0] < elapsed_s and point[1] <= rows)
        self._points = _thinned((*kept, (elapsed_s, rows)))

    def hold(self, checked: Checked, last_row: int | None = None) -> str:
        """Keep aside what the next chunk adds, up to this row, and return the course with it as text."""
        frame = checked.raw.frame
        if last_row is not None:
            frame = frame.filter(checked.raw.rows <= last_row)
        before = self._counted
        cells = tuple((column.name[:LONGEST], frame.height - column.null_count()) for column in frame.iter_columns())[
            :COLUMNS
        ]
        self._held = replace(
            before,
            read_s=before.read_s + checked.read_s,
            check_s=before.check_s + checked.check_s,
            rows=before.rows + frame.height,
            filled=tuple(
                (name, old + new)
                for (name, old), (_, new) in zip(before.filled or _none_of(cells), cells, strict=False)
            ),
            columns=frame.width,
        )
        return self._with_times(self._held).as_text()

    def keep(self) -> None:
        """Count what is kept aside, now that the chunk is committed."""
        self._counted = self._held

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The time in which a chunk is written."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._write_s += time.perf_counter() - began

    @property
    def course(self) -> Course:
        """How the job went until now."""
        return self._with_times(self._counted)

    def _with_times(self, course: Course) -> Course:
        return replace(
            course,
            points=self._points,
            write_s=course.write_s + self._write_s,
            wait_s=course.wait_s + self._wait_s,
        )


def _none_of(cells: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    return tuple((name, 0) for name, _ in cells)


def timed(chunks: Iterator[Any], check: Callable[[Any], Checked]) -> Iterator[Checked]:
    """Each chunk checked, with the time that it took to be read and checked."""
    began = time.perf_counter()
    for chunk in chunks:
        read_at = time.perf_counter()
        checked = check(chunk)
        done_at = time.perf_counter()
        yield replace(checked, read_s=read_at - began, check_s=done_at - read_at)
        began = time.perf_counter()


def _thinned(points: tuple[tuple[float, int], ...]) -> tuple[tuple[float, int], ...]:
    """The points, spread evenly if there are too many; the last one stays."""
    if len(points) <= 2 * POINTS:
        return points
    gap_s = (points[-1][0] - points[0][0]) / POINTS
    kept = [points[0]]
    for point in points[1:-1]:
        if point[0] - kept[-1][0] >= gap_s:
            kept.append(point)
    return (*kept, points[-1])


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise ValueError(value)
    return float(value)


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value
