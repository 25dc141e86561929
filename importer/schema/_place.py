"""How a schema is found again: by its code, which is data, or its place, ``FILE.py:CLASS`` or ``module:CLASS``."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import Fix, SchemaError, choices
from importer.schema._code import code_of, schema_of_code
from importer.schema._schema import raise_for_twins

if TYPE_CHECKING:
    from types import ModuleType

    import dataframely as dy

__all__ = ["TRUSTED", "is_data", "is_trusted", "known_schema", "load_schema", "place_of"]

TRUSTED = "IMPORTER_TRUSTED_SCHEMAS"
"""The variable that lists places of schemas, separated by commas, whose Python a record may run."""


def place_of(schema: type[dy.Schema]) -> str:
    """Text from which `load_schema` loads the class: its code, or its place if it is more than simple values.

    A class with rules of its own that is defined in a notebook can be loaded only in that notebook.
    """
    try:
        return code_of(schema)
    except SchemaError:
        return f"{schema.__module__}:{schema.__qualname__}"


def is_data(place: str) -> bool:
    """Whether the text is the code of a schema, which is read and never run."""
    return "\n" in place


def is_trusted(place: str) -> bool:
    """Whether the user lists this place in ``IMPORTER_TRUSTED_SCHEMAS``.

    Examples
    --------
    >>> is_trusted("shop:Orders")
    False
    """
    return place in {_whole(entry.strip()) for entry in os.environ.get(TRUSTED, "").split(",")} - {""}


def _whole(entry: str) -> str:
    """The place as a record names it: a file by its full path."""
    file, _, name = entry.rpartition(":")
    return f"{Path(file).resolve()}:{name}" if file.endswith(".py") else entry


def known_schema(place: str) -> type[dy.Schema] | None:
    """The schema at a place if its module is loaded already; nothing is run to find it."""
    import dataframely as dy

    name, _, attribute = place.rpartition(":")
    schema = getattr(sys.modules.get(name), "__dict__", {}).get(attribute)
    return schema if isinstance(schema, type) and issubclass(schema, dy.Schema) else None


def load_schema(place: str) -> type[dy.Schema]:
    """The schema class at a place.

    Raises
    ------
    SchemaError
        If there is none, or two of its columns differ only in case.
    """
    import dataframely as dy

    if is_data(place):
        return schema_of_code(place)
    file, _, name = place.rpartition(":")
    module = _module(file, place)
    schema = getattr(module, name, None)
    if not (isinstance(schema, type) and issubclass(schema, dy.Schema)):
        names = [key for key, value in vars(module).items() if isinstance(value, type) and issubclass(value, dy.Schema)]
        raise SchemaError(
            f"{file!r} has no dataframely schema {name!r}: {choices(name, names)}",
            code="schema-not-found",
            facts={"file": file, "schema": name, "schemas": names},
            fixes=[Fix("schema", ..., "with one of those")],
        )
    raise_for_twins(schema)
    return schema


def _module(file: str, place: str) -> ModuleType:
    if not file.endswith(".py"):
        try:
            return importlib.import_module(file or "?")
        except ImportError as exc:
            raise SchemaError(
                f"the schema {place!r} names no Python file",
                code="schema-not-found",
                facts={"schema": place},
                fixes=[Fix("schema", "orders.py:Orders", "as FILE.py:CLASS")],
            ) from exc
    # The module is named by its full path, so that `place_of` finds it.
    path = Path(file).resolve()
    spec = importlib.util.spec_from_file_location(str(path), path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SchemaError(
            f"the schema {place!r} names no Python file",
            code="schema-not-found",
            facts={"schema": place},
            fixes=[Fix("schema", "orders.py:Orders", "as FILE.py:CLASS")],
        )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
