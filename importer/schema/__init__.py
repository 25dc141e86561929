"""What cells mean: columns and their formats, headers matched to columns, schemas as code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.doors import door

if TYPE_CHECKING:
    from importer.schema._code import made
    from importer.schema._hints import raise_for_hints
    from importer.schema._matching import (
        Match,
        best_matches,
        match,
        raise_for_rivals,
        table_matches,
        with_constants,
        with_defaults,
    )
    from importer.schema._names import class_name, names, tidied
    from importer.schema._place import TRUSTED, is_data, is_trusted, known_schema, load_schema, place_of
    from importer.schema._schema import Format, Writing, row_rules, schema_columns, table_of
    from importer.schema.parsing import ERRORS

__all__ = [
    "ERRORS",
    "TRUSTED",
    "Format",
    "Match",
    "Writing",
    "best_matches",
    "class_name",
    "is_data",
    "is_trusted",
    "known_schema",
    "load_schema",
    "made",
    "match",
    "names",
    "place_of",
    "raise_for_hints",
    "raise_for_rivals",
    "row_rules",
    "schema_columns",
    "table_matches",
    "table_of",
    "tidied",
    "with_constants",
    "with_defaults",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(__name__)
