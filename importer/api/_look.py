"""Functions that look at a file and write nothing: `preview`, `infer`, `read`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Unpack

import polars as pl

from importer.api._table_name import table_name
from importer.core import READING_OPTIONS, Options
from importer.engine import ColumnPreview, Preview, fetch_all, reading_of
from importer.sources import File, remember_password

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.schema.inference import Inference
    from importer.sources import Opening

__all__ = ["infer", "preview", "read"]

READ_ROWS = 100_000
PREVIEW_ROWS = 10

LOOKED = (*READING_OPTIONS, "types", "day_first")
"""Options that decide what a preview shows."""


def preview(
    file: File,
    *,
    password: str | None = None,
    types: Mapping[str, str] | None = None,
    day_first: bool | None = None,
    **options: Unpack[Opening],
) -> Preview:
    """Show the first rows of a file, and what an import would do with every column.

    Parameters
    ----------
    file, password, types, day_first, options
        As for `plan`: ``sheet``, ``header_row``, ``last_row``, ``merged``, ``delimiter``,
        ``quote``, ``escape``, ``comment``, ``encoding``.

    Raises
    ------
    OptionError
        If an option cannot have its value.
    SourceError
        If the file cannot be read.

    Examples
    --------
    >>> import importer, polars as pl
    >>> importer.preview(pl.DataFrame({"n": ["1", "2"]})).columns[0].dtype
    'Int64'
    """
    checked = Options.of_arguments({"types": types, "day_first": day_first, **options}, taken=LOOKED, of="preview()")
    file = fetch_all(file)
    remember_password(file, password)
    reading = reading_of(file, **checked.opening)
    reading.raise_if_blank()
    inference = reading.inference(table_name(file), day_first=checked.day_first, types=checked.types)
    guesses, matches = inference.guesses, inference.matches()
    columns = ColumnPreview.of_all(reading.header, inference.schema, matches, guesses)
    return Preview.of(reading, columns, rows=PREVIEW_ROWS, notes=reading.told(guesses))


def infer(
    file: File,
    *,
    password: str | None = None,
    types: Mapping[str, str] | None = None,
    day_first: bool | None = None,
    key: str | Sequence[str] | None = None,
    **options: Unpack[Opening],
) -> Inference:
    """Propose a schema for a file, with the reason for every column; it prints as Python code.

    The proposal is based on a sample of the whole file: the first rows, the last ones, and some
    in between.

    Parameters
    ----------
    file, password, types, day_first, key, options
        As for `plan`: ``sheet``, ``header_row``, ``last_row``, ``merged``, ``delimiter``,
        ``quote``, ``escape``, ``comment``, ``encoding``.

    Raises
    ------
    OptionError
        If an option cannot have its value.
    SourceError
        If the file cannot be read.

    Examples
    --------
    >>> import importer, polars as pl
    >>> importer.infer(pl.DataFrame({"n": ["1", "2"]})).schema.columns()["n"].dtype
    Int64
    """
    given = {"types": types, "day_first": day_first, "key": key, **options}
    checked = Options.of_arguments(given, taken=(*LOOKED, "key"), of="infer()")
    file = fetch_all(file)
    remember_password(file, password)
    reading = reading_of(file, **checked.opening)
    reading.raise_if_blank()
    return reading.inference(table_name(file), key=checked.key or (), day_first=checked.day_first, types=checked.types)


def read(file: File, *, password: str | None = None, **options: Unpack[Opening]) -> pl.DataFrame:
    """Return the whole sheet as text, one column for each header, every cell as it is in the file.

    Parameters
    ----------
    file, password, options
        As for `plan`: ``sheet``, ``header_row``, ``last_row``, ``merged``, ``delimiter``,
        ``quote``, ``escape``, ``comment``, ``encoding``.

    Raises
    ------
    OptionError
        If an option cannot have its value.
    SourceError
        If the file cannot be read.

    Examples
    --------
    >>> import importer, polars as pl
    >>> importer.read(pl.DataFrame({"n": [1.50]})).item()
    '1.5'
    """
    # What an import leaves out by itself, such as a header that comes again, is told there and shown here.
    checked = Options.of_arguments({"leave_out": "none", **options}, taken=READING_OPTIONS, of="read()")
    file = fetch_all(file)
    remember_password(file, password)
    reading = reading_of(file, **checked.opening)
    reading.raise_if_blank()
    source = reading.source
    with closing(source.chunks(READ_ROWS)) as chunks:
        frames = [chunk.frame for chunk in chunks]
    return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(source.header.labels, pl.String))
