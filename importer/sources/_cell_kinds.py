"""What a cell reads like, where only the layout of a sheet matters and not its values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NOTHING", "are_units", "kind_of"]

_NUMBER = re.compile(r"[-+(]?\s*[$€£¥₹]?\s*[-+]?[.,]?\d[\d.,'\s]*(?:[eE][-+]?\d+)?\s*[%$€£¥₹]?\)?")
_DATE = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T ].*)?"
    r"|\d{1,2}:\d{2}(?::\d{2}\S*)?(?:\s?[AaPp]\.?[Mm]\.?)?"
    r"|\d{1,2}[-. ]+[^\W\d]{3,9}\.?[-., ]+\d{2,4}"
)
NOTHING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "–", "—", "?", "\\n", "<na>"})
_UNITS = frozenset(
    "mm cm m km µm um nm m2 m3 m² m³ km2 km² ha l ml dl g kg mg µg ug t to s sec ms min h hr hrs d day days a yr "
    "mv v kv ma w kw mw gw wh kwh mwh gwh j kj mj °c c k °f % ‰ eur usd gbp chf sek nok dkk pln czk € $ £ ¥ teur "
    "keur mio mrd hz khz mhz ghz pa kpa hpa mpa bar mbar ppm ppb mol mmol db rpm deg ° rad n kn lb lbs oz ft in "
    "mi mph cm-1 count number numeric integer int float double real decimal string text varchar char date "
    "datetime timestamp boolean bool code unit units st stk pcs px".split()
)


def kind_of(cell: str) -> str:
    """What a cell reads like: ``"number"``, ``"date"``, ``"boolean"`` or ``"text"``."""
    if _DATE.fullmatch(cell):
        return "date"
    if _NUMBER.fullmatch(cell):
        return "number"
    return "boolean" if cell.casefold() in {"true", "false"} else "text"


def are_units(cells: Sequence[str]) -> bool:
    """Whether the cells are units of measurement or types of data, as a second line below the names has them.

    Examples
    --------
    >>> are_units(["-", "kg", "EUR/kg"]), are_units(["cm-1", "%T"])
    (True, False)
    """
    bare = [cell.strip("()[] ").casefold() for cell in cells]
    return all(cell in NOTHING or all(part in _UNITS for part in re.split(r"[/·* ]", cell)) for cell in bare)
