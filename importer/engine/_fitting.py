"""Which of several files can go into one table together, and why others cannot: `fitting`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.errors import Fix, ImporterError, Message, Note
from importer.schema import tidied
from importer.schema.inference import shown_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.core import Header
    from importer.engine._reading import Reading
    from importer.schema.inference import Shown

__all__ = ["Fitting", "LeftOut", "Wanted", "fitting"]

Key = tuple[str, str]
"""What columns of several files have in common: the column of the table, or else the header without case and signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A file that is not imported.

    Attributes
    ----------
    at, name
        Its place among all files, and its name.
    why
        The reason, and what to do.
    code
        The same for a program.
    """

    at: int
    name: str
    why: Message
    code: str

    @property
    def note(self) -> Note:
        """The file and the reason."""
        said = self.why.sentence
        is_named = said.startswith(repr(self.name))
        told = f"{said}, so it is not imported" if is_named else f"{self.name!r} is not imported: {said}"
        return Note(told, self.why.fixes, code="file-left-out", kind="doubt", n=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a file has to have.

    Attributes
    ----------
    columns
        Which column of the table each header fills; None if the files alone decide.
    required
        Columns without which a file does not fit.
    lacks
        The table that has no other columns, so that a file may have none; None if there is no such table.
    is_settled
        Whether the files went in before, so that none is left out now.
    """

    columns: Callable[[Header], Mapping[str, str]] | None = None
    required: tuple[str, ...] = ()
    lacks: str | None = None
    is_settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What came of it.

    Attributes
    ----------
    called
        For each file that goes in, by its place, the label of all files by its own labels.
    left_out
        The others.
    notes
        What is told of those that go in.
    """

    called: dict[int, dict[str, str]]
    left_out: tuple[LeftOut, ...]
    notes: tuple[Note, ...] = field(default=())


def fitting(readings: Mapping[int, Reading], names: Sequence[str], wanted: Wanted) -> Fitting:
    """Decide which files go in."""
    out: dict[int, LeftOut] = {}

    def leave(at: int, sentence: str, code: str, fixes: Sequence[Fix | str] = ()) -> None:
        out[at] = LeftOut(at=at, name=names[at], why=Message(sentence, fixes), code=code)

    keys: dict[int, dict[str, Key]] = {}
    for at, reading in readings.items():
        try:
            keys[at] = _keys(reading.header, wanted)
        except ImporterError as exc:
            out[at] = LeftOut(at=at, name=names[at], why=exc.message, code=exc.code)
    if wanted.is_settled:
        labels = _labels(keys)
        called = {at: {label: labels[key] for label, key in own.items()} for at, own in keys.items()}
        return Fitting(called=called, left_out=tuple(out.values()))
    filled = {at: own for at, own in keys.items() if own}  # A file that holds nothing has no header.
    if wanted.columns is None:
        _leave_strangers(filled, leave)
    for at, own in filled.items():
        columns = {key for key in own.values() if key[0] == "column"}
        if at not in out and wanted.columns is not None and not columns:
            leave(at, f"no header of it fits a column: {_listed(own)}", "nothing-matches", [Fix("mapping")])
    _leave_lacking(filled, wanted, out, leave)
    _leave_with_more(filled, wanted, out, leave)
    kept = {at: own for at, own in keys.items() if at not in out}
    shown = {at: shown_by(readings[at].judged, delimiter=readings[at].delimiter) for at in kept if kept[at]}
    told = [*_differing(shown, kept, names, leave)]
    kept = {at: own for at, own in kept.items() if at not in out}
    labels = _labels(kept)
    return Fitting(
        called={at: {label: labels[key] for label, key in own.items()} for at, own in kept.items()},
        left_out=tuple(out[at] for at in sorted(out)),
        notes=(*told, *_lacking(kept, labels, names)),
    )


def _keys(header: Header, wanted: Wanted) -> dict[str, Key]:
    """What each label of a file has in common with those of other files."""
    columns = {} if wanted.columns is None else wanted.columns(header)
    found: dict[str, Key] = {}
    for label in header.labels:
        key = ("column", columns[label]) if label in columns else ("label", tidied(label) or label)
        found[label] = ("label", label) if key in found.values() else key
    return found


def _leave_strangers(keys: Mapping[int, Mapping[str, Key]], leave: Callable[..., None]) -> None:
    """Leave out files that share less than half of the headers that most files have."""
    if not keys:
        return
    most = Counter(frozenset(own.values()) for own in keys.values()).most_common(1)[0][0]
    for at, own in keys.items():
        shared = len(most & {*own.values()})
        if 2 * shared < len(most):
            said = f"{shared} of the {len(most)} headers of the other files are in it; it has {_listed(own)}"
            leave(at, said, "headers-differ", ["import it on its own"])


def _leave_lacking(
    keys: Mapping[int, Mapping[str, Key]], wanted: Wanted, out: Mapping[int, LeftOut], leave: Callable[..., None]
) -> None:
    """Leave out files without a column that has to be there, unless all files lack it, about which others say more."""
    rest = {at: own for at, own in keys.items() if at not in out}
    names = {
        at: {*own} | {tidied(label) for label in own} | {name for _, name in own.values()} for at, own in rest.items()
    }
    required = [name for name in wanted.required if any({name, tidied(name)} & known for known in names.values())]
    for at, known in names.items():
        missing = [name for name in required if name not in known and tidied(name) not in known]
        if missing:
            said = f"it lacks {', '.join(map(repr, missing))}; it has {_listed(rest[at])}"
            leave(at, said, "column-not-found", [Fix("mapping", dict.fromkeys(missing, ...))])


def _leave_with_more(
    keys: Mapping[int, Mapping[str, Key]], wanted: Wanted, out: Mapping[int, LeftOut], leave: Callable[..., None]
) -> None:
    """Leave out files with columns that the table lacks, unless all files have some."""
    if wanted.lacks is None:
        return
    more = {
        at: [label for label, (kind, _) in own.items() if kind == "label"] for at, own in keys.items() if at not in out
    }
    if all(more.values()):
        return
    for at, labels in more.items():
        if labels:
            fixes = [Fix("new_columns", "add"), Fix("new_columns", "ignore")]
            said = f"the table {wanted.lacks!r} has no column for {', '.join(map(repr, labels))}"
            leave(at, said, "column-missing", fixes)


def _differing(
    shown: Mapping[int, Mapping[str, Shown]],
    keys: Mapping[int, Mapping[str, Key]],
    names: Sequence[str],
    leave: Callable[..., None],
) -> Iterator[Note]:
    """Leave out files whose numbers or dates are written otherwise than those of most, and tell of those in doubt."""
    columns: dict[Key, dict[int, Shown]] = {}
    for at, own in shown.items():
        for label, one in own.items():
            columns.setdefault(keys[at][label], {})[at] = one
    gone: set[int] = set()
    for by_file in columns.values():
        by_file = {at: one for at, one in by_file.items() if at not in gone}  # noqa: PLW2901 - those that are left
        marks = Counter(one.decimal for one in by_file.values() if one.decimal is not None)
        orders = Counter(one.day_first for one in by_file.values() if one.day_first is not None)
        if not marks and not orders:
            continue
        for at, one in by_file.items():
            label = next(label for label, known in shown[at].items() if known is one)
            if marks and one.decimal is not None and one.decimal != (usual := marks.most_common(1)[0][0]):
                gone.add(at)
                said = (
                    f"{one.number!r} in {label!r} has {one.decimal!r} as the decimal mark, where the other files have"
                )
                leave(at, f"{said} {usual!r}", "decimals-differ", ["import it on its own"])
            elif orders and one.day_first is not None and one.day_first != (first := orders.most_common(1)[0][0]):
                gone.add(at)
                said = f"the {'day' if one.day_first else 'month'} is first in {one.date!r} in {label!r}, and the"
                other = f"{'day' if first else 'month'} in the other files"
                leave(at, f"{said} {other}", "date-order-differs", ["import it on its own"])
            elif marks and one.is_open:
                mark = marks.most_common(1)[0][0]
                read = f"is read with {mark!r} as the decimal mark, as the other files show"
                told = f"{one.number!r} in {names[at]!r} {read}"
                yield Note(
                    told, ["import it on its own if it is not"], code="decimal-mark-of-others", kind="doubt", n=1
                )
            elif orders and one.asks_order:
                first = orders.most_common(1)[0][0]
                order = "day" if first else "month"
                told = f"{one.date!r} in {names[at]!r} is read {order} first, as the other files show"
                yield Note(told, ["import it on its own if it is not"], code="date-order-of-others", kind="doubt", n=1)


def _labels(keys: Mapping[int, Mapping[str, Key]]) -> dict[Key, str]:
    """The label of each column: the one of the first file that has it."""
    found: dict[Key, str] = {}
    for own in keys.values():
        for label, key in own.items():
            if key not in found:
                found[key] = label if label not in found.values() else f"{label} ({len(found)})"
    return found


def _lacking(keys: Mapping[int, Mapping[str, Key]], labels: Mapping[Key, str], names: Sequence[str]) -> Iterator[Note]:
    """Which files lack which columns, so that these are empty in their rows."""
    files = {at: own for at, own in keys.items() if own}
    for key, label in labels.items():
        lacking = [names[at] for at, own in files.items() if key not in own.values()]
        if not lacking:
            continue
        if len(lacking) == 1:
            told = f"{lacking[0]!r} has no column {label!r}, which is empty in its rows"
        else:
            told = f"{len(lacking):,} of {len(files):,} files have no column {label!r}, e.g. {lacking[0]!r}"
        yield Note(told, code="column-not-in-all", kind="doubt", n=len(lacking), column=label)


def _listed(own: Mapping[str, Key]) -> str:
    labels = [*own]
    return ", ".join(map(repr, labels[:8])) + (", …" if len(labels) > 8 else "")  # noqa: PLR2004 - enough to know it
