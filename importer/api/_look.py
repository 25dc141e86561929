"""The verbs that look at a file and write nothing: `preview`, `infer`, `read`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Unpack

import polars as pl

from importer.api._plan import plan
from importer.sources import File, open_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.engine import Preview
    from importer.schema.inference import Inference
    from importer.sources import Opening

__all__ = ["infer", "preview", "read"]

NOWHERE = "sqlite:///nowhere.db"
"""Target of a plan that is only looked at; nothing is opened or made."""

READ_ROWS = 100_000


def preview(file: File, *, day_first: bool | None = None, **options: Unpack[Opening]) -> Preview:
    """The first rows of a file, and what an import would make of every column.

    Parameters
    ----------
    file, day_first, options
        As for `plan`: ``sheet``, ``header_row``, ``last_row``, ``delimiter``, ``encoding``.

    Raises
    ------
    SourceError
        Where the file cannot be read.

    Examples
    --------
    >>> import importer, polars as pl
    >>> importer.preview(pl.DataFrame({"n": ["1", "2"]})).columns[0].dtype
    'Int64'
    """
    return plan(file, into=NOWHERE, day_first=day_first, listeners=(), **options).preview()


def infer(
    file: File, *, day_first: bool | None = None, key: str | Sequence[str] | None = None, **options: Unpack[Opening]
) -> Inference:
    """A schema for the file, with the reason for every column; prints as code that can be pasted.

    Judged by a sample of the whole file: its first rows, its last, and some spread between.

    Parameters
    ----------
    file, day_first, key, options
        As for `plan`: ``sheet``, ``header_row``, ``last_row``, ``delimiter``, ``encoding``.

    Raises
    ------
    SourceError
        Where the file cannot be read.

    Examples
    --------
    >>> import importer, polars as pl
    >>> importer.infer(pl.DataFrame({"n": ["1", "2"]})).schema.columns()["n"].dtype
    Int64
    """
    return plan(file, into=NOWHERE, day_first=day_first, key=key, listeners=(), **options).inference


def read(file: File, **options: Unpack[Opening]) -> pl.DataFrame:
    """The whole sheet as text, one column a header, nothing changed: the cells as they stand there.

    Parameters
    ----------
    file, options
        As for `plan`: ``sheet``, ``header_row``, ``last_row``, ``delimiter``, ``encoding``.

    Raises
    ------
    SourceError
        Where the file cannot be read.

    Examples
    --------
    >>> import importer, polars as pl
    >>> importer.read(pl.DataFrame({"n": [1.50]})).item()
    '1.5'
    """
    source = open_source(file, **options)
    with closing(source.chunks(READ_ROWS)) as chunks:
        frames = [chunk.frame for chunk in chunks]
    return pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(source.header.labels, pl.String))
