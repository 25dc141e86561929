"""How much of an operation each of its stages is: `weights_of`, `whole_of`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn

from importer.engine._said import text_of
from importer.errors import OptionError, choices

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["WHOLE", "raise_for_stage", "weights_of", "whole_of"]

WHOLE = 1_000_000
"""Parts of an operation, of which so many are done."""


def weights_of(stages: object) -> dict[str, float] | None:
    """The share of each stage; stages that are only named have equal ones.

    Raises
    ------
    OptionError
        If they are no stages, or have no weights.

    Examples
    --------
    >>> weights_of({"scrape": 20, "import": 60}), weights_of(["a", "b"])
    ({'scrape': 0.25, 'import': 0.75}, {'a': 0.5, 'b': 0.5})
    """
    if stages is None:
        return None
    if isinstance(stages, str) or not isinstance(stages, Iterable):
        _refuse(stages, "must be names of stages, or their weights by name")
    pairs = list(stages.items()) if isinstance(stages, Mapping) else [(name, 1) for name in stages]
    names = [name for name, _ in pairs]
    if not all(isinstance(name, str) and name for name in names):
        _refuse(stages, "must be names of stages, or their weights by name")
    if len(set(names)) < len(names):
        _refuse(stages, "names a stage twice")
    if not all(_is_weight(weight) for _, weight in pairs):
        _refuse(stages, "has a weight that is no number of 0 or more")
    # The largest is 1 first, so that no sum is infinite.
    most = max((float(weight) for _, weight in pairs), default=0.0)
    if not most:
        _refuse(stages, "has no stage with a weight above 0")
    parts = {name: float(weight) / most for name, weight in pairs}
    whole = math.fsum(parts.values())
    return {name: part / whole for name, part in parts.items()}


def _is_weight(weight: object) -> bool:
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        return False
    try:
        return math.isfinite(float(weight)) and weight >= 0
    except OverflowError:
        return False


def _refuse(stages: object, why: str) -> NoReturn:
    raise OptionError(
        f"stages {why}: {text_of(repr(stages), 200)}",
        facts={"option": "stages", "value": text_of(stages, 200)},
        fixes=['write them as {"scrape": 20, "import": 40}'],
    )


def raise_for_stage(name: str, known: Iterable[str]) -> None:
    """Refuse a stage that the operation does not have.

    Raises
    ------
    OptionError
        If there is no such stage.
    """
    names = list(known)
    if name not in names:
        raise OptionError(
            f"there is no stage {text_of(repr(name), 200)}: {choices(name, names)}",
            facts={"option": "stage", "value": text_of(name, 200), "values": names},
        )


def whole_of(shares: Sequence[tuple[float, float]]) -> float:
    """The share of the whole that is done, of weights and how much of each is done.

    Examples
    --------
    >>> whole_of([(0.25, 1.0), (0.75, 0.5)])
    0.625
    """
    return min(1.0, math.fsum(weight * min(1.0, share) for weight, share in shares))
