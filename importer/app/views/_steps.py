"""Which pages are shown: `page_names`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.app._model import Checked, Checking, Done, NoFile

if TYPE_CHECKING:
    from importer.app._model import Model

__all__ = ["page_names"]


def page_names(model: Model) -> list[str]:
    """Names of the pages from the top to the bottom; each step appears once the one before it is good."""
    checked = model.checked
    can_import = checked is not None and (checked.is_ready or checked.is_stale)
    shown = {
        "tabs": True,
        "file": True,
        "path": True,
        "preview": not isinstance(model.phase, NoFile),
        "columns": model.shown is not None,
        "already_imported": model.recognised is not None,
        "problems": isinstance(model.phase, Checking | Checked) or checked is not None,
        "import": model.importing is not None or can_import or _is_again(model),
        "result": isinstance(model.phase, Done),
    }
    return [name for name, is_shown in shown.items() if is_shown]


def _is_again(model: Model) -> bool:
    """Whether corrected rows are being checked again, which leaves the next step in place."""
    return isinstance(model.phase, Checking) and model.phase.again is not None
