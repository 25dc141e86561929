"""Messages to people when an import ends: `Notify`."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from importer.core import State
from importer.errors import OptionError
from importer.listeners._message import Outcome, letter_of
from importer.listeners._post import Post

if TYPE_CHECKING:
    from importer.core import Controllable, Progress
    from importer.listeners._message import Told
    from importer.listeners._post import Letter

__all__ = ["Notify"]


@runtime_checkable
class Reporting(Protocol):
    """A job that can be asked what became of it."""

    @property
    def id(self) -> str:
        """Id of the job."""
        ...

    @property
    def report(self) -> Told:
        """What was done so far."""
        ...


class Notify:
    """A message when an import ends: by e-mail, to Slack, to the desktop, to a webhook.

    It says which file went into which table, the counts, how long it took, the first reasons of refusals, and how to
    get the refused rows. One `Notify` serves any number of jobs. Used with ``with``, it sends one message for all
    jobs within; that a job failed it tells at once. What cannot be sent is warned of once, and no import is affected.
    It needs the extra ``notify``.

    Parameters
    ----------
    urls
        Where the messages go, as `apprise <https://github.com/caronc/apprise/wiki>`_ writes it, such as
        ``mailtos://user:password@example.com``, ``slack://…`` or ``json://localhost/hook``. They are shown nowhere.
    on_success, on_failure
        Whether to tell that an import is done, and that one failed or was stopped.
    refused_over
        Tell it in any case if more rows than this are refused: a count, or a share below 1.
    reasons
        How many refused cells a message quotes.
    wait_s
        How long the end of a ``with`` block waits for messages on their way, in seconds.

    Raises
    ------
    OptionError
        If there is no URL, or apprise does not know one.
    ImporterError
        If apprise is not installed.

    Examples
    --------
    >>> notify = Notify("json://user:secret@localhost/hook", on_success=False, refused_over=0.02)
    >>> notify
    <Notify: JSON>
    """

    def __init__(
        self,
        *urls: str,
        on_success: bool = True,
        on_failure: bool = True,
        refused_over: float | None = None,
        reasons: int = 3,
        wait_s: float = 10.0,
    ) -> None:
        if not urls:
            raise OptionError("no URL to send messages to", code="notify-url", fixes=["give one or more"])
        if refused_over is not None and not refused_over >= 0:
            raise OptionError(f"refused_over cannot be {refused_over!r}", fixes=["give a count, or a share below 1"])
        self._post = Post(urls)
        self._on_success, self._on_failure = on_success, on_failure
        self._refused_over = refused_over
        self._reasons = reasons
        self._wait_s = wait_s
        self._lock = Lock()
        self._jobs: dict[str, Reporting] = {}
        self._open: set[str] = set()
        self._depth = 0
        self._together: list[Outcome] = []

    def attach(self, job: Controllable, /) -> None:
        """Take the job whose refused rows a message quotes."""
        if isinstance(job, Reporting):
            with self._lock:
                self._jobs[job.id] = job

    def __call__(self, progress: Progress, /) -> None:
        """Take the snapshot; the final one is told."""
        if progress.kind == "check":
            with self._lock:
                self._jobs.pop(progress.job_id, None)
            return
        with self._lock:
            is_new = progress.job_id not in self._open
            self._open.add(progress.job_id)
        if is_new:
            self._post.hold()
        if progress.state.is_final:
            self._end(progress)

    def _end(self, progress: Progress) -> None:
        """Tell the end of a job, now or together with others."""
        with self._lock:
            self._open.discard(progress.job_id)
            job = self._jobs.pop(progress.job_id, None)
            is_together = bool(self._depth)

        def write() -> Letter | None:
            outcome = Outcome.of(progress, None if job is None else job.report, self._reasons)
            if is_together:
                self._together.append(outcome)
                if progress.state is State.SUCCEEDED:
                    return None
            return letter_of([outcome]) if self._tells(outcome) else None

        self._post.put(write)
        self._post.release()

    def _tells(self, outcome: Outcome) -> bool:
        """Whether somebody wants to know."""
        now = outcome.progress
        if self._refused_over is not None and now.rejected:
            most = self._refused_over * now.rows_read if self._refused_over < 1 else self._refused_over
            if now.rejected > most:
                return True
        return self._on_success if now.state is State.SUCCEEDED else self._on_failure

    def __enter__(self) -> Self:
        """Begin to collect what is told together."""
        with self._lock:
            self._depth += 1
        self._post.hold()
        return self

    def __exit__(self, *_: object) -> None:
        """Tell all jobs in one message, and wait until it is sent, but not for long."""
        with self._lock:
            self._depth -= 1
            is_last = not self._depth
        if is_last:
            self._post.put(self._all)
        self._post.release()
        if is_last:
            self._post.wait(self._wait_s)

    def _all(self) -> Letter | None:
        """One message for all jobs that were collected, unless each of them was told already."""
        outcomes, self._together = self._together, []
        is_wanted = any(one.progress.state is State.SUCCEEDED and self._tells(one) for one in outcomes)
        return letter_of(outcomes) if is_wanted else None

    def __repr__(self) -> str:
        return f"<Notify: {', '.join(self._post.names)}>"

    def __reduce__(self) -> Any:  # noqa: ANN401 - as object says
        """Refuse to be written anywhere: the URLs hold secrets."""
        raise TypeError("a Notify cannot be pickled, because its URLs hold secrets")
