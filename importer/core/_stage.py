"""The stage that an operation is in: `StageInHand`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

__all__ = ["StageInHand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageInHand:
    """The stage that an operation is in, and how far that stage is.

    Attributes
    ----------
    name
        The stage; empty if the operation has no stages.
    number, count
        Which of how many stages it is, from 1; `count` is None if nobody knows.
    completed, total
        Steps done of this stage, and how many there are, if known.
    message
        What was said last.
    details
        Any JSON that was given with it, as text.

    Examples
    --------
    >>> stage = StageInHand(name="scrape", count=3, completed=5, total=20)
    >>> StageInHand.of_json(stage.as_json()) == stage
    True
    """

    name: str = ""
    number: int = 1
    count: int | None = None
    completed: int = 0
    total: int | None = None
    message: str | None = None
    details: str | None = None

    def as_json(self) -> str:
        """The stage as the store keeps it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of_json(cls, text: str) -> StageInHand:
        """The stage that was written by `as_json`."""
        found = json.loads(text)
        return cls(**{field.name: found[field.name] for field in fields(cls)})

    @classmethod
    def is_one(cls, found: object) -> bool:
        """Whether `as_json` may have written this, when parsed."""
        return (
            isinstance(found, dict)
            and found.keys() == {field.name for field in fields(cls)}
            and isinstance(found["name"], str)
            and all(_is_count(found[name]) for name in ("number", "completed"))
            and all(found[name] is None or _is_count(found[name]) for name in ("count", "total"))
            and all(found[name] is None or isinstance(found[name], str) for name in ("message", "details"))
        )


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0
