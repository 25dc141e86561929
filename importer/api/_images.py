"""Pictures behind addresses: `images`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

import polars as pl

from importer.api._plan import listeners_of
from importer.core import Images, raise_for_unknown
from importer.engine import Operation, addresses_in
from importer.errors import OptionError
from importer.views import say

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from importer.core import Listener, OnFailure

__all__ = ["images"]

Rows = pl.DataFrame | Iterable[Mapping[str, Any]]


class _How(TypedDict, total=False):
    """How pictures are fetched."""

    max_width: int | None
    max_bytes: int
    max_pixels: int
    workers: int
    max_age_s: float | None
    cache_bytes: int
    folder: str | os.PathLike[str] | None
    allow_private: bool | Iterable[str]


class _Now(_How, total=False):
    """How pictures are fetched now."""

    listeners: Iterable[Listener] | None
    history: bool


@overload
def images(  # type: ignore[overload-overlap]  # text can be looped over too, and is a name
    *columns: str,
    html: str | Sequence[str] | None = ...,
    markdown: str | Sequence[str] | None = ...,
    of: None = ...,
    on_failure: OnFailure = ...,
    **how: Unpack[_How],
) -> Images: ...
@overload
def images(
    *columns: str,
    html: str | Sequence[str] | None = ...,
    markdown: str | Sequence[str] | None = ...,
    of: Rows,
    **how: Unpack[_Now],
) -> pl.DataFrame: ...
@overload
def images(addresses: Iterable[str | None], /, **how: Unpack[_Now]) -> pl.DataFrame: ...
def images(
    *what: Any,
    of: Rows | None = None,
    listeners: Iterable[Listener] | None = None,
    history: bool = True,
    **how: Any,
) -> Images | pl.DataFrame:
    """Pictures of some columns, for the option ``images`` of an import; or pictures that are fetched now.

    A picture is fetched once and kept in a folder of the importer, each once by what it holds, so that what was
    fetched is there for the import, and a second run fetches only what failed. It has to be a JPEG, PNG, GIF, WebP or
    AVIF picture by what it holds, whatever its name says. Addresses in private networks are refused, also where a
    public one sends on to them.

    What is fetched now is an operation of its own; within `track`, it is a part of the stage.

    Parameters
    ----------
    what
        Columns whose cells are addresses, by their names in the table or their headers; or addresses to fetch now.
    html, markdown
        Columns with texts in which pictures are.
    of
        Rows whose pictures are fetched now.
    max_width
        Wider pictures are made smaller. By default, they stay as they come.
    max_bytes, max_pixels
        Larger pictures are refused.
    workers
        How many are fetched side by side.
    max_age_s
        An address that was fetched longer ago is fetched again. By default, never.
    cache_bytes
        How much the folder of pictures may hold before those used longest ago are deleted.
    folder
        Where pictures are kept for good instead. Name one if a table is to hold their paths: from the importer's own
        folder they are deleted one day.
    on_failure
        What becomes of a row whose picture cannot be had: reject it, or keep it without the picture, and warn.
    allow_private
        Whether addresses in private networks may be asked: True, or the names of hosts.
    listeners
        As for `plan`.
    history
        Whether the history keeps it.

    Returns
    -------
    What the option ``images`` takes; or a table with the ``url``, ``file`` and ``reason`` of each picture, one of the
    last two empty.

    Raises
    ------
    OptionError
        If a value is not allowed, or a package is missing.
    StoreError
        If pictures cannot be kept.

    Examples
    --------
    >>> import importer
    >>> importer.images("picture_url", max_width=1600).columns
    ('picture_url',)
    >>> found = importer.images(["http://127.0.0.1/cat.png"], listeners=[], history=False)
    >>> found["reason"].item()
    "'127.0.0.1' is no public address; allow_private lets it be asked"
    """
    are_columns = all(isinstance(one, str) and "://" not in one for one in what)
    if not are_columns and (of is not None or len(what) > 1 or isinstance(what[0], str)):
        raise OptionError(
            "images() takes names of columns, or one list of addresses",
            facts={"option": "what"},
            fixes=["put addresses into a list"],
        )
    found = _checked(what if are_columns else (), how)
    if are_columns and not found.all_columns:
        raise OptionError("images() needs a column, or a list of addresses", facts={"option": "what"})
    if are_columns and of is None:
        return found
    frame = None if of is None else _frame(of, found)
    wanted = what[0] if frame is None else addresses_in(frame, found.columns, found.html, found.markdown)
    addresses = list(dict.fromkeys(_texts(wanted)))
    return _fetched(addresses, found, None if listeners is None else listeners_of(listeners), is_kept=history)


def _texts(addresses: Any) -> Iterator[str]:  # noqa: ANN401 - looked at here
    """The addresses without white space around them; empty ones are left out."""
    for one in addresses if isinstance(addresses, Iterable) else [addresses]:
        if isinstance(one, str):
            if address := one.strip():
                yield address
        elif one is not None and one == one:  # noqa: PLR0124 - pandas has a number that is none
            raise OptionError(f"an address is a text, not {one!r}", facts={"option": "what"})


def _checked(columns: tuple[str, ...], how: Mapping[str, Any]) -> Images:
    known = [name for name in Images.__slots__ if name != "columns"]
    raise_for_unknown(how, [*known, "of", "listeners", "history"], of="images()")
    given: dict[str, Any] = {}
    for name, value in how.items():
        try:
            Images(**{name: value})
        except (TypeError, ValueError) as exc:
            raise OptionError(f"{name} of images() cannot be {value!r}", facts={"option": name}) from exc
        given[name] = value
    try:
        return Images(columns=columns, **given)
    except (TypeError, ValueError) as exc:
        raise OptionError("images() takes each column once", facts={"option": "what"}) from exc


def _frame(of: Rows, images: Images) -> pl.DataFrame:
    """The columns with pictures, as text."""
    if isinstance(of, pl.DataFrame):
        frame = of
    else:
        rows = list(of)
        frame = pl.DataFrame({name: [row.get(name) for row in rows] for name in images.all_columns}, strict=False)
    for name in images.all_columns:
        if name not in frame.columns or frame[name].dtype not in (pl.String, pl.Null):
            raise OptionError(f"no column {name!r} holds text, so no addresses", facts={"option": "of", "column": name})
    return frame.select(pl.col(images.all_columns).cast(pl.String))


def _fetched(
    addresses: list[str], images: Images, listeners: tuple[Listener, ...] | None, *, is_kept: bool
) -> pl.DataFrame:
    from importer.pictures import Fetching

    found: dict[str, tuple[str | None, str | None]] = {}
    counts = {"new": 0, "here": 0, "failed": 0}
    operation = Operation(say("images.label"), total=len(addresses), listeners=listeners, history=is_kept)
    with operation, Fetching(images) as fetching:
        for one in fetching.fetch(addresses, operation.checkpoint):
            counts["failed" if one.path is None else "new" if one.is_new else "here"] += 1
            found[one.address] = (None if one.path is None else str(one.path), one.why or None)
            operation.advance(message=say("images.so_far", **counts))
    rows = [(address, *found[address]) for address in addresses]
    return pl.DataFrame(rows, schema={"url": pl.String, "file": pl.String, "reason": pl.String}, orient="row")
