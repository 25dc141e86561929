"""Splits a raw chunk into rows to write and rows to refuse, each with its reasons: `Check`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.checking._rejects import CELLS, refused_cells
from importer.core import Chunk, free_name, letter
from importer.schema import Format, row_rules, schema_columns
from importer.schema.parsing import Parsed, parse, reasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import dataframely as dy

    from importer.core import Header
    from importer.schema import Match

__all__ = ["Check", "Checked"]

BOUNDS = {
    "min": "less than the least allowed, {}",
    "min_exclusive": "not greater than {}",
    "max": "greater than the most allowed, {}",
    "max_exclusive": "not less than {}",
    "min_length": "shorter than {}",
    "max_length": "longer than {}",
    "regex": "not of the form {}",
    "is_in": "not one of {}",
    "resolution": "not a multiple of {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One chunk after the check.

    Attributes
    ----------
    raw
        The chunk as it was read.
    accepted
        Rows that follow every rule, with the types of the schema.
    cells
        Errors and warnings, cell by cell; the columns are `CELLS`.
    refused
        Numbers of the rows with at least one error, in rising order.
    read_s, check_s
        How long the chunk took to be read, and to be checked.
    """

    raw: Chunk
    accepted: Chunk
    cells: pl.DataFrame
    refused: pl.Series
    read_s: float = 0.0
    check_s: float = 0.0

    def until(self, row: int) -> Checked:
        """The rows up to this one, which is included."""
        kept = self.accepted.rows <= row
        return replace(
            self,
            accepted=replace(
                self.accepted, frame=self.accepted.frame.filter(kept), rows=self.accepted.rows.filter(kept)
            ),
            cells=self.cells.filter(pl.col("row") <= row),
            refused=self.refused.filter(self.refused <= row),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """One column of the table, and the cells that fill it."""

    name: str
    label: str | None
    constant: str | None
    default: str | None
    letter: str | None
    column: dy.Column
    written: Format

    def cells(self, frame: pl.DataFrame) -> pl.Series:
        """The cells as read; all are the same, or empty, if no header fills the column."""
        if self.label is None:
            return pl.Series([self.constant], dtype=pl.String).new_from_index(0, frame.height)
        return frame[self.label]

    def parse(self, chunk: Chunk) -> Parsed:
        """The cells as values."""
        cells, stored = self.cells(chunk.frame), None
        if chunk.numbers is not None and self.label is not None:
            stored = chunk.numbers[self.label]
        parsed = parse(cells, self.column.dtype, self.written, stored)
        if self.default is None:
            return parsed
        return parsed.with_default(parse(pl.Series([self.default]), self.column.dtype, self.written).values)

    def texts(self, frame: pl.DataFrame, parsed: Parsed) -> pl.Series:
        """The cells as read, and the text that stands in place of empty ones."""
        cells = self.cells(frame)
        if parsed.defaulted is None:
            return cells
        return cells.zip_with(~parsed.defaulted, pl.Series([self.default]).new_from_index(0, len(cells)))

    def refuse(self, rows: pl.Series, **columns: pl.Series | str | None) -> pl.DataFrame:
        """The cells of this column in these rows; the columns are `CELLS`."""
        return refused_cells(rows, column=self.label or self.name, letter=self.letter, **columns)


class Check:
    """Checks chunks of text against a schema. It keeps no state between two chunks.

    Parameters
    ----------
    schema
        What rows must look like.
    matches
        Which header fills which column.
    header
        The headers of the file, with their places.
    formats
        How the cells of each column are written.
    key
        Columns that identify the row, and may not be empty.

    Raises
    ------
    SchemaError
        If a rule compares rows with each other.
    """

    def __init__(
        self,
        schema: type[dy.Schema],
        matches: Sequence[Match],
        header: Header,
        formats: Mapping[str, Format],
        key: Sequence[str] = (),
    ) -> None:
        import dataframely as dy

        rules = row_rules(schema, key)
        columns = schema_columns(rules)
        self._key = tuple(key)
        self._fields = tuple(
            _Field(
                name=match.column,
                label=match.label,
                constant=match.constant,
                default=match.default,
                letter=None if match.label is None else header.letter(match.label),
                column=columns[match.column],
                written=formats[match.column],
            )
            for match in matches
        )
        self._row = free_name("row", columns)
        attribute = free_name("row", dir(rules))
        self._rules: type[dy.Schema] = type(schema.__name__, (rules,), {attribute: dy.Int64(alias=self._row)})
        self._header = header
        self._order = {label: position for position, label in enumerate(header.labels)}

    def __call__(self, chunk: Chunk) -> Checked:
        """Check one chunk."""
        parsed = {field.name: field.parse(chunk) for field in self._fields}
        typed = pl.DataFrame([part.values.alias(name) for name, part in parsed.items()])
        found = [
            *self._type_errors(chunk, parsed),
            *self._broken_rules(chunk, typed, parsed),
            *self._extra_cells(chunk),
            *self._faults(chunk),
            *self._trimmed(chunk, parsed),
            *self._warned(chunk, parsed),
        ]
        if not found:
            accepted = Chunk(frame=typed, rows=chunk.rows, completed=chunk.completed)
            return Checked(raw=chunk, accepted=accepted, cells=pl.DataFrame(schema=CELLS), refused=chunk.rows.head(0))
        everything = pl.concat(found)
        refused = everything.filter(severity="error")["row"].unique().sort()
        is_kept = ~chunk.rows.is_in(refused.implode())
        # A warning about a refused row only distracts.
        is_told = (pl.col("severity") == "error") | ~pl.col("row").is_in(refused.implode())
        order = pl.col("column").replace_strict(self._order, default=len(self._order), return_dtype=pl.Int64)
        return Checked(
            raw=chunk,
            accepted=Chunk(frame=typed.filter(is_kept), rows=chunk.rows.filter(is_kept), completed=chunk.completed),
            cells=everything.filter(is_told).sort("row", order, maintain_order=True),
            refused=refused,
        )

    def _type_errors(self, chunk: Chunk, parsed: Mapping[str, Parsed]) -> Iterator[pl.DataFrame]:
        for field in self._fields:
            failed = parsed[field.name].failed
            if failed.any():
                values = field.cells(chunk.frame).filter(failed)
                sentences = reasons(values.unique(), field.column.dtype, field.written)
                message = values.replace_strict(sentences, return_dtype=pl.String)
                yield field.refuse(chunk.rows.filter(failed), value=values, rule="type-error", message=message)

    def _broken_rules(self, chunk: Chunk, typed: pl.DataFrame, parsed: Mapping[str, Parsed]) -> Iterator[pl.DataFrame]:
        failure = self._rules.filter(typed.hstack([chunk.rows.alias(self._row)])).failure
        if not len(failure):
            return
        details = failure.details()
        fields = {field.name: field for field in self._fields}
        # A cell without a value has no other fault, and rules of its whole row cannot be checked.
        typeless = pl.DataFrame([part.failed.alias(name) for name, part in parsed.items()])
        judged = chunk.rows.filter(~typeless.select(pl.any_horizontal(pl.all())).to_series())
        for rule in failure.counts():
            rows = details.filter(pl.col(rule) == "invalid")[self._row]
            name, is_of_column, kind = rule.rpartition("|")
            if not is_of_column:
                checked = rows.filter(rows.is_in(judged.implode()))
                yield refused_cells(checked, rule="row-constraint", message=self._sentence(rule))
                continue
            broken = chunk.rows.is_in(rows.implode()) & ~parsed[name].failed
            texts = fields[name].texts(chunk.frame, parsed[name])
            yield self._broken(fields[name], kind, chunk.rows.filter(broken), texts.filter(broken))

    def _broken(self, field: _Field, kind: str, rows: pl.Series, values: pl.Series) -> pl.DataFrame:
        severity = (field.column.metadata or {}).get("severity", "error")
        if kind == "nullability" and field.name in self._key:
            return field.refuse(
                rows, value=values, rule="primary-key", message="the cell is empty, and it is part of the key"
            )
        if kind == "nullability":
            message = "the cell is empty, and the column must be filled"
            return field.refuse(rows, value=values, rule="missing-cell", message=message, severity=severity)
        if kind in BOUNDS:
            says = BOUNDS[kind].format(_bound(getattr(field.column, kind)))
        else:
            says = f"against the rule {kind.removeprefix('check__')!r} of the column"
        sentences = "'" + values + f"' is {says}"
        return field.refuse(rows, value=values, rule="constraint-error", message=sentences, severity=severity)

    def _sentence(self, rule: str) -> str:
        """First line of the docstring of the rule, or a sentence with its name."""
        for parent in self._rules.__mro__:
            function = getattr(vars(parent).get(rule), "validation_fn", None)
            if function is not None and function.__doc__:
                return str(function.__doc__).strip().splitlines()[0].rstrip(".")
        return f"the row breaks the rule {rule!r}"

    def _extra_cells(self, chunk: Chunk) -> Iterator[pl.DataFrame]:
        if chunk.extra is not None and not chunk.extra.is_empty():
            extra = chunk.extra
            letters = {position: letter(position) for position in extra["position"].unique()}
            yield refused_cells(
                extra["row"],
                letter=extra["position"].replace_strict(letters, return_dtype=pl.String),
                value=extra["value"],
                rule="extra-cell",
                message="the cell lies outside the columns of the header",
            )

    def _faults(self, chunk: Chunk) -> Iterator[pl.DataFrame]:
        """What the source itself found wrong."""
        if chunk.faults is None or chunk.faults.is_empty():
            return
        faults, positions = chunk.faults, chunk.faults["position"]
        labels = dict(enumerate(self._header.labels, self._header.first))
        letters = {position: letter(position) for position in positions.drop_nulls().unique()}
        yield refused_cells(
            faults["row"],
            column=positions.replace_strict(labels, default=None, return_dtype=pl.String),
            letter=positions.replace_strict(letters, default=None, return_dtype=pl.String),
            **{name: faults[name] for name in ("value", "rule", "message", "severity")},
        )

    def _warned(self, chunk: Chunk, parsed: Mapping[str, Parsed]) -> Iterator[pl.DataFrame]:
        for field in self._fields:
            warned = parsed[field.name].warned
            if warned is not None and warned.any():
                values = field.cells(chunk.frame).filter(warned)
                writing = field.written.writing
                told = {value: writing.told(value) for value in values.unique()} if writing else {}
                message = values.replace_strict(told, return_dtype=pl.String)
                rows = chunk.rows.filter(warned)
                yield field.refuse(rows, value=values, rule="other-writing", message=message, severity="warning")

    def _trimmed(self, chunk: Chunk, parsed: Mapping[str, Parsed]) -> Iterator[pl.DataFrame]:
        message = "white space around the text was removed"
        for field in self._fields:
            trimmed = parsed[field.name].trimmed
            if trimmed is not None and trimmed.any():
                values = field.cells(chunk.frame).filter(trimmed)
                rows = chunk.rows.filter(trimmed)
                yield field.refuse(rows, value=values, rule="white-space", message=message, severity="warning")


def _bound(value: Any) -> str:  # noqa: ANN401 - any value that the author of the column gave
    return ", ".join(map(str, value)) if isinstance(value, list | tuple | set | frozenset) else f"{value}"
