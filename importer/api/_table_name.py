"""What the table of a file is called if nobody says: `table_name`."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from importer import engine
from importer.sources.remote import Pages, is_remote, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.engine import Reading

__all__ = ["table_name"]


def table_name(file: object) -> str:
    """Name of the table for a file: the file's name, in a form that needs no quotes in SQL.

    Examples
    --------
    >>> import polars as pl
    >>> table_name("data/Q3 Orders (final).csv.gz"), table_name(pl.DataFrame())
    ('q3_orders_final', 'table_1')
    >>> table_name("exports/orders_*.csv"), table_name(["a/jan_1.csv", "a/jan_2.csv"]), table_name("exports/*.csv")
    ('orders', 'jan', 'exports')
    >>> (
    ...     table_name("https://shop.example/orders?token=s3cret"),
    ...     table_name(["https://a/jan_1?x=y", "https://a/jan_2?x=y"]),
    ... )
    ('orders', 'jan')
    """
    if isinstance(file, list | tuple) and file:
        names = [_name(one) for one in file]
        if all(isinstance(one, str | os.PathLike) for one in names):
            return table_name(names[0]) if len(names) == 1 else _named(_shared(map(str, names), Path(str(names[0]))))
    file = _name(file)
    if not isinstance(file, str | os.PathLike):
        return _of_reading(file) if isinstance(file, engine.Reading) else "table_1"
    path = Path(file)
    if glob.has_magic(path.name) and not path.exists():
        return _named(re.split(r"[*?\[]", path.name)[0].rstrip("_-. ") or path.parent.name)
    return _named(path.name.partition(".")[0])


def _name(file: object) -> object:
    """The name of what is elsewhere: what follows the path of a link may be secret; all else as it is."""
    if isinstance(file, Pages):
        return file.name
    return name_of(str(file)) if is_remote(file) else file


def _of_reading(file: Reading) -> str:
    if isinstance(file, engine.ManyReading):
        return _named(_shared(file.found.names, file.found.place))
    return table_name(file.source if file.file is None else file.file.name)


def _shared(names: Iterable[str], place: Path) -> str:
    """What the names of several files have in common, or else the folder."""
    stems = [Path(name).name.partition(".")[0] for name in names]
    shared = os.path.commonprefix(stems)  # noqa: RUF071 - of names, which are no paths
    # Jan and Jun have a letter in common, and no word.
    is_word = not any(stem[len(shared) - 1 : len(shared) + 1].isalpha() and stem != shared for stem in stems)
    return (shared.rstrip("0123456789_-. ") if is_word else "") or place.absolute().parent.name


def _named(text: str) -> str:
    name = re.sub(r"\W+", "_", text).strip("_").lower()
    return f"table_{name or 1}" if not name or name[0].isdigit() else name
