"""Python that does what was clicked: `model_code`, `import_code`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app.choices import plan_code, resume_code

if TYPE_CHECKING:
    from importer.app._model import Model

__all__ = ["import_code", "model_code"]


def model_code(model: Model, *lines: str) -> str | None:
    """Python that makes the plan, followed by these lines; None before a file is chosen."""
    if model.choices is None:
        return None
    shown = model.looked
    inference, target = (None, None) if shown is None else (shown.draft.inference, shown.draft.target)
    return plan_code(model.choices, *lines, inference=inference, target=target)


def import_code(model: Model, *lines: str) -> str | None:
    """Python that imports, followed by these lines."""
    importing, choices = model.importing, model.choices
    if importing is None or importing.resumes is None or choices is None:
        return model_code(model, "report = plan.run()", *lines)
    return resume_code(choices, importing.resumes, *lines)
