"""A folder whose files are imported as they arrive: `Watch`."""

from __future__ import annotations

import secrets
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import filelock

from importer.core import State, private_folder, why, written_beside
from importer.engine._submit import submit
from importer.errors import ImporterError, JobNotFoundError, OptionError
from importer.sources.many import tables_in
from importer.store import open_store

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from importer.core import Options
    from importer.store import JobRecord

__all__ = ["Watch"]

QUIET_S = 2.0
"""A file that has not changed for this long is whole."""

LOOK_S = 1.0
"""How often the folder is looked at, also if the system tells of no change."""

RETRIES = 30
"""How often a job is begun again: whoever drops a file does not watch it."""

IMPORTING, DONE, REFUSED = ".importing", "done", "refused"

UNFINISHED = {".crdownload", ".download", ".filepart", ".part", ".partial", ".tmp"}
"""Programs that write a file call it so until it is whole."""


class Watch:
    """Queues each file of a folder once it is quiet, and puts it into ``done`` or ``refused`` once it is imported.

    A file is first moved into a folder of its own below ``.importing``, which only one of several watchers can do. The
    id of its job follows from its place there, so that after a crash at any point the same file is never queued twice.

    Parameters
    ----------
    folder
        The folder to watch.
    chosen
        Says where the rows of a file go, and how; an `ImporterError` refuses the file.
    tell
        Called with a sentence about each file.
    quiet_s
        How long a file must not have changed.
    """

    def __init__(
        self,
        folder: Path,
        chosen: Callable[[Path], tuple[str, Options]],
        *,
        tell: Callable[[str], object] = lambda _: None,
        quiet_s: float = QUIET_S,
    ) -> None:
        self.folder = folder.resolve()
        self._chosen, self._tell, self._quiet_s = chosen, tell, quiet_s
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}
        self._told: set[Path] = set()
        if not self.folder.is_dir():
            raise OptionError(
                f"the folder {str(folder)!r} does not exist",
                code="folder-missing",
                facts={"folder": str(folder)},
                fixes=["make it", "name another folder"],
            )
        try:
            for name in (IMPORTING, DONE, REFUSED):
                private_folder(self.folder / name) if name == IMPORTING else (self.folder / name).mkdir(exist_ok=True)
        except OSError as exc:
            raise OptionError(
                f"the folders {IMPORTING!r}, {DONE!r} and {REFUSED!r} cannot be made in {str(folder)!r}: {why(exc)}",
                code="folder-unwritable",
                facts={"folder": str(folder)},
                fixes=["move away what has such a name", "make the folder writable"],
            ) from exc

    def run(self, stopped: threading.Event) -> None:
        """Watch until this is set.

        Raises
        ------
        OptionError
            If the library that watches is not installed.
        """
        try:
            import watchfiles
        except ImportError as exc:
            raise OptionError(
                f"a folder cannot be watched: {exc}",
                code="package-missing",
                facts={"error": str(exc)},
                fixes=["install notebook-importer[watch]"],
            ) from exc

        self.look()
        changes = watchfiles.watch(
            self.folder,
            recursive=False,
            stop_event=stopped,
            rust_timeout=int(LOOK_S * 1000),
            yield_on_timeout=True,
            raise_interrupt=True,
            watch_filter=None,
        )
        for _ in changes:
            if stopped.is_set():
                return
            self.look()

    def look(self) -> None:
        """Queue what is quiet, put away what has been imported, and tell what stays."""
        self._tell_what_stays()
        for file in self._quiet():
            self._take(file)
        for place in sorted((self.folder / IMPORTING).iterdir()):
            if place.is_dir():
                self._see_to(place)

    def _tell_what_stays(self) -> None:
        """Say of everything else in the folder why it is not imported."""
        there, tables = set(self.folder.iterdir()), set(tables_in(self.folder))
        self._told &= there
        ours = {self.folder / name for name in (DONE, REFUSED)}
        for one in sorted(there - ours):
            if one.name.startswith((".", "~$")) or one.suffix.lower() in UNFINISHED:
                continue
            if one.is_symlink():
                self._tell_once(one, f"{one.name!r} is a link and stays where it is: put the file itself there")
            elif one.is_dir():
                self._tell_once(one, f"{one.name!r} is a folder: its files are not imported; put them beside it")
            elif one not in tables and one.exists():
                what = "has no ending of a table, such as .csv or .xlsx" if one.is_file() else "is no file"
                self._tell_once(one, f"{one.name!r} {what}, and stays where it is")

    def _tell_once(self, about: Path, sentence: str) -> None:
        if about not in self._told:
            self._told.add(about)
            self._tell(sentence)

    def _quiet(self) -> Iterator[Path]:
        """The files that have not changed for a while."""
        now, seen = time.monotonic(), self._seen
        self._seen = {}
        for file in tables_in(self.folder):
            if file.is_symlink():
                continue
            try:
                about = file.stat()
            except OSError:  # It has just been moved away.
                continue
            mark = (about.st_size, about.st_mtime_ns)
            before = seen.get(file)
            since = before[1] if before is not None and before[0] == mark else now
            self._seen[file] = (mark, since)
            if now - since >= self._quiet_s:
                yield file

    def _take(self, file: Path) -> None:
        """Move a file to a place of its own; another watcher may be faster."""
        place = private_folder(self.folder / IMPORTING / secrets.token_hex(8))
        try:
            file.rename(place / file.name)
        except OSError as exc:
            place.rmdir()
            if file.exists():
                self._tell_once(file, f"{file.name!r} cannot be taken: {why(exc)}")

    def _see_to(self, place: Path) -> None:
        """Queue the file that lies there, or put it away if its job has ended."""
        with _alone(place) as is_alone:
            file = _file_in(place) if is_alone else None
            if file is None:
                return
            record: JobRecord | None
            try:
                record = open_store().job(_id_of(file))
            except JobNotFoundError:
                record = self._queued(file)
            if record is not None and record.state.is_final and not open_store().queue.has(record.job_id):
                self._put_away(file, record)
        if file is not None and not file.exists():
            with suppress(OSError):
                (place / ".lock").unlink()
                place.rmdir()

    def _queued(self, file: Path) -> JobRecord | None:
        """The job of a file, as it waits in the queue; None if it cannot be queued, which is told beside the file."""
        try:
            into, options = self._chosen(file)
            record = submit(file, into, options, retries=RETRIES, job_id=_id_of(file))
        except ImporterError as exc:
            self._refuse(file, str(exc))
            return None
        self._tell(f"{file.name!r} is queued as job {record.short_id}")
        return record

    def _put_away(self, file: Path, record: JobRecord) -> None:
        """Put a file where its outcome belongs."""
        if record.state is not State.SUCCEEDED:
            self._refuse(file, f"{record.state.value}: {record.error or 'nobody said why'}")
        elif record.rejected:
            refused = _free(self.folder / REFUSED, file.name, f"{file.stem}.refused.xlsx")
            try:
                record.rejects_to(self.folder / REFUSED / f"{Path(refused).stem}.refused.xlsx")
            except ImporterError as exc:
                self._refuse(file, f"{record.rejected:,} rows were refused, and cannot be written: {exc}")
                return
            file.rename(self.folder / REFUSED / refused)
            self._tell(
                f"{file.name!r}: {record.progress.in_table}; {record.rejected:,} refused rows are in {REFUSED!r}"
            )
        else:
            file.rename(self.folder / DONE / _free(self.folder / DONE, file.name))
            self._tell(f"{file.name!r}: {record.progress.in_table}")

    def _refuse(self, file: Path, why_not: str) -> None:
        """Put a file aside with the reason beside it."""
        name = _free(self.folder / REFUSED, file.name, f"{file.stem}.why.txt")
        with written_beside(self.folder / REFUSED / f"{Path(name).stem}.why.txt") as out:
            out.write(f"{why_not}\n".encode())
        file.rename(self.folder / REFUSED / name)
        self._tell(f"{file.name!r} is in {REFUSED!r}: {why_not}")


def _file_in(place: Path) -> Path | None:
    """The file that was moved there; None if another watcher has put it away and removed the place."""
    with suppress(FileNotFoundError):
        return next((one for one in place.iterdir() if not one.name.startswith(".")), None)
    return None


@contextmanager
def _alone(place: Path) -> Iterator[bool]:
    """Whether no other watcher is at this place, until the end."""
    lock = filelock.FileLock(place / ".lock", timeout=0)
    try:
        lock.acquire()
    except (filelock.Timeout, OSError):
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _id_of(file: Path) -> str:
    """The id of the job of a file, which follows from the place that is its own."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, file.as_uri()))


def _free(folder: Path, name: str, *beside: str) -> str:
    """The name, or with a number if it or one that goes with it is taken."""
    stem, suffix = Path(name).stem, Path(name).suffix
    number, found = 1, name
    while any(
        (folder / one).exists() for one in (found, *(f"{Path(found).stem}{one.removeprefix(stem)}" for one in beside))
    ):
        number += 1
        found = f"{stem} ({number}){suffix}"
    return found
