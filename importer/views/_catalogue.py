"""Every word of the views, from one catalogue: `say`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

__all__ = ["catalogue", "say"]


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Sentences by room and name; another language is another file of the same shape."""
    return tomllib.loads(resources.files(__package__).joinpath("words_en.toml").read_text("utf-8"))


def say(key: str, **values: object) -> str:
    """Sentence of the catalogue with its values filled in; numbers get thousands marks.

    Examples
    --------
    >>> say("import.write", rows=9_713, table="orders")
    'Write 9,713 rows into orders'
    """
    room, name = key.split(".")
    shown = {key: f"{value:,}" if isinstance(value, int) else value for key, value in values.items()}
    return catalogue()[room][name].format(**shown)
