"""The first step: which file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from importer.app._parts import button, step, text
from importer.views import say
from importer.views.html import Html, escape, note, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.app._flow import Flow

__all__ = ["completions", "draw", "draw_path"]

ENDINGS = (".xlsx", ".xlsm", ".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")
SHOWN = 12
"""Files and folders that are offered."""


def completions(typed: str) -> tuple[str, ...]:
    """Files that can be imported, and folders, whose path begins so; a folder ends in a slash.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "orders.csv").touch(), (folder / "old").mkdir(), (folder / "notes.md").touch()
    (None, None, None)
    >>> [found.removeprefix(f"{folder}/") for found in completions(f"{folder}/o")]
    ['old/', 'orders.csv']
    """
    head, start = os.path.split(typed)
    try:
        return tuple(_within(head, start))[:SHOWN]
    except OSError:
        return ()


def _within(head: str, start: str) -> Iterator[str]:
    with os.scandir(Path(head or ".").expanduser()) as entries:
        found = sorted(entries, key=lambda entry: (not entry.is_dir(), entry.name.casefold()))
    for entry in found:
        name = entry.name
        if not name.casefold().startswith(start.casefold()) or name.startswith(".") > start.startswith("."):
            continue
        if entry.is_dir():
            yield os.path.join(head, name, "")  # noqa: PTH118 - the text as typed, and the slash at its end
        elif name.casefold().endswith(ENDINGS):
            yield os.path.join(head, name)  # noqa: PTH118


def draw(flow: Flow) -> Html:
    """The step's heading; the drop zone stands below it, and then the path."""
    choices = flow.choices
    summary = "" if choices is None else choices.name
    if choices is not None and flow.look is not None:
        summary = f"{summary} · {size(flow.look.octets)}"
    return step(flow, "file", summary=summary, body=(), mark="busy" if choices is None else "good")


def draw_path(flow: Flow) -> Html:
    """A file that is on the server already, and those that were dropped and wait."""
    if "file" not in flow.open:
        return Html("")
    choices = flow.choices
    typed = "" if choices is None or choices.is_upload else choices.said
    # Two Apps on a page have two lists, of the same name only where they are the same.
    known = f"im-files-{hash(flow.files):x}"
    names = "".join(f'<option value="{escape(name)}"></option>' for name in flow.files)
    body = [] if flow.corrects is None else [note(say("file.correct", name=flow.corrects.choices.name), "busy")]
    body += [
        text("path", say("file.path"), typed, hint=say("file.hint"), among=known, typing="complete"),
        Html(f'<datalist id="{known}">{names}</datalist>'),
    ]
    here = [name for name in flow.files if not name.endswith(os.sep)]
    if here:
        picks = "".join(button("path", name, value=name) for name in here)
        body.append(Html(f'<div class="im-picks"><span>{escape(say("file.here"))}</span>{picks}</div>'))
    if flow.waiting:
        waiting = [file.name for file in flow.waiting]
        body += [
            note(say("file.waits", names=", ".join(waiting))),
            button("again", say("result.next", name=waiting[0])),
        ]
    off = " disabled" if flow.is_locked else ""
    return Html(
        f'<div class="im-more" role="group" aria-label="{escape(say("file.files"))}">'
        f'<fieldset class="im-body"{off}>{"".join(body)}</fieldset></div>'
    )
