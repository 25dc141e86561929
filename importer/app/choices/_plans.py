"""Saved plans whose headers a file has: `PlanOffer`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.app.choices._choices import OPENING
from importer.app.choices._memory import Memory
from importer.core import Options, home
from importer.engine import PlanFile
from importer.errors import ImporterError
from importer.sinks import label_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from importer.app.choices._choices import Choices
    from importer.engine import Plan, Reading

__all__ = ["PlanOffer", "Plans", "kept_plan", "plan_folders", "plans_for"]

MOST = 100
"""Plans of a folder that are read."""

OF_ONE_FILE = frozenset({"corrections", "if_imported", "into", "password"})
"""Options that a plan for the next file does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOffer:
    """A saved plan for files like this one.

    Attributes
    ----------
    name
        What people call files of this kind.
    path
        The plan.
    memory
        What it says, as choices.
    headers
        Number of headers by which it knows its files.
    """

    name: str
    path: Path
    memory: Memory
    headers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The plans for a file, those that name most of its headers first, and why others cannot be read."""

    fitting: tuple[PlanOffer, ...] = ()
    problems: tuple[str, ...] = ()


def plan_folders(given: Path | None) -> tuple[Path, ...]:
    """Where saved plans are: in this folder, or those of ``IMPORTER_PLANS``, or else here and in the data folder."""
    if given is not None:
        return (given,)
    named = os.environ.get("IMPORTER_PLANS")
    if named:
        return tuple(map(Path, filter(None, named.split(os.pathsep))))
    return Path("plans"), home() / "plans"


def plans_for(reading: Reading, choices: Choices, folders: Sequence[Path], given: Collection[str]) -> Plans:
    """The plans for a file.

    Parameters
    ----------
    given
        Options that stay as they are, whatever a plan says.
    """
    if choices.corrects is not None or "schema" in given:
        return Plans()
    fitting: list[PlanOffer] = []
    problems: list[str] = []
    labels: dict[tuple[object, ...], Sequence[str]] = {_opening(choices.options): reading.header.labels}
    for path in _files(folders):
        try:
            kept = PlanFile.read(path)
            if kept.into is not None:
                label_of(kept.into)
        except ImporterError as exc:
            problems.append(str(exc))
            continue
        options = _options(kept, given)
        opened = _opening({name: options.get(name, choices.options.get(name)) for name in OPENING})
        if kept.headers and opened not in labels:
            labels[opened] = _labels(choices, options)
        if kept.fits(labels.get(opened, ())):
            memory = Memory(options=options, columns={}, brings_columns=False, is_plan=True)
            if memory.changes(choices):
                fitting.append(PlanOffer(name=kept.name, path=path, memory=memory, headers=len(kept.headers)))
    fitting.sort(key=lambda offer: -offer.headers)
    return Plans(fitting=tuple(fitting), problems=tuple(problems))


def kept_plan(name: str, choices: Choices, plan: Plan) -> PlanFile:
    """The plan for the next file of this kind: as chosen, and with its schema if columns were changed."""
    into = os.fspath(choices.into)
    headers = tuple(found.label for found in plan.matches if found.label is not None)
    if choices.columns or choices.brings_columns:
        return PlanFile(name=name, into=into, headers=headers, options=plan.options)
    chosen = {one: value for one, value in choices.options.items() if one not in OF_ONE_FILE}
    options = Options.of_arguments({**chosen, "table": choices.table})
    return PlanFile(name=name, into=into, headers=headers, options=options)


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        try:
            yield from islice(sorted(file for file in folder.glob("*.toml") if file.is_file()), MOST)
        except OSError:
            continue


def _options(kept: PlanFile, given: Collection[str]) -> dict[str, Any]:
    """The options of a plan, and where its rows go, but for those that are given."""
    options = {**kept.options.given(), **({} if kept.into is None else {"into": kept.into})}
    return {name: value for name, value in options.items() if name not in given}


def _opening(options: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(repr(options.get(name)) for name in OPENING)


def _labels(choices: Choices, options: Mapping[str, Any]) -> Sequence[str]:
    """The headers of the file, opened as a plan says; none if it cannot be."""
    opening = {name: value for name, value in options.items() if name in OPENING}
    try:
        return choices.reading(**opening).header.labels
    except ImporterError:
        return ()
