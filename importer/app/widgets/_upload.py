"""The widget on which files are dropped; importing it loads anywidget."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from importer.app.transfer import Inbox
from importer.app.widgets._files import css, esm
from importer.views import say
from importer.views.html import Html, duration, escape, note, percent, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.app.transfer import Arriving, Received

__all__ = ["Upload"]

EVERY_S = 0.1
"""Minimum time between two drawings."""


class Upload(anywidget.AnyWidget):
    """A drop zone, and a progress bar for the upload."""

    _esm = esm("upload")
    _css = css()
    html = traitlets.Unicode().tag(sync=True)
    is_off = traitlets.Bool(default_value=False).tag(sync=True)
    is_open = traitlets.Bool(default_value=True)
    chunk_bytes = traitlets.Int(2 << 20).tag(sync=True)
    window = traitlets.Int(4).tag(sync=True)

    def __init__(self, received: Callable[[Received], object], *, max_bytes: int | None = None) -> None:
        self.inbox = Inbox(received, max_bytes=max_bytes)
        self._drawn_at = 0.0
        self._problems: list[str] = []
        super().__init__(html=draw(None, ()))
        self.on_msg(self._on_message)
        self.observe(self._redraw, ["is_off", "is_open"])

    def close(self) -> None:
        """Delete every file, and close the widget."""
        self.inbox.close()
        super().close()

    def _on_message(self, _view: object, message: object, buffers: Any) -> None:  # noqa: ANN401 - as the kernel gives them
        if not isinstance(message, dict):
            return
        answer = self.inbox.handle(message, buffers)
        if answer is None:
            return
        if answer["type"] == "error":
            self._problems.append(answer["text"])
        elif message.get("is_first") is True:
            self._problems = []
        self.send(answer)
        is_piece = answer["type"] == "ack" and answer["offset"] > 0
        if not is_piece or time.monotonic() - self._drawn_at >= EVERY_S:
            self._redraw()

    def _redraw(self, _change: object = None) -> None:
        self._drawn_at = time.monotonic()
        self.html = draw(self.inbox.arriving, self._problems, off=self.is_off, is_open=self.is_open)


def draw(arriving: Arriving | None, problems: Iterable[str], *, off: bool = False, is_open: bool = True) -> Html:
    """The drop zone if the step is open, and the upload under way."""
    disabled = " disabled" if off else ""
    zone = (
        f'<div class="im-drop" role="group" aria-label="{escape(say("file.drop"))}">'
        f'<button type="button" class="im-main" data-browse{disabled}>{escape(say("file.browse"))}</button>'
        f"<span>{escape(say('file.or_drop'))}</span></div>"
    )
    said = "".join(note(problem, "bad") for problem in problems)
    kind = "im-upload" if is_open or arriving is not None or said else "im-upload im-nothing"
    return Html(
        f'<div class="{kind}" data-waiting="{escape(say("file.waiting"))}">{zone if is_open else ""}{_bar(arriving)}'
        f'<div role="status" aria-live="polite" class="im-uploadnote">{said}</div></div>'
    )


def _bar(arriving: Arriving | None) -> Html:
    if arriving is None:
        return Html("")
    share, name = arriving.done / arriving.octets, arriving.file.name
    speed = arriving.octets_per_s
    left_s = (arriving.octets - arriving.done) / speed if speed else 0
    pace = say("file.pace", speed=size(int(speed)), left=duration(math.ceil(left_s))) if speed else ""
    line = say("file.arrived", done=size(arriving.done), all=size(arriving.octets))
    return Html(
        f'<div class="im-arriving"><div class="im-line"><b>{percent(share)}</b><span>{escape(name)}</span>'
        f"<span>{escape(line)}{escape(pace)}</span></div>"
        f'<div class="im-track" role="progressbar" aria-label="{escape(say("file.bar", name=name))}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{share * 100:.0f}" aria-valuetext="{percent(share)}, {escape(line)}">'
        f'<div class="im-fill im-busy" style="width: {share * 100:.2f}%"></div></div>'
        f'<button type="button" data-cancel="{escape(arriving.key)}">{escape(say("file.cancel"))}</button></div>'
    )
