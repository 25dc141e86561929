"""Keys that a person takes for one and that the database takes for two are told: `LookAlikes`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from importer.core import Refusal, looks, unlike
from importer.errors import DisconnectedError
from importer.sinks._staging import ROW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.core import Table
    from importer.sinks._dialect import Dialect
    from importer.sinks._seen_keys import SeenKeys

__all__ = ["LookAlikes"]

MOST = 200_000
"""Keys with characters beyond ASCII that are remembered: of the table the first, of the file the last."""

AT_ONCE = 500
"""Keys that one statement asks for."""

LONGEST = 60
"""Characters of a key to quote in a message."""

BEYOND_ASCII = "[^ -~]"

TEXT: Final = re.compile("char|text|string", re.IGNORECASE)
"""What declared types of texts contain."""

LOOKS = {"look": pl.UInt64, "key": pl.UInt64, "row": pl.Int64, "text": pl.String}
"""Hashes of what a key looks like and of what it is, its row in the file (null if the table had it), and its text."""


class LookAlikes:
    """The keys with characters beyond ASCII; of two keys that look the same, one has some.

    Parameters
    ----------
    dialect, table
        Where the rows go.
    seen
        The keys of the rows before.
    is_new
        Whether the table has only rows of this job.
    """

    def __init__(self, dialect: Dialect, table: Table, seen: SeenKeys, *, is_new: bool) -> None:
        self._dialect, self._table, self._seen = dialect, table, seen
        columns = {column.name: column.dtype for column in table.columns}
        self._dtypes = {name: columns[name] for name in table.key}
        self._texts = [name for name, dtype in self._dtypes.items() if dtype == pl.String]
        self._others = [pl.DataFrame(schema=LOOKS)]
        self._in_table: set[str] = set()
        self._is_new = is_new or not _holds(dialect, table.name, self._dtypes)
        if self._texts and not self._is_new:
            self._is_new = not self._may_read()
        if self._texts and not self._is_new:
            self._others = [_two_each(self._hashed(self._beyond_ascii()))]

    def _may_read(self) -> bool:
        """Whether the user may read the table; who may only write to it is told of the file's own keys."""
        dialect = self._dialect
        try:
            with dialect.savepoint():
                dialect.execute(f"SELECT 1 FROM {dialect.target(self._table.name)} LIMIT 1")
        except dialect.errors as exc:
            if not dialect.has_savepoints or isinstance(dialect.failed(exc), DisconnectedError):
                raise
            return False
        return True

    def remember(self, frame: pl.DataFrame) -> None:
        """Take note of rows that are in the table."""
        if self._texts:
            self._add(self._hashed(frame.filter(self._is_beyond_ascii(frame))))

    def look_up(self, frame: pl.DataFrame) -> None:
        """Learn which keys of the table these rows, not yet written, look like."""
        if self._texts and not self._is_new:
            looked = self._as_ascii(frame)
            self._in_table = set() if looked.is_empty() else self._found(looked)

    def told(self, frame: pl.DataFrame) -> Iterator[Refusal]:
        """A warning for each of these rows, just written, whose key looks like an earlier one."""
        if not self._texts:
            return
        is_beyond = self._is_beyond_ascii(frame)
        if not is_beyond.any() and not any(others.height for others in self._others):
            return
        rest = frame.filter(~is_beyond)
        plain = self._seen.keys(rest, rest[ROW]).with_columns(look="key")
        beyond = self._hashed(frame.filter(is_beyond))
        self._add(beyond)
        asked = pl.concat([plain, beyond.select(plain.columns)])
        others = _two_each(
            pl.concat(self._others, rechunk=False).join(asked, on="look", how="semi", maintain_order="left")
        )
        pairs = asked.join(others, on="look", suffix="_other", maintain_order="left_right").filter(
            pl.col("key") != pl.col("key_other"), pl.col("row_other").is_null() | (pl.col("row_other") < pl.col("row"))
        )
        nearest = pairs.unique("row", keep="first").select("row", "row_other", "text")
        found = {row: (other, text) for row, other, text in nearest.iter_rows()}
        found |= dict(self._plain_before(frame.filter(is_beyond), plain))
        texts = self._text(frame.filter(pl.col(ROW).is_in(list(found))))
        column = self._table.key[0] if len(self._table.key) == 1 else None
        for row, text in texts.iter_rows():
            earlier, other = found[row]
            place = "in the table" if earlier is None else f"in row {earlier:,}"
            message = (
                f"the key looks like {_shown(other)!r} {place} and is another one: they differ in {unlike(text, other)}"
            )
            yield Refusal(row=row, rule="look-alike", column=column, message=message)

    def _plain_before(self, frame: pl.DataFrame, plain: pl.DataFrame) -> Iterator[tuple[int, tuple[int | None, str]]]:
        """Rows that look like a key of ASCII before them, with its row and text."""
        frame = self._as_ascii(frame)
        if frame.is_empty():
            return
        keys = self._seen.keys(frame, frame[ROW])
        firsts = plain.unique("key", keep="first").select("key", here="row")
        here = keys.join(firsts, on="key", how="left", maintain_order="left")
        earlier_here = here.select(pl.when(pl.col("here") < pl.col("row")).then("here")).to_series()
        none = pl.Series([False]).new_from_index(0, keys.height)
        before = self._seen.before(keys, none, which="first")
        before = before.zip_with(before.is_not_null(), earlier_here)
        for (row, text), earlier in zip(self._text(frame).iter_rows(), before, strict=True):
            if earlier is not None or text in self._in_table:
                yield row, (earlier, text)

    def _as_ascii(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Those of the rows with keys beyond ASCII that look like ASCII, as what they look like."""
        frame = frame.filter(self._is_beyond_ascii(frame))
        looked = frame.with_columns(looks(pl.col(self._texts))) if frame.height else frame
        return looked.filter(~self._is_beyond_ascii(looked))

    def _found(self, frame: pl.DataFrame) -> set[str]:
        """Those of the keys that the table has."""
        keys = frame.unique(self._table.key, maintain_order=True)
        names = [self._dialect.quote(name) for name in self._table.key]
        values = list(zip(*(self._dialect.bound(keys[name]) for name in self._table.key), strict=True))
        target, found = self._dialect.target(self._table.name), list[Any]()
        for start in range(0, len(values), AT_ONCE):
            some = values[start : start + AT_ONCE]
            is_key = f"{names[0]} IN ({', '.join('?' * len(some))})" if len(names) == 1 else _is_any(names, len(some))
            sql = f"SELECT {', '.join(names)} FROM {target} WHERE {is_key}"
            found += self._dialect.execute(sql, [value for key in some for value in key])
        return set(self._text(self._typed(found))["text"])

    def _beyond_ascii(self) -> pl.DataFrame:
        """Keys of the table with characters beyond ASCII."""
        dialect, table = self._dialect, self._table
        is_beyond = " OR ".join(dialect.beyond_ascii.format(dialect.quote(name)) for name in self._texts)
        sql = f"SELECT {dialect.names(table.key)} FROM {dialect.target(table.name)} WHERE {is_beyond} LIMIT {MOST}"
        return self._typed(dialect.execute(sql))

    def _typed(self, found: Sequence[Sequence[Any]]) -> pl.DataFrame:
        """Keys as the database gives them, as those of the file."""
        texts = pl.DataFrame(
            [[str(value) for value in row] for row in found], dict.fromkeys(self._dtypes, pl.String), orient="row"
        )
        typed = texts.with_columns(pl.col(name).cast(dtype, strict=False) for name, dtype in self._dtypes.items())
        return typed.with_columns(pl.lit(None, pl.Int64).alias(ROW))

    def _is_beyond_ascii(self, frame: pl.DataFrame) -> pl.Series:
        is_beyond = pl.any_horizontal(pl.col(self._texts).str.contains(BEYOND_ASCII))
        return frame.select(is_beyond.fill_null(value=False)).to_series()

    def _hashed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The columns of `LOOKS`."""
        look = self._seen.keys(frame.with_columns(looks(pl.col(self._texts))), frame[ROW])["key"].alias("look")
        key = self._seen.keys(frame, frame[ROW])
        return pl.DataFrame([look, *key.select("key", "row"), self._text(frame)["text"]])

    def _text(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The keys as a person reads them, with their rows."""
        text = pl.concat_str(pl.col(self._table.key).cast(pl.String), separator=", ", ignore_nulls=True)
        return frame.select(row=pl.col(ROW), text=text)

    def _add(self, beyond: pl.DataFrame) -> None:
        self._others.append(_two_each(beyond))
        while len(self._others) > 2 and sum(others.height for others in self._others[1:-1]) >= MOST:  # noqa: PLR2004 - the table's and the newest
            self._others.pop(1)


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _two_each(keys: pl.DataFrame) -> pl.DataFrame:
    """The first two keys of each look: one of them is another than any third."""
    keys = keys.unique(["look", "key"], keep="first", maintain_order=True)
    if keys["look"].n_unique() == keys.height:
        return keys
    return keys.filter(pl.int_range(pl.len()).over("look") < 2)  # noqa: PLR2004 - two


def _holds(dialect: Dialect, table: str, dtypes: Mapping[str, pl.DataType]) -> bool:
    """Whether the table has these columns, all of text or whole numbers, which any key can be compared with."""
    held = {column.name: column for column in dialect.columns(table)}

    def is_same(name: str, dtype: pl.DataType) -> bool:
        found = held[name].dtype
        if dtype == pl.String:
            return TEXT.search(held[name].declared) is not None
        return dtype.is_integer() and found is not None and found.is_integer()

    return all(name in held and is_same(name, dtype) for name, dtype in dtypes.items())


def _is_any(names: Sequence[str], n: int) -> str:
    return " OR ".join([f"({' AND '.join(f'{name} = ?' for name in names)})"] * n)
