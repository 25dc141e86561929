"""Requests to the REST interface of a WordPress site: `Site`."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from importer.core import HIDDEN, Address, masked
from importer.errors import DisconnectedError, Fix, SinkError
from importer.sinks._password import SITE_PASSWORD, WITH_IT, elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import httpx

__all__ = ["Answer", "DoubtError", "Site"]

TIMEOUT_S, RETRIES, LONGEST_WAIT_S = 60.0, 4, 30.0

BUSY = frozenset({429, 502, 503, 504})
"""Answers that another moment may change."""

MOST = 25
"""Writes of one batch that WordPress takes by default."""


class DoubtError(Exception):
    """Nobody knows whether the site did what it was asked for.

    Parameters
    ----------
    why
        What happened instead of an answer.
    is_refused
        Whether the site itself said that it failed; otherwise no answer came.
    """

    def __init__(self, why: str, *, is_refused: bool = False) -> None:
        super().__init__(why)
        self.is_refused = is_refused


class Answer(NamedTuple):
    """What the site answered to one request.

    Attributes
    ----------
    status
        The HTTP status.
    body
        The JSON value.
    total
        How many there are of what a list begins to show; None if it says nothing.
    """

    status: int
    body: Any
    total: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether the site did it."""
        return 200 <= self.status < 300  # noqa: PLR2004 - as HTTP has it

    @property
    def code(self) -> str:
        """What WordPress calls the fault."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""

    @property
    def said(self) -> str:
        """The fault in the words of the site."""
        if not isinstance(self.body, dict):
            return f"status {self.status}"
        data = self.body.get("data")
        faults = data.get("params") if isinstance(data, dict) else None
        told = "; ".join(map(str, faults.values())) if isinstance(faults, dict) else ""
        return told or str(self.body.get("message") or f"status {self.status}")


class Site:
    """One site and one user of it.

    Parameters
    ----------
    url
        Such as ``wordpress+https://ann@example.org/blog``. Its password is an application password, in the URL, in
        ``WORDPRESS_APPLICATION_PASSWORD``, or in the keyring as service ``importer`` and name ``ann@example.org``.
    """

    def __init__(self, url: str) -> None:
        address = Address.of(url)
        if address is None:
            raise SinkError(
                f"{masked(url)!r} stands for a URL that cannot be read",
                code="database-unknown",
                facts={"into": masked(url)},
                fixes=["write one such as 'wordpress+https://ann@example.org'"],
            )
        self.label = masked(url)
        self._address = address
        path = f"/{address.database}" if address.database else ""
        self._base = f"{address.scheme.partition('+')[2]}://{address.hosts}{path}"
        self._client: httpx.Client | None = None
        self.most = MOST

    def open(self) -> None:
        """Log in.

        Raises
        ------
        DisconnectedError
            If the site does not answer.
        SinkError
            If it is no WordPress, or refuses the user.
        """
        import httpx

        self.close()
        user, password = unquote(self._address.user or ""), self._password()
        self._client = httpx.Client(auth=(user, password), timeout=TIMEOUT_S, follow_redirects=False)
        who = self.get("/wp/v2/users/me", context="edit")
        if who.code == "rest_no_route" or not isinstance(who.body, dict):
            raise self._no_wordpress(who.status)
        if not who.is_good:
            raise SinkError(
                f"{self.label!r} refuses the user {user!r}: {who.said}",
                code="login-refused",
                facts={"target": self.label, "user": user},
                fixes=[
                    "make an application password in WordPress under Users, Profile",
                    f"set {SITE_PASSWORD} to it",
                ],
            )
        batch = self._ask("OPTIONS", "/batch/v1").body
        with_limit = _found(batch, "endpoints", 0, "args", "requests", "maxItems")
        self.most = with_limit if isinstance(with_limit, int) and with_limit > 0 else MOST

    def close(self) -> None:
        """Drop the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def get(self, path: str, **params: str | int) -> Answer:
        """Read something, again if the site is busy.

        Raises
        ------
        DisconnectedError
            If the site does not answer.
        """
        return self._ask("GET", path, params=params)

    def options(self, path: str) -> Answer:
        """What can be done at a path."""
        return self._ask("OPTIONS", path)

    def pages(self, path: str, **params: str | int) -> Iterator[dict[str, Any]]:
        """Everything of a list.

        Raises
        ------
        SinkError
            If the site refuses to show it.
        """
        page = 1
        while True:
            answer = self.get(path, per_page=100, page=page, **params)
            if answer.code == "rest_post_invalid_page_number":
                return
            if not answer.is_good or not isinstance(answer.body, list):
                raise self.refused(f"does not show {path}", answer)
            yield from answer.body
            if len(answer.body) < 100:  # noqa: PLR2004 - a page
                return
            page += 1

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Change one thing, once.

        Raises
        ------
        DoubtError
            If nobody knows whether it was changed.
        """
        return self._once(method, path, json=body)

    def upload(self, path: str, name: str, data: bytes, mime: str) -> Answer:
        """Send a file, once.

        Raises
        ------
        DoubtError
            If nobody knows whether it has arrived.
        """
        quoted = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
        headers = {"Content-Disposition": f'attachment; filename="{quoted}"', "Content-Type": mime}
        return self._once("POST", path, content=data, headers=headers)

    def batch(self, requests: Sequence[tuple[str, str, Mapping[str, Any]]]) -> list[Answer]:
        """Change several things in one request, once: method, path and body of each.

        Raises
        ------
        DoubtError
            If nobody knows which were changed.
        """
        if len(requests) == 1:
            [(method, path, body)] = requests
            return [self.write(method, path, body)]
        wanted = [{"method": method, "path": path, "body": body} for method, path, body in requests]
        answer = self._once("POST", "/batch/v1", json={"requests": wanted})
        each = answer.body.get("responses") if isinstance(answer.body, dict) else None
        if not isinstance(each, list) or len(each) != len(requests):
            raise DoubtError(f"the site answered {answer.said}", is_refused=True)
        return [Answer(int(one["status"]), one["body"]) for one in each]

    def lost(self, doubt: DoubtError) -> DisconnectedError:
        """Error of a site that no longer answers."""
        return DisconnectedError(
            f"{self.label!r} does not answer: {doubt}", code="not-reached", facts={"target": self.label}
        )

    def refused(self, what: str, answer: Answer) -> SinkError:
        """Error of a request that the site refuses."""
        return SinkError(
            f"{self.label!r} {what}: {answer.said}",
            code="site-refused",
            facts={"target": self.label, "status": answer.status, "code": answer.code},
            fixes=["use a user who may do that", Fix("into", ..., "with another user")],
        )

    def _ask(self, method: str, path: str, **kwargs: Any) -> Answer:  # noqa: ANN401 - arguments of httpx
        for retry in range(RETRIES + 1):
            try:
                return self._once(method, path, **kwargs)
            except DoubtError as exc:
                if retry == RETRIES:
                    raise self.lost(exc) from exc
                time.sleep(0.2 * 2**retry)
        raise AssertionError

    def _once(self, method: str, path: str, **kwargs: Any) -> Answer:  # noqa: ANN401 - arguments of httpx
        import httpx

        if self._client is None:
            raise SinkError(f"{self.label!r} is not open", code="sink-not-open")
        for _ in range(RETRIES):
            try:
                got = self._client.request(method, f"{self._base}/wp-json{path}", **kwargs)
            except httpx.TransportError as exc:
                raise DoubtError(str(exc) or type(exc).__name__) from exc
            if got.status_code != 429:  # noqa: PLR2004 - too many requests, and nothing was done
                break
            time.sleep(min(_seconds(got.headers.get("Retry-After")), LONGEST_WAIT_S))
        if got.is_redirect:
            raise self._no_wordpress(got.status_code, got.headers.get("Location", ""))
        try:
            body = got.json()
        except (json.JSONDecodeError, UnicodeDecodeError) as exc:
            if got.status_code < 500 and method in {"GET", "OPTIONS"}:  # noqa: PLR2004 - not the site's fault
                raise self._no_wordpress(got.status_code) from exc
            raise DoubtError(f"status {got.status_code}", is_refused=got.status_code not in BUSY) from exc
        if got.status_code >= 500:  # noqa: PLR2004 - the site's fault
            answer = Answer(got.status_code, body)
            raise DoubtError(answer.said, is_refused=got.status_code not in BUSY)
        total = got.headers.get("X-WP-Total", "")
        return Answer(got.status_code, body, int(total) if total.isdecimal() else None)

    def _password(self) -> str:
        given = self._address.password
        if given and given != HIDDEN:
            return unquote(given)
        if found := os.environ.get(SITE_PASSWORD) or _of_keyring(f"{self._address.user}@{self._address.hosts}"):
            return found
        raise SinkError(
            f"nobody says the application password for {self.label!r}",
            code="password-missing",
            facts={"target": self.label},
            fixes=[*elsewhere(self.label), WITH_IT],
        )

    def _no_wordpress(self, status: int, location: str = "") -> SinkError:
        where = f", but sends on to {location.partition('?')[0]!r}" if location else f" (status {status})"
        return SinkError(
            f"{self.label!r} does not answer as WordPress does{where}",
            code="not-wordpress",
            facts={"target": self.label, "status": status},
            fixes=["check the address in a browser, with /wp-json behind it", Fix("into")],
        )


def _found(value: Any, *path: str | int) -> Any:  # noqa: ANN401 - JSON
    """What is at a path in a JSON value; None if there is no such path."""
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _seconds(text: str | None) -> float:
    return float(text) if text and text.isdecimal() else 1.0


def _of_keyring(name: str) -> str | None:
    """The password that the system's keyring has under this name, if there is one and its library is installed."""
    try:
        import keyring
    except ImportError:
        return None
    found: str | None = keyring.get_password("importer", name)
    return found
