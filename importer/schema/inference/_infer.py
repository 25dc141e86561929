"""Infer a schema from a sample of the file, with a reason for every column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dataframely as dy

from importer.errors import Fix, SchemaError, choices
from importer.schema._code import made
from importer.schema._names import class_name, names
from importer.schema._words import PROGRAM_NULLS
from importer.schema.inference._alike import alike
from importer.schema.inference._candidates import Sample
from importer.schema.inference._inference import Guess, Inference
from importer.schema.inference._marks import decide
from importer.schema.inference._survey import Evidence
from importer.schema.inference._together import refusing_little
from importer.schema.inference._types import given_type, null_words, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from importer.core import Chunk, Header
    from importer.schema.inference._types import Verdict

__all__ = ["Guess", "Inference", "decide", "infer"]


def infer(  # noqa: PLR0913 - all but the sample and its header may be left out
    sample: Chunk,
    header: Header,
    *,
    name: str = "Table",
    key: Sequence[str] = (),
    day_first: bool | None = None,
    types: Mapping[str, str] | None = None,
    delimiter: str | None = None,
    known: dict[tuple[object, ...], Any] | None = None,
) -> Inference:
    """Infer a schema for the columns of the sample, with a reason for every type.

    Parameters
    ----------
    sample
        Rows from the whole file, as text.
    name
        Name of the schema class.
    key
        Key columns, by header or by column name.
    day_first
        Whether 03/04/2025 is the third of April, if the column itself does not tell.
    types
        Types that are given, by header or by column name.
    delimiter
        What separates the fields of a text file.
    known
        What was found in this sample before, to ask again with another key; it is added to.

    Raises
    ------
    SchemaError
        If `key` or `types` names a column that is not there.

    Examples
    --------
    >>> import polars as pl
    >>> from importer.core import Chunk, Header
    >>> frame = pl.DataFrame({"id": ["1", "2"], "Zip": ["01067", "10115"]})
    >>> sample = Chunk(frame=frame, rows=pl.Series([2, 3]), completed=0)
    >>> inference = infer(sample, Header(row=1, labels=("id", "Zip")), name="Places", key=["id"])
    >>> [guess.code for guess in inference.guesses]
    ['dy.Int64(primary_key=True)', 'dy.String(nullable=True, metadata={"aliases": ["Zip"]})']
    >>> inference.guesses[1].why
    "kept as text: 1 of 2 filled cells has leading zeros, e.g. '01067' in row 2"
    """
    called = dict(zip(header.labels, names(header), strict=True))
    keys = {_label(named, called, "key") for named in key}
    given = {_label(named, called, "types"): kind for named, kind in (types or {}).items()}
    known = {} if known is None else known
    samples = {label: _sample(sample, label, is_key=label in keys) for label in called}
    for label, one in samples.items():
        if (label,) not in known:
            known[label,] = one.survey
    evidence = Evidence.of({label: known[label,] for label in samples}, delimiter=delimiter)
    found = {label: _verdict(one.with_evidence(evidence), day_first, known) for label, one in samples.items()}
    if day_first is None:
        found |= _by_other_columns(samples, found, evidence)
    found = refusing_little(samples, {label: one for label, one in found.items() if label not in given}) | {
        label: given_type(samples[label].with_evidence(evidence), kind, day_first=day_first)
        for label, kind in given.items()
    }
    found = {label: found[label] for label in called}
    used = _used(sample, found)
    nothing = {label: _words_for_nothing(sample.frame[label], one, used) for label, one in found.items()}
    guesses = tuple(
        Guess(
            name=called[label],
            label=label,
            letter=header.letter(label),
            column=_column(label, called[label], one, nothing[label][0], is_key=label in keys),
            why=one.why + nothing[label][1],
            doubt=one.doubt
            or (alike(sample.frame[label], sample.rows) if label in keys and one.kind is dy.String else None),
        )
        for label, one in found.items()
    )
    schema = made(class_name(name), {guess.name: guess.column for guess in guesses})
    return Inference(schema=schema, guesses=guesses)


def _verdict(sample: Sample, day_first: bool | None, known: dict[tuple[object, ...], Any]) -> Verdict:  # noqa: FBT001
    asked = (sample.label, sample.is_key, sample.evidence, day_first)
    if asked not in known:
        known[asked] = verdict(sample, day_first=day_first)
    found: Verdict = known[asked]
    return found


def evidence_of(sample: Chunk, *, delimiter: str | None = None) -> Evidence:
    """What the columns of the sample prove for each other."""
    surveys = {label: _sample(sample, label, is_key=False).survey for label in sample.frame.columns}
    return Evidence.of(surveys, delimiter=delimiter)


def _sample(sample: Chunk, label: str, *, is_key: bool) -> Sample:
    cells = sample.frame[label]
    stored = None if sample.numbers is None else sample.numbers[label].fill_null(value=False)
    return Sample(cells=cells, rows=sample.rows, label=label, stored=stored, is_key=is_key)


def _by_other_columns(
    samples: Mapping[str, Sample], found: Mapping[str, Verdict], evidence: Evidence
) -> dict[str, Verdict]:
    """Dates whose order of day and month only another column of the file proves."""
    asking = [label for label, one in found.items() if one.asks_order]
    proven = {one.metadata["day_first"]: label for label, one in found.items() if "day_first" in one.metadata}
    if not asking or len(proven) != 1:
        return {}
    ((first, label),) = proven.items()
    evidence = replace(evidence, day_first=first, order_proof=f"the column {label!r}")
    return {label: verdict(samples[label].with_evidence(evidence), day_first=None) for label in asking}


def _label(named: str, called: Mapping[str, str], option: str) -> str:
    """Header of a column given by header or by name."""
    for label, name in called.items():
        if named == label or (named == name and named not in called):
            return label
    raise SchemaError(
        f"the {'key ' if option == 'key' else ''}column {named!r} is not in the file: {choices(named, called)}",
        code=f"{option}-not-found",
        facts={"column": named, "columns": list(called)},
        fixes=[Fix(option, ..., "with one of those")],
    )


def _words_for_nothing(cells: pl.Series, one: Verdict, used: Mapping[str, str]) -> tuple[list[str], str]:
    """Words for nothing in a column of text, and the end of the sentence that tells what becomes of them.

    Only a word that no person writes is taken for nothing: Namibia, and Mrs. Null, stay.
    """
    said = null_words(cells) if one.kind is dy.String else []
    taken = [word for word in said if word in PROGRAM_NULLS]
    kept = [word for word in said if word not in taken and word in used]
    told = f"; nothing is written {' or '.join(map(repr, taken))}" if taken else ""
    for word in kept:
        told += f"; {word!r} stays a text, though it means nothing in {used[word]!r}"
    return taken, told


def _used(sample: Chunk, found: Mapping[str, Verdict]) -> dict[str, str]:
    """Words for nothing among numbers, dates and booleans, each with a column that uses it."""
    words: dict[str, str] = {}
    for label, one in found.items():
        if one.kind is not dy.String:
            words = dict.fromkeys(null_words(sample.frame[label]), label) | words
    return words


def _column(label: str, name: str, one: Verdict, nothing: Sequence[str], *, is_key: bool) -> dy.Column:
    metadata: dict[str, Any] = {} if label == name else {"aliases": [label]}
    if nothing:
        metadata["nulls"] = list(nothing)
    options: dict[str, Any] = {**one.options, "metadata": metadata | one.metadata or None}
    return one.kind(**options, primary_key=True) if is_key else one.kind(**options, nullable=True)
