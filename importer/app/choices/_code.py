"""Python that does what was clicked: `plan_code`, `resume_code`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.app.choices._name import Name
from importer.core import OPTIONS, Address, literal, masked
from importer.sinks import Sink, has_password
from importer.views import say

if TYPE_CHECKING:
    from importer.app.choices._choices import Choices
    from importer.app.choices._target import Target
    from importer.schema.inference import Inference

__all__ = ["plan_code", "resume_code"]

MOST_CORRECTED = 500
"""Corrected cells that are spelt out; with more, the page would be slow to draw."""

LINE = 88
"""Longest call that stays on one line."""


def plan_code(choices: Choices, *lines: str, inference: Inference | None = None, target: Target | None = None) -> str:
    """Python that makes the plan, followed by these lines.

    Parameters
    ----------
    inference
        What the sample shows, spelt out if the user changed it.
    target
        The columns that are filled.

    Examples
    --------
    >>> from importer.app.choices import Choices
    >>> from pathlib import Path
    >>> choices = Choices(path=Path("a.csv"), said="a.csv").but(into="sqlite:///shop.db", key=("id",))
    >>> print(plan_code(choices, "report = plan.run()"))
    import importer
    <BLANKLINE>
    plan = importer.plan("a.csv", into="sqlite:///shop.db", table="a", key=["id"])
    report = plan.run()
    """
    if choices.corrects is not None:
        return _corrected_code(choices, *lines)
    place = choices.place(target) | {"into": _into(choices)}
    options = {**place, **choices.options, **place}
    head = ["import importer", "", *_about_password(choices)]
    left_out = _left_out(choices)
    if left_out:
        options.pop("corrections")
    if (choices.columns or choices.brings_columns) and inference is not None:
        options["schema"] = inference.schema
        head = [inference.code().replace("\n\n\n", "\nimport importer\n\n\n", 1), "", *_about_password(choices)]
    elif target is not None and target.is_there:
        given = [_argument(name, value) for name, value in target.chosen(choices).items()]
        head += [_call("schema = importer.schema_of", [literal(_into(choices)), literal(choices.table), *given])]
        options["schema"] = Name("schema")
    if "schema" in options:
        options.pop("types", None)
    texts = [literal(choices.spelt), *(_argument(name, value) for name, value in options.items())]
    return "\n".join([*head, *left_out, _call("plan = importer.plan", texts), *lines])


def resume_code(choices: Choices, job_id: str, *lines: str) -> str:
    """Python that resumes a job that began with this file.

    Examples
    --------
    >>> from importer.app.choices import Choices
    >>> from pathlib import Path
    >>> choices = Choices(path=Path("a.csv"), said="a.csv").but(into="sqlite:///shop.db")
    >>> print(resume_code(choices, "4c1d8a52-0"))
    import importer
    <BLANKLINE>
    report = importer.resume("4c1d8a52", into="sqlite:///shop.db", file="a.csv")
    """
    # The record of a job knows where its files are, and the copy of one from elsewhere.
    is_known = choices.files or choices.is_many or choices.is_elsewhere
    given: dict[str, Any] = {"into": _into(choices)} | ({} if is_known else {"file": choices.spelt})
    if "schema" in choices.options:
        given["schema"] = choices.options["schema"]
    texts = [literal(job_id[:8]), *(_argument(name, value) for name, value in given.items())]
    call = f"report = importer.resume({', '.join(texts)})"
    return "\n".join(["import importer", "", *_about_password(choices), call, *lines])


def _corrected_code(choices: Choices, *lines: str) -> str:
    """Python that imports corrected rows as the other rows were."""
    mine = [f"plan = plan.for_file({literal(choices.spelt)})"]
    if left_out := _left_out(choices):
        mine = [*left_out, *mine]
    elif cells := choices.options.get("corrections"):
        mine = ["from dataclasses import replace", *mine, f"plan = replace(plan, corrections={literal(cells)})"]
    corrects = choices.corrects
    if corrects is None:
        return "\n".join([*mine, *lines])
    return plan_code(corrects.choices, *mine, *lines, inference=corrects.inference, target=corrects.target)


def _left_out(choices: Choices) -> list[str]:
    """A line that says so if the corrected cells are too many to be spelt out."""
    count = len(choices.options.get("corrections", {}))
    return [say("code.left_out", n=count)] if count > MOST_CORRECTED else []


def _call(function: str, arguments: list[str]) -> str:
    """A call, on as many lines as it needs."""
    line = f"{function}({', '.join(arguments)})"
    return line if len(line) <= LINE else "\n".join([f"{function}(", *(f"    {text}," for text in arguments), ")"])


def _argument(name: str, value: object) -> str:
    """A keyword argument."""
    is_option = name in OPTIONS and not isinstance(value, Name)
    return f"{name}={OPTIONS[name].to_python(value) if is_option else literal(value)}"


def _into(choices: Choices) -> object:
    """Where the rows go, without a password; a sink of the user's own is a name."""
    if isinstance(choices.into, Sink):
        return Name("sink")
    if not isinstance(choices.into, str):
        return choices.into
    address = Address.of(choices.into)
    return masked(choices.into if address is None else str(address.with_password(None)))


def _about_password(choices: Choices) -> list[str]:
    """Where the password comes from that is not in the code."""
    hidden = [say("app.code_link")] if choices.spelt != choices.said and not choices.files else []
    if choices.pages is not None and choices.pages.has_secrets:
        hidden = [say("app.code_pages")]
    return [*hidden, *([say("app.code_password")] if has_password(choices.into) else [])]
