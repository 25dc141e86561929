"""The controls that the steps consist of, with all text escaped: `step`, `button`, `select`, `text`, `fields`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from importer.app._actions import ALERTS, STEPS
from importer.app._messages import sentence_of
from importer.views import say
from importer.views.html import Html, badge, escape, exact, note, part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.app._model import Model
    from importer.engine import Report
    from importer.views.html import Mark

__all__ = [
    "Option",
    "alerts",
    "button",
    "check_box",
    "copied",
    "download",
    "fields",
    "report_html",
    "select",
    "step",
    "text",
]


class Option(NamedTuple):
    """One of several options: what is sent, and what is shown."""

    value: str
    text: str


def step(  # noqa: PLR0913 - all but two by keyword
    model: Model,
    name: str,
    *,
    summary: str,
    body: Iterable[Html],
    mark: Mark = "good",
    actions: Iterable[Html] = (),
    is_told: bool = False,
) -> Html:
    """One step: a heading that expands and collapses it, a summary, and its body if it is expanded.

    Parameters
    ----------
    summary, mark
        Text beside the heading, and its colour.
    actions
        Buttons at the bottom.
    is_told
        Whether the body says what is wrong.
    """
    is_open, problem = name in model.open, model.problem
    bad = problem is not None and problem.step == name
    parts = [_heading(model, name, summary, "bad" if bad else mark, is_open=is_open)]
    if is_open:
        inside = "".join(body)
        off = " disabled" if model.is_locked and name in ("file", "preview", "columns") else ""
        parts.append(Html(f'<fieldset class="im-body"{off}>{inside}</fieldset>'))
    if bad and problem is not None and not (is_open and is_told):
        again = button("look_again", say("app.try_again")) if problem.may_pass else ""
        parts.append(
            Html(f'<div class="im-problem" role="alert">{note(sentence_of(problem.error), "bad")}{again}</div>')
        )
    if is_open and (keys := "".join(actions)):
        parts.append(Html(f'<div class="im-actions"><span class="im-keys">{keys}</span></div>'))
    return Html(f'<section class="im-step" aria-label="{escape(say(f"{name}.title"))}">{"".join(parts)}</section>')


def _heading(model: Model, name: str, summary: str, mark: Mark, *, is_open: bool) -> Html:
    number = STEPS.index(name) + 1
    busy = badge(say(f"{name}.busy"), "busy") if model.busy == name else ""
    said = f'<span class="im-summary">{escape(summary)}</span>' if summary else ""
    return Html(
        f'<div class="im-stephead im-{escape(mark)}" role="heading" aria-level="3">'
        f'<button type="button" class="im-toggle" data-action="toggle" value="{name}" '
        f'aria-expanded="{str(is_open).lower()}"><span class="im-no" aria-hidden="true">{number}</span>'
        f'<span class="im-steptitle">{escape(say(f"{name}.title"))}</span></button>{said}{busy}</div>'
    )


def copied(lines: str | None, *, into_cell: str = "") -> Html:
    """Python that does the same, and a button that copies it; one with another label puts it into a new cell."""
    if lines is None:
        return Html("")
    cell = f' data-cell="{escape(say("app.in_cell"))}"' if into_cell else ""
    pre = Html(f"<pre><code>{escape(lines)}</code></pre>")
    said = say("app.copied_for_cell" if into_cell else "app.copied")
    return Html(
        f'<div class="im-code"><button type="button" data-copy data-copied="{escape(said)}"{cell}>'
        f"{escape(into_cell or say('app.copy'))}</button>"
        f"<details><summary>{escape(say('app.code'))}</summary>{part(pre)}</details></div>"
    )


def button(  # noqa: PLR0913 - a control's attributes
    ask: str, label: str, *, value: str = "", of: str = "", is_main: bool = False, off: bool = False
) -> Html:
    """A button that sends an action to the kernel."""
    kind = ' class="im-main"' if is_main else ""
    return Html(
        f'<button type="button"{kind} data-action="{escape(ask)}" data-of="{exact(of)}" '
        f'value="{exact(value)}"{" disabled" if off else ""}>'
        f"{escape(label)}</button>"
    )


def download(kind: str, label: str, *, value: str = "") -> Html:
    """A button that downloads a file, and ends the download while it lasts."""
    return Html(
        f'<button type="button" data-download="{escape(kind)}" data-stop="{escape(say("result.stop"))}" '
        f'value="{exact(value)}">{escape(label)}</button>'
    )


def report_html(report: Report) -> Html:
    """A report as a notebook shows it."""
    return Html(report._repr_html_())


def fields(*controls: Html) -> Html:
    """Controls in a row, wrapped if there is no room."""
    return Html(f'<div class="im-fields">{"".join(controls)}</div>') if controls else Html("")


def select(  # noqa: PLR0913 - a control's attributes
    ask: str,
    label: str,
    options: Sequence[Option],
    chosen: str,
    *,
    of: str = "",
    bare: bool = False,
    more: str = "",
) -> Html:
    """A list to choose from; if bare, only screen readers see its label; `more` names options that it shares."""
    rows = _options(tuple(options), chosen)
    name = f' aria-label="{escape(label)}"' if bare else ""
    name += f' data-more="{escape(more)}"' if more else ""
    box = f'<select data-action="{escape(ask)}" data-of="{exact(of)}"{name}>{rows}</select>'
    return Html(box if bare else f"<label><span>{escape(label)}</span>{box}</label>")


@lru_cache(maxsize=256)
def _options(options: tuple[Option, ...], chosen: str) -> Html:
    """The options of a list; many lists have the same."""
    drawn = (
        f'<option value="{exact(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in options
    )
    return Html("".join(drawn))


def text(  # noqa: PLR0913
    ask: str,
    label: str,
    value: str,
    *,
    of: str = "",
    hint: str = "",
    among: str = "",
    typing: str = "",
    bare: bool = False,
    off: bool = False,
    is_wrong: bool = False,
) -> Html:
    """A text field; `among` names the list it completes from, `typing` the action that each key sends."""
    more = f' aria-label="{escape(label)}"' if bare else ""
    more += " disabled" if off else ""
    more += ' aria-invalid="true"' if is_wrong else ""
    more += f' list="{escape(among)}"' if among else ""
    more += f' data-typing="{escape(typing)}"' if typing else ""
    line = (
        f'<input type="text" data-action="{escape(ask)}" data-of="{exact(of)}" value="{exact(value)}" '
        f'placeholder="{escape(hint)}" spellcheck="false" autocomplete="off"{more}>'
    )
    return Html(line if bare else f'<label class="im-wide"><span>{escape(label)}</span>{line}</label>')


def secret(ask: str, label: str, *, of: str = "", hint: str = "") -> Html:
    """A field for a password, which is empty whenever it is drawn: what was typed is not shown again."""
    return Html(
        f'<label class="im-wide"><span>{escape(label)}</span>'
        f'<input type="password" data-action="{escape(ask)}" data-of="{exact(of)}" value="" '
        f'placeholder="{escape(hint)}" autocomplete="new-password" spellcheck="false"></label>'
    )


def check_box(ask: str, label: str, *, of: str, is_on: bool, off: bool = False) -> Html:
    """A check box whose label only screen readers see."""
    return Html(
        f'<input type="checkbox" data-action="{escape(ask)}" data-of="{exact(of)}" aria-label="{escape(label)}"'
        f"{' checked' if is_on else ''}{' disabled' if off else ''}>"
    )


def alerts(model: Model) -> Html:
    """How the end is signalled to a user who looks elsewhere."""
    boxes = (
        f"<label>{check_box(name, say(f'import.{name}'), of='', is_on=name in model.alerts)} "
        f"<span>{escape(say(f'import.{name}'))}</span></label>"
        for name in ALERTS
    )
    return Html(f'<div class="im-alerts"><span>{escape(say("import.alerts"))}</span>{"".join(boxes)}</div>')
