"""Which pages a change of the model touches: `touched`."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from importer.app._model import Checking, Model
from importer.app.views import DRAW

if TYPE_CHECKING:
    from typing import Any

__all__ = ["touched"]

ONE_PAGE = {
    "files": "path",
    "typed": "path",
    "history": "tabs",
    "finding": "path",
    "coming": "foot",
    "stop": "foot",
    "databases": "columns",
    "typed_database": "columns",
    "find": "columns",
    "lines": "columns",
}
"""Fields that only one page shows."""


IN_A_GRID = {"rows", "planned", "report", "table"}
"""Fields of a phase that change with the rows of its grid, or after the end of an import."""

WIDE = {"preview", "columns"}
"""Pages that show every column."""


def touched(old: Model | None, new: Model) -> set[str] | None:
    """Names of the pages; None for all of them.

    Only frequent changes are distinguished, so that a snapshot of a job does not redraw a wide table.

    Examples
    --------
    >>> from dataclasses import replace
    >>> model = Model()
    >>> touched(model, replace(model, typed="a")), touched(model, replace(model, busy="preview")), touched(None, model)
    ({'path'}, None, None)
    """
    if old is None:
        return None
    changed = _changed(old, new)
    if changed == {"phase"} and _changed_phase(old, new) == {"job"}:
        return {"foot"} if isinstance(new.phase, Checking) else {"import", "foot"}
    if changed == {"phase"} and _changed_phase(old, new) <= IN_A_GRID:
        # A grid is typed into: what is wide, and shows nothing of it, is not drawn again for each cell.
        return set(DRAW) - (WIDE - new.open)
    return {ONE_PAGE[name] for name in changed} if changed and changed <= ONE_PAGE.keys() else None


def _changed_phase(old: Model, new: Model) -> set[str]:
    if type(old.phase) is not type(new.phase):
        return set()
    return _changed(old.phase, new.phase)


def _changed(old: Any, new: Any) -> set[str]:  # noqa: ANN401 - two instances of a dataclass
    return {field.name for field in fields(new) if getattr(old, field.name) is not getattr(new, field.name)}
