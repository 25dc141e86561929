"""Plans in files that a person can read and change: `PlanFile`."""

from __future__ import annotations

import fnmatch
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.core import OPTIONS, Options, raise_for_unknown, why, written_beside
from importer.errors import Fix, ImporterError, OptionError, SchemaError
from importer.schema import TRUSTED, is_data, is_trusted, load_schema, place_of, tidied
from importer.sinks import elsewhere, has_password

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["PlanFile"]

KNOWN = ("name", "into", "headers", "options", "schema")

OF_ONE_FILE = frozenset({"corrections", "schema"})
"""Options that belong to one file, or are kept in another way."""

LARGEST = 10_000_000
"""Bytes of the largest file that is read."""

HEAD = """# How files of this kind are imported:  importer load FILE --plan {name}
# A file fits if it has all of these headers; * stands for any text. Options are those of importer.plan.

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """How files of one kind are imported: what a plan holds besides the file, as TOML.

    Attributes
    ----------
    name
        What people call files of this kind.
    options
        The options of the import.
    into
        The database, without a password; None if each import names it.
    headers
        Headers that a file of this kind has; ``*`` stands for any text.

    Examples
    --------
    >>> punches = PlanFile(name="punches", options=Options(key="Date"), headers=("Date", "20?? *"))
    >>> punches.fits(["DATE", "Name", "2025 Q1"]), punches.fits(["Date", "Name"])
    (True, False)
    """

    name: str
    options: Options
    into: str | None = None
    headers: tuple[str, ...] = ()

    def fits(self, labels: Iterable[str]) -> bool:
        """Whether a file with these headers is one of this kind; a plan without headers fits none."""
        known = [label.strip().casefold() for label in labels]
        tidy = {tidied(label) for label in known}

        def has(header: str) -> bool:
            wanted = header.strip().casefold()
            return tidied(wanted) in tidy if not {*"*?["} & {*wanted} else bool(fnmatch.filter(known, wanted))

        return bool(self.headers) and all(map(has, self.headers))

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the file, and return where it is.

        Raises
        ------
        OptionError
            If `into` has a password, which no file keeps.
        SchemaError
            If the schema has rules of its own, which no data can say.
        ImporterError
            If the file cannot be written.
        """
        import tomli_w

        if self.into is not None and has_password(self.into):
            raise OptionError(
                "a saved plan keeps no password",
                code="password-not-kept",
                facts={"option": "into"},
                fixes=["leave it out of the URL", *elsewhere(self.into)],
            )
        given = {name: value for name, value in self.options.given().items() if name not in OF_ONE_FILE}
        kept: dict[str, Any] = {"name": self.name}
        kept |= {} if self.into is None else {"into": self.into}
        kept |= {"headers": list(self.headers)} if self.headers else {}
        kept["options"] = {name: OPTIONS[name].to_json(value) for name, value in given.items()}
        kept |= {} if self.options.schema is None else {"schema": _code(self.options)}
        place = Path(path)
        text = HEAD.format(name=place.name) + tomli_w.dumps(kept, multiline_strings=True)
        try:
            with written_beside(place) as out:
                out.write(text.encode())
        except OSError as exc:
            raise ImporterError(
                f"{str(place)!r} cannot be written: {why(exc)}",
                code="file-unwritable",
                facts={"file": str(place)},
                fixes=["name another file"],
            ) from exc
        return place

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> PlanFile:
        """The plan in a file.

        Raises
        ------
        OptionError
            If the file is not there, is no TOML, or says something that no plan can.
        SchemaError
            If its schema is Python, which a file does not make run unless its place is trusted.
        """
        place = Path(path)
        try:
            with place.open("rb") as file:
                kept = tomllib.loads(file.read(LARGEST).decode("utf-8-sig"))
        except OSError as exc:
            raise _unreadable(place, os.strerror(exc.errno or 0), "name a file that is there") from exc
        except (ValueError, RecursionError) as exc:
            raise _unreadable(place, str(exc) or type(exc).__name__, "correct it, or save the plan again") from exc
        try:
            return cls._of(kept, place.stem)
        except OptionError as exc:
            raise OptionError(
                f"the plan in {str(place)!r}: {exc.args[0]}", code=exc.code, facts=exc.facts, fixes=exc.fixes
            ) from exc

    @classmethod
    def _of(cls, kept: Mapping[str, Any], stem: str) -> PlanFile:
        """The plan that a file says."""
        raise_for_unknown(kept, KNOWN, of="a plan")
        name, into, headers = kept.get("name", stem), kept.get("into"), kept.get("headers", [])
        options, schema = kept.get("options", {}), kept.get("schema")
        for what, value, kind in (("name", name, str), ("into", into, str), ("schema", schema, str)):
            if value is not None and not isinstance(value, kind):
                raise OptionError(f"{what} must be a text, not {value!r}", facts={"option": what})
        if not isinstance(headers, list) or not all(isinstance(header, str) for header in headers):
            raise OptionError(f"headers must be a list of texts, not {headers!r}", facts={"option": "headers"})
        if not isinstance(options, dict):
            raise OptionError(f"options must be a table, not {options!r}", facts={"option": "options"})
        if into is not None and has_password(into):
            raise OptionError(
                "it has a password in into, which everybody who can read the file knows",
                code="password-kept",
                facts={"option": "into"},
                fixes=["leave it out of the URL", *elsewhere(into)],
            )
        raise_for_unknown(options, [one for one in OPTIONS if one not in OF_ONE_FILE], of="a plan")
        read = {one: OPTIONS[one].read(one, value) for one, value in options.items()}
        if schema is not None:
            read["schema"] = load_schema(_trusted(schema))
        return cls(name=name, into=into, headers=tuple(headers), options=Options(**read))


def _code(options: Options) -> str:
    """The schema as data, or its place if that is trusted."""
    code = place_of(options.schema)  # type: ignore[arg-type]  # it was given
    return _trusted(code)


def _trusted(code: str) -> str:
    """The same, if it is data, or may run.

    Raises
    ------
    SchemaError
        If it is Python that may not.
    """
    if is_data(code) or is_trusted(code):
        return code
    raise SchemaError(
        f"the schema {code[:200]!r} is Python, and a saved plan makes no Python run",
        code="schema-not-trusted",
        facts={"schema": code[:200]},
        fixes=[f"list it in {TRUSTED}, if it is always to be trusted", Fix("schema", ..., "with simple rules only")],
    )


def _unreadable(place: Path, said: str, fix: str) -> OptionError:
    return OptionError(
        f"the plan in {str(place)!r} cannot be read: {said}",
        code="plan-unreadable",
        facts={"file": str(place), "error": said},
        fixes=[fix],
    )
