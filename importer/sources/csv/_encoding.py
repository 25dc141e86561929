"""Find the encoding of a text file from samples of it."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from importer.errors import Fix, Note, SourceError
from importer.sources.csv._letters import plausibility, tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Encoding", "find_encoding"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WEST = "de fr es pt it nl sv da nb fi is ca sq ga"
_EAST = "cs sk pl hu sl hr ro de sq"
_RUSSIAN = "ru uk be bg mk sr"
# The usual ones first. The number is how much rarer one is, as a logarithm.
_CODE_PAGES = (
    ("cp1252", _WEST, -3),
    ("cp1250", _EAST, 0),
    ("cp1251", _RUSSIAN, 0),
    ("cp1253", "el", 0),
    ("cp1254", "tr de", 0),
    ("cp1255", "he", 0),
    ("cp1256", "ar fa ur", 0),
    ("cp1257", "lt lv et de", 0),
    ("cp1258", "vi", 2),
    ("cp874", "th", 0),
    ("iso8859_2", _EAST, 1),
    ("iso8859_15", _WEST, 1),
    ("iso8859_9", "tr de", 1),
    ("iso8859_5", _RUSSIAN, 0),
    ("iso8859_7", "el", 0),
    ("iso8859_13", "lt lv et de", 1),
    ("koi8_r", "ru bg", 0),
    ("koi8_u", "uk", 1),
    ("mac_roman", _WEST, 2),
    ("mac_cyrillic", _RUSSIAN, 3),
    ("cp850", _WEST, 2),
    ("cp437", "de fr es it nl sv fi ca", 2),
    ("cp852", _EAST, 2),
    ("cp857", "tr de", 3),
    ("cp866", _RUSSIAN, 1),
    ("gb18030", "zh", 0),
    ("cp932", "ja", 0),
    ("euc_jp", "ja", 0),
    ("cp949", "ko", 0),
    ("big5", "zh_Hant", 0),
)
_ALPHABETS = f"{_WEST} {_EAST} {_RUSSIAN} el tr he ar fa lt lv et"
_SURE, _SEEN = 5.0, 2.0
"""How much more probable the best reading must be, and by its words alone; as logarithms."""

_WORD = re.compile(r"[^ ,;\t|\"\r\n]*[^\x00-\x7f][^ ,;\t|\"\r\n]*")


class Encoding(NamedTuple):
    """The name of an encoding as Python knows it, and what is doubtful about it."""

    name: str
    notes: tuple[Note, ...] = ()


class _Reading(NamedTuple):
    score: float
    evidence: float
    encoding: str
    text: str


def find_encoding(samples: Sequence[bytes], name: str, more: Iterable[bytes] = ()) -> Encoding:
    r"""The encoding that all of the samples are in.

    A byte order mark decides, else the nulls of UTF-16, else UTF-8 if it fits, else the code page
    that makes the most plausible words of its languages. Where another one makes words that are
    nearly as plausible, a note shows both.

    Parameters
    ----------
    samples
        The beginning of the file and other pieces.
    name
        The file's name.
    more
        Yields pieces around the bytes that are not ASCII, where the samples do not tell enough.

    Raises
    ------
    SourceError
        If it is not text.

    Examples
    --------
    >>> find_encoding(["id;jméno\n1;Dvořák\n2;Němec".encode("cp1250")], "names.csv")
    Encoding(name='cp1250', notes=())
    """
    for bom, encoding in _BOMS:
        if samples[0].startswith(bom):
            return Encoding(encoding)
    if b"\0" in samples[0] and (wide := _wide(samples[0], name)):
        return Encoding(wide)
    _raise_for_ebcdic(samples[0], name)
    telling = b"\n".join(_telling_lines(samples))
    if not telling or not _is_utf8(telling):
        samples = [*samples, *more]
        telling = b"\n".join(_telling_lines(samples))
    return Encoding("utf-8") if _is_utf8(telling) else _most_plausible(b"\n".join(_varied(samples)))


def _telling_lines(samples: Iterable[bytes], size: int = 1 << 16) -> Iterator[bytes]:
    """Whole lines with a byte that is not ASCII, up to `size` bytes of them."""
    for sample in samples:
        if sample.isascii():
            continue
        # Either end of a sample may cut a character in two.
        lines = sample.splitlines()
        for line in lines[:-1] if len(lines) > 1 and not sample.endswith((b"\n", b"\r")) else lines:
            if size > 0 and not line.isascii():
                yield line
                size -= len(line)


def _is_utf8(text: bytes) -> bool:
    """Whether it is UTF-8, or so close to it that it must be damaged UTF-8."""
    good, bad = _utf8_characters(text)
    return bad == 0 or good >= 10 * bad


def _utf8_characters(text: bytes) -> tuple[int, int]:
    """How many characters are well-formed UTF-8 (but not ASCII), and how many bytes are not."""
    decoded = text.decode(errors="surrogateescape")
    good = re.findall(r"[^\x00-\x7f\udc80-\udcff]", decoded)
    return len(good), len(re.findall(r"[\udc80-\udcff]", decoded))


def _wide(head: bytes, name: str) -> str | None:
    """UTF-16 or 32 without a byte order mark. A few nulls may be padding, and many are no text."""
    size = max(len(head) // 4, 1)
    zeros = [head[place::4].count(0) / size for place in range(4)]
    if zeros[3] + zeros[2] > 1.8 > zeros[0] + 1:  # noqa: PLR2004
        return "utf-32-le"
    if zeros[0] + zeros[1] > 1.8 > zeros[3] + 1:  # noqa: PLR2004
        return "utf-32-be"
    low, high = zeros[0] + zeros[2], zeros[1] + zeros[3]
    encoding = "utf-16-le" if high > low else "utf-16-be"
    # Delimiters, digits and line ends have a null each; nearly all nulls are in the same place.
    if max(low, high) > 0.1 and min(low, high) < max(low, high) / 20:  # noqa: PLR2004
        text = head[: len(head) // 2 * 2].decode(encoding, errors="replace")
        odd = sum(unicodedata.category(letter) in {"Cc", "Cn", "Co", "Cs"} for letter in text if letter not in "\t\r\n")
        if odd <= len(text) // 50:
            return encoding
    if head.count(0) > len(head) // 10:
        raise SourceError(
            f"{name!r} is not text: it begins with {head[:8]!r}",
            code="file-kind-unsupported",
            facts={"file": name},
            fixes=["open it where it was made and save it as .csv"],
        )
    return None


def _raise_for_ebcdic(head: bytes, name: str) -> None:
    """Do nothing unless it is the text of a mainframe, whose letters and digits are no ASCII."""
    if b"\n" in head or b"\r" in head or sum(byte > 127 for byte in head[:512]) < len(head[:512]) // 2:  # noqa: PLR2004
        return
    text = head.decode("cp037").replace("\x85", "\n")
    if "\n" in text and sum(" " <= letter <= "~" or letter in "\n\r\t" for letter in text) > len(text) * 0.95:
        raise SourceError(
            f"{name!r} is text in EBCDIC, as mainframes write it",
            code="file-kind-unsupported",
            facts={"file": name},
            fixes=[Fix("encoding", "cp037"), Fix("encoding", "cp500")],
        )


def _varied(samples: Iterable[bytes], size: int = 1 << 14) -> Iterator[bytes]:
    """The lines that show something new: pairs of bytes that have not occurred often."""
    seen: Counter[bytes] = Counter()
    for line in _telling_lines(samples, 1 << 20):
        pairs = {line[at - 1 : at + 1] for at in range(1, len(line)) if line[at] > 127}  # noqa: PLR2004
        pairs |= {line[:1]} if line[:1] > b"\x7f" else set()
        if size > 0 and any(seen[pair] < 3 for pair in pairs):  # noqa: PLR2004
            seen.update(pairs)
            size -= len(line)
            yield line


def _most_plausible(text: bytes) -> Encoding:
    readings: list[_Reading] = []
    for encoding, languages, rarer in _CODE_PAGES + ((("utf-8", _ALPHABETS, 0),) if _utf8_characters(text)[0] else ()):
        decoded = text.decode(encoding, errors="replace")
        if encoding == "cp1258":
            decoded = unicodedata.normalize("NFC", decoded)
        evidence = plausibility(tokens_of(decoded), languages.split())
        readings.append(_Reading(evidence - rarer, evidence, encoding, decoded))
    top = max(readings, key=lambda reading: reading.score)
    # Of code pages that read the text alike, the usual one reads the rest of the file too.
    best = next(one for one in readings if one.text == top.text and one.score > top.score - _SURE)
    others = [reading for reading in readings if reading.text != best.text]
    others = [one for one in others if one.score > top.score - _SURE or one.evidence > top.evidence - _SEEN]
    other = max(others, key=lambda reading: reading.score, default=None)
    return Encoding(best.encoding, () if other is None else (_doubt(best, other),))


def _doubt(best: _Reading, other: _Reading) -> Note:
    """Tell that two readings are plausible, with the first word that differs."""
    words = next(
        (
            (mine, theirs)
            for line, other_line in zip(best.text.splitlines(), other.text.splitlines(), strict=False)
            for mine, theirs in zip(_WORD.findall(line), _WORD.findall(other_line), strict=False)
            if mine != theirs
        ),
        (best.text[:40], other.text[:40]),
    )
    mine, theirs = (word[:40] for word in words)
    return Note(
        f"the text may be {best.encoding} ({mine!r}) or {other.encoding} ({theirs!r}), and is read as {best.encoding}",
        [Fix("encoding", other.encoding, f"if it is {theirs!r}")],
        code="encoding",
        kind="doubt",
    )
