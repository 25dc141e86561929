"""Progress in one line, drawn by tqdm: `Bar`."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, Final, TextIO

from importer.core import State
from importer.views import Window, compose

if TYPE_CHECKING:
    from importer.core import Progress

__all__ = ["Bar"]

COLOURS: Final = {
    State.PAUSED: ("yellow", "var(--jp-warn-color1, #e08a00)"),
    State.WAITING: ("yellow", "var(--jp-warn-color1, #e08a00)"),
    State.SUCCEEDED: ("green", "var(--jp-success-color1, #3d9a50)"),
    State.FAILED: ("red", "var(--jp-error-color1, #e0433c)"),
    State.CANCELLED: ("yellow", "#8a8f98"),
    State.INTERRUPTED: ("yellow", "#8a8f98"),
}
"""Colour of the bar, in a terminal and in a notebook."""

ASCII: Final = str.maketrans({"→": "->", "·": ",", "▕": "|", "▏": "|", "…": "~"})
"""Replacements for an output encoding without these characters."""

WIDGET_COLUMNS: Final = 92
"""Width of the widget in characters, including the bar."""

QUIET_S: Final = 10.0
"""Running time between two lines if the output is not a terminal, in seconds."""


class Bar:
    r"""Progress in one line: text in a terminal, tqdm's widget in a notebook.

    The line opens with the first snapshot and stays, with the final counts, after the last. After that
    you can use the same bar for another job.

    Parameters
    ----------
    file
        Output for the text, also in a notebook; None for the choice of tqdm.
    ncols
        Width of the line in characters; None for the width of the terminal.

    Examples
    --------
    >>> import io
    >>> from importer.core import Progress, State
    >>> file = io.StringIO()
    >>> bar = Bar(file=file)
    >>> bar(Progress(label="a.csv → a", rows_read=9, created=8, rejected=1, elapsed_s=2, state=State.SUCCEEDED))
    >>> file.getvalue().split("\r")[-1].rstrip()
    'a.csv → a  100% ▕████████████████████▏ done: 9 rows in 2 s · 4.5 rows/s · 8 created · 1 refused'
    """

    def __init__(self, *, file: TextIO | None = None, ncols: int | None = None) -> None:
        self._file = file
        self._ncols = ncols
        self._bar: Any = None
        self._is_widget = False
        self._drawn: Progress | None = None
        self._window = Window()

    def __call__(self, progress: Progress, /) -> None:
        """Show the snapshot; the final one ends the line."""
        if self._bar is None:
            self._window = Window()
        self._window(progress)
        if self._bar is None:
            self._open(progress)
        elif self._is_due(progress):
            self._redraw(progress)
        else:
            return
        self._drawn = progress
        if progress.state.is_final:
            # close() draws the line once more, then ends it.
            self._bar.close()
            self._bar = None

    def _open(self, progress: Progress) -> None:
        """Open a bar of tqdm with the first snapshot."""
        import tqdm.auto
        import tqdm.std

        kind = tqdm.auto.tqdm if self._file is None else tqdm.std.tqdm
        self._is_widget = any(base.__module__ == "tqdm.notebook" for base in kind.__mro__)
        # Only a snapshot changes the line, so the monitor thread of tqdm has nothing to do.
        quiet = type("tqdm", (kind,), {"monitor_interval": 0})
        settings = self._settings(progress)
        # tqdm draws nothing in a terminal that says that it has 0 lines.
        lines = shutil.get_terminal_size().lines
        self._bar = quiet(file=self._file, ascii=self._ascii, nrows=lines, initial=settings.pop("n"), **settings)

    def _redraw(self, progress: Progress) -> None:
        """Draw a snapshot."""
        settings = self._settings(progress)
        if self._is_widget and settings["total"] != self._bar.total:
            self._bar.reset(total=settings["total"])
        for name, value in settings.items():
            setattr(self._bar, name, value)
        if not progress.state.is_final:
            self._bar.refresh()

    def _is_due(self, progress: Progress) -> bool:
        """Whether to draw: always on a screen, and every few seconds in a file."""
        last = self._drawn
        if self._is_widget or self._stream.isatty() or last is None or last.state is not progress.state:
            return True
        return progress.elapsed_s - last.elapsed_s >= QUIET_S

    def _settings(self, progress: Progress) -> dict[str, Any]:
        """The snapshot as attributes of tqdm: absolute totals, and our texts in place of its own."""
        columns = WIDGET_COLUMNS if self._is_widget else self._columns
        line = compose(progress, self._window, columns)
        whole = progress.state is State.SUCCEEDED
        total = progress.total or (1 if whole else None)
        if self._is_widget:
            form = "{desc} {bar} {unit}"
        else:
            form = self._written(f"{{desc}} ▕{{bar:{line.bar}}}▏ {{unit}}" if line.bar else "{desc}  {unit}")
        return {
            "total": total,
            "n": total if whole else min(progress.completed, total or 0),
            "desc": self._written(line.head),
            "unit": self._written(line.tail),
            "bar_format": form,
            "ncols": None if self._is_widget else columns,
            "colour": self._colour(progress.state),
        }

    def _colour(self, state: State) -> str | None:
        """Colour of the bar if the output shows colours."""
        terminal, notebook = COLOURS.get(state, (None, None))
        if self._is_widget:
            return notebook
        return terminal if self._stream.isatty() and not os.environ.get("NO_COLOR") else None

    @property
    def _stream(self) -> TextIO:
        return sys.stderr if self._file is None else self._file

    @property
    def _columns(self) -> int | None:
        """Width of the terminal; None if the output is not a terminal."""
        if self._ncols is not None or not self._stream.isatty():
            return self._ncols
        try:
            # Some terminals, such as those of containers, say that they have 0 columns.
            return os.get_terminal_size(self._stream.fileno()).columns or shutil.get_terminal_size().columns
        except OSError:
            return None

    @property
    def _ascii(self) -> bool:
        """Whether the encoding of the output lacks the characters of a smooth bar."""
        try:
            "█▏→·".encode(self._stream.encoding or "utf-8")
        except UnicodeEncodeError:
            return True
        return False

    def _written(self, text: str) -> str:
        """Text that the encoding of the output can represent."""
        if self._is_widget:
            return text
        encoding = self._stream.encoding or "utf-8"
        simple = text.replace(" · ", ", ").translate(ASCII) if self._ascii else text
        return simple.encode(encoding, "replace").decode(encoding)
