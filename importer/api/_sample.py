"""A sample workbook: staff punch records, some with bad cells, the same every time."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.core import why, written_beside
from importer.errors import ImporterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["HEADER", "Planted", "planted", "sample"]

SHEET: Final = "Punches"
TITLE: Final = "Staff punch records, October 2025"
REMARK: Final = "Exported from the time clocks at the gate; hours without the break of 30 minutes."
HEADER: Final = tuple("Employee No.|Name|Date|Time in|Time out|Hours|Department|Overtime|Note".split("|"))
WIDTHS: Final = (15, 26, 12, 10, 10, 8, 12, 10, 40)
DAYS: Final = tuple(day for n in range(1, 32) if (day := dt.date(2025, 10, n)).weekday() < 5)  # noqa: PLR2004 - a Saturday
FIRST_NUMBER: Final = 5_000_039_067

PEOPLE: Final = (
    "Zoë Chloé Anaïs|Krüger Müller Weiß",
    "Łukasz Małgorzata|Wójcik Żuraw",
    "Søren Åse|Ångström Ødegård",
    "Özgür Şule|Şahin Çelik",
    "Seán Aoife|O'Brien Ní-Dhomhnaill",
    "João Inês|Conceição Guimarães",
    "Nguyễn Trần|Hương Đức",
    "Jiří Božena|Dvořák Šťastná",
    "Иван Ольга|Петров Шевченко",
    "Μαρία Γιώργος|Παπαδοπούλου Αγγελής",
    "王 陈|小明 丽华",
    "田中 佐藤|さくら 健一",
    "김 이|민준 서연",
    "محمد فاطمة|علي حسن",
    "דוד רות|כהן לוי",
    "अमित प्रिया|शर्मा पटेल",
)
"""First names, and the last names that go with them."""

NOTES: Final = 'training, 2nd floor|said "forgot the card"|home office|café shift|-|swap with 0420|👍'.split("|")
SPACED: Final = ("Employee No.", "Name", "Department")
TIMES_IN: Final = tuple(dt.time(hour, minute) for hour in (6, 7, 8, 22) for minute in (0, 5, 30, 52))


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """How many records have which kind of bad cell; no record has two kinds.

    Attributes
    ----------
    rows
        All records, without the line of totals.
    text_for_hours
        Words instead of hours: ``eight``, ``7h30``. Rejected.
    excel_error
        ``#REF!`` or ``#N/A`` instead of the hours or the time out. Rejected.
    impossible_date
        ``31.02.2025``. Rejected.
    empty_key
        No employee number. Rejected.
    dotted_date, iso_date, worded_date
        The date as text: ``03.10.2025``, ``2025-10-03``, ``3 Oct 2025``. Accepted.
    number_for_code
        The department 0420 as the number 420, formatted with a leading zero.
    trailing_space
        Spaces after the employee number, the name or the department.
    repeated
        A second copy of a record.
    corrected
        A second copy of a record, with other hours.
    """

    rows: int
    text_for_hours: int
    excel_error: int
    impossible_date: int
    empty_key: int
    dotted_date: int
    iso_date: int
    worded_date: int
    number_for_code: int
    trailing_space: int
    repeated: int
    corrected: int

    @property
    def refused(self) -> int:
        """Records that an import must reject."""
        return self.text_for_hours + self.excel_error + self.impossible_date + self.empty_key

    @property
    def keys(self) -> int:
        """Rows of a table whose key is employee and date, after the import."""
        return self.rows - self.refused - self.repeated - self.corrected


Row = dict[str, Any]
"""One record, by the labels of `HEADER`."""


def sample(path: str | Path = "staff_punches.xlsx", rows: int = 5_000) -> Path:
    """Write a sample workbook: a title, a header in row 4, records, a line of totals; return its path.

    Parameters
    ----------
    path
        Where to write the workbook. An existing file is overwritten.
    rows
        Number of records. The same number gives the same cells.

    Raises
    ------
    ImporterError
        If the workbook cannot be written there.

    Examples
    --------
    >>> import tempfile, openpyxl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sheet = openpyxl.load_workbook(sample(f"{folder}/punches.xlsx", rows=100))["Punches"]
    >>> [cell.value for cell in sheet[5]][:3]
    ['PP5000039067', 'Zoë Krüger', datetime.datetime(2025, 10, 1, 0, 0)]
    """
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    _fill(sheet, [row for row, _ in _records(rows)])
    sheet.close()
    try:
        with written_beside(path) as out:
            book.save(out)
    except OSError as exc:
        raise ImporterError(
            f"cannot write the sample to {str(path)!r}: {why(exc)}",
            code="file-unwritable",
            facts={"file": str(path), "error": why(exc)},
            fixes=["name another file"],
        ) from exc
    return Path(path)


def planted(rows: int = 5_000) -> Planted:
    """Count the bad cells that `sample` writes for a number of records.

    Examples
    --------
    >>> found = planted()
    >>> found.refused, found.repeated + found.corrected, found.keys
    (100, 10, 4890)
    """
    found = Counter(kind for _, kind in _records(rows))
    return Planted(rows=rows, **{kind: found[kind] for kind in DIRT})


def _records(rows: int) -> Iterator[tuple[Row, str | None]]:
    """Records in the order of time, each with the kind of its bad cell."""
    rng = random.Random(2025)  # noqa: S311 - the same every time is the point  # nosec B311
    dirt = _places(rows, rng)
    staff = [_employee(n, rng) for n in range(-(-rows // len(DAYS)))]
    spare: list[Row] = []
    for place, (day, person) in zip(range(rows), itertools.product(DAYS, staff), strict=False):
        kind, row = dirt.get(place), _punch({**person, "Date": day}, rng)
        if kind is None:
            spare.append(row)
        else:
            row = spare.pop(int(rng.random() * len(spare))) if kind in {"repeated", "corrected"} else row
            row = row | DIRT[kind][1](row, rng)
        yield row, kind


def _places(rows: int, rng: random.Random) -> dict[int, str]:
    """Which records have which kind of bad cell; the first records are clean."""
    kinds = [kind for kind, (share, _) in DIRT.items() for _ in range(-(-rows * share // 1000))]
    # Sorting by random() is the same in every version of Python; sample() and shuffle() promise less.
    order = sorted(range(min(rows // 2, 20), rows), key=lambda _: rng.random())
    return dict(zip(order, kinds, strict=False))


def _pick(values: Sequence[Any], rng: random.Random) -> Any:  # noqa: ANN401 - one of the values
    """One of the values, at random."""
    return values[int(rng.random() * len(values))]


def _employee(n: int, rng: random.Random) -> Row:
    """Cells that all records of one person share."""
    first, last = (names.split() for names in PEOPLE[n % len(PEOPLE)].split("|"))
    name = f"{first[n // len(PEOPLE) % len(first)]} {_pick(last, rng) if n else last[0]}"
    department = f"{_pick((42, 420, 815, 1200), rng):04}"
    number = f"PP{FIRST_NUMBER + 13 * n}"
    return {"Employee No.": number, "Name": name, "Time in": _pick(TIMES_IN, rng), "Department": department}


def _punch(row: Row, rng: random.Random) -> Row:
    """A clean record, in the order of the header."""
    row |= _timed(row, minutes=450 + 5 * int(rng.random() * 24))
    row["Note"] = _pick(NOTES, rng) if rng.random() < 0.1 else None  # noqa: PLR2004 - one in ten
    return {label: row[label] for label in HEADER}


def _timed(row: Row, *, minutes: int) -> Row:
    """The cells that say how many minutes a person was there."""
    out = dt.datetime.combine(row["Date"], row["Time in"]) + dt.timedelta(minutes=minutes + 30)
    overtime = "Yes" if minutes > 480 else "No"  # noqa: PLR2004 - eight hours
    return {"Time out": out.time(), "Hours": round(minutes / 60, 2), "Overtime": overtime}


DIRT: Final[dict[str, tuple[int, Callable[[Row, random.Random], Row]]]] = {
    "text_for_hours": (9, lambda _, rng: {"Hours": _pick(("eight", "7h30"), rng)}),
    "excel_error": (5, lambda _, rng: _pick(({"Hours": "#REF!"}, {"Time out": "#N/A"}), rng)),
    "impossible_date": (2, lambda _row, _rng: {"Date": "31.02.2025"}),
    "empty_key": (4, lambda _row, _rng: {"Employee No.": None}),
    "dotted_date": (2, lambda row, _: {"Date": f"{row['Date']:%d.%m.%Y}"}),
    "iso_date": (2, lambda row, _: {"Date": f"{row['Date']:%Y-%m-%d}"}),
    "worded_date": (2, lambda row, _: {"Date": f"{row['Date'].day} Oct 2025"}),
    "number_for_code": (1, lambda row, _: {"Department": int(row["Department"])}),
    "trailing_space": (3, lambda row, rng: {(at := _pick(SPACED, rng)): f"{row[at]} "}),
    "repeated": (1, lambda _row, _rng: {}),
    "corrected": (1, lambda row, _: _timed(row, minutes=round(row["Hours"] * 60) + 60)),
}
"""Kinds of bad cells: how many records in a thousand have one, rounded up, and how to make it."""


def _fill(sheet: Any, records: Iterable[Row]) -> None:  # noqa: ANN401 - openpyxl's sheet
    """Write the sheet from its title to its totals."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    heavy, formats = Font(bold=True), {dt.date: "dd.mm.yyyy", dt.time: "hh:mm", float: "0.00", int: "0000"}

    def cell(value: Any, font: Font | None = None) -> object:  # noqa: ANN401 - a value of any type that Excel has
        if font is None and type(value) not in formats:
            return value
        made = WriteOnlyCell(sheet, value)
        made.number_format = formats.get(type(value), "General")
        if font is not None:
            made.font = font
        return made

    for letter, width in zip("ABCDEFGHI", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A5"
    for line in ([cell(TITLE, heavy)], [REMARK], [], [cell(label, heavy) for label in HEADER]):
        sheet.append(line)
    total = 0.0
    for row in records:
        sheet.append([cell(value) for value in row.values()])
        total += row["Hours"] if isinstance(row["Hours"], float) else 0.0
    sheet.append([])
    sheet.append([cell("Total", heavy), *[None] * 4, cell(round(total, 2), heavy)])
