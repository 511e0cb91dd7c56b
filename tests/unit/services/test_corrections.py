"""What people may name after `/integral undo`, and what may become of what they named."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.corrections_selection import as_typed, read_selection
from bot.services.corrections_sorting import IN_ORDER, sort_out
from bot.services.errors import Refusal
from ledger.corrections import EntryLink, LinkKind
from ledger.delivery import MAYBE_IN_THE_ERP, DeliveryState
from ledger.entries import EntryMember
from ledger.organisation import Provider
from ledger.periods import Period
from ledger.runs import Delivery
from tests.support import books

S = DeliveryState
TODAY = date(2026, 11, 5)
NUMBER = "INT-A1B2-00001-103126"


def delivery(state: DeliveryState, *, id_: str = "d1") -> Delivery:
    return Delivery(
        id=id_,
        company_id="company-1",
        batch_id="b",
        run_id="r",
        entry=books.entry(1, of=books.company()),
        state=state,
    )


def link(kind: LinkKind, state: DeliveryState, *, of: str = "d2", to: str = "d1") -> EntryLink:
    return EntryLink(
        entry_id=of,
        original_id=to,
        kind=kind,
        number="INT-A1B2-00002-103126",
        original_number=NUMBER,
        state=state,
    )


def held(*ids: str) -> dict[str, frozenset[EntryMember]]:
    """Say that these deliveries' entries hold all of their effects."""
    return {id_: frozenset(delivery(S.VERIFIED).entry.members) for id_ in ids}


# ── selections ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("2026-10",), {"period": Period(date(2026, 10, 1), date(2026, 10, 31))}),
        (("stale", "2026-10-12"), {"only_stale": True}),
        (("deadbeef",), {"run": "deadbeef"}),
        (("run", "DEADBEEF"), {"run": "deadbeef"}),
        (("account", "Digital Assets"), {"account": "Digital Assets"}),
        (("category", "Stale"), {"category": "Stale"}),
        ((f"{NUMBER},", NUMBER.lower()), {"numbers": frozenset({NUMBER})}),
    ],
)
def test_what_people_type_is_understood(
    words: tuple[str, ...], expected: dict[str, object]
) -> None:
    selection = read_selection(words, today=TODAY)
    assert {name: getattr(selection, name) for name in expected} == expected


@pytest.mark.parametrize("words", [(), ("account",), ("everything",), ("2026-13",)])
def test_what_names_nothing_is_refused_with_the_forms(words: tuple[str, ...]) -> None:
    with pytest.raises(Refusal):
        read_selection(words, today=TODAY)


def test_more_than_a_button_can_carry_is_refused() -> None:
    with pytest.raises(Refusal, match="fewer"):
        read_selection(["account", "x" * 2000], today=TODAY)


# ── sorting ──────────────────────────────────────────────────────────────────


@given(st.sampled_from(S), st.sampled_from(Provider))
def test_nothing_that_may_be_in_the_erp_is_withdrawn_and_nothing_unsent_is_reversed(
    state: DeliveryState, provider: Provider
) -> None:
    found = sort_out([delivery(state)], links=[], held=held("d1"), provider=provider)
    assert not (found.unsent and state in MAYBE_IN_THE_ERP)
    assert not (found.reversible and state not in MAYBE_IN_THE_ERP)
    assert not found.undone


@given(st.sampled_from(S), st.sampled_from(Provider))
def test_what_was_ever_sent_without_an_answer_is_shown_as_left_and_not_withdrawn(
    state: DeliveryState, provider: Provider
) -> None:
    before = sort_out([delivery(state)], links=[], held=held("d1"), provider=provider)
    found = sort_out(
        [delivery(state)], links=[], held=held("d1"), in_doubt={"d1"}, provider=provider
    )
    assert not found.unsent
    assert found.reversible == before.reversible
    assert len(found.left) == len(before.left) + len(before.unsent)


def test_a_command_to_type_again_quotes_a_name_with_spaces() -> None:
    assert as_typed(("account", "Network fees", "2026-10")) == 'account "Network fees" 2026-10'


@given(st.sampled_from(S), st.sampled_from(S))
def test_an_entry_with_a_live_reversal_is_never_reversed_again(
    state: DeliveryState, reversal: DeliveryState
) -> None:
    links = [link(LinkKind.REVERSES, reversal)]
    found = sort_out([delivery(state)], links=links, held=held("d1"), provider=Provider.XERO)
    assert not found.reversible
    assert not found.unsent
    assert bool(found.undone) == (reversal in IN_ORDER)


@given(st.sampled_from(S))
def test_a_reversal_is_not_itself_undone_nor_withdrawn(state: DeliveryState) -> None:
    links = [link(LinkKind.REVERSES, state, of="d1", to="d0")]
    found = sort_out([delivery(state)], links=links, held={}, provider=Provider.QUICKBOOKS)
    assert found == sort_out([], links=[], held={}, provider=Provider.QUICKBOOKS)


@given(st.sampled_from(sorted({S.BLOCKED, S.REFUSED, S.APPROVED, S.HELD})))
def test_a_replacement_on_its_way_is_not_withdrawn_by_itself(state: DeliveryState) -> None:
    links = [link(LinkKind.REPLACES, state, of="d1", to="d0")]
    found = sort_out([delivery(state)], links=links, held=held("d1"), provider=Provider.NETSUITE)
    assert not found.unsent
    assert "correction that is under way" in found.left[0].why


def test_what_was_replaced_is_history_and_what_replaced_it_can_be_undone() -> None:
    old, new = delivery(S.VERIFIED), delivery(S.VERIFIED, id_="d3")
    links = [link(LinkKind.REVERSES, S.VERIFIED), link(LinkKind.REPLACES, S.VERIFIED, of="d3")]
    found = sort_out([old, new], links=links, held=held("d3"), provider=Provider.XERO)
    assert (found.reversible, found.undone, found.left) == ((new,), (), ())


@pytest.mark.parametrize(
    ("provider", "can_be_reversed"), [(Provider.JOURNAL_FILE, True), (Provider.NETSUITE, False)]
)
def test_what_waits_in_the_erp_waits_and_what_is_filed_is_delivered(
    provider: Provider, *, can_be_reversed: bool
) -> None:
    waiting = replace(delivery(S.PENDING_IN_ERP))
    found = sort_out([waiting], links=[], held=held("d1"), provider=provider)
    assert bool(found.reversible) == can_be_reversed
    assert bool(found.left) != can_be_reversed
