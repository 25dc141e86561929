"""The objects of a JSON file, one after another: `json_records`."""

from __future__ import annotations

import codecs
import json
import re
from typing import IO, TYPE_CHECKING, Any

from importer.errors import SourceError
from importer.sources.csv import reading, unpacked
from importer.sources.records._fields import Number, is_half

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["is_json", "json_records", "json_values"]

PIECE = 1 << 18
"""Bytes read at a time."""

LONGEST = 1 << 27
"""Characters of one object, at most."""

SUFFIX = re.compile(r"\.(?:json|ndjson|jsonl)(?:\.(?:gz|bz2|zip))?$", re.IGNORECASE)
BEGINNING = re.compile(r"\s*(?:\[\s*)?\{\s*[\"}]|\s*\[\s*\]\s*$")
GAP = re.compile(r"\s*")
ESCAPED = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
"""How JSON writes half of a character."""


def is_json(path: Path, head: bytes) -> bool:
    """Whether the file is JSON by its name, or by the first bytes of its text."""
    if SUFFIX.search(path.name):
        return True
    text = head.removeprefix(codecs.BOM_UTF8).decode(errors="replace")
    if not BEGINNING.match(text):
        return False
    try:
        _decoder().raw_decode(text, text.index("{") if "{" in text else text.index("["))
    except (ValueError, RecursionError):
        return False
    return True


def json_records(path: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """Each object of the file, and how many bytes of the file have been read with it.

    One object that holds a single list of objects stands for that list, as in ``{"data": [...]}``.

    Raises
    ------
    SourceError
        If the file is not JSON, or holds something other than objects.
    """
    first: tuple[dict[str, Any], int] | None = None
    for count, (found, at) in enumerate(_values(path), start=1):
        if not isinstance(found, dict):
            raise SourceError(
                f"record {count:,} of {path.name!r} is {_kind(found)}, not an object with names",
                code="json-not-objects",
                facts={"file": path.name, "record": count},
                fixes=['export it as a list of objects, such as [{"id": 1}], or as CSV'],
            )
        if count == 1:
            first = found, at
            continue
        if first is not None:
            yield first
            first = None
        yield found, at
    if first is not None:
        inner = _only_list(first[0])
        yield from ((one, first[1]) for one in inner) if inner is not None else (first,)


def json_values(text: str) -> list[Any]:
    """The values of a text one after another, with numbers as they are written.

    Raises
    ------
    ValueError
        If it is not JSON, or holds what no row can.

    Examples
    --------
    >>> json_values('{"a": 1.10} [2]'), json_values("")
    ([{'a': '1.10'}, ['2']], [])
    """
    decoder, found, at = _decoder(), [], 0
    try:
        while (at := GAP.match(text, at).end()) < len(text):  # type: ignore[union-attr]  # it matches anything
            value, at = decoder.raw_decode(text, at)
            found.append(value)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    _raise_for_halves(found, text)
    return found


def _values(path: Path) -> Iterator[tuple[Any, int]]:
    """The elements of the array, or the values one after another."""
    with reading(path), path.open("rb") as raw:
        text = _Text(_pieces(raw, path))
        is_array = text.mark() == "["
        text.at += is_array
        count = 0
        while (mark := text.mark()) and not (is_array and mark == "]"):
            count += 1
            try:
                if count > 1:
                    text.comma(is_needed=is_array)
                found = text.value()
            except (ValueError, RecursionError) as exc:
                why = "it is nested too deeply" if isinstance(exc, RecursionError) else str(exc)
                raise _broken(path, count, why) from exc
            yield found, raw.tell()
        if is_array:
            if not mark:
                raise _broken(path, count + 1, "the file ends before the list does")
            text.at += 1
            if text.mark():
                raise _broken(path, count + 1, "something follows the list")


class _Text:
    """The text of a file, of which a part is held."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces, self._decoder = pieces, _decoder()
        self._held = ""
        self.at = 0

    def mark(self) -> str:
        """The next character that is no gap; empty at the end."""
        while True:
            self.at = GAP.match(self._held, self.at).end()  # type: ignore[union-attr]  # it matches anything
            if self.at < len(self._held):
                return self._held[self.at]
            if not self._read():
                return ""

    def comma(self, *, is_needed: bool) -> None:
        """Go on behind a comma, if there is one or must be one."""
        if self.mark() == ",":
            self.at += 1
            if not self.mark():
                raise ValueError("the file ends before the list does")
        elif is_needed:
            raise ValueError("there is no comma before it")

    def value(self) -> Any:  # noqa: ANN401 - whatever JSON can hold
        """The next value."""
        while True:
            try:
                found, end = self._decoder.raw_decode(self._held, self.at)
                # A number at the end may go on in the next piece.
                is_whole = end < len(self._held) or not isinstance(found, Number)
            except ValueError:
                if not self._read():
                    raise
                continue
            if is_whole or not self._read():
                _raise_for_halves(found, self._held[self.at : end])
                self.at = end
                return found

    def _read(self) -> bool:
        """Whether there was more."""
        more = next(self._pieces, "")
        self._held, self.at = self._held[self.at :] + more, 0
        if len(self._held) > LONGEST:
            raise ValueError(f"it has more than {LONGEST:,} characters")
        return more != ""


def _pieces(raw: IO[bytes], path: Path) -> Iterator[str]:
    file = unpacked(raw)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while piece := file.read(PIECE):
            # A piece may hold less than one character.
            if text := decoder.decode(piece):
                yield text
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as exc:
        raise SourceError(
            f"{path.name!r} is not UTF-8, as JSON has to be: {exc.reason} near byte {raw.tell():,}",
            code="text-unreadable",
            facts={"file": path.name},
            fixes=["export it as UTF-8"],
        ) from exc


def _raise_for_halves(found: object, written: str) -> None:
    """Refuse half of a character, which JSON can write and no text can hold."""
    if ESCAPED.search(written) and is_half(json.dumps(found, ensure_ascii=False)):
        raise ValueError("it holds half of a character, such as \\ud800")


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=_object, strict=False
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return found


def _only_list(record: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The one list of objects in a record."""
    lists = [value for value in record.values() if isinstance(value, list) and value]
    return lists[0] if len(lists) == 1 and all(isinstance(one, dict) for one in lists[0]) else None


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else "null" if value is None else f"the value {str(value)[:40]!r}"


def _broken(path: Path, count: int, why: str) -> SourceError:
    return SourceError(
        f"record {count:,} of {path.name!r} is not JSON: {why}",
        code="json-broken",
        facts={"file": path.name, "record": count},
        fixes=["export it again, or correct it there"],
    )
