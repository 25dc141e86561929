"""Pictures of posts as uploads of a site, each once: `Pictures`."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.pictures import file_of, in_html, with_sources
from importer.sinks.wordpress._site import DoubtError
from importer.sinks.wordpress._terms import UnknownNameError

if TYPE_CHECKING:
    from importer.sinks.wordpress._ledger import Ledger
    from importer.sinks.wordpress._site import Answer, Site

__all__ = ["Pictures"]

PATH, RETRIES = "/wp/v2/media", 3
FIELDS = "id,source_url,alt_text"


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
        sha256, upload = self._upload(Path(path))
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
                new[source] = self._upload(path)[1].url or source
        return with_sources(html, new, alt=alt, is_last=True) if new else html

    def _upload(self, path: Path) -> tuple[str, _Upload]:
        try:
            data = path.read_bytes()
        except OSError as exc:
            raise UnknownNameError(f"no picture can be read from {str(path)!r}: {exc.strerror}") from exc
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in self._checked:
            self._checked[sha256] = self._uploaded(path, sha256, data)
        return sha256, self._checked[sha256]

    def _uploaded(self, path: Path, sha256: str, data: bytes) -> _Upload:
        kept = self._ledger.picture(sha256)
        if kept is not None:
            there = self._site.get(f"{PATH}/{kept[0]}", _fields=FIELDS, context="edit")
            if there.is_good:
                return _of(there.body)
        stem = re.sub("[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60]
        slug = f"{stem or 'picture'}-{sha256[:16]}"
        if (found := self._there(slug)) is not None:
            return self._keep(sha256, found)
        if not self._sends:
            return _Upload(-1 - len(self._checked))
        mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        lost: DoubtError | None = None
        for _ in range(RETRIES):
            try:
                answer = self._site.upload(PATH, f"{slug}{path.suffix.lower()}", data, mime)
            except DoubtError as exc:
                lost = exc
                if (found := self._there(slug)) is not None:
                    return self._keep(sha256, found)
                continue
            return self._keep(sha256, self._taken(answer, path))
        raise lost or DoubtError("no answer")

    def _taken(self, answer: Answer, path: Path) -> dict[str, Any]:
        if not answer.is_good:
            raise UnknownNameError(f"the site refuses the picture {path.name!r}: {answer.said}")
        found: dict[str, Any] = answer.body
        return found

    def _there(self, slug: str) -> dict[str, Any] | None:
        found = self._site.get(PATH, slug=slug, _fields=FIELDS, context="edit")
        return found.body[0] if found.is_good and found.body else None

    def _keep(self, sha256: str, media: dict[str, Any]) -> _Upload:
        self._ledger.keep_picture(sha256, media["id"], media["source_url"])
        return _of(media)


def _of(media: dict[str, Any]) -> _Upload:
    return _Upload(int(media["id"]), str(media["source_url"]), str(media.get("alt_text") or ""))
