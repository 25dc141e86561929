"""What a file shows, by its content alone: `looked_at`."""

from __future__ import annotations

import struct
import threading
import zlib
from typing import TYPE_CHECKING, NamedTuple

from PIL import (
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from importer.core import written_beside
from importer.pictures._faults import PictureError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from PIL.ImageFile import ImageFile

    from importer.core import Images

__all__ = ["Looks", "looked_at"]

DECODING = threading.Lock()
"""One picture at a time is unpacked, however many are fetched: an unpacked one is large."""

BEGINS = 32

SCALABLE = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK"})
"""Modes that are scaled without loss of depth."""

BROKEN = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, OverflowError, RuntimeError),
    *(struct.error, zlib.error, UnidentifiedImageError, Image.DecompressionBombError, Warning),
)
"""What Pillow raises for files that are broken, some on purpose; the last where warnings are errors."""


class Looks(NamedTuple):
    """What a picture is.

    Attributes
    ----------
    suffix
        The end of its name.
    width, height
        Its size in pixels.
    """

    suffix: str
    width: int
    height: int


def kind_of(begin: bytes) -> str | None:
    """The kind of picture that begins with these bytes; None if it is none that browsers show everywhere.

    Examples
    --------
    >>> kind_of(bytes.fromhex("ffd8ffe0")), kind_of(b"<!DOCTYPE html>")
    ('JPEG', None)
    """
    if begin[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if begin[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if begin[:6] in {b"GIF87a", b"GIF89a"}:
        return "GIF"
    if begin[:4] == b"RIFF" and begin[8:12] == b"WEBP":
        return "WEBP"
    if begin[4:12] in {b"ftypavif", b"ftypavis"}:
        return "AVIF"
    return None


def looked_at(place: Path, images: Images) -> Looks:
    """What a picture is, made smaller if it is to be.

    Parameters
    ----------
    place
        The file; a smaller picture takes its place.
    images
        How many pixels it may have, and how wide it may be.

    Raises
    ------
    PictureError
        If it is no picture, a broken one, or too large.
    """
    with place.open("rb") as file:
        begin = file.read(BEGINS)
        file.seek(0)
        kind = kind_of(begin)
        if kind is None:
            raise PictureError(f"it is no JPEG, PNG, GIF, WebP or AVIF picture, but begins with {_shown(begin)}")
        with DECODING:
            try:
                return _unpacked(file, kind, place, images)
            except BROKEN as exc:
                if getattr(exc, "errno", None) is not None:
                    # The disk is full, say; Pillow's own errors have no number.
                    raise
                raise PictureError(f"it is a broken {kind} picture: {exc}") from exc
            except MemoryError as exc:
                raise PictureError(f"there is no memory to unpack this {kind} picture") from exc


def _unpacked(file: BinaryIO, kind: str, place: Path, images: Images) -> Looks:
    with _opened(file, kind) as image:
        width, height = image.size
        if width * height > images.max_pixels:
            told = f"it has {width:,} × {height:,} pixels, more than the {images.max_pixels:,} that max_pixels allows"
            raise PictureError(told)
        suffix = {"JPEG": ".jpg"}.get(kind, f".{kind.lower()}")
        most = images.max_width
        # One that moves would stand still.
        is_to_shrink = most is not None and width > most and not _moves(image)
        if most is not None and is_to_shrink:
            image.draft(image.mode, (most, most))
        # Only this shows that it is whole.
        image.load()
        if most is None or not is_to_shrink or image.mode not in SCALABLE:
            return Looks(suffix, width, height)
        return _smaller(image, kind, place, most)


def _moves(image: ImageFile) -> bool:
    return bool(getattr(image, "is_animated", False))


def _opened(file: BinaryIO, kind: str) -> ImageFile:
    """The picture, not unpacked yet. `Image.open` would warn of large ones, which are refused here."""
    if kind == "AVIF":
        try:
            from PIL import AvifImagePlugin
        except ImportError as exc:
            raise PictureError("it is an AVIF picture, which this version of Pillow cannot read") from exc
        return AvifImagePlugin.AvifImageFile(file)
    if kind == "JPEG":
        return JpegImagePlugin.JpegImageFile(file)
    if kind == "PNG":
        return PngImagePlugin.PngImageFile(file)
    return GifImagePlugin.GifImageFile(file) if kind == "GIF" else WebPImagePlugin.WebPImageFile(file)


def _smaller(image: ImageFile, kind: str, place: Path, max_width: int) -> Looks:
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if upright.width > max_width:
        if upright.mode in {"P", "PA", "1"}:
            upright = upright.convert("RGBA" if "transparency" in image.info or upright.mode == "PA" else "RGB")
        height = max(1, round(upright.height * max_width / upright.width))
        upright = upright.resize((max_width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    # A GIF would lose colours.
    kind = "PNG" if kind == "GIF" else kind
    more = {"quality": 88, "optimize": True} if kind == "JPEG" else {"quality": 88} if kind in {"WEBP", "AVIF"} else {}
    with written_beside(place, is_private=True) as out:
        upright.save(out, kind, **more, **({"icc_profile": profile} if profile else {}))
    return Looks({"JPEG": ".jpg"}.get(kind, f".{kind.lower()}"), upright.width, upright.height)


def _shown(begin: bytes) -> str:
    """The first bytes, for people.

    Examples
    --------
    >>> _shown(b"<!DOCTYPE html>")
    "'<!DOCTYPE html>'"
    """
    text = begin[:20].decode("latin-1")
    return repr(text if text.isprintable() else begin[:8].hex(" "))
