"""One snapshot of a job as HTML: `draw_panel`."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from importer.core import PACES, State
from importer.views._catalogue import by_kind, say
from importer.views._figures import MARKS, figures
from importer.views._job import elapsed, in_hand, is_transfer, left_out, remaining, rows, speed, stage, word
from importer.views._numbers import percent
from importer.views.html import Html, badge, counts, escape, note, title, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.core import Control, Progress
    from importer.views._figures import Figure
    from importer.views._window import Window
    from importer.views.html import Mark

__all__ = ["draw_bar", "draw_panel", "morph_script", "pace_word", "panel_style", "standalone"]


@cache
def panel_style() -> str:
    """Style sheet of the panel, in addition to the common one."""
    text = resources.files(__package__).joinpath("panel.css").read_text("utf-8")
    return " ".join(text.split())


@cache
def morph_script() -> str:
    """JavaScript function ``morph``, which changes a page into a new drawing of it."""
    return resources.files(__package__).joinpath("morph.js").read_text("utf-8")


def standalone(drawn: Html) -> Html:
    """Drawing with its own styles: it stays readable when the kernel is gone."""
    return whole(Html(f"<style>{panel_style()}</style>"), drawn)


def draw_panel(
    progress: Progress, window: Window, *, buttons: bool = False, paces: bool = False, requested: str | None = None
) -> Html:
    """Everything that a snapshot says, escaped.

    Parameters
    ----------
    buttons
        Whether the job can be paused, resumed and cancelled from here.
    paces
        Whether its pace can be changed from here too.
    requested
        The control that was used last, one of `CONTROLS`, until the job obeys.
    """
    state, mark = progress.state, MARKS[progress.state]
    said = word(state, progress.kind)
    shown = figures(progress)[1:]  # The line under the bar has the rows read, or the steps.
    parts = [
        title(progress.label, badge(say(f"job.{requested}_requested") if requested else said, mark)),
        draw_bar(progress, mark),
        _file(progress),
        _stage(progress),
        _under(progress, window),
        *_counts(shown),
        note(say("job.left_out_why", said=said_out), "warn") if (said_out := left_out(progress)) else Html(""),
        note(progress.error, "warn" if mark == "warn" else "bad") if progress.error else Html(""),
        _foot(progress, _controls(state) if buttons else (), requested, paces=paces),
        _spoken(progress, said),
    ]
    return Html(f'<div class="im-panel" role="group" aria-label="{escape(progress.label)}">{"".join(parts)}</div>')


def draw_bar(progress: Progress, mark: Mark, *, label: str | None = None) -> Html:
    """The bar, for eyes and for screen readers."""
    share = progress.fraction
    if share is None:
        is_running = progress.state is State.RUNNING
        now, wide, kind = "", "100" if is_running else "0", " im-unknown" if is_running else " im-empty"
    else:
        now, wide, kind = f' aria-valuenow="{share * 100:.0f}"', f"{share * 100:.2f}", ""
    said = rows(progress) if share is None else f"{percent(share)}, {rows(progress)}"
    name = say("job.progress") if label is None else label
    return Html(
        f'<div class="im-track{kind}" role="progressbar" aria-label="{escape(name)}" aria-valuemin="0" '
        f'aria-valuemax="100"{now} aria-valuetext="{escape(said)}">'
        f'<div class="im-fill im-{mark}" style="width: {wide}%"></div></div>'
    )


def _file(progress: Progress) -> Html:
    """The file in hand, if there are several: its name, and a bar of its own."""
    file, said = progress.in_hand, in_hand(progress)
    if file is None or said is None:
        return Html("")
    return Html(
        f'<div class="im-file"><span>{escape(said)}</span>'
        f'<div class="im-track" role="progressbar" aria-label="{escape(file.name)}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{file.fraction * 100:.0f}">'
        f'<div class="im-fill im-busy" style="width: {file.fraction * 100:.2f}%"></div></div></div>'
    )


def _counts(shown: Sequence[Figure]) -> Iterable[Html]:
    """The counts, if there are any."""
    if shown:
        yield counts({figure.label: figure.count for figure in shown}, {figure.label: figure.mark for figure in shown})


def _stage(progress: Progress) -> Html:
    """The stage of an operation with a bar of its own, and what was said last."""
    now, said = progress.stage, stage(progress)
    if now is None:
        return Html("")
    parts = []
    if said and now.name:
        bar = ""
        if now.total and not progress.state.is_final:
            share = min(now.completed / now.total, 1.0) * 100
            bar = (
                f'<div class="im-track" role="progressbar" aria-label="{escape(now.name)}" aria-valuemin="0" '
                f'aria-valuemax="100" aria-valuenow="{share:.0f}">'
                f'<div class="im-fill im-busy" style="width: {share:.2f}%"></div></div>'
            )
        parts.append(f'<div class="im-file"><span>{escape(said)}</span>{bar}</div>')
    if now.message:
        parts.append(f'<p class="im-message">{escape(now.message)}</p>')
    if now.details:
        more = escape(say("job.more"))
        parts.append(f'<details class="im-details"><summary>{more}</summary><pre>{escape(now.details)}</pre></details>')
    return Html("".join(parts))


def _under(progress: Progress, window: Window) -> Html:
    """The line under the bar: how much, how fast, how long."""
    share = "" if progress.fraction is None else f"<b>{percent(progress.fraction)}</b>"
    if progress.state is State.PENDING:
        done, pace = "", []
    elif progress.state.is_final:
        done, pace = say("job.within", done=rows(progress), time=elapsed(progress)), [speed(window)]
    else:
        is_running = progress.state is State.RUNNING
        begins = say(by_kind("job.first", progress.kind)) if is_running else ""
        done = _done(progress) if progress.rows_read or is_transfer(progress) else begins
        pace = [speed(window), remaining(window)] if is_running and progress.rows_read else []
        pace.append(say("job.so_far", time=elapsed(progress)))
    said = " · ".join(text for text in pace if text)
    return Html(f'<div class="im-line">{share}<span>{escape(done)}</span><span>{escape(said)}</span></div>')


def _done(progress: Progress) -> str:
    """How much is done, unless a line of its own says it."""
    now = progress.stage
    is_alone = now is not None and not now.name
    return (stage(progress) if is_alone else None) or rows(progress)


def pace_word(pace: str) -> str:
    """The label of the button that changes the pace.

    Examples
    --------
    >>> pace_word("gentle"), pace_word("500/s")
    ('Pace: gentle', 'Pace: 500/s')
    """
    return say("job.pace", pace=say(f"pace.{pace}") if pace in PACES else pace)


def _controls(state: State) -> tuple[Control, ...]:
    """Controls of a job in this state."""
    if state.is_final:
        return ()
    return ("resume", "cancel") if state is State.PAUSED else ("pause", "cancel")


def _foot(progress: Progress, controls: Iterable[Control], requested: str | None, *, paces: bool) -> Html:
    """The last key and the buttons."""
    key = None if progress.state is State.SUCCEEDED else progress.current_key
    said = "" if key is None else f"{escape(say(by_kind('job.key', progress.kind)))} <span>{escape(key)}</span>"
    keys = "".join(
        f'<button type="button" data-action="{escape(control)}"'
        f"{' disabled' if requested in (control, 'cancel') else ''}>"
        f"{escape(say(f'job.{control}'))}</button>"
        for control in controls
    )
    if keys and paces:
        about, label = escape(say("job.pace_about")), escape(pace_word(progress.pace))
        keys = f'<button type="button" data-action="pace" title="{about}">{label}</button>{keys}'
    if not said and not keys:
        return Html("")
    return Html(f'<div class="im-foot"><span class="im-key">{said}</span><span class="im-keys">{keys}</span></div>')


def _spoken(progress: Progress, text: str) -> Html:
    """What a screen reader reads aloud: each state, and each tenth of the way."""
    if progress.state.is_final:
        rejected = [str(figure) for figure in figures(progress) if figure.name == "rejected"]
        text = ", ".join([text, rows(progress), *rejected])
    elif progress.fraction is not None:
        text = f"{text}, {percent(int(progress.fraction * 10) / 10)}"
    return Html(f'<div class="im-spoken" role="status" aria-live="polite">{escape(text)}</div>')
