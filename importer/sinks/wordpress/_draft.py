"""A row as what its post is to hold: `Drafting`; and what a post holds: `held`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from importer.errors import OptionError, SinkError
from importer.pictures import rendered
from importer.sinks.wordpress._kind import ALT, META
from importer.sinks.wordpress._terms import Authors, Terms, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.sinks.wordpress._kind import Kind
    from importer.sinks.wordpress._pictures import Pictures
    from importer.sinks.wordpress._site import Site

__all__ = ["CellError", "Drafting", "differences", "held", "request"]

STATUSES = ("publish", "future", "draft", "pending", "private")


class CellError(Exception):
    """A cell that no post can hold.

    Parameters
    ----------
    column
        Its column.
    why
        Why not.
    """

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column


class Drafting:
    """Makes what posts are to hold out of rows, for one site.

    Parameters
    ----------
    site, kind
        The site, and the type of the posts.
    pictures
        Uploads pictures.
    makes
        Whether missing terms are made.
    """

    def __init__(self, site: Site, kind: Kind, pictures: Pictures, *, makes: bool) -> None:
        self._kind, self._pictures = kind, pictures
        self._terms = {name: Terms(site, name, makes=makes) for name in kind.taxonomies}
        self._authors = Authors(site)
        self._told: list[tuple[str, str]] = []

    def draft(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of the post by name, with the values that `held` gives for it, without those that it keeps.

        Parameters
        ----------
        row
            The cells by column, without the slug. An empty date, status, author or category keeps what a post has.

        Raises
        ------
        CellError
            If a cell holds what no post can hold.
        DoubtError
            If nobody knows whether the site made a term or took a picture.
        """
        fields: dict[str, Any] = {}
        self._told.clear()
        alt = row.get(ALT)
        for column, value in row.items():
            if column == ALT:
                continue
            try:
                name, found = self._field(column, value, alt)
            except UnknownNameError as exc:
                raise CellError(column, str(exc)) from exc
            if found is not None or column.startswith(META):
                if name in fields:
                    raise CellError(column, f"another column fills {name!r} too")
                fields[name] = found
        return fields

    def told(self) -> list[tuple[str, str]]:
        """What there is to tell of the last draft, by column; it is told once."""
        found, self._told = self._told, []
        return found

    def shown(self, fields: Mapping[str, Any], column: str) -> object:
        """What a column would say of a post that holds these fields."""
        name = {"markdown": "content", "featured_image": "featured_media"}.get(column, column)
        value = fields.get(name)
        return self._terms[name].names(value or ()) if name in self._terms else value

    def _field(self, column: str, value: Any, alt: str | None) -> tuple[str, Any]:  # noqa: ANN401, PLR0911
        """The name of a field and its value; None where a post keeps what it has."""
        if column in self._kind.taxonomies:
            if value is None:
                # A post without a category gets the site's default one.
                return column, None if column == "categories" else []
            return column, self._terms[column].ids(value)
        match column:
            case "title" | "excerpt":
                return column, value or ""
            case "content" | "markdown":
                return "content", self._content(value, alt, is_markdown=column == "markdown")
            case "date":
                return _moment(value)
            case "status" if value is not None and value not in STATUSES:
                raise CellError(column, f"{value!r} is no status; WordPress knows {', '.join(STATUSES)}")
            case "author":
                return column, None if value is None else self._authors.id(value)
            case "featured_image":
                return "featured_media", 0 if value is None else self._featured(value, alt)
        return column, value

    def _content(self, value: str | None, alt: str | None, *, is_markdown: bool) -> str | None:
        """The HTML of a post, with its pictures on the site."""
        if value is None:
            return None if is_markdown else ""
        return self._pictures.placed(_html(value) if is_markdown else value, alt)

    def _featured(self, path: str, alt: str | None) -> int:
        """The number of a picture."""
        number, kept = self._pictures.id(path, alt)
        if kept is not None:
            self._told.append((ALT, f"the picture keeps the alt text that it has in the site, {_short(kept)}"))
        return number


def held(post: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """What a post holds, field by field."""
    fields: dict[str, Any] = {
        name: post[name]["raw"] for name in ("title", "content", "excerpt") if name in post and "raw" in post[name]
    }
    fields |= {name: post.get(name) for name in ("date", "date_gmt", "status", "author", "featured_media")}
    fields |= {name: sorted(post.get(name) or ()) for name in kind.taxonomies}
    meta = post.get("meta")
    return fields | {f"{META}{name}": value for name, value in (meta.items() if isinstance(meta, dict) else ())}


def request(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as a request has them; an empty one of a new post is left out."""
    body: dict[str, Any] = {name: value for name, value in fields.items() if not name.startswith(META)}
    meta = {name.removeprefix(META): value for name, value in fields.items() if name.startswith(META)}
    return body | ({"meta": meta} if meta else {})


def differences(wanted: Mapping[str, Any], fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields that the site changed or dropped, each with what became of it.

    Examples
    --------
    >>> list(differences({"title": "A", "status": "publish"}, {"title": "A", "status": "future"}))
    [('status', "the site made 'future' of 'publish'")]
    """
    for name, value in wanted.items():
        if name not in fields:
            yield name, "the site dropped it"
        elif fields[name] != value and not (value is None and not fields[name]):
            yield name, f"the site made {_short(fields[name])} of {_short(value)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - as much as one reads


def _moment(value: date | datetime | None) -> tuple[str, str | None]:
    """A moment without a zone is one of the site's clock."""
    if value is None:
        return "date", None
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the site's zone
    if value.microsecond:
        raise CellError("date", f"{value.isoformat()!r} has parts of a second, which WordPress does not keep")
    if value.tzinfo is None:
        return "date", value.isoformat()
    return "date_gmt", value.astimezone(UTC).replace(tzinfo=None).isoformat()


def _html(text: str) -> str:
    try:
        return rendered(text)
    except OptionError as exc:
        raise SinkError(
            "Markdown needs the package markdown-it-py",
            code="package-missing",
            facts={"package": "markdown-it-py"},
            fixes=["pip install 'notebook-importer[wordpress]'"],
        ) from exc
