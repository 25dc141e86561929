"""How one option of an import is declared, checked and written: `Option`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from difflib import get_close_matches
from numbers import Integral, Real
from operator import index
from typing import TYPE_CHECKING, Any, get_args

from importer.core._literals import ColumnType
from importer.core._python import literal
from importer.errors import OptionError, choices

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Option", "option", "raise_for_unknown"]


def raise_for_unknown(names: Iterable[str], known: Iterable[str], *, of: str = "") -> None:
    """Do nothing if all of these options are known.

    Parameters
    ----------
    names, known
        The options that were given, and those that there are.
    of
        What takes them: ``'plan()'``.

    Raises
    ------
    OptionError
        If one is not; the message names the nearest.

    Examples
    --------
    >>> raise_for_unknown(["on_conflit"], ["key", "on_conflict"], of="plan()")
    Traceback (most recent call last):
    importer.errors.OptionError: plan() has no option 'on_conflit': did you mean 'on_conflict'? There are: key, \
on_conflict
    """
    known = list(known)
    for name in names:
        if name not in known:
            what = f"{of} has" if of else "there is"
            raise OptionError(
                f"{what} no option {name!r}: {choices(name, known)}",
                code="option-unknown",
                facts={"option": name, "options": known},
            )


def _same(value: Any) -> Any:  # noqa: ANN401 - any option's value
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What the API, the shell, the history and printed code need to know about one option.

    Attributes
    ----------
    help
        What the option does, in words that suit every interface.
    in_python, in_shell
        How to write the value in Python and in a shell, if the type does not say so.
    flag, metavar
        The flag in a shell and the placeholder for its value.
    choices
        The allowed values, if they are a closed set.
    words
        Words that a value may have besides what it counts, for the error message.
    must_be
        What a value has to be, for the error message: ``'a whole number'``.
    checked
        Returns the value in its usual form; raises `TypeError` or `ValueError` if it is not allowed.
    of_text
        Reads the value from a shell. A repeated flag gives one pair of key and value.
    to_json, of_json
        Write and read the value as the history keeps it.
    to_python
        Writes the value as Python.
    is_reading
        Whether the option decides how the file is read.
    is_repeated
        Whether the flag may be given several times.
    """

    help: str
    flag: str
    must_be: str
    checked: Callable[[Any], Any]
    in_python: str = ""
    in_shell: str = ""
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    of_text: Callable[[str], Any] = _same
    to_json: Callable[[Any], Any] = _same
    of_json: Callable[[Any], Any] = _same
    to_python: Callable[[Any], str] = literal
    is_reading: bool = False
    is_repeated: bool = False

    def check(self, name: str, value: object) -> Any:  # noqa: ANN401 - any option's value
        """The value in its usual form.

        Raises
        ------
        OptionError
            If the option cannot have this value.

        Examples
        --------
        >>> chunk_rows = Option(help="", flag="", must_be="a whole number from 1", checked=whole(1))
        >>> chunk_rows.check("chunk_rows", 0)
        Traceback (most recent call last):
        importer.errors.OptionError: chunk_rows must be a whole number from 1, not 0
        """
        if self.choices and not (isinstance(value, str) and value in self.choices):
            raise OptionError(
                f"{name} cannot be {value!r}: {choices(str(value).lower(), self.choices)}",
                facts={"option": name, "value": str(value), "values": list(self.choices)},
            )
        return self._translated(name, value, self.checked)

    def wrong(self, value: object) -> str:
        """What a value has to be, and the nearest to this one.

        Examples
        --------
        >>> rows = Option(help="", flag="", must_be="totals or notes", words=("totals", "notes"), checked=text)
        >>> rows.wrong("total")
        "must be totals or notes, not 'total': did you mean 'totals'?"
        """
        given = value.values() if isinstance(value, Mapping) else value
        given = [given] if isinstance(given, str) else given if isinstance(given, Iterable) else ()
        known = {word.lower(): word for word in self.words}
        near = [known[one] for word in given for one in get_close_matches(str(word).strip().lower(), known, n=1)]
        unlike = [one for one in near if one not in given]
        return f"must be {self.must_be}, not {value!r}" + (f": did you mean {unlike[0]!r}?" if unlike else "")

    def read(self, name: str, kept: object) -> Any:  # noqa: ANN401 - any option's value
        """The value that the history keeps; it may hold anything, and is checked like any other value after this.

        Raises
        ------
        OptionError
            If it is nothing that this option writes.
        """
        return self._translated(name, kept, self.of_json)

    def _translated(self, name: str, value: object, act: Callable[[Any], Any]) -> Any:  # noqa: ANN401
        try:
            return act(value)
        except (TypeError, ValueError) as exc:
            raise OptionError(f"{name} {self.wrong(value)}", facts={"option": name, "value": str(value)}) from exc


def option(default: Any, **declared: Any) -> Any:  # noqa: ANN401 - a field of a dataclass, of any type
    """A field of `Options` with its declaration."""
    metadata = {"option": Option(**declared)}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


def one_of(literals: object) -> dict[str, Any]:
    """Declaration of a closed set."""
    names = get_args(literals)
    return {"choices": names, "must_be": f"one of {', '.join(map(repr, names))}", "checked": _same}


def boolean(value: object) -> bool:
    """The truth value."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def text(value: object) -> str:
    """The text, which may not be empty."""
    if not isinstance(value, str):
        raise TypeError
    if not value:
        raise ValueError
    return str(value)  # A subclass, such as one of numpy, is not shown as code that runs.


def maybe_character(value: object) -> str:
    """One character, or the empty text."""
    if not isinstance(value, str):
        raise TypeError
    if len(value) > 1:
        raise ValueError
    return str(value)


def whole(least: int | None = None) -> Callable[[Any], int]:
    """Check for a whole number that is not smaller."""

    def checked(value: Any) -> int:  # noqa: ANN401 - numpy has whole numbers of its own
        if isinstance(value, bool):
            raise TypeError
        number = index(value)
        if (least is not None and number < least) or abs(number) > sys.maxsize:
            raise ValueError
        return number

    return checked


def number_or_text(value: object) -> int | str:
    """The name or the number."""
    return text(value) if isinstance(value, str) else whole()(value)


def limit(value: object) -> float | None:
    """A count or a share; None if it limits nothing."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError
    number = int(value) if isinstance(value, Integral) else float(value)
    if not number >= 0:
        raise ValueError
    return None if number > sys.maxsize else number


def names(value: object) -> tuple[str, ...]:
    """The names, in order; one name may stand alone."""
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, Iterable) or isinstance(value, AbstractSet | Mapping):
        raise TypeError
    found = tuple(map(text, value))
    if not found or len(set(found)) < len(found):
        raise ValueError
    return found


def mapping(value: object) -> dict[str, str]:
    """Headers, or texts, by the column that each fills."""
    if not isinstance(value, Mapping):
        raise TypeError
    return {text(column): text(header) for column, header in value.items()}


def types(value: object) -> dict[str, str]:
    """Types, in their usual case, by the column that each belongs to.

    Examples
    --------
    >>> types({"ordered": "date"})
    {'ordered': 'Date'}
    """
    known = {name.lower(): name for name in get_args(ColumnType)}
    given = {column: name.lower() for column, name in mapping(value).items()}
    if not known.keys() >= {*given.values()}:
        raise ValueError
    return {column: known[name] for column, name in given.items()}


def cells(value: object) -> dict[tuple[int, str], str | None]:
    """Texts by row and header; None for an empty cell."""
    if not isinstance(value, Mapping):
        raise TypeError
    found: dict[tuple[int, str], str | None] = {}
    for (row, header), cell in value.items():
        if cell is not None and not isinstance(cell, str):
            raise TypeError
        found[whole(1)(row), text(header)] = None if cell is None else str(cell)
    return found


def schema(value: object) -> object:
    """The class."""
    if not isinstance(value, type) or not hasattr(value, "columns"):
        raise TypeError
    return value


def limit_of_text(written: str) -> float:
    """A count, or a share written ``0.05`` or ``5%``.

    Examples
    --------
    >>> limit_of_text("100"), limit_of_text("5%")
    (100, 0.05)
    """
    value = float(written.removesuffix("%"))
    if written.endswith("%"):
        value /= 100
        if value >= 1:
            raise ValueError(written)  # It would be read as a count.
    return int(value) if value.is_integer() else value


def sheet_of_text(written: str) -> str | int:
    """A number, or a name, which may stand in double quotes.

    Examples
    --------
    >>> sheet_of_text("2"), sheet_of_text('"2025"'), sheet_of_text("Q3")
    (2, '2025', 'Q3')
    """
    if written.isdecimal():
        return int(written)
    bare = written[1:-1]
    return bare if written == f'"{bare}"' and bare.isdecimal() else written


def names_of_text(written: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(name.strip() for name in written.split(",") if name.strip())


def pair_of_text(written: str) -> tuple[str, str]:
    """What is left and right of the first ``=``; a name that has one stands in double quotes.

    Examples
    --------
    >>> pair_of_text("qty=Pieces"), pair_of_text('"a=b"=c=d')
    (('qty', 'Pieces'), ('a=b', 'c=d'))
    """
    found = re.fullmatch(r'(?s)(?:"((?:[^"]|"")*)"|([^=]*))=(.*)', written)
    if found is None:
        raise ValueError(written)
    quoted, bare, value = found.groups()
    return bare if quoted is None else quoted.replace('""', '"'), value


def cell_of_text(written: str) -> tuple[tuple[int, str], str | None]:
    """A corrected cell; nothing behind the ``=`` empties it.

    Examples
    --------
    >>> cell_of_text("7,qty=5"), cell_of_text("8,qty=")
    (((7, 'qty'), '5'), ((8, 'qty'), None))
    """
    row, comma, rest = written.partition(",")
    if not comma:
        raise ValueError(written)
    header, value = pair_of_text(rest)
    return (int(row), header), value or None
