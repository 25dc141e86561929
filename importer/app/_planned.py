"""The plan that the choices come to, or why there can be none: `planned`, `failed`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.app._flow import Problem
from importer.errors import ImporterError

if TYPE_CHECKING:
    from importer.app._choices import Choices
    from importer.app._look import Look

__all__ = ["failed", "planned"]


def planned(choices: Choices, found: Look) -> dict[str, Any]:
    """The plan of these choices, or why there can be none; all that takes long is worked out."""
    try:
        plan, inference = choices.plan(found.source)
        preview = plan.preview()
        _ = plan.formats
    except ImporterError as exc:
        return failed("match", str(exc))
    return {"plan": plan, "inference": inference, "preview": preview}


def failed(step: str, sentence: str) -> dict[str, Any]:
    """No plan, so that none but the one that was chosen can be carried out."""
    problem = {"problem": Problem(step=step, sentence=sentence)}
    void = {"look": ("plan", "look", "preview"), "match": ("plan",)}
    return {**problem, **dict.fromkeys(void.get(step, ()))}
