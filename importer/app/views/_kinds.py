"""Types of columns in plain words, each with its mark: `kind_of`, `kind_name`, `kind_badge`."""

from __future__ import annotations

import polars as pl

from importer.app.choices import KINDS
from importer.views import say
from importer.views.html import Html, escape

__all__ = ["kind_badge", "kind_class", "kind_name", "kind_of"]

TEXTS = (pl.String, pl.Categorical, pl.Enum)

SAME: dict[type[pl.DataType], str] = {pl.Date: "Date", pl.Datetime: "Datetime", pl.Time: "Time", pl.Boolean: "Bool"}


def kind_of(dtype: pl.DataType) -> str:
    """The one of `KINDS` that has the same word, or the name of a type that has none.

    Examples
    --------
    >>> [kind_of(dtype) for dtype in (pl.Int8(), pl.Decimal(10, 2), pl.Datetime("ms", "UTC"), pl.Duration())]
    ['Int64', 'Float64', 'Datetime', 'Duration']
    """
    if dtype.is_integer():
        return "Int64"
    if dtype.is_numeric():
        return "Float64"
    return "String" if dtype in TEXTS else SAME.get(type(dtype), type(dtype).__name__)


def kind_name(kind: str) -> str:
    """The word for a type.

    Examples
    --------
    >>> kind_name("Int64"), kind_name("Datetime"), kind_name("Duration")
    ('Whole number', 'Date and time', 'Duration')
    """
    return say(f"kind.{kind.lower()}") if kind in KINDS else kind


def kind_class(kind: str) -> str:
    """The style of the mark."""
    return f"im-kind im-kind-{kind.lower()}" if kind in KINDS else "im-kind"


def kind_badge(dtype: pl.DataType) -> Html:
    """The mark and the word; the exact type is its tooltip."""
    kind = kind_of(dtype)
    return Html(f'<span class="{kind_class(kind)}" title="{escape(str(dtype))}">{escape(kind_name(kind))}</span>')
