"""Which columns of an import hold addresses of pictures, and how these are fetched: `Images`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from importer.core._option import boolean, limit, names, whole
from importer.core._python import literal

__all__ = ["Images", "OnFailure"]

OnFailure = Literal["reject", "keep"]
"""What becomes of a row whose picture cannot be had."""

MOST_BYTES, MOST_PIXELS, CACHE_BYTES, WORKERS = 20_000_000, 50_000_000, 2_000_000_000, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """Pictures to fetch, as `importer.images` makes it and the option ``images`` takes it.

    Attributes
    ----------
    columns
        Columns whose cells are addresses, and become the paths of files.
    html, markdown
        Columns with HTML or Markdown in which pictures are; their addresses become those of files.
    max_width
        Wider pictures are made smaller; None for pictures as they come.
    max_bytes, max_pixels
        Larger pictures are refused.
    workers
        How many are fetched side by side.
    max_age_s
        An address that was fetched longer ago is fetched again; None for never.
    cache_bytes
        How much the folder of pictures may hold before those used longest ago are deleted.
    folder
        Where pictures are kept for good instead; None for the importer's own folder.
    on_failure
        Whether a row whose picture cannot be had is rejected, or kept, its cell empty, with a warning.
    allow_private
        Whether addresses in private networks may be asked: none, all, or hosts by their names.

    Raises
    ------
    TypeError, ValueError
        If a value is not allowed.

    Examples
    --------
    >>> Images(columns="picture").columns
    ('picture',)
    """

    columns: tuple[str, ...] = ()
    html: tuple[str, ...] = ()
    markdown: tuple[str, ...] = ()
    max_width: int | None = None
    max_bytes: int = MOST_BYTES
    max_pixels: int = MOST_PIXELS
    workers: int = WORKERS
    max_age_s: float | None = None
    cache_bytes: int = CACHE_BYTES
    folder: str | None = None
    on_failure: OnFailure = "reject"
    allow_private: bool | tuple[str, ...] = False

    def __post_init__(self) -> None:
        """Check every value, and keep it in its usual form."""
        for name in ("columns", "html", "markdown"):
            value = getattr(self, name)
            object.__setattr__(self, name, names(value) if value else ())
        for name in ("max_bytes", "max_pixels", "workers", "cache_bytes"):
            object.__setattr__(self, name, whole(1)(getattr(self, name)))
        if self.max_width is not None:
            object.__setattr__(self, "max_width", whole(1)(self.max_width))
        if self.max_age_s is not None and limit(self.max_age_s) is None:
            raise ValueError(self.max_age_s)
        if self.folder is not None:
            # A job may go on from elsewhere.
            object.__setattr__(self, "folder", os.path.abspath(os.fspath(self.folder)))  # noqa: PTH100
        if self.on_failure not in get_args(OnFailure):
            raise ValueError(self.on_failure)
        allowed = self.allow_private
        object.__setattr__(
            self, "allow_private", boolean(allowed) if isinstance(allowed, bool) else names(list(allowed))
        )

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Every column that it changes."""
        return (*self.columns, *self.html, *self.markdown)

    @classmethod
    def of(cls, value: object) -> Images:
        """The value of the option: one or several columns, what `importer.images` made, or the same as a mapping.

        Raises
        ------
        TypeError, ValueError
            If it is none of them, or names no column.
        """
        if isinstance(value, Mapping):
            value = cls(**value)
        elif isinstance(value, str | Iterable):
            value = cls(columns=names(value))
        if not isinstance(value, cls):
            raise TypeError
        if not value.all_columns:
            raise ValueError
        return value

    def given(self) -> dict[str, Any]:
        """What differs from the defaults, as plain values."""
        usual = asdict(Images())
        changed = {name: value for name, value in asdict(self).items() if value != usual[name]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}

    def as_python(self) -> str:
        """Python for the option.

        Examples
        --------
        >>> Images(columns="a").as_python(), Images(columns="a", workers=2).as_python()
        ('"a"', '{"columns": ["a"], "workers": 2}')
        """
        given = self.given()
        columns = given.get("columns", [])
        return literal(columns[0]) if given.keys() == {"columns"} and len(columns) == 1 else literal(given)
