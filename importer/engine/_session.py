"""An operation that no process runs: `Session`."""

from __future__ import annotations

import json
import math
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from importer.core import StageInHand, State, is_job_id
from importer.engine._said import LONGEST_NAME, count_of, json_of, text_of
from importer.engine._weights import WHOLE, raise_for_stage, weights_of, whole_of
from importer.errors import OptionError
from importer.store import JobRecord, change_session, open_store, user_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.core import Progress

__all__ = ["LONGEST_LAPSE_S", "Session"]

LAPSE_S = 3600.0
"""How long a session may be silent by default."""

LONGEST_LAPSE_S = 1e8

MOST_STAGES, MOST_STEPS = 1_000, 2**62


class Session:
    """An operation for code that cannot use ``with``: whoever has its id says how far it is, and ends it.

    It lives in the history, so that one process may begin it, others go on, and yet another end it. One that nobody
    ends expires, and then reads interrupted. `importer.History`, ``importer cancel JOB`` and a Jupyter server cancel
    it, which its next update is told.

    Parameters
    ----------
    session_id
        The id of one that `create` made.

    Examples
    --------
    >>> import importer
    >>> session = importer.Session.create("Publish posts", stages={"scrape": 20, "import": 60})
    >>> session.update("scrape", completed=5, total=10, message="five pages are here").fraction
    0.125
    >>> again = importer.Session(session.id)
    >>> again.update("import", completed=1, total=4, details={"post": 7}).stage.name
    'import'
    >>> again.complete("all posts are in")
    >>> importer.job(session.id).state.value
    'succeeded'
    """

    def __init__(self, session_id: str) -> None:
        if not is_job_id(session_id):
            raise OptionError(
                f"a session has a UUID as its id, which {text_of(repr(session_id), 80)} is not",
                code="job-id-invalid",
                facts={"job": text_of(session_id, 80)},
            )
        self.id = session_id

    @classmethod
    def create(
        cls,
        label: str,
        *,
        total: int | None = None,
        stages: Mapping[str, float] | Iterable[str] | None = None,
        expires_s: float = LAPSE_S,
    ) -> Self:
        """Begin one.

        Parameters
        ----------
        label
            The operation for people.
        total
            How many steps it has, if it has no stages.
        stages
            Its stages with their weights, or only their names.
        expires_s
            After so many seconds without an update it expires.

        Raises
        ------
        OptionError
            If the stages, the total or the time cannot be.
        StoreError
            If the history cannot be reached.
        """
        weights = weights_of(stages)
        if weights is not None and len(weights) > MOST_STAGES:
            raise _too_many_stages()
        if weights is not None and total is not None:
            raise OptionError(
                "total is of a session without stages; give each stage its own", facts={"option": "total"}
            )
        lapse_s = _seconds(expires_s)
        kept = {
            "expires_s": lapse_s,
            "weights": weights,
            "stages": {} if total is None else {"": [0, count_of(total, "total")]},
            "changes": 0,
        }
        record = JobRecord(
            job_id=str(uuid.uuid4()),
            kind="task",
            state=State.RUNNING,
            label=text_of(label, LONGEST_NAME),
            unit="parts",
            total=None if weights is None and total is None else WHOLE,
            options=json.dumps(kept, ensure_ascii=False),
            user_name=user_name(),
        )
        open_store().write(record, lapse_s=lapse_s)
        return cls(record.job_id)

    @property
    def progress(self) -> Progress:
        """The newest snapshot.

        Raises
        ------
        JobNotFoundError
            If there is no such session.
        """
        return open_store().own_job(self.id).progress

    def update(
        self,
        stage: str = "",
        *,
        completed: int | None = None,
        total: int | None = None,
        message: object = None,
        details: object = None,
    ) -> Progress:
        """Say how far it is, and put off its end.

        Parameters
        ----------
        stage
            The stage that is in hand; by default the one that was last.
        completed, total
            Steps done of this stage, from its beginning, and how many there are.
        message
            What a person should know now.
        details
            Anything that is JSON.

        Raises
        ------
        OptionError
            If there is no such stage, or a count is none.
        ResumeError
            If it has ended, was cancelled, or has expired.
        """
        name = text_of(stage, LONGEST_NAME)
        counts = [None if n is None else count_of(n, what) for n, what in ((completed, "completed"), (total, "total"))]

        def change(record: JobRecord) -> JobRecord:
            return _moved(record, name, counts, message=message, details=details)

        return change_session(self.id, change).progress

    def complete(self, message: object = None) -> None:
        """End it well.

        Raises
        ------
        ResumeError
            If it has ended before, or has expired.
        """
        self._end(State.SUCCEEDED, message=message)

    def fail(self, why: object) -> None:
        """End it as failed, in these words.

        Raises
        ------
        ResumeError
            If it has ended before, or has expired.
        """
        self._end(State.FAILED, error=text_of(why) or "no reason was given")

    def _end(self, state: State, *, message: object = None, error: str | None = None) -> None:
        def change(record: JobRecord) -> JobRecord:
            said = _moved(record, "", (None, None), message=message, details=None) if message is not None else record
            return replace(_counted(said), state=state, error=error)

        change_session(self.id, change)

    def __repr__(self) -> str:
        return f"Session({self.id!r})"


def _moved(record: JobRecord, name: str, counts: Any, *, message: object, details: object) -> JobRecord:  # noqa: ANN401
    """The record after an update."""
    kept = json.loads(record.options or "{}")
    weights, stages = kept["weights"], kept["stages"]
    before = None if record.stage is None else StageInHand.of_json(record.stage)
    name = name or ("" if before is None else before.name) or (next(iter(weights)) if weights else "")
    if weights is not None:
        raise_for_stage(name, weights)
    if name not in stages and len(stages) >= MOST_STAGES:
        raise _too_many_stages()
    done, total = stages.get(name, [0, None])
    stages[name] = [done if counts[0] is None else counts[0], total if counts[1] is None else counts[1]]
    is_same = before is not None and before.name == name
    names = list(weights or stages)
    stage = StageInHand(
        name=name,
        number=names.index(name) + 1,
        count=None if weights is None else len(weights),
        completed=stages[name][0],
        total=stages[name][1],
        message=text_of(message) if message is not None else before.message if before is not None and is_same else None,
        details=json_of(details) if details is not None else before.details if before is not None and is_same else None,
    )
    changed = replace(record, stage=stage.as_json(), options=json.dumps(kept, ensure_ascii=False))
    return _counted(changed)


def _counted(record: JobRecord) -> JobRecord:
    """The record with its steps and its share, which never falls, counted anew."""
    kept = json.loads(record.options or "{}")
    kept["changes"] += 1
    weights, stages = kept["weights"], kept["stages"]
    steps = min(sum(done for done, _ in stages.values()), MOST_STEPS)
    shares = [(1.0 if weights is None else weights[name], _share(*found)) for name, found in stages.items()]
    is_known = weights is not None or (len(stages) == 1 and all(total is not None for _, total in stages.values()))
    return replace(
        record,
        rows_read=steps,
        created=steps,
        completed=max(record.completed, int(whole_of(shares) * WHOLE)) if is_known else record.completed,
        total=WHOLE if is_known or record.total is not None else None,
        options=json.dumps(kept, ensure_ascii=False),
    )


def _too_many_stages() -> OptionError:
    return OptionError(f"a session has at most {MOST_STAGES:,} stages", facts={"option": "stages"})


def _share(done: int, total: int | None) -> float:
    return 0.0 if total is None else min(1.0, done / total) if total else 1.0


def _seconds(value: float) -> float:
    """How long it may be silent."""
    found = math.nan
    with suppress(TypeError, ValueError, OverflowError):
        found = math.nan if isinstance(value, str | bool) else float(value)
    if not 0 < found <= LONGEST_LAPSE_S:
        raise OptionError(
            f"expires_s must be seconds, above 0 and up to {LONGEST_LAPSE_S:,.0f}, not {text_of(repr(value), 80)}",
            facts={"option": "expires_s", "value": text_of(value, 80)},
        )
    return found
