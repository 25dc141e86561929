from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.core._progress import Progress, State
from importer.engine._broadcast import Broadcast
from importer.errors import ListenerWarning
from importer.testing import FakeClock


def test_counts_that_do_not_balance_are_refused():
    with pytest.raises(ValueError, match="do not balance: 3 rows read"):
        Progress(rows_read=3, created=1, rejected=1)


def test_figures_are_unknown_before_the_first_row():
    now = Progress(total=100)
    assert (now.fraction, now.rows_per_s, now.remaining_s, now.rows_expected, now.success_rate) == (
        0,
        None,
        None,
        None,
        None,
    )


def test_figures_are_unknown_where_the_total_is():
    now = Progress(rows_read=5, created=5, completed=50, elapsed_s=1.0)
    assert (now.fraction, now.remaining_s, now.rows_expected) == (None, None, None)


def test_a_job_that_succeeded_is_whole_even_where_the_file_is_empty():
    assert Progress(state=State.SUCCEEDED, total=0).fraction == 1.0


@given(st.lists(st.tuples(st.sampled_from(State), st.floats(0, 1)), max_size=40))
def test_every_change_of_state_is_heard_and_within_a_state_at_most_one_snapshot_an_interval(steps):
    clock, heard = FakeClock(), []
    tell = Broadcast([lambda progress: heard.append((clock(), progress))], min_interval_s=0.5, clock=clock)
    told = []
    for seq, (state, wait) in enumerate(steps):
        clock.advance(wait)
        tell(Progress(seq=seq, state=state))
        told.append(state)
    until_final = told[: next((i + 1 for i, state in enumerate(told) if state.is_final), len(told))]
    changes = [state for i, state in enumerate(until_final) if i == 0 or until_final[i - 1] is not state]
    heard_states = [progress.state for _, progress in heard]
    assert [state for i, state in enumerate(heard_states) if i == 0 or heard_states[i - 1] is not state] == changes
    assert sum(state.is_final for state in heard_states) <= 1
    for (before, first), (after, second) in pairwise(heard):
        assert first.seq < second.seq
        assert first.state is not second.state or after - before >= 0.5


def test_a_listener_that_raises_is_detached_with_one_warning_and_the_others_go_on():
    seen = []

    def broken(progress):
        raise RuntimeError("the view is gone")

    tell = Broadcast([broken, seen.append], min_interval_s=0)
    with pytest.warns(ListenerWarning, match="the view is gone"):
        tell(Progress())
    tell(Progress(seq=1))
    assert [progress.seq for progress in seen] == [0, 1]


def test_ctrl_c_in_a_listener_is_not_swallowed():
    def interrupted(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Broadcast([interrupted])(Progress())
