"""What one cell of an OpenDocument spreadsheet holds: `cell_of`, `iso_moment`, and the text in it, `CellText`."""

from __future__ import annotations

import re
from decimal import Decimal

from importer.schema import ERRORS
from importer.sources.converted._xlsx_writer import Cell
from importer.sources.xlsx.cells import Kind, NumberFormat

__all__ = ["CellText", "cell_of", "iso_moment"]

SPAN = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>[0-9]{1,9})D)?T?(?:(?P<h>[0-9]{1,9})H)?(?:(?P<m>[0-9]{1,9})M)?"
    r"(?:(?P<s>[0-9]{1,9})(?:[.,](?P<part>[0-9]+))?S)?"
)
MOMENT = re.compile(
    r"(?P<date>-?[0-9]{4,}-[0-9]{2}-[0-9]{2})T(?P<h>[0-9]{2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,](?P<part>[0-9]+))?)?"
)
NUMBERED = re.compile(r"5[0-9]{2}")
WORDS = ("0", "1")
MOST_SPACES = 1 << 16


class CellText:
    """The text that a cell shows: its paragraphs, one line each.

    Attributes
    ----------
    size
        Characters since it was set to 0.
    """

    def __init__(self) -> None:
        self.size = 0
        self._lines: list[list[str]] = []
        self._depth = 0

    def begin(self) -> None:
        """A cell begins."""
        self._lines, self._depth = [], 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element in the cell begins."""
        if tag in {"p", "h"}:
            self._depth += 1
            self._lines.append([])
        elif tag == "s":
            count = next((value for name, value in attributes.items() if name.endswith(" c")), "1")
            self.add(" " * min(int(count) if count.isascii() and count[:9].isdigit() else 1, MOST_SPACES))
        elif tag == "tab":
            self.add("\t")
        elif tag == "line-break":
            self.add("\n")

    def end(self, tag: str) -> None:
        """An element in the cell ends."""
        self._depth -= tag in {"p", "h"}

    def add(self, text: str) -> None:
        """Characters in the cell."""
        if self._depth:
            self._lines[-1].append(text)
            self.size += len(text)

    def take(self) -> str:
        """The text of the cell that ends."""
        return "\n".join("".join(line) for line in self._lines)


def cell_of(at: int, given: dict[str, str], text: str, form: str) -> Cell | None:
    """The cell with these attributes, None if it is empty.

    Parameters
    ----------
    at
        Its column.
    given
        Attributes by their local names.
    text
        What it shows.
    form
        Its number format.

    Examples
    --------
    >>> cell_of(0, {"value-type": "float", "value": "7"}, "0007", "0000")
    Cell(at=0, kind='n', value='7', format='0000', is_formula=False)
    >>> cell_of(0, {"value-type": "time", "time-value": "PT30H00M00S"}, "30:00", "[h]:mm").value
    '1.25'
    """
    kind, is_formula = given.get("value-type"), "formula" in given
    if given.get("calcext:value-type") == "error":
        return Cell(at, "e", _error(text), is_formula=is_formula)
    match kind:
        case "float" | "percentage" | "currency" if given.get("value", "").strip():
            return _number(at, given, text, form, is_formula=is_formula)
        case "date":
            return Cell(at, "d", iso_moment(given.get("date-value") or text), is_formula=is_formula)
        case "time":
            return _time(at, given.get("time-value") or text, form, is_formula=is_formula)
        case "boolean":
            value = given.get("boolean-value", text).strip().casefold()
            return Cell(at, "b", {"true": "1", "false": "0"}.get(value, value), is_formula=is_formula)
        case _:
            return _text(at, given.get("string-value") or text, is_formula=is_formula, is_saved=kind is not None)


def _number(at: int, given: dict[str, str], text: str, form: str, *, is_formula: bool) -> Cell:
    value, currency = given["value"].strip(), given.get("currency", "")
    if value in WORDS and is_formula and text.isalpha():
        # A truth value that a formula made, shown as a word.
        return Cell(at, "b", value, is_formula=True)
    if form == "General" and currency.isalpha():
        form = f"[${currency}] 0.00"
    return Cell(at, "n", value, form, is_formula)


def _text(at: int, text: str, *, is_formula: bool, is_saved: bool = True) -> Cell | None:
    if text or (is_formula and is_saved):
        return Cell(at, "s", text, is_formula=is_formula)
    return Cell(at, "n", None, is_formula=True) if is_formula else None


def _error(text: str) -> str:
    """The error as Excel or LibreOffice show it in English."""
    number = NUMBERED.search(text)
    return text if text in ERRORS else f"Err:{number[0]}" if number else "#VALUE!"


def iso_moment(text: str) -> str:
    """The date, with the time of day if it has one, to the millisecond."""
    found = MOMENT.fullmatch(text.strip())
    if found is None:
        return text.strip()
    seconds, part = _thousandths(found["s"], found["part"])
    if seconds > 59 or (found["h"], found["m"], seconds, part) == ("00", "00", 0, ""):  # noqa: PLR2004 - seconds of a minute
        return text.strip().partition("T")[0] if seconds == 0 else text.strip()
    return f"{found['date']}T{found['h']}:{found['m']}:{seconds:02}{part}"


def _time(at: int, text: str, form: str, *, is_formula: bool) -> Cell:
    """The time as a part of a day, which its format shows."""
    found = SPAN.fullmatch(text.strip())
    if found is None or found["sign"]:
        return Cell(at, "d", text.strip(), is_formula=is_formula)
    whole = 86_400 * int(found["days"] or 0) + 3_600 * int(found["h"] or 0) + 60 * int(found["m"] or 0)
    seconds = Decimal(whole + int(found["s"] or 0)) + Decimal(f"0.{found['part'] or 0}")
    is_clock = NumberFormat.of(form).usual in {Kind.TIME, Kind.ELAPSED}
    return Cell(at, "n", repr(float(seconds / 86_400)), form if is_clock else "[h]:mm:ss", is_formula)


def _thousandths(seconds: str | None, part: str | None) -> tuple[int, str]:
    """Whole seconds, and the thousandths behind them, as in ``.250``; nothing if there are none."""
    digits = (part or "").ljust(4, "0")
    thousandths = int(digits[:3]) + (digits[3] >= "5")
    whole = int(seconds or 0) + thousandths // 1000
    return whole, f".{thousandths % 1000:03}" if thousandths % 1000 else ""
