"""What the posts of one type have: `Kind`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import Fix, SinkError, choices
from importer.sinks._protocol import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sinks.wordpress._site import Site

__all__ = ["ALT", "META", "Kind", "kinds_of"]

ALT = "alt"
"""What is said where the pictures of a post cannot be seen."""

META = "meta."
"""Before the name of a registered field of a post."""

TEXTS = ("title", "content", "excerpt")

DTYPES: Mapping[str, tuple[str, pl.DataType]] = {
    "string": ("text", pl.String()),
    "integer": ("whole number", pl.Int64()),
    "number": ("decimal number", pl.Float64()),
    "boolean": ("yes or no", pl.Boolean()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One type of posts.

    Attributes
    ----------
    name, path
        As its addresses name it, such as ``'posts'``, and where its posts are.
    word
        What one of them is called, such as ``'post'``.
    columns
        What can be written.
    taxonomies
        Those of the columns that hold names of terms.
    """

    name: str
    path: str
    word: str
    columns: tuple[Column, ...]
    taxonomies: frozenset[str]

    @classmethod
    def of(cls, site: Site, name: str) -> Kind:
        """The type with this name.

        Raises
        ------
        SinkError
            If the site has no such type, or this user may not write to it.
        """
        kinds = kinds_of(site)
        if name not in kinds:
            raise SinkError(
                f"{site.label!r} has no posts of type {name!r}: {choices(name, kinds)}",
                code="table-missing",
                facts={"table": name, "tables": list(kinds)},
                fixes=[Fix("table", ..., "with one of those")],
            )
        path = f"/wp/v2/{name}"
        told = site.options(path)
        if not told.is_good or "POST" not in told.body.get("methods", ()):
            raise site.refused(f"lets you write no {name}", told)
        properties = told.body["schema"]["properties"]
        bases = {one["slug"]: one["rest_base"] for one in site.get("/wp/v2/taxonomies").body.values()}
        taxonomies = frozenset(bases[one] for one in kinds[name]["taxonomies"] if one in bases) & properties.keys()
        return cls(
            name=name,
            path=path,
            word=str(kinds[name]["slug"]),
            columns=tuple(_columns(properties, taxonomies)),
            taxonomies=taxonomies,
        )


def kinds_of(site: Site) -> dict[str, dict[str, Any]]:
    """The types of posts that people write, as the site describes them, by name."""
    found = site.get("/wp/v2/types", context="edit")
    if not found.is_good:
        raise site.refused("does not say which types of posts it has", found)
    own = {"media", "menu-items", "blocks", "templates", "template-parts", "navigation", "font-families"}
    is_ours = {"wp/v2": True}
    return {
        one["rest_base"]: one
        for one in found.body.values()
        if one["rest_base"] not in own and is_ours.get(one.get("rest_namespace", "wp/v2"), False)
    }


def _columns(properties: Mapping[str, Any], taxonomies: frozenset[str]) -> list[Column]:
    text = pl.String()
    columns = [Column("slug", "text", is_required=True, is_key=True, dtype=text)]
    for name in TEXTS:
        if name in properties:
            columns.append(Column(name, "text", is_required=False, dtype=text))
            if name == "content":
                columns.append(Column("markdown", "text", is_required=False, dtype=text))
    moment = pl.Datetime("us")
    columns += [
        Column("date", "date and time", is_required=False, dtype=moment, is_loose=True),
        Column("status", "text", is_required=False, dtype=text),
    ]
    columns += [Column(name, "text", is_required=False, dtype=text) for name in sorted(taxonomies)]
    if "author" in properties:
        columns.append(Column("author", "text", is_required=False, dtype=text))
    if "featured_media" in properties:
        columns.append(Column("featured_image", "text", is_required=False, dtype=text))
    if "featured_media" in properties or "content" in properties:
        columns.append(Column(ALT, "text", is_required=False, dtype=text))
    fields = properties.get("meta", {}).get("properties", {})
    for name, one in fields.items() if isinstance(fields, dict) else ():
        kind = one.get("type")
        if kind in DTYPES:
            declared, dtype = DTYPES[kind]
            columns.append(Column(f"{META}{name}", declared, is_required=False, dtype=dtype))
    return columns
