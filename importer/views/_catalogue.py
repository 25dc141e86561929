"""The words of the views, from one catalogue: `say`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.core import Kind

__all__ = ["by_kind", "catalogue", "say"]


@cache
def catalogue() -> dict[str, dict[str, str | dict[str, str]]]:
    """Sentences by section and name; a sentence that depends on a number is a pair of ``one`` and ``other``."""
    return tomllib.loads(resources.files(__package__).joinpath("words_en.toml").read_text("utf-8"))


def say(key: str, **values: object) -> str:
    """Sentence of the catalogue with its values filled in; integers get thousands separators.

    A pair of ``one`` and ``other`` is decided by the value ``n``.

    Examples
    --------
    >>> say("foot.run", n=9_713)
    'Import 9,713 rows'
    >>> say("count.rows", n=1), say("count.rows", n=9_713)
    ('1 row', '9,713 rows')
    """
    section, name = key.split(".")
    sentence = catalogue()[section][name]
    if isinstance(sentence, dict):
        sentence = sentence["one" if values["n"] == 1 else "other"]
    return sentence.format(
        **{name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
    )


def by_kind(key: str, kind: Kind) -> str:
    """Key of what a view says about a job of this kind; most words suit every kind.

    Examples
    --------
    >>> by_kind("state.running", "check"), by_kind("state.paused", "check")
    ('state.running_check', 'state.paused')
    """
    section, name = key.split(".")
    of_kind = f"{name}_{kind}"
    return f"{section}.{of_kind}" if of_kind in catalogue()[section] else key
