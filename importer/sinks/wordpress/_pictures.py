"""Pictures of posts as uploads of a site, each once: `Pictures`."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.pictures import file_of, in_html, with_sources
from importer.sinks.wordpress._site import DoubtError
from importer.sinks.wordpress._terms import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.sinks.wordpress._ledger import Ledger
    from importer.sinks.wordpress._site import Site

__all__ = ["Pictures"]

PATH, RETRIES = "/wp/v2/media", 3
FIELDS = "id,slug,source_url,alt_text"

CALM_S = 0.5
"""Before a site counts as done with a request that nobody waits for."""


@dataclass(frozen=True, slots=True)
class _Upload:
    """A picture that the site has.

    Attributes
    ----------
    id, url
        Its number and its address; a number below 0 and no address if a dry run has sent nothing.
    alt
        What is said where it cannot be seen.
    """

    id: int
    url: str = ""
    alt: str = ""


class Pictures:
    """Uploads files, each once however often posts name it.

    Parameters
    ----------
    site, ledger
        The site, and what we keep of it.
    sends
        Whether files are sent; a dry run sends none.

    Notes
    -----
    The name of an upload ends in the SHA-256 of its content, so that it is found again where nothing here remembers it.
    """

    def __init__(self, site: Site, ledger: Ledger, *, sends: bool) -> None:
        self._site, self._ledger, self._sends = site, ledger, sends
        self._checked: dict[str, _Upload] = {}

    def id(self, path: str, alt: str | None = None) -> tuple[int, str | None]:
        """The number of the upload of a file; and the alt text that it keeps, if that is another one.

        Parameters
        ----------
        alt
            What is to be said where it cannot be seen. An upload has one alt text, whichever posts show it.

        Raises
        ------
        UnknownNameError
            If there is no such file, or the site refuses it.
        DoubtError
            If nobody knows whether the site has taken it.
        """
        if re.match("https?://", path, re.IGNORECASE):
            raise UnknownNameError(f"{path!r} is an address, which only the option images fetches")
        sha256, upload = self._upload(path)
        if not alt or upload.alt == alt:
            return upload.id, None
        if upload.alt:
            return upload.id, upload.alt
        if self._sends:
            answer = self._site.write("POST", f"{PATH}/{upload.id}", {"alt_text": alt})
            if not answer.is_good:
                raise UnknownNameError(f"the site refuses the alt text of the picture: {answer.said}")
        self._checked[sha256] = replace(upload, alt=alt)
        return upload.id, None

    def placed(self, html: str, alt: str | None = None) -> str:
        """The HTML of a post with the site's addresses for pictures that were fetched; all others stay.

        Parameters
        ----------
        alt
            What pictures say that have no alt text of their own.

        Raises
        ------
        UnknownNameError
            If the site refuses one.
        DoubtError
            If nobody knows whether the site has taken one.
        """
        if "<img" not in html.lower():
            return html
        new: dict[str, str] = {}
        for source in in_html(html):
            if (path := file_of(source)) is not None:
                # A dry run does not know its address yet.
                new[source] = self._upload(str(path))[1].url or source
        return with_sources(html, new, alt=alt, is_last=True) if new else html

    def _upload(self, path: str) -> tuple[str, _Upload]:
        try:
            data = Path(path).read_bytes()
        except (OSError, ValueError) as exc:
            raise UnknownNameError(f"no picture can be read from {path!r}: {getattr(exc, 'strerror', exc)}") from exc
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in self._checked:
            self._checked[sha256] = self._uploaded(Path(path), sha256, data)
        return sha256, self._checked[sha256]

    def _uploaded(self, path: Path, sha256: str, data: bytes) -> _Upload:
        kept = self._ledger.picture(sha256)
        if kept is not None:
            there = self._site.get(f"{PATH}/{kept[0]}", _fields=FIELDS, context="edit")
            if there.is_good:
                return _of(there.body)
        stem = re.sub("[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60]
        slug = f"{stem or 'picture'}-{sha256[:16]}"
        # Of a run that was killed: the site may still be taking it.
        is_in_doubt = self._ledger.is_uploading(slug)
        if (found := self._there_in_calm(slug) if is_in_doubt else self._there(slug)) is not None:
            return self._keep(sha256, found)
        if not self._sends:
            return _Upload(-1 - len(self._checked))
        return self._sent(path, data, slug, sha256, is_in_doubt=is_in_doubt)

    def _sent(self, path: Path, data: bytes, slug: str, sha256: str, *, is_in_doubt: bool) -> _Upload:
        mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        lost: DoubtError | None = None
        for _ in range(RETRIES):
            self._ledger.begin_upload(slug, sha256, is_in_doubt=is_in_doubt)
            try:
                answer = self._site.upload(PATH, f"{slug}{path.suffix.lower()}", data, mime)
            except DoubtError as exc:
                lost, is_in_doubt = exc, True
                self._ledger.begin_upload(slug, sha256, is_in_doubt=True)
                if (found := self._there_in_calm(slug)) is not None:
                    return self._keep(sha256, found)
                continue
            if not answer.is_good:
                self._ledger.end_upload(slug)
                raise UnknownNameError(f"the site refuses the picture {path.name!r}: {answer.said}")
            return self._keep(sha256, self._first(answer.body, slug))
        raise lost or DoubtError("no answer")

    def drop_twins(self) -> None:
        """Delete uploads of requests that were given up, and came to the site late after all."""
        for slug, sha256 in self._ledger.uploads_in_doubt():
            kept = self._ledger.picture(sha256)
            # The site counts names of files from 1, and addresses from 2.
            for twin in self._listed(f"{slug}-{number}" for number in range(1, 2 + RETRIES)):
                if kept is not None and twin["id"] != kept[0]:
                    self._delete(twin)

    def _first(self, media: dict[str, Any], slug: str) -> dict[str, Any]:
        """The upload, or the one that was there before it: somebody was faster, or a lost request came after all."""
        if media["slug"] == slug or (there := self._there(slug)) is None:
            return media
        self._delete(media)
        return there

    def _delete(self, media: dict[str, Any]) -> None:
        self._site.write("DELETE", f"{PATH}/{media['id']}", {"force": True})

    def _there_in_calm(self, slug: str) -> dict[str, Any] | None:
        """What the site has once it no longer makes more."""
        found = self._there(slug)
        if found is None:
            time.sleep(CALM_S)
            found = self._there(slug)
        return found

    def _there(self, slug: str) -> dict[str, Any] | None:
        return next(iter(self._listed([slug])), None)

    def _listed(self, slugs: Iterable[str]) -> list[dict[str, Any]]:
        found = self._site.get(PATH, slug=",".join(slugs), _fields=FIELDS, context="edit")
        return found.body if found.is_good and isinstance(found.body, list) else []

    def _keep(self, sha256: str, media: dict[str, Any]) -> _Upload:
        self._ledger.keep_picture(sha256, media["id"], media["source_url"])
        self._ledger.end_upload(str(media["slug"]))
        return _of(media)


def _of(media: dict[str, Any]) -> _Upload:
    return _Upload(int(media["id"]), str(media["source_url"]), str(media.get("alt_text") or ""))
