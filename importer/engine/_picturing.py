"""Addresses of pictures in rows become files before the rows are written: `Picturing`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import polars as pl

from importer.checking import refused_cells
from importer.core import letter
from importer.errors import OptionError, choices
from importer.pictures import Fetching, in_html, in_markdown, markdown_with_sources, with_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from threading import Event

    from importer.checking import Checked
    from importer.core import Header, Images, Table

__all__ = ["CHUNK_PICTURES", "Picturing", "addresses_in"]

CHUNK_PICTURES = 100
"""Rows at a time: as many pictures have to stay in the cache, however small it is."""

RULE = "picture-error"
WEB = ("http://", "https://")


class _Fault(NamedTuple):
    """A cell of which a picture cannot be had."""

    row: int
    column: str
    value: str
    why: str


class Picturing:
    """Fetches the pictures of a chunk after its check, and refuses rows whose pictures cannot be had.

    Parameters
    ----------
    images
        Which columns hold them, and how they are fetched.
    table
        The table.
    labels
        Header of each column of the table, by the column's name.
    header
        The headers of the file.

    Raises
    ------
    OptionError
        If the table has no such column, or one that cannot hold an address.
    """

    def __init__(self, images: Images, table: Table, labels: Mapping[str, str], header: Header) -> None:
        self._images, self._labels, self._header = images, labels, header
        self._columns, self._html, self._markdown = (
            tuple(_column(name, table, labels) for name in given)
            for given in (images.columns, images.html, images.markdown)
        )
        self._fetching: Fetching | None = None
        self._stop: Event | None = None

    def stop_with(self, stop: Event) -> None:
        """End once this is set."""
        self._stop = stop

    def __call__(self, checked: Checked) -> Checked:
        """The chunk with files in place of addresses."""
        if self._fetching is None:
            self._fetching = Fetching(self._images, self._stop)
        self._fetching.next_set()
        frame, rows = checked.accepted.frame, checked.accepted.rows
        here: dict[str, Path] = {}
        failed: dict[str, str] = {}
        for one in self._fetching.fetch(addresses_in(frame, self._columns, self._html, self._markdown)):
            if one.path is None:
                failed[one.address] = one.why
            else:
                here[one.address] = one.path
        faults: list[_Fault] = []
        frame = frame.with_columns(
            *(self._files(frame[name], rows, here, failed, faults) for name in self._columns),
            *(self._texts(frame[name], rows, here, failed, faults) for name in (*self._html, *self._markdown)),
        )
        checked = replace(checked, accepted=replace(checked.accepted, frame=frame))
        return self._with(checked, faults) if faults else checked

    def stop(self) -> None:
        """Have what is being fetched end soon."""
        if self._fetching is not None:
            self._fetching.stop()

    def close(self) -> None:
        """End what is still fetched."""
        if self._fetching is not None:
            self._fetching.close()
            self._fetching = None

    def _files(
        self,
        cells: pl.Series,
        rows: pl.Series,
        here: Mapping[str, Path],
        failed: Mapping[str, str],
        faults: list[_Fault],
    ) -> pl.Series:
        found: list[str | None] = []
        for row, cell in zip(rows, cells, strict=True):
            address = None if cell is None else cell.strip()
            path = None if address is None else here.get(address)
            found.append(None if path is None else str(path))
            if address and path is None:
                faults.append(_Fault(row, cells.name, cell, failed[address]))
        return pl.Series(cells.name, found, dtype=pl.String)

    def _texts(
        self,
        cells: pl.Series,
        rows: pl.Series,
        here: Mapping[str, Path],
        failed: Mapping[str, str],
        faults: list[_Fault],
    ) -> pl.Series:
        is_markdown = cells.name in self._markdown
        found: list[str | None] = []
        for row, cell in zip(rows, cells, strict=True):
            if cell is None:
                found.append(None)
                continue
            addresses = (in_markdown if is_markdown else in_html)(cell)
            new = {one: _named(here[one], is_markdown=is_markdown) for one in addresses if one in here}
            left: list[str] = []
            if is_markdown:
                text, left = markdown_with_sources(cell, new) if new else (cell, [])
            else:
                text = with_sources(cell, new)
            found.append(text)
            why = {one: failed[one] for one in addresses if one in failed}
            why |= dict.fromkeys(left, "its address cannot be replaced where it stands")
            faults += [_Fault(row, cells.name, address, told) for address, told in why.items()]
        return pl.Series(cells.name, found, dtype=pl.String)

    def _with(self, checked: Checked, faults: list[_Fault]) -> Checked:
        """The chunk with what is wrong with its pictures."""
        is_error = self._images.on_failure == "reject"
        ends = "" if is_error else ", so it is left out"
        first = self._header.first
        places = {label: letter(first + at) for at, label in enumerate(self._header.labels)}
        labels = [self._labels.get(one.column, one.column) for one in faults]
        told = refused_cells(
            pl.Series([one.row for one in faults], dtype=pl.Int64),
            column=pl.Series(labels, dtype=pl.String),
            letter=pl.Series([places.get(label) for label in labels], dtype=pl.String),
            value=pl.Series([one.value for one in faults], dtype=pl.String),
            rule=RULE,
            message=pl.Series([f"the picture cannot be had: {one.why}{ends}" for one in faults], dtype=pl.String),
            severity="error" if is_error else "warning",
        )
        if not is_error:
            return replace(checked, cells=pl.concat([checked.cells, told]).sort("row", maintain_order=True))
        bad = pl.Series(sorted({one.row for one in faults}), dtype=pl.Int64)
        accepted, is_kept = checked.accepted, ~checked.accepted.rows.is_in(bad.implode())
        is_told = (pl.col("severity") == "error") | ~pl.col("row").is_in(bad.implode())
        return replace(
            checked,
            accepted=replace(accepted, frame=accepted.frame.filter(is_kept), rows=accepted.rows.filter(is_kept)),
            cells=pl.concat([checked.cells.filter(is_told), told]).sort("row", maintain_order=True),
            refused=pl.concat([checked.refused.cast(pl.Int64), bad]).sort(),
        )


def addresses_in(
    frame: pl.DataFrame, columns: Iterable[str], html: Iterable[str], markdown: Iterable[str]
) -> Iterator[str]:
    """The addresses of pictures in a table, row by row within each column."""
    for name in columns:
        yield from (cell.strip() for cell in frame[name] if cell is not None and cell.strip())
    for name, found_in in [*((name, in_html) for name in html), *((name, in_markdown) for name in markdown)]:
        for cell in frame[name].drop_nulls():
            yield from (one for one in found_in(cell) if one.lower().startswith(WEB))


def _column(name: str, table: Table, labels: Mapping[str, str]) -> str:
    """The column of the table with this name, or the one that the header of this name fills."""
    columns = {column.name: column for column in table.columns}
    found = name if name in columns else next((one for one, label in labels.items() if label == name), None)
    if found is None:
        raise OptionError(
            f"images names {name!r}, and the table has no such column: {choices(name, columns)}",
            code="column-missing",
            facts={"option": "images", "column": name},
        )
    if found in table.key:
        raise OptionError(
            f"images names {name!r}, which is part of the key: the path of a file tells no rows apart",
            facts={"option": "images", "column": name},
        )
    if columns[found].dtype != pl.String():
        raise OptionError(
            f"images names {name!r}, which holds no text, so no addresses",
            facts={"option": "images", "column": name},
            fixes=["leave it out of images"],
        )
    return found


def _named(path: Path, *, is_markdown: bool) -> str:
    """A file as a text names it; Markdown takes no address of files for a picture."""
    return quote(path.as_posix()) if is_markdown else path.as_uri()
