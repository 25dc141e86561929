"""Saves how a file was imported: `SavePlanFile`."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from importer.app._events import EffectFailed, PlanSaved
from importer.app.choices import kept_plan, plan_folders
from importer.core import why
from importer.errors import ImporterError

if TYPE_CHECKING:
    from pathlib import Path

    from importer.app._events import Event
    from importer.app.choices import Choices
    from importer.app.effects._port import Port
    from importer.engine import Plan

__all__ = ["SavePlanFile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePlanFile:
    """Write the plan into a folder, under a name that no plan there has."""

    ticket: int
    plans: Path | None
    choices: Choices = field(repr=False)
    plan: Plan = field(repr=False)

    def perform(self, port: Port) -> None:
        """Write it, and say where it is."""
        folder = plan_folders(self.plans)[0]
        path = _free(folder, "".join(c if c.isalnum() or c in "-_ " else "_" for c in self.choices.table)[:80])
        kept = kept_plan(path.stem, self.choices, self.plan)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise ImporterError(
                f"the folder {str(folder)!r} cannot be made: {why(exc)}",
                code="folder-unwritable",
                facts={"folder": str(folder)},
                fixes=["name another folder for plans as you open the App"],
            ) from exc
        port.tell(PlanSaved(ticket=self.ticket, path=kept.write(path)))

    def failed(self, error: Exception) -> Event:
        """It cannot be saved."""
        return EffectFailed(ticket=self.ticket, step="result", error=error)


def _free(folder: Path, stem: str) -> Path:
    """A name that no file there has."""
    names = (f"{stem}.toml" if number == 1 else f"{stem} {number}.toml" for number in count(1))
    return next(folder / name for name in names if not (folder / name).exists())
