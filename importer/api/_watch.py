"""Import the files of a folder as they arrive, by saved plans: `watching`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer.api._table_name import table_name
from importer.core import masked
from importer.engine import Watch, reading_of
from importer.errors import Fix, OptionError, SourceError
from importer.sinks import elsewhere, has_password

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from importer.core import Options
    from importer.engine import PlanFile

__all__ = ["watching"]


def watching(
    folder: str | os.PathLike[str],
    plans: Sequence[PlanFile],
    *,
    into: str | None = None,
    tell: Callable[[str], object] = lambda _: None,
    quiet_s: float = 2.0,
) -> Watch:
    """A watch of a folder, in which each file is imported by the first plan that it fits.

    A plan without headers takes every file. A file that was imported before is skipped, unless its plan says what else
    to do with it.

    Raises
    ------
    OptionError
        If the folder is not there, or a plan names no database and `into` does not either.
    """
    for plan in plans:
        if plan.into is None and into is None:
            raise OptionError(
                f"the plan {plan.name!r} names no database", facts={"option": "into"}, fixes=[Fix("into")]
            )
    if into is not None and has_password(into):
        raise OptionError(
            f"the queue keeps no passwords, as in {masked(into)!r}",
            code="password-not-kept",
            facts={"option": "into"},
            fixes=["leave it out of the URL", *elsewhere(into)],
        )

    def chosen(file: Path) -> tuple[str, Options]:
        plan = next((plan for plan in plans if not plan.headers or _fits(plan, file)), None)
        if plan is None:
            names = ", ".join(repr(plan.name) for plan in plans)
            raise SourceError(
                f"{file.name!r} lacks headers of every plan: {names}",
                code="plan-unfit",
                facts={"file": file.name, "plans": [plan.name for plan in plans]},
                fixes=["correct its headers", "import it by hand"],
            )
        known = "skip" if plan.options.if_imported == "ask" else plan.options.if_imported
        options = replace(plan.options, table=plan.options.table or table_name(file), if_imported=known)
        return into or plan.into or "", options

    return Watch(Path(folder), chosen, tell=tell, quiet_s=quiet_s)


def _fits(plan: PlanFile, file: Path) -> bool:
    return plan.fits(reading_of(file, **plan.options.opening).header.labels)
