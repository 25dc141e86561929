"""Find the encoding of a text file from samples of it."""

from __future__ import annotations

import codecs
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from importer.errors import Fix, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["find_encoding"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_USUAL = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949", "cp437", "cp850", "cp852", "cp866"),
)
_WESTERN_LETTERS = "ÄÅÀÁÂÃÆÇÈÉÊËÍÎÏÑÒÓÔÕÖØŒÙÚÛÜŸßäåàáâãæçèéêëìíîïñòóôõöøœùúûüÿ"
_WESTERN_SIGNS = "€£§°²³µ·½¼¾«»“”‘’„‚‹›…–—•™®©×±¡¿ªº´¨\xa0\xad"
# In the wrong code page, signs and capitals appear inside words.
_NOT_WESTERN = re.compile(
    r"[^\W\d_][²³£¿°§µ¼½¾±·“”„‚…•™×][^\W\d_]|[a-zß-ÿ][À-ÞŒŸ]|[^\W\d_][¹£]|[³²£¼¾¯][a-zà-ÿ]|[õÕ](?![eE])"
)


def find_encoding(samples: Sequence[bytes], name: str) -> str:
    r"""Name of the encoding that all of the samples are in.

    A byte order mark decides, else UTF-8 if it fits, else a western code page if that makes
    ordinary words, else the guess of charset-normalizer.

    Raises
    ------
    SourceError
        If no encoding fits.

    Examples
    --------
    >>> find_encoding(["id;Straße\n1;Königsallee".encode("cp1252")], "streets.csv")
    'cp1252'
    """
    for bom, encoding in _BOMS:
        if samples[0].startswith(bom):
            return encoding
    if b"\0" in samples[0]:
        return _with_nulls(samples[0], name)
    telling = b"\n".join(_telling_lines(samples))
    if _is_utf8(telling):
        return "utf-8"
    western = (encoding for encoding in ("cp1252", "mac_roman", "cp850") if _is_western(telling, encoding))
    return next(western, None) or _guess(telling, name)


def _with_nulls(head: bytes, name: str) -> str:
    """The positions of nulls reveal UTF-16 or 32 without a byte order mark. A few nulls may be padding."""
    size = max(len(head) // 4, 1)
    zeros = [head[place::4].count(0) / size > 0.4 for place in range(4)]  # noqa: PLR2004
    wide = {
        (False, True, True, True): "utf-32-le",
        (True, True, True, False): "utf-32-be",
        (False, True, False, True): "utf-16-le",
        (True, False, True, False): "utf-16-be",
    }
    encoding = wide.get((zeros[0], zeros[1], zeros[2], zeros[3]))
    if encoding is None and head.count(0) > len(head) // 10:
        raise SourceError(
            f"{name!r} is not text: it begins with {head[:8]!r}",
            code="file-kind-unsupported",
            facts={"file": name},
            fixes=["open it where it was made and save it as .csv"],
        )
    return encoding or "utf-8"


def _telling_lines(samples: Iterable[bytes], size: int = 1 << 16) -> Iterable[bytes]:
    """Whole lines with a byte that is not ASCII, up to `size` bytes of them."""
    for sample in samples:
        # Either end of a sample may cut a character in two.
        lines = sample.split(b"\n")
        for line in lines[:-1] if len(lines) > 1 else lines:
            if size > 0 and not line.isascii():
                yield line
                size -= len(line)


def _is_utf8(text: bytes) -> bool:
    """Whether it is UTF-8, or so close to it that it must be damaged UTF-8."""
    decoded = text.decode(errors="replace")
    bad = decoded.count("\ufffd")
    good = len(re.findall(r"[^\x00-\x7f\ufffd]", decoded))
    return bad == 0 or good >= 10 * bad


def _is_western(text: bytes, encoding: str) -> bool:
    """Whether it reads as words of western Europe, which charset-normalizer often takes for Polish."""
    try:
        decoded = text.decode(encoding)
    except UnicodeDecodeError:
        return False
    foreign = re.findall(r"[^\x00-\x7f]", decoded)
    if set(foreign) - set(_WESTERN_LETTERS + _WESTERN_SIGNS) or _NOT_WESTERN.search(decoded):
        return False
    # Greek and Russian would read as words made only of accented letters.
    doubled = sum(a in _WESTERN_LETTERS and b in _WESTERN_LETTERS for a, b in pairwise(decoded))
    return 2 * doubled <= len(foreign)


def _guess(text: bytes, name: str) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(text, cp_isolation=list(_USUAL), threshold=0.5).best()
    if best is None:
        at = next(index for index, byte in enumerate(text) if byte > 127)  # noqa: PLR2004
        raise SourceError(
            f"the encoding of {name!r} cannot be told from bytes such as {text[at : at + 8]!r}",
            code="encoding-unclear",
            facts={"file": name},
            fixes=[Fix("encoding")],
        )
    return best.encoding
