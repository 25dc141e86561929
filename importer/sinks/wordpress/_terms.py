"""Names of categories, tags and authors as the numbers that a site has for them: `Terms`, `Authors`."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.sinks.wordpress._site import Site

__all__ = ["Authors", "Terms", "UnknownNameError", "names_in"]


class UnknownNameError(Exception):
    """The site knows no such name, and makes none."""


def names_in(text: str) -> list[str]:
    """The names in a cell: a JSON list, or names with commas between them.

    Examples
    --------
    >>> names_in("News, Travel,,news"), names_in('["Food, drink", "News"]')
    (['News', 'Travel'], ['Food, drink', 'News'])
    """
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except json.JSONDecodeError:
            found = None
        if isinstance(found, list):
            return _once(str(one) for one in found)
    return _once(text.split(","))


def _once(names: Any) -> list[str]:  # noqa: ANN401 - any iterable of texts
    found: dict[str, str] = {}
    for name in names:
        if name.strip():
            found.setdefault(name.strip().casefold(), name.strip())
    return list(found.values())


class Terms:
    """The terms of one taxonomy, made where they are missing.

    Parameters
    ----------
    site, rest_base
        The site, and the taxonomy as its addresses name it, such as ``'categories'``.
    makes
        Whether missing terms are made; a dry run makes none.
    """

    def __init__(self, site: Site, rest_base: str, *, makes: bool) -> None:
        self._site, self._path, self._makes = site, f"/wp/v2/{rest_base}", makes
        self._known: dict[str, int] | None = None
        self._names: dict[int, str] = {}

    def ids(self, text: str) -> list[int]:
        """The numbers of the names in a cell, in ascending order.

        Raises
        ------
        UnknownNameError
            If the site refuses to make one.
        DoubtError
            If nobody knows whether it was made.
        """
        return sorted(self._id(name) for name in names_in(text))

    def names(self, ids: Iterable[int]) -> str:
        """The names of numbers, as a cell has them."""
        self._load()
        return ", ".join(sorted(self._names.get(one, str(one)) for one in ids))

    def _id(self, name: str) -> int:
        known = self._load()
        if name.casefold() not in known:
            made = self._made(name)
            known[name.casefold()], self._names[made] = made, name
        return known[name.casefold()]

    def _load(self) -> dict[str, int]:
        if self._known is None:
            listed = self._site.pages(self._path, _fields="id,name", context="view")
            self._names = {one["id"]: html.unescape(one["name"]) for one in listed}
            self._known = {name.casefold(): number for number, name in self._names.items()}
        return self._known

    def _made(self, name: str) -> int:
        if not self._makes:
            return -1 - len(self._known or ())
        answer = self._site.write("POST", self._path, {"name": name})
        if answer.is_good:
            return int(answer.body["id"])
        if answer.code == "term_exists":
            return int(answer.body["data"]["term_id"])
        raise UnknownNameError(f"the site does not make {name!r}: {answer.said}")


class Authors:
    """The users of a site who can be authors.

    Parameters
    ----------
    site
        The site.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: dict[str, set[int]] | None = None

    def id(self, name: str) -> int:
        """The number of a user by number, login, slug, e-mail or name.

        Raises
        ------
        UnknownNameError
            If there is no such user, or more than one.
        """
        if self._known is None:
            self._known = {}
            for one in self._listed():
                for field in ("id", "username", "slug", "email", "name"):
                    if (value := str(one.get(field) or "")) != "":
                        self._known.setdefault(value.casefold(), set()).add(one["id"])
        found = self._known.get(name.strip().casefold(), set())
        if len(found) != 1:
            raise UnknownNameError(f"{'several users are' if found else 'no user of the site is'} called {name!r}")
        return next(iter(found))

    def _listed(self) -> list[dict[str, Any]]:
        """All users, with what this user may know of them."""
        for context in ("edit", "view"):
            answer = self._site.get("/wp/v2/users", context=context, per_page=1)
            if answer.is_good:
                return list(self._site.pages("/wp/v2/users", context=context))
        return [self._site.get("/wp/v2/users/me", context="edit").body]
