"""Where to find a schema class again: ``FILE.py:CLASS``, ``module:CLASS``, or its code."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import Fix, SchemaError, choices
from importer.schema._code import code_of, schema_of_code
from importer.schema._schema import raise_for_twins

if TYPE_CHECKING:
    from types import ModuleType

    import dataframely as dy

__all__ = ["load_schema", "place_of"]


def place_of(schema: type[dy.Schema]) -> str:
    """Text from which `load_schema` loads the class: its place, or its code if no module has it.

    A class with rules of its own that is defined in a notebook can be loaded only in that notebook.
    """
    place = f"{schema.__module__}:{schema.__qualname__}"
    module = sys.modules.get(schema.__module__)
    is_kept = schema.__module__ != "__main__" and getattr(module, schema.__qualname__, None) is schema
    if is_kept or schema.__module__.endswith(".py"):
        return place
    try:
        return code_of(schema)
    except SchemaError:
        return place


def load_schema(place: str) -> type[dy.Schema]:
    """The schema class at a place.

    Raises
    ------
    SchemaError
        If there is none, or two of its columns differ only in case.
    """
    import dataframely as dy

    if "\n" in place:
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
