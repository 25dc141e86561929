"""The plan that the choices come to, or why there can be none: `planned`, `failed`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.app._broken import sentence_of
from importer.app._flow import Problem
from importer.app._known import recognised
from importer.app._target import Target, UnreachableError, columns_there
from importer.errors import ImporterError, SchemaError
from importer.views import say

if TYPE_CHECKING:
    from importer.app._choices import Choices
    from importer.app._look import Look

__all__ = ["failed", "planned"]


def planned(choices: Choices, found: Look) -> dict[str, Any]:
    """The plan of these choices, or why there can be none; all that takes long is worked out."""
    known: dict[str, Any] = {"target": None, "inference": None, "preview": None}
    try:
        there = columns_there(choices)
        target = None if choices.corrects is not None else Target.of(choices, found.source.header.labels, there)
        known["target"] = target
        if target is not None and target.missing:
            return {**known, **failed("match", SchemaError(say("match.missing", columns=", ".join(target.missing))))}
        plan, known["inference"] = choices.plan(found.source, target)
        known["target"] = target or Target(schema=plan.effective_schema, matches=plan.matches, exists=bool(there))
        known["preview"] = plan.preview()
        _ = plan.formats
    except ImporterError as exc:
        return {**known, **failed("match", exc)}
    return {**known, "plan": plan, "known": recognised(plan)}


def failed(step: str, exc: Exception) -> dict[str, Any]:
    """No plan, so that none but the one that was chosen can be carried out."""
    may_pass = isinstance(exc, UnreachableError)
    options = exc.options if isinstance(exc, ImporterError) else ()
    found = Problem(step=step, sentence=sentence_of(exc), may_pass=may_pass, offers=options)
    void = {"look": ("plan", "look", "preview", "target", "known"), "match": ("plan", "known")}
    return {"problem": found, **dict.fromkeys(void.get(step, ()))}
