"""Addresses of pictures in rows become files before the rows are written: `Picturing`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import polars as pl

from importer.checking import refused_cells
from importer.core import letter
from importer.errors import OptionError, choices
from importer.pictures import Fetching, file_of, in_html, in_markdown, markdown_with_sources, with_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from threading import Event

    from importer.checking import Checked
    from importer.core import Header, Images, Table
    from importer.pictures import Fetched

__all__ = ["CHUNK_PICTURES", "Picturing", "addresses_in"]

CHUNK_PICTURES = 100
"""Rows at a time: as many pictures have to stay in the cache, however small it is."""

RULE = "picture-error"
WEB, EMBEDDED = ("http://", "https://"), ("data:", "cid:", "blob:")


class _Fault(NamedTuple):
    """A cell of which a picture cannot be had."""

    row: int
    column: str
    value: str
    told: str
    is_error: bool


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
        wanted = addresses_in(frame, self._columns, self._html, self._markdown)
        found = {one.address: one for one in self._fetching.fetch(wanted)}
        faults: list[_Fault] = []
        frame = frame.with_columns(
            *(self._files(frame[name], rows, found, faults) for name in self._columns),
            *(self._texts(frame[name], rows, found, faults) for name in (*self._html, *self._markdown)),
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
        self, cells: pl.Series, rows: pl.Series, found: Mapping[str, Fetched], faults: list[_Fault]
    ) -> pl.Series:
        paths: list[str | None] = []
        for row, cell in zip(rows, cells, strict=True):
            one = None if cell is None else found.get(cell.strip())
            paths.append(None if one is None or one.path is None else str(one.path))
            if one is not None and one.path is None:
                faults.append(self._fault(row, cells.name, cell, one.why, "its cell is empty"))
        return pl.Series(cells.name, paths, dtype=pl.String)

    def _texts(
        self, cells: pl.Series, rows: pl.Series, found: Mapping[str, Fetched], faults: list[_Fault]
    ) -> pl.Series:
        is_markdown = cells.name in self._markdown
        texts: list[str | None] = []
        for row, cell in zip(rows, cells, strict=True):
            text, new, left = cell, dict[str, str](), list[str]()
            sources = [] if cell is None else (in_markdown if is_markdown else in_html)(cell)
            for source in sources:
                one = found.get(_address(source) or "")
                if one is not None and one.path is not None:
                    new[source] = _named(one.path, is_markdown=is_markdown)
                elif one is not None:
                    faults.append(self._fault(row, cells.name, source, one.why, "its address stays"))
                elif not source.lower().startswith(EMBEDDED) and file_of(source) is None:
                    told = "a picture in the text has no whole address, so it stays as it is"
                    faults.append(_Fault(row, cells.name, source, told, is_error=False))
            if is_markdown and new:
                text, left = markdown_with_sources(cell, new)
            elif new:
                text = with_sources(cell, new)
            why = "its address cannot be replaced where it stands"
            faults += [self._fault(row, cells.name, source, why, "that stays") for source in left]
            texts.append(text)
        return pl.Series(cells.name, texts, dtype=pl.String)

    def _fault(self, row: int, column: str, value: str, why: str, otherwise: str) -> _Fault:
        """What is wrong with a picture; otherwise, what becomes of a row that is kept."""
        is_error = self._images.on_failure == "reject"
        told = f"the picture cannot be had: {why}{'' if is_error else f', so {otherwise}'}"
        return _Fault(row, column, value, told, is_error=is_error)

    def _with(self, checked: Checked, faults: list[_Fault]) -> Checked:
        """The chunk with what is wrong with its pictures."""
        first = self._header.first
        places = {label: letter(first + at) for at, label in enumerate(self._header.labels)}
        labels = [self._labels.get(one.column, one.column) for one in faults]
        told = refused_cells(
            pl.Series([one.row for one in faults], dtype=pl.Int64),
            column=pl.Series(labels, dtype=pl.String),
            letter=pl.Series([places.get(label) for label in labels], dtype=pl.String),
            value=pl.Series([one.value for one in faults], dtype=pl.String),
            rule=RULE,
            message=pl.Series([one.told for one in faults], dtype=pl.String),
            severity=pl.Series(["error" if one.is_error else "warning" for one in faults], dtype=pl.String),
        )
        bad = pl.Series(sorted({one.row for one in faults if one.is_error}), dtype=pl.Int64)
        accepted, is_kept = checked.accepted, ~checked.accepted.rows.is_in(bad.implode())
        is_told = (pl.col("severity") == "error") | ~pl.col("row").is_in(bad.implode())
        return replace(
            checked,
            accepted=replace(accepted, frame=accepted.frame.filter(is_kept), rows=accepted.rows.filter(is_kept)),
            cells=pl.concat([checked.cells, told]).filter(is_told).sort("row", maintain_order=True),
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
            yield from filter(None, map(_address, found_in(cell)))


def _address(source: str) -> str | None:
    """The address of a picture in a text; None if it is in the text itself, or nobody knows where it is."""
    if source.startswith("//"):
        return f"https:{source}"
    return source if source.lower().startswith(WEB) else None


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
