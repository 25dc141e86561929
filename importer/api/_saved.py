"""Plans in files, and what they import: `read_plan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.api._load import load
from importer.api._plan import plan
from importer.api._queue import submit
from importer.engine import PlanFile, reading_of
from importer.errors import Fix, OptionError, SourceError

if TYPE_CHECKING:
    import os

    from importer.engine import Plan, Report
    from importer.sinks import Sink
    from importer.store import JobRecord

__all__ = ["SavedPlan", "read_plan"]


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan that was saved with `Plan.save`, for every file of its kind.

    Attributes
    ----------
    kept
        What the file says: name, target, headers, options.
    """

    kept: PlanFile

    def fits(self, file: Any) -> bool:  # noqa: ANN401 - all that `plan` takes
        """Whether a file has the headers of this kind of files."""
        try:
            return self.kept.fits(reading_of(file, **self.kept.options.opening).header.labels)
        except SourceError:  # The sheet that the plan names is not there, for example.
            return False

    def plan(self, file: Any, *, into: str | os.PathLike[str] | Sink | None = None, **changes: Any) -> Plan:  # noqa: ANN401
        """The plan for a file; `changes` replace options of `importer.plan`."""
        return plan(file, **self._arguments(into, changes))

    def load(self, file: Any, *, into: str | os.PathLike[str] | Sink | None = None, **changes: Any) -> Report:  # noqa: ANN401
        """Import a file, as `importer.load` does."""
        return load(file, **self._arguments(into, changes))

    def submit(
        self,
        file: str | os.PathLike[str],
        *,
        into: str | os.PathLike[str] | None = None,
        **changes: Any,  # noqa: ANN401
    ) -> JobRecord:
        """Queue the import of a file, as `importer.submit` does."""
        return submit(file, **self._arguments(into, changes))

    def _arguments(self, into: object, changes: dict[str, Any]) -> dict[str, Any]:
        """The options that differ from their defaults, and the target.

        Raises
        ------
        OptionError
            If neither the plan nor the call names a target.
        """
        target = self.kept.into if into is None else into
        if target is None:
            raise OptionError(
                f"the plan {self.kept.name!r} names no database", facts={"option": "into"}, fixes=[Fix("into")]
            )
        return {**self.kept.options.given(), **changes, "into": target}


def read_plan(path: str | os.PathLike[str]) -> SavedPlan:
    r"""A plan that was saved to a TOML file.

    Raises
    ------
    OptionError
        If the file is not there, or is no plan.
    SchemaError
        If its schema is Python of your own, which a file does not make run.

    Examples
    --------
    >>> import importer, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "monday.csv").write_text("order_id,qty\n1,5\n")
    >>> _ = (folder / "tuesday.csv").write_text("order_id,qty\n1,5\n2,7\n")
    >>> plan = importer.plan(
    ...     folder / "monday.csv", into=folder / "shop.db", table="orders", key="order_id", listeners=[]
    ... )
    >>> _ = plan.save(folder / "orders.toml")
    >>> orders = importer.read_plan(folder / "orders.toml")
    >>> orders.fits(folder / "tuesday.csv"), orders.load(folder / "tuesday.csv", listeners=[]).progress.created
    (True, 2)
    """
    return SavedPlan(PlanFile.read(path))
