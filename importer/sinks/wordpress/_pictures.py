"""Pictures of posts as uploads of a site, each once: `Pictures`."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.sinks.wordpress._site import DoubtError
from importer.sinks.wordpress._terms import UnknownNameError

if TYPE_CHECKING:
    from importer.sinks.wordpress._ledger import Ledger
    from importer.sinks.wordpress._site import Answer, Site

__all__ = ["Pictures"]

PATH, RETRIES = "/wp/v2/media", 3


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
        self._checked: dict[str, int] = {}

    def id(self, path: str) -> int:
        """The number of the upload of a file.

        Raises
        ------
        UnknownNameError
            If there is no such file, or the site refuses it.
        DoubtError
            If nobody knows whether the site has taken it.
        """
        try:
            data = Path(path).read_bytes()
        except OSError as exc:
            raise UnknownNameError(f"no picture can be read from {path!r}: {exc.strerror}") from exc
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 not in self._checked:
            self._checked[sha256] = self._uploaded(Path(path), sha256, data)
        return self._checked[sha256]

    def _uploaded(self, path: Path, sha256: str, data: bytes) -> int:
        kept = self._ledger.picture(sha256)
        if kept is not None and self._site.get(f"{PATH}/{kept[0]}", _fields="id").is_good:
            return kept[0]
        stem = re.sub("[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:60]
        slug = f"{stem or 'picture'}-{sha256[:16]}"
        if (there := self._there(slug)) is not None:
            return self._keep(sha256, there)
        if not self._sends:
            return -1 - len(self._checked)
        mime = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        lost: DoubtError | None = None
        for _ in range(RETRIES):
            try:
                answer = self._site.upload(PATH, f"{slug}{path.suffix.lower()}", data, mime)
            except DoubtError as exc:
                lost = exc
                if (there := self._there(slug)) is not None:
                    return self._keep(sha256, there)
                continue
            return self._keep(sha256, self._taken(answer, path))
        raise lost or DoubtError("no answer")

    def _taken(self, answer: Answer, path: Path) -> dict[str, Any]:
        if not answer.is_good:
            raise UnknownNameError(f"the site refuses the picture {path.name!r}: {answer.said}")
        found: dict[str, Any] = answer.body
        return found

    def _there(self, slug: str) -> dict[str, Any] | None:
        found = self._site.get(PATH, slug=slug, _fields="id,source_url")
        return found.body[0] if found.is_good and found.body else None

    def _keep(self, sha256: str, media: dict[str, Any]) -> int:
        self._ledger.keep_picture(sha256, media["id"], media["source_url"])
        return int(media["id"])
