"""Schemas as Python code, and back: `code_of`, `schema_of_code`."""

from __future__ import annotations

import ast
import inspect
import keyword
import unicodedata
from copy import copy
from functools import cache
from typing import TYPE_CHECKING

import polars as pl
from polars.exceptions import PolarsError

from importer.core import literal
from importer.errors import Fix, SchemaError
from importer.schema._schema import schema_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import dataframely as dy

UNUSABLE = (
    ArithmeticError,
    AttributeError,
    MemoryError,
    PolarsError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What Python raises for code that is too deep or too large, and dataframely and polars for options that they
cannot use."""

LONGEST = 4_000_000
"""Characters of the code of a schema with very many columns."""

__all__ = ["attributes", "code_of", "column_code", "made", "schema_code", "schema_of_code"]


def made(name: str, columns: Mapping[str, dy.Column]) -> type[dy.Schema]:
    """A schema with these columns and no rules of its own.

    Examples
    --------
    >>> import dataframely as dy
    >>> print(code_of(made("Orders", {"Order No": dy.Int64(primary_key=True), "sold": dy.Date(nullable=True)})))
    import dataframely as dy
    <BLANKLINE>
    <BLANKLINE>
    class Orders(dy.Schema):
        column_0 = dy.Int64(primary_key=True, alias="Order No")
        sold = dy.Date(nullable=True)
    <BLANKLINE>
    """
    import dataframely as dy

    return type(name, (dy.Schema,), {"__module__": __name__, **attributes(columns)})


def attributes(columns: Mapping[str, dy.Column]) -> dict[str, dy.Column]:
    """The columns as attributes of a class: a name that no attribute can have becomes an alias.

    Examples
    --------
    >>> import dataframely as dy
    >>> found = attributes({"class": dy.String(), "qty": dy.Int64()})
    >>> [(name, column.alias) for name, column in found.items()]
    [('class_', 'class'), ('qty', None)]
    """
    found = {}
    for n, (name, column) in enumerate(columns.items()):
        attribute, shown = name, copy(column)
        if not _is_attribute(name):
            attribute = f"{name}_" if _is_attribute(f"{name}_") else f"column_{n}"
            while attribute in columns or attribute in found:
                attribute += "_"
        shown.alias = None if attribute == name else name
        found[attribute] = shown
    return found


def code_of(schema: type[dy.Schema]) -> str:
    """Python that makes the class.

    Raises
    ------
    SchemaError
        If it has rules of its own, or options that are not simple values.
    """
    # dataframely has no public list of a schema's own rules.
    for name in schema._schema_validation_rules():  # noqa: SLF001
        raise SchemaError(
            f"the rule {name!r} of {schema.__name__} is more than simple values",
            code="schema-not-simple",
            facts={"rule": name, "schema": schema.__name__},
            fixes=["keep it in a module"],
        )
    lines = [f"{name} = {column_code(column)}" for name, column in attributes(schema_columns(schema)).items()]
    return schema_code(schema.__name__, lines)


def schema_code(name: str, lines: Iterable[str]) -> str:
    """The class with this name and these lines in its body."""
    body = "\n".join(f"    {line}" for line in lines) or "    pass"
    return f"import dataframely as dy\n\n\nclass {name}(dy.Schema):\n{body}\n"


def column_code(column: dy.Column) -> str:
    """The column as Python, without the options that have their default.

    Raises
    ------
    SchemaError
        If an option is not a simple value.

    Examples
    --------
    >>> import dataframely as dy
    >>> column_code(dy.Float64(min=0, metadata={"decimal": ","}))
    'dy.Float64(min=0, metadata={"decimal": ","})'
    """
    import dataframely as dy

    if getattr(dy, type(column).__name__, None) is not type(column):
        raise SchemaError(
            f"{type(column).__name__} is not a column of dataframely itself",
            code="schema-not-simple",
            facts={"column": type(column).__name__},
            fixes=["keep it in a module"],
        )
    given = []
    for name, default in _defaults(type(column)):
        value = getattr(column, name, default)
        if value is default or (type(value) is type(default) and value == default):
            continue
        if not _is_simple(value):
            raise SchemaError(
                f"the option {name!r} of a column is not a simple value: {value!r}",
                code="schema-not-simple",
                facts={"option": name, "value": str(value)},
                fixes=["keep it in a module"],
            )
        given.append(f"{name}={literal(value)}")
    return f"dy.{type(column).__name__}({', '.join(given)})"


@cache
def _defaults(kind: type[dy.Column]) -> tuple[tuple[str, object], ...]:
    """The options of a kind of column, and their defaults."""
    parameters = list(inspect.signature(kind.__init__).parameters.items())[1:]
    return tuple((name, parameter.default) for name, parameter in parameters)


def schema_of_code(code: str) -> type[dy.Schema]:
    r"""The schema that `code_of` wrote; the code is parsed, never run.

    Raises
    ------
    SchemaError
        If the code holds anything else.

    Examples
    --------
    >>> schema_of_code("class Orders(dy.Schema):\n    qty = dy.Int64(min=1)").columns()["qty"].min
    1
    """
    import dataframely as dy

    try:
        if len(code) > LONGEST:
            raise ValueError(f"{len(code):,} characters")
        [found] = [node for node in ast.parse(code).body if isinstance(node, ast.ClassDef)]
        columns = {}
        for node in found.body:
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=attribute)],
                    value=ast.Call(func=ast.Attribute(value=ast.Name(id="dy"), attr=kind), args=[], keywords=options),
                ):
                    made_by = getattr(dy, kind)
                    if not (isinstance(made_by, type) and issubclass(made_by, dy.Column)):
                        raise TypeError(kind)
                    values = {str(option.arg): ast.literal_eval(option.value) for option in options}
                    column = made_by(**values)
                    _raise_for_values(values)
                    columns[column.alias or attribute] = column
                case ast.Pass():
                    pass
                case _:
                    raise TypeError(type(node).__name__)
        return made(found.name, columns)
    except UNUSABLE as exc:
        why = (str(exc).strip() or type(exc).__name__).splitlines()[0]
        raise SchemaError(
            f"the code of the schema holds more than columns and simple options: {why}",
            code="schema-not-simple",
            facts={"error": why},
            fixes=[Fix("schema", ..., "with the class itself")],
        ) from exc


def _raise_for_values(values: Mapping[str, object]) -> None:
    """Check options that dataframely takes as they are, and cannot use."""
    for name, value in values.items():
        is_given = value is not None
        if name in {"nullable", "primary_key", "unique", "allow_inf", "allow_nan"}:
            is_good = isinstance(value, bool)
        elif name in {"alias", "description", "regex", "time_zone", "time_unit", "resolution"}:
            is_good = isinstance(value, str) or not is_given
        elif name in {"min_length", "max_length", "precision", "scale"}:
            is_good = type(value) is int or not is_given
        elif name == "metadata":
            is_good = isinstance(value, dict) or not is_given
        elif name == "categories":
            is_good = isinstance(value, list) and all(isinstance(category, str) for category in value)
        else:
            is_good = name not in {"check", "inner"} or not is_given
        if not is_good:
            raise TypeError(f"{name} cannot be {str(value)[:40]!r}")
    if isinstance(regex := values.get("regex"), str):
        pl.Series([""]).str.contains(regex)
    literal(values).encode()  # No half of a character.


def _is_simple(value: object) -> bool:
    try:
        return bool(ast.literal_eval(literal(value)) == value)
    except (SyntaxError, ValueError):
        return False


def _is_attribute(name: str) -> bool:
    import dataframely as dy

    # Python writes an attribute in its normal form, and dataframely ignores what begins with two underscores.
    is_kept = name.isidentifier() and not name.startswith("__") and unicodedata.normalize("NFKC", name) == name
    return is_kept and not keyword.iskeyword(name) and not hasattr(dy.Schema, name) and name != "dy"
