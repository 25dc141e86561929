"""A file from anywhere that fsspec reaches: `copy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import CancelledError, SourceError
from importer.sources.remote._http import raise_if_large, raise_if_page
from importer.sources.remote._urls import shown

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sources.remote._http import Tell

__all__ = ["copy"]

PIECE = 1 << 20


def copy(url: str, place: Path, tell: Tell) -> None:
    """Copy a file to a place.

    Raises
    ------
    SourceError
        If fsspec is missing, or cannot read it.
    """
    scheme = url.partition("://")[0]
    try:
        import fsspec
    except ImportError as exc:
        raise SourceError(
            f"files behind {scheme}:// need fsspec, which is not installed",
            code="extra-missing",
            facts={"extra": "remote", "scheme": scheme},
            fixes=['install it with pip install "notebook-importer[remote]"'],
        ) from exc
    part = place.with_name(place.name + ".part")
    here = 0
    try:
        system, path = fsspec.url_to_fs(url)
        total = system.size(path)
        tell(0, total)
        with system.open(path, "rb") as found, part.open("wb") as out:
            while piece := found.read(PIECE):
                if not here:
                    raise_if_page(url, piece)
                out.write(piece)
                here += len(piece)
                raise_if_large(url, here)
                tell(here, total)
    except (SourceError, CancelledError):
        raise
    except Exception as exc:  # noqa: BLE001 - each file system has errors of its own, which may name secrets
        is_gone = isinstance(exc, FileNotFoundError)
        said = "there is no such file" if is_gone else f"{type(exc).__name__}"
        raise SourceError(
            f"{shown(url)!r} cannot be read: {said}",
            code="file-not-found" if is_gone else "file-unreachable",
            facts={"url": shown(url), "error": said},
            fixes=["look for a slip in the link", f"look whether fsspec can open {scheme}:// here"],
        ) from None
    if total is not None and here != total:
        raise SourceError(
            f"{shown(url)!r} broke off after {here:,} of {total:,} bytes",
            code="file-unreachable",
            facts={"url": shown(url), "bytes": here},
            fixes=["run it again"],
        )
    part.replace(place)
