"""One snapshot of a job as HTML."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from importer.core import State
from importer.listeners._words import left, rows, speed, took, word
from importer.views import by_kind, say
from importer.views.html import Html, badge, counts, escape, note, percent, title, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.core import Progress
    from importer.listeners._window import Window
    from importer.views.html import Mark

__all__ = ["ASKED", "MARKS", "bar", "draw", "page", "script", "style"]

MARKS: Final[dict[State, Mark]] = {
    State.PENDING: "warn",
    State.RUNNING: "busy",
    State.PAUSED: "quiet",
    State.WAITING: "warn",
    State.SUCCEEDED: "good",
    State.FAILED: "bad",
    State.CANCELLED: "quiet",
    State.INTERRUPTED: "warn",
}

ASKED: Final = ("pause", "resume", "cancel")
"""What a job may be asked for."""


@cache
def style() -> str:
    """Style sheet of the panel, over and above the common one."""
    text = resources.files(__package__).joinpath("_panel.css").read_text("utf-8")
    return " ".join(text.split())


@cache
def script() -> str:
    """The function ``morph`` of JavaScript, which brings a page to a drawing."""
    return resources.files(__package__).joinpath("_morph.js").read_text("utf-8")


def page(drawn: Html) -> Html:
    """A drawing that needs nothing else: it stays readable when the kernel is gone."""
    return whole(Html(f"<style>{style()}</style>"), drawn)


def draw(progress: Progress, window: Window, *, buttons: bool = False, asked: str | None = None) -> Html:
    """Everything that a snapshot says, escaped.

    Parameters
    ----------
    buttons
        Whether a job is there to be paused, resumed and cancelled.
    asked
        What the job was asked for and has not done yet, one of `ASKED`.
    """
    state, mark = progress.state, MARKS[progress.state]
    stands = word(state, progress.kind)
    said = say(f"job.{asked}_asked") if asked else stands
    figures = _figures(progress)
    marks: dict[str, Mark] = {name: "warn" for name in map(say, ("job.refused", "job.warnings")) if figures[name]}
    parts = [
        title(progress.label, badge(said, mark)),
        bar(progress, mark),
        _under(progress, window),
        counts(figures, marks),
        note(progress.error, "warn" if mark == "warn" else "bad") if progress.error else Html(""),
        _foot(progress, _actions(state) if buttons else (), asked),
        _spoken(progress, stands),
    ]
    return Html(f'<div class="im-panel" role="group" aria-label="{escape(progress.label)}">{"".join(parts)}</div>')


def _figures(progress: Progress) -> dict[str, int]:
    """What became of the rows, or would."""
    return {
        say(by_kind("job.created", progress.kind)): progress.created,
        say(by_kind("job.updated", progress.kind)): progress.updated,
        say("job.unchanged"): progress.unchanged,
        say("job.refused"): progress.rejected,
        say("job.warnings"): progress.warnings,
    }


def bar(progress: Progress, mark: Mark, *, label: str | None = None) -> Html:
    """The bar, for eyes and for screen readers."""
    share = progress.fraction
    if share is None:
        now, wide, kind = "", "100", " im-unknown" if progress.state is State.RUNNING else " im-empty"
    else:
        now, wide, kind = f' aria-valuenow="{share * 100:.0f}"', f"{share * 100:.2f}", ""
    said = rows(progress) if share is None else f"{percent(share)}, {rows(progress)}"
    name = say("job.progress") if label is None else label
    return Html(
        f'<div class="im-track{kind}" role="progressbar" aria-label="{escape(name)}" aria-valuemin="0" '
        f'aria-valuemax="100"{now} aria-valuetext="{escape(said)}">'
        f'<div class="im-fill im-{mark}" style="width: {wide}%"></div></div>'
    )


def _under(progress: Progress, window: Window) -> Html:
    """The line under the bar: how much, how fast, how long."""
    share = "" if progress.fraction is None else f"<b>{percent(progress.fraction)}</b>"
    if progress.state is State.PENDING:
        done, pace = "", []
    elif progress.state.is_final:
        done, pace = say("job.within", done=rows(progress), time=took(progress)), [speed(window)]
    else:
        done = rows(progress) if progress.rows_read else say("job.first")
        pace = [speed(window), left(window)] if progress.state is State.RUNNING and progress.rows_read else []
        pace.append(say("job.so_far", time=took(progress)))
    said = " · ".join(text for text in pace if text)
    return Html(f'<div class="im-line">{share}<span>{escape(done)}</span><span>{escape(said)}</span></div>')


def _actions(state: State) -> tuple[str, ...]:
    """What a job in this state may be asked for."""
    if state.is_final:
        return ()
    return ("resume", "cancel") if state is State.PAUSED else ("pause", "cancel")


def _foot(progress: Progress, actions: Iterable[str], asked: str | None) -> Html:
    """The last key, and the buttons."""
    key = None if progress.state is State.SUCCEEDED else progress.current_key
    said = "" if key is None else f"{escape(say('job.key'))} <span>{escape(key)}</span>"
    keys = "".join(
        f'<button type="button" data-ask="{escape(ask)}"{" disabled" if asked in (ask, "cancel") else ""}>'
        f"{escape(say(f'job.{ask}'))}</button>"
        for ask in actions
    )
    if not said and not keys:
        return Html("")
    return Html(f'<div class="im-foot"><span class="im-key">{said}</span><span class="im-keys">{keys}</span></div>')


def _spoken(progress: Progress, text: str) -> Html:
    """What a screen reader says aloud: each state, and every tenth of the way."""
    if progress.state.is_final:
        text = f"{text}, {rows(progress)}, {say('job.count', count=progress.rejected, name=say('job.refused'))}"
    elif progress.fraction is not None:
        text = f"{text}, {percent(int(progress.fraction * 10) / 10)}"
    return Html(f'<div class="im-spoken" role="status" aria-live="polite">{escape(text)}</div>')
