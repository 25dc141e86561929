"""Types and formats inferred from a sample, with reasons."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from importer.schema.inference._marks import decide

if TYPE_CHECKING:
    from importer.schema.inference._alike import KEYS_ALIKE, alike
    from importer.schema.inference._infer import evidence_of, infer
    from importer.schema.inference._inference import Guess, Inference
    from importer.schema.inference._shown import Shown, shown_by
    from importer.schema.inference._survey import Evidence

__all__ = [
    "KEYS_ALIKE",
    "Evidence",
    "Guess",
    "Inference",
    "Shown",
    "alike",
    "decide",
    "evidence_of",
    "infer",
    "shown_by",
]

# A job with a schema of its own needs no more than `decide`.
_ELSEWHERE = {
    "Evidence": "_survey",
    "Guess": "_inference",
    "Inference": "_inference",
    "KEYS_ALIKE": "_alike",
    "Shown": "_shown",
    "alike": "_alike",
    "shown_by": "_shown",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ELSEWHERE.get(name, '_infer')}"), name)
