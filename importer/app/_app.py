"""The import with a mouse: `App`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from importer.app import _actions as actions
from importer.app._controller import Controller
from importer.app._front import forget, remember, several
from importer.app._model import Done, Model, Settings
from importer.app._screen import Screen
from importer.app.views import import_code
from importer.core import Options
from importer.errors import visible
from importer.sources import remember_password
from importer.sources.remote import Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.core import OptionsDict
    from importer.engine import Job, Plan, Report
    from importer.sinks import Sink

__all__ = ["App"]


class App:
    """The whole import in one cell: choose a file, look, match, check, import. Each step opens when it can be done.

    It does what `importer.plan` does, and shows the code for it. Everything slow runs in threads, so
    the kernel stays free; the page shows what the kernel knows, so you can reload it or open it twice.

    Parameters
    ----------
    file
        A file on the server to start with; a link; `importer.Pages`; or a folder or a pattern such as
        ``'exports/*.csv'``, whose files are one import. Of a list of files, those whose headers are the same may be
        imported as one.
    into
        Where the rows go, as for `importer.plan`.
    password
        The password of that file, if it is encrypted; without it, the page asks for it.
    auto
        Whether to import without another click if a dry run rejects no row and nothing is in doubt.
    max_upload_bytes
        Size above which a dropped file is refused; by default only the disk limits it.
    plans
        The folder with saved plans, which are offered for files that have their headers; by default the folders that
        ``IMPORTER_PLANS`` names, or else ``plans`` here and in the data folder.
    options
        Further options of `importer.plan`.

    Examples
    --------
    >>> import importer, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = importer.sample(f"{folder.name}/staff_punches.xlsx")
    >>> app = importer.App(file, into=f"sqlite:///{folder.name}/staff.db")
    >>> app.wait()
    >>> app
    <App: staff_punches.xlsx, sheet 'Punches' → staff_punches>
    >>> app.check().progress.rejected, app.run().progress.created
    (80, 4921)
    >>> app.close()
    >>> folder.cleanup()
    """

    def __init__(  # noqa: PLR0913 - all but one by keyword
        self,
        file: str | os.PathLike[str] | Pages | Sequence[str | os.PathLike[str]] | None = None,
        *,
        into: str | os.PathLike[str] | Sink | None = None,
        password: str | None = None,
        auto: bool = False,
        max_upload_bytes: int | None = None,
        plans: str | os.PathLike[str] | None = None,
        **options: Unpack[OptionsDict],
    ) -> None:
        checked = Options.of_arguments(options).values()
        given = {"into": into, **{name: checked[name] for name in options}}
        chosen = {name: value for name, value in given.items() if value is not None}
        self._controller = Controller(
            Model(settings=Settings(options=chosen, auto=auto, plans=None if plans is None else Path(plans)))
        )
        self._screen = Screen(self._controller, max_upload_bytes=max_upload_bytes)
        self._controller.dispatch(actions.Complete(typed=""))
        if file is not None:
            for one in () if isinstance(file, Pages) else several(file):
                remember_password(one, password)
            self.open(file)

    @property
    def plan(self) -> Plan | None:
        """What the import will do; None before a file is chosen."""
        planned = self._model.planned
        return None if planned is None else planned.corrected

    @property
    def checked(self) -> Report | None:
        """What the dry run found."""
        checked = self._model.checked
        return None if checked is None else checked.report

    @property
    def job(self) -> Job | None:
        """The import, once it has started."""
        importing = self._model.importing
        return None if importing is None else importing.job.job

    @property
    def report(self) -> Report | None:
        """What the import did."""
        phase = self._model.phase
        return phase.report if isinstance(phase, Done) else None

    def open(self, file: str | os.PathLike[str] | Pages | Sequence[str | os.PathLike[str]]) -> None:
        """Start with a file on the server, or with the first of several."""
        if isinstance(file, Pages):
            self._controller.dispatch(actions.Open(said=f"importer.{file!r}", pages=file))
        elif isinstance(file, str | os.PathLike):
            self._controller.dispatch(actions.Open(said=os.fspath(file)))
        elif files := several(file):
            self._controller.dispatch(actions.OpenFiles(files=files))

    def take(self, files: tuple[Path, ...]) -> Literal["opened", "waits"]:
        """Begin with these files, or queue them if something is under way."""
        is_locked = self._model.is_locked
        self._controller.dispatch(actions.OpenFiles(files=files))
        return "waits" if is_locked else "opened"

    def choose(self, **options: Any) -> None:  # noqa: ANN401 - as `importer.plan` takes them
        """Change options of the plan, as `importer.plan` takes them; None leaves an option to the importer."""
        self._controller.dispatch(actions.Choose(options=options))

    def check(self) -> Report | None:
        """Do the dry run, and wait for what it finds."""
        self._controller.dispatch(actions.Check())
        self.wait()
        return self.checked

    def run(self) -> Report | None:
        """Import if the dry run succeeded, and wait for the end."""
        self._controller.dispatch(actions.Run())
        self.wait()
        return self.report

    def correct(self) -> None:
        """Take the next file for the rejected rows of this import, corrected."""
        self._controller.dispatch(actions.BringCorrected())

    def code(self) -> str | None:
        """Python that does what was done here; None before a file is chosen."""
        return import_code(self._model)

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until nothing is under way.

        Raises
        ------
        TimeoutError
            If something still is after this time.
        """
        if not self._controller.wait(timeout_s):
            raise TimeoutError(f"the App is not done after {timeout_s} s. Wait longer, or cancel what runs")

    def close(self) -> None:
        """Cancel what runs, and close the page."""
        self._controller.dispatch(actions.Stop())
        self._controller.dispatch(actions.ControlJob(what="cancel"))
        self.wait()
        forget(self)
        self._screen.close()

    @property
    def upload(self) -> Any:  # noqa: ANN401 - its type would load anywidget
        """The widget on which files are dropped."""
        return self._screen.upload

    @property
    def _model(self) -> Model:
        return self._controller.model

    def __repr__(self) -> str:
        return visible(f"<App: {'no file yet' if self.plan is None else self.plan.label}>")

    def _ipython_display_(self) -> None:
        """Show the App in the cell that runs."""
        remember(self)
        self._screen.display()
