"""Parse text cells into typed columns: numbers, dates, booleans, as people write them."""

from __future__ import annotations

from importer.schema.parsing._cells import ERRORS
from importer.schema.parsing._clock_writing import ClockWriting
from importer.schema.parsing._date_writing import DatesBesideNumbers, DateWriting
from importer.schema.parsing._number_forms import Form, forms, shapes
from importer.schema.parsing._number_writing import NumberWriting
from importer.schema.parsing._parse import Parsed, explain, parse, reasons

__all__ = [
    "ERRORS",
    "ClockWriting",
    "DateWriting",
    "DatesBesideNumbers",
    "Form",
    "NumberWriting",
    "Parsed",
    "explain",
    "forms",
    "parse",
    "reasons",
    "shapes",
]
