"""The import with a mouse: `App`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from importer.app._driver import Driver
from importer.app._stage import Stage
from importer.core import Options

if TYPE_CHECKING:
    import os

    from importer.core import OptionsDict
    from importer.engine import Job, Plan, Report
    from importer.sinks import Sink

__all__ = ["App"]


class App:
    """The whole import in one cell: choose a file, look, match, check, import; each step opens when it can.

    It does what `importer.plan` does, and says the code for it. Whatever takes long goes on in
    threads, so the kernel stays free; the page shows what the kernel knows, so it may be reloaded, or
    opened twice.

    Parameters
    ----------
    file
        A file on the server to begin with.
    into
        Where the rows go, as for `importer.plan`.
    auto
        Whether to import without another click where a dry run refuses no row.
    max_upload_bytes
        Size above which a dropped file is refused; by default only the disk bounds it.
    options
        More of what `importer.plan` takes.

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

    def __init__(
        self,
        file: str | os.PathLike[str] | None = None,
        *,
        into: str | os.PathLike[str] | Sink | None = None,
        auto: bool = False,
        max_upload_bytes: int | None = None,
        **options: Unpack[OptionsDict],
    ) -> None:
        checked = Options.of_arguments(options).values()
        given = {"into": into, **{name: checked[name] for name in options}}
        chosen = {name: value for name, value in given.items() if value is not None}
        self._driver = Driver(chosen, auto=auto)
        self._stage = Stage(self._driver, max_upload_bytes=max_upload_bytes)
        self._driver.shown = self._stage.show
        if file is not None:
            self.open(file)

    @property
    def plan(self) -> Plan | None:
        """What would be done, None before a file is chosen."""
        return self._driver.flow.plan

    @property
    def checked(self) -> Report | None:
        """What the dry run found."""
        return self._driver.flow.checked

    @property
    def job(self) -> Job | None:
        """The import, once it began."""
        return None if self._driver.flow.run is None else self._driver.flow.run.job

    @property
    def report(self) -> Report | None:
        """What the import did."""
        return self._driver.flow.report

    def open(self, file: str | os.PathLike[str]) -> None:
        """Begin with a file on the server."""
        self._driver.open(file)

    def choose(self, **options: Any) -> None:  # noqa: ANN401
        """Change options of the plan, as `importer.plan` takes them; None leaves one to the importer."""
        self._driver.choose(**options)

    def check(self) -> Report | None:
        """Do the dry run, and wait for what it finds."""
        self._driver.check()
        self.wait()
        return self.checked

    def run(self) -> Report | None:
        """Import, where the dry run went through, and wait for the end."""
        self._driver.run()
        self.wait()
        return self.report

    def correct(self) -> None:
        """Take the next file for the refused rows of this import, corrected."""
        self._driver.correct()

    def code(self) -> str | None:
        """Python that does what was done here, None before a file is chosen."""
        return self._driver.flow.run_code()

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until nothing is under way.

        Raises
        ------
        TimeoutError
            Where something is, after so long.
        """
        if not self._driver.wait(timeout_s):
            raise TimeoutError(f"the App is not done after {timeout_s} s. Wait longer, or cancel what runs")

    def close(self) -> None:
        """Cancel what runs, and let go of the page."""
        self._driver.tell("cancel")
        self.wait()
        self._stage.close()

    @property
    def upload(self) -> Any:  # noqa: ANN401 - its type would load the screen
        """The widget on which files are dropped."""
        return self._stage.upload

    def __repr__(self) -> str:
        return f"<App: {'no file yet' if self.plan is None else self.plan.label}>"

    def _ipython_display_(self) -> None:
        """Show the App in the cell that runs."""
        self._stage.display()
