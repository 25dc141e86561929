"""What several files show before they are imported together: `ManyReading`, and `reading_of`.

It is long because it answers for several files all that a `Reading` answers for one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, Unpack

from importer.engine._fetching import fetch_all
from importer.engine._fitting import LeftOut, Wanted, fitting
from importer.engine._reading import Reading
from importer.engine._told import told
from importer.errors import ImporterError, Note, SourceError
from importer.schema.inference import Inference
from importer.sources import SAMPLE_ROWS
from importer.sources.many import ALL_SHEETS, Files, ManySource, Part, files_of, sheets_of_all

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from importer.core import Chunk, FileRef, FileRows
    from importer.sources import File, Footer, Opening, Outline

__all__ = ["ManyReading", "is_many", "reading_of"]

SAMPLED_ROWS = 100_000
"""Rows of all files together that are sampled, and at least some of each."""

NAMED, LISTED = 5, 20
"""Files that are left out and told each in its line, and those of the rest that are named."""


def reading_of(file: File | Reading, **opening: Unpack[Opening]) -> Reading:
    """Open a file, or several as one, unless a reading with these options is given.

    Raises
    ------
    SourceError
        If the file cannot be read, or none of several.
    """
    is_all = opening.get("sheet") == ALL_SHEETS
    if isinstance(file, Reading):
        if is_all and not isinstance(file, ManyReading) and file.file is not None:
            return reading_of(file.file.path, **opening)
        return file.reopened(**opening)
    if isinstance(file, Iterator):
        file = list(file)
    file = fetch_all(file)
    files = files_of(file)
    if is_all and (files is not None or isinstance(file, str | os.PathLike)):
        files = sheets_of_all(Path(file) if files is None else files)  # type: ignore[arg-type]
    if files is None and opening.get("file_column") is not None and isinstance(file, str | os.PathLike):
        path = Path(file)
        files = Files(paths=(path,), names=(path.name,), label=path.name, place=path)
    if files is None:
        return Reading.of(file, **opening)
    if len(files.paths) == 1 and not (files.archives or files.sheets) and opening.get("file_column") is None:
        return Reading.of(files.paths[0], **opening)
    return ManyReading.of_files(files, opening)


class ManyReading(Reading):
    """What several files show: their columns, a sample of all, and which of them go in.

    Parameters
    ----------
    files
        Which files there are.
    opening
        The options with which each is opened.
    readings
        What each shows that can be read, by its place.
    unread
        The others.
    wanted
        What a file has to have.

    Attributes
    ----------
    is_many
        Whether there are several files; there may be one with a column for its name.
    """

    def __init__(
        self,
        files: Files,
        opening: Mapping[str, Any],
        readings: Mapping[int, Reading],
        unread: Collection[LeftOut] = (),
        wanted: Wanted | None = None,
    ) -> None:
        self.found = files
        self._readings = dict(readings)
        self._unread = tuple(unread)
        self._wanted = wanted or Wanted()
        fit = fitting(self._readings, files.names, self._wanted)
        self.parts = {at: self._readings[at] for at in sorted(fit.called)}
        self.left_out = tuple(sorted((*self._unread, *fit.left_out), key=lambda one: one.at))
        _raise_for_none(files, self.parts, self.left_out)
        self._fit = fit
        of_files = [
            Part(at=at, name=files.names[at], source=one.source, size=_size(one), called=fit.called[at])
            for at, one in self.parts.items()
        ]
        source = ManySource(of_files, names=files.names, label=files.label, file_column=opening.get("file_column"))
        is_many = len(files.names) > 1 or bool(files.archives)
        one = None if is_many else next(iter(self.parts.values()))
        super().__init__(source, file=None if one is None else one.file, opening=opening)
        self.whole = source
        self.is_many = is_many

    @classmethod
    def of_files(cls, files: Files, opening: Opening | Mapping[str, Any]) -> ManyReading:
        """Open each of the files, and look at a sample of it.

        Raises
        ------
        SourceError
            If none can be read.
        """
        own: Any = {name: value for name, value in opening.items() if name != "file_column"}
        most = max(SAMPLED_ROWS // max(len(files.paths), 1), SAMPLE_ROWS // 10)
        readings: dict[int, Reading] = {}
        unread: list[LeftOut] = []
        for at, path in enumerate(files.paths):
            try:
                readings[at] = Reading.of(path, **{**own, **_sheet_of(files, at)}).sampling(most)
                _ = readings[at].sample
            except ImporterError as exc:
                readings.pop(at, None)
                unread.append(LeftOut(at=at, name=files.names[at], why=exc.message, code=exc.code))
        return cls(files, opening, readings, unread)

    @property
    def rows(self) -> FileRows:
        """Which row of which file a number means."""
        return self.whole.rows

    @property
    def names_left_out(self) -> tuple[str, ...]:
        """The files that do not go in."""
        return tuple(name for at, name in enumerate(self.found.names) if at not in self.parts)

    def kept(self) -> dict[str, Any]:
        """What a history keeps to find the same files again, and which of them go in."""
        return {**self.found.as_json(), "in": [*self.parts]}

    @classmethod
    def again(cls, kept: Mapping[str, Any], opening: Mapping[str, Any]) -> ManyReading:
        """The files with which a job began.

        Raises
        ------
        SourceError
            If one of those that went in cannot be read.
        ValueError
            If nothing writes down files so.
        """
        found, places = Files.of_json(kept), {int(at) for at in kept.get("in", ())}
        reading = cls.of_files(found, opening)
        if gone := next((one for one in reading.unread if one.at in places), None):
            raise SourceError(gone.why.sentence, code=gone.code, facts={"file": gone.name}, fixes=gone.why.fixes)
        return reading.only(places)

    @property
    def unread(self) -> tuple[LeftOut, ...]:
        """The files that cannot be read."""
        return self._unread

    @property
    def files(self) -> dict[int, FileRef]:
        """The files that go in, by their places."""
        return {at: one.file for at, one in self.parts.items() if one.file is not None}

    def fitted(self, wanted: Wanted) -> ManyReading:
        """The same files under what a plan wants of them.

        Raises
        ------
        SourceError
            If none fits.
        """
        return ManyReading(self.found, self.opening, self._readings, self._unread, wanted)

    def only(self, places: Collection[int]) -> ManyReading:
        """The same with these files alone, whatever they lack: those with which a job began."""
        readings = {at: one for at, one in self._readings.items() if at in places}
        return ManyReading(self.found, self.opening, readings, (), self._wanted)

    def reopened(self, **opening: Unpack[Opening]) -> Reading:
        """The reading with these options: itself, or a new one if they differ."""
        if {name: opening.get(name) for name in self.opening} == self.opening:
            return self
        is_all = opening.get("sheet") == ALL_SHEETS
        if is_all == bool(self.found.sheets):
            return ManyReading.of_files(self.found, opening)
        if is_all:
            return ManyReading.of_files(sheets_of_all(self.found) or self.found, opening)
        paths = tuple(dict.fromkeys(self.found.paths))
        return reading_of(paths[0] if len(paths) == 1 else [*map(str, paths)], **opening)

    def titled(self, names: Callable[[], Iterable[str]]) -> Reading:  # noqa: ARG002 - as a reading of one file
        """Itself: files that hold nothing have no rows, and the others have columns."""
        return self

    def anew(self) -> Reading:
        """A reading of the same files, opened again."""
        return self._with({at: one.anew() for at, one in self._readings.items()})

    def current(self) -> Reading:
        """Itself, or a new reading that shows the same, if somebody has written to one of the files since.

        Raises
        ------
        SourceError
            If one shows something else, or was moved or deleted.
        """
        now = {at: one.current() if at in self.parts else one for at, one in self._readings.items()}
        return self if all(now[at] is one for at, one in self._readings.items()) else self._with(now)

    def _with(self, readings: Mapping[int, Reading]) -> ManyReading:
        return ManyReading(self.found, self.opening, readings, self._unread, self._wanted)

    @property
    def sample(self) -> Chunk:
        """Rows from all files, as text."""
        with self._lock:
            if self._sample is None:
                self._sample = self.whole.sampled([one.sample for one in self.parts.values()], SAMPLED_ROWS)
            return self._sample

    @property
    def judged(self) -> Chunk:
        """The rows of the samples that show types."""
        with self._lock:
            if self._judged is None:
                self._judged = self.whole.sampled([one.judged for one in self.parts.values()], SAMPLED_ROWS)
            return self._judged

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What you should know about the files, the same of several in one line."""
        return (
            *self.found.notes,
            *(one.note for one in self.left_out[:NAMED]),
            *_of_the_rest(self.left_out[NAMED:]),
            *self._fit.notes,
            *(
                _of_files({self.found.names[at]: one.notes for at, one in self.parts.items()})
                if self.is_many
                else next(iter(self.parts.values())).notes
            ),
        )

    @property
    def outline(self) -> Outline:
        """Which rows are no data, or may be none; of several files, each tells it in its notes."""
        return super().outline if self.is_many else next(iter(self.parts.values())).outline

    @cached_property
    def _footer(self) -> Footer | None:
        """None of several files: each has a footer of its own, of which the notes tell."""
        return None if self.is_many else next(iter(self.parts.values()))._footer  # noqa: SLF001 - its own kind

    def inference(
        self,
        name: str,
        *,
        key: tuple[str, ...] = (),
        day_first: bool | None = None,
        types: Mapping[str, str] | None = None,
    ) -> Inference:
        """A schema of this name for all files, with the reason for every column."""
        found = super().inference(name, key=key, day_first=day_first, types=types)
        guesses = tuple(
            replace(
                guess,
                why=self.rows.told(guess.why),
                doubt=None if guess.doubt is None else told(guess.doubt, self.rows),
            )
            for guess in found.guesses
        )
        return Inference(schema=found.schema, guesses=guesses)

    def told(self, guesses: Iterable[Any] = (), others: Iterable[Note] = ()) -> tuple[str, ...]:
        """The notes about the files, the doubts about their columns, and other notes, worst first."""
        return tuple(told(note, self.rows) for note in super().told(guesses, others))


def _sheet_of(files: Files, at: int) -> dict[str, Any]:
    """The sheet that is one of the files."""
    return {"sheet": files.sheets[at]} if files.sheets else {}


def is_many(reading: Reading) -> TypeGuard[ManyReading]:
    """Whether it is of several files."""
    return isinstance(reading, ManyReading) and reading.is_many


def _size(reading: Reading) -> int:
    try:
        return max(reading.file.path.stat().st_size, 1) if reading.file is not None else 1
    except OSError:
        return 1


def _of_the_rest(left_out: Sequence[LeftOut]) -> Iterator[Note]:
    """One note for the files that are left out and not told one by one."""
    if left_out:
        n, names = len(left_out), ", ".join(repr(one.name) for one in left_out[:LISTED])
        more = f" and {n - LISTED:,} more" if n > LISTED else ""
        said = f"{n:,} more {'file is' if n == 1 else 'files are'} not imported: {names}{more}"
        yield Note(said, code="files-left-out", kind="doubt", n=n)


def _raise_for_none(files: Files, parts: Mapping[int, Reading], left_out: Collection[LeftOut]) -> None:
    """Refuse files of which none goes in."""
    if parts:
        return
    first = next(iter(left_out), None)
    why = "" if first is None else f": {first.name!r}: {first.why.sentence}"
    raise SourceError(
        f"none of {len(files.paths):,} files can be imported{why}" if len(files.paths) > 1 else f"{files.label!r}{why}",
        code="no-file-fits" if first is None else first.code,
        facts={"files": list(files.names[:NAMED])},
        fixes=() if first is None else first.why.fixes,
    )


def _of_files(notes: Mapping[str, Iterable[Note]]) -> Iterator[Note]:
    """The notes about single files, with the name of the first one of which each is true."""
    counted: Counter[str] = Counter()
    first: dict[str, tuple[str, Note]] = {}
    for name, of_file in notes.items():
        for note in of_file:
            counted[note] += 1
            first.setdefault(note, (name, note))
    for text, (name, note) in first.items():
        more = counted[text] - 1
        also = f" and {more:,} more {'file' if more == 1 else 'files'}" if more else ""
        said = (
            note.sentence if note.sentence.startswith(repr(name)) and not more else f"{name!r}{also}: {note.sentence}"
        )
        yield Note(said, note.fixes, code=note.code, kind=note.kind, n=note.n)
