"""The delivery table: what it allows, and above all what no path through it can do."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.delivery import (
    IN_THE_ERP,
    MAYBE_IN_THE_ERP,
    MOVES,
    RELEASED,
    SETTLED,
    DeliveryState,
    ForbiddenMoveError,
    may_be_sent,
    require_move,
)

S = DeliveryState
STARTS = (S.BLOCKED, S.HELD, S.AWAITING_APPROVAL, S.APPROVED)


@st.composite
def paths(draw: st.DrawFn) -> list[DeliveryState]:
    """A walk through the table, from one of the states an entry can begin in."""
    path = [draw(st.sampled_from(STARTS))]
    for _ in range(draw(st.integers(min_value=0, max_value=30))):
        if not MOVES[path[-1]]:
            break
        path.append(draw(st.sampled_from(sorted(MOVES[path[-1]]))))
    return path


@given(paths())
def test_nothing_is_sent_that_was_not_approved_the_step_before(path: list[DeliveryState]) -> None:
    for before, after in pairwise(path):
        assert after is not S.SENDING or before is S.APPROVED


@given(paths())
def test_what_the_erp_has_is_never_sent_again(path: list[DeliveryState]) -> None:
    first = next((n for n, state in enumerate(path) if state in IN_THE_ERP), len(path))
    assert S.SENDING not in path[first:]
    for before, after in pairwise(path[first:]):
        assert after not in RELEASED or (before, after) == (S.DIVERGED, S.WITHDRAWN)


@given(paths())
def test_after_an_unknown_outcome_only_a_search_leads_back_to_sending(
    path: list[DeliveryState],
) -> None:
    """From uncertain to sending there is one way: absence proven, and approved again."""
    for place, state in enumerate(path):
        if state is S.UNCERTAIN and S.SENDING in path[place:]:
            assert path[place + 1] is S.APPROVED


@given(paths())
def test_what_may_be_in_the_erp_is_withdrawn_only_once_it_was_found_to_be_gone(
    path: list[DeliveryState],
) -> None:
    for before, after in pairwise(path):
        assert not (before in MAYBE_IN_THE_ERP - {S.DIVERGED} and after in RELEASED)
        assert (before, after) != (S.DIVERGED, S.DECLINED)


@given(paths())
def test_what_was_taken_back_is_never_sent(path: list[DeliveryState]) -> None:
    first = next((n for n, state in enumerate(path) if state in RELEASED), len(path))
    assert S.SENDING not in path[first:]


def test_what_was_taken_back_can_only_be_found_in_the_erp_and_skipped_is_final() -> None:
    assert all(MOVES[state] <= IN_THE_ERP for state in RELEASED)
    assert not MOVES[S.SKIPPED]


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(MOVES) == set(S)
    reached = set(STARTS)
    for _ in S:
        reached |= {after for before in reached for after in MOVES[before]}
    assert reached == set(S)


def test_what_is_settled_does_nothing_by_itself_and_only_approved_may_be_sent() -> None:
    assert not SETTLED & {S.SENDING, S.UNCERTAIN, S.POSTED, S.PENDING_IN_ERP, S.APPROVED}
    assert [state for state in S if may_be_sent(state)] == [S.APPROVED]


@given(st.sampled_from(S), st.sampled_from(S))
def test_a_move_that_is_not_in_the_table_is_a_fault(old: S, new: S) -> None:
    if new in MOVES[old]:
        require_move(old, new)
    else:
        with pytest.raises(ForbiddenMoveError, match=f"{old} to {new}"):
            require_move(old, new)
