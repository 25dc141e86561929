"""Each page of the App as HTML, drawn from the model alone: `DRAW`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app.views import (
    _already_imported,
    _columns,
    _file,
    _foot,
    _import,
    _preview,
    _problems,
    _result,
    _tabs,
)
from importer.app.views._broken import draw as draw_broken
from importer.app.views._code import import_code
from importer.app.views._import import end_message
from importer.app.views._saved import saved
from importer.app.views._steps import page_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.app._model import Model
    from importer.views.html import Html

__all__ = ["DRAW", "draw_broken", "end_message", "import_code", "page_names", "saved"]

DRAW: dict[str, Callable[[Model], Html]] = {
    "tabs": _tabs.draw,
    "file": _file.draw,
    "path": _file.draw_path,
    "preview": _preview.draw,
    "columns": _columns.draw,
    "already_imported": _already_imported.draw,
    "problems": _problems.draw,
    "import": _import.draw,
    "result": _result.draw,
    "foot": _foot.draw,
}
"""The pages, from the top to the bottom."""
