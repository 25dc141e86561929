"""Which pages are shown: `page_names`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._model import Done, NoFile

if TYPE_CHECKING:
    from importer.app._model import Model

__all__ = ["page_names"]


def page_names(model: Model) -> list[str]:
    """Names of the pages from the top to the bottom; each step appears once the one before it is good."""
    shown = {
        "tabs": True,
        "file": True,
        "path": True,
        "preview": not isinstance(model.phase, NoFile),
        "columns": model.shown is not None,
        "already_imported": model.recognised is not None,
        "problems": model.last_check is not None,
        "import": model.importing is not None,
        "result": isinstance(model.phase, Done),
        "foot": True,
    }
    return [name for name, is_shown in shown.items() if is_shown]
