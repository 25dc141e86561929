"""How the cells of an OpenDocument spreadsheet show their values, as Excel writes it: `Formats`."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Formats"]

DATA_STYLES = {
    *("number-style", "currency-style", "percentage-style", "boolean-style", "date-style", "time-style", "text-style"),
}
PARTS = {
    "day": ("d", "dd"),
    "day-of-week": ("ddd", "dddd"),
    "month": ("m", "mm"),
    "year": ("yy", "yyyy"),
    "era": ("g", "gg"),
    "hours": ("h", "hh"),
    "minutes": ("m", "mm"),
    "seconds": ("s", "ss"),
    "quarter": ("q", "q"),
    "week-of-year": ("w", "w"),
}
"""Parts of a date or a time, and what stands for them, short and long."""

CODES = {"fraction": "# ?/?", "text-content": "@", "boolean": "General", "am-pm": "AM/PM"}
TEXTUAL = ("mmm", "mmmm")
MOST_DIGITS = 30
DEEPEST = 20
"""Styles that a style may be based on, one on the other."""


@dataclass(slots=True)
class _Style:
    """A style of cells: the format that it names, and the style that it is based on."""

    format: str | None
    parent: str | None


@dataclass(slots=True)
class Formats:
    """Number formats by the name of a style of cells; feed it all elements of styles.

    Attributes
    ----------
    hidden_tables
        Names of the styles of sheets that are not shown.

    Examples
    --------
    >>> formats = Formats()
    >>> formats.start("number-style", {"name": "N1"})
    >>> formats.start("number", {"min-integer-digits": "5", "decimal-places": "0"})
    >>> formats.end("number", "")
    >>> formats.end("number-style", "")
    >>> formats.start("style", {"name": "ce1", "family": "table-cell", "data-style-name": "N1"})
    >>> formats.of("ce1")
    '00000'
    """

    hidden_tables: set[str] = field(default_factory=set)
    _codes: dict[str, str] = field(default_factory=dict)
    _styles: dict[str, _Style] = field(default_factory=dict)
    _known: dict[str, str] = field(default_factory=dict)
    _name: str | None = None
    _parts: list[str] = field(default_factory=list)
    _maps: list[str] = field(default_factory=list)
    _digits: tuple[str, dict[int, str]] | None = None
    _is_span: bool = False
    _table: str = ""
    _at: int = 0

    def start(self, tag: str, given: dict[str, str]) -> None:
        """See an element that begins; `given` are its attributes."""
        if tag in DATA_STYLES:
            self._name, self._parts, self._maps = given.get("name", ""), [], []
            self._is_span = tag == "time-style" and given.get("truncate-on-overflow") == "false"
        elif tag == "style":
            self._table = given.get("name", "") if given.get("family") == "table" else ""
            if given.get("family") == "table-cell":
                style = _Style(given.get("data-style-name"), given.get("parent-style-name"))
                self._styles[given.get("name", "")] = style
        elif tag == "table-properties" and given.get("display") == "false":
            self.hidden_tables.add(self._table)
        elif self._name is not None:
            self._part(tag, given)

    def end(self, tag: str, text: str) -> None:
        """See an element that ends, and the text in it."""
        if tag in DATA_STYLES and self._name is not None:
            self._codes[self._name] = ";".join([*self._maps, "".join(self._parts) or "General"])
            self._name = None
        elif self._name is None:
            return
        elif tag == "text":
            self._parts.append("%" if text.strip() == "%" else _quoted(text))
        elif tag == "currency-symbol":
            self._parts.append(f"[${text}]" if text and "]" not in text else _quoted(text))
        elif tag == "embedded-text" and self._digits is not None:
            self._digits[1][self._at] = self._digits[1].get(self._at, "") + _quoted(text)
        elif tag == "number" and self._digits is not None:
            self._parts.append(_laid_out(*self._digits))
            self._digits = None

    def of(self, style: str | None) -> str:
        """The number format of a cell with this style."""
        name = style or ""
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def _found(self, name: str) -> str:
        for _ in range(DEEPEST):
            style = self._styles.get(name)
            if style is None:
                break
            if style.format is not None:
                return self._codes.get(style.format, "General")
            name = style.parent or ""
        return "General"

    def _part(self, tag: str, given: dict[str, str]) -> None:
        if tag == "number":
            self._digits = _digits(given), {}
        elif tag == "embedded-text":
            self._at = _count(given.get("position"))
        elif tag == "scientific-number":
            exponent = "0" * max(_count(given.get("min-exponent-digits")), 1)
            self._parts.append(f"{_digits(given)}E+{exponent}")
        elif tag in CODES:
            self._parts.append(CODES[tag])
        elif tag == "map":
            code, condition = self._codes.get(given.get("apply-style-name", "")), given.get("condition", "")
            if code is not None and condition.startswith("value()"):
                comparison = condition.removeprefix("value()").replace("!=", "<>")
                self._maps.append(f"[{comparison}]{code}")
        elif tag in PARTS:
            self._parts.append(self._moment(tag, given))

    def _moment(self, tag: str, given: dict[str, str]) -> str:
        is_long = given.get("style") == "long"
        code = (TEXTUAL if given.get("textual") == "true" else PARTS[tag])[is_long]
        if self._is_span and not self._parts:
            code = f"[{code}]"
        decimals = min(_count(given.get("decimal-places")), 3) if tag == "seconds" else 0
        return code + ("." + "0" * decimals if decimals else "")


def _digits(given: dict[str, str]) -> str:
    """The places of a number's digits."""
    whole = "0" * _count(given.get("min-integer-digits")) or "#"
    places = given.get("decimal-places")
    least = _count(given.get("min-decimal-places", places))
    decimals = "0" * least + "#" * max(_count(places) - least, 0)
    if places is None and whole in {"0", "#"}:
        return "General"
    if given.get("grouping") == "true":
        whole = "#,##" + whole
    return f"{whole}.{decimals}" if decimals else whole


def _laid_out(digits: str, texts: dict[int, str]) -> str:
    """The digits with texts between them, each so many digits from the right."""
    whole, point, decimals = digits.partition(".")
    if "," in whole or not texts:
        return digits
    # A text to the left of all digits that are always shown needs places for them.
    whole = whole.rjust(max(texts) + 1, "#")
    shown = (texts.get(len(whole) - at, "") + digit for at, digit in enumerate(whole))
    return "".join(shown) + texts.get(0, "") + point + decimals


def _quoted(text: str) -> str:
    if not text or all(each in " -/:.,()" for each in text):
        return text
    return '"' + text.replace('"', "”") + '"'


def _count(text: str | None) -> int:
    return min(int(text), MOST_DIGITS) if text is not None and text.isascii() and text.isdigit() else 0
