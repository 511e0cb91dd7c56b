"""Posting: what is sent is what the ERP holds, once, whatever it contains."""

from __future__ import annotations

import string
from itertools import cycle

import pytest

from bot.erp.connector import Connector, EntryQuery, Posted
from bot.erp.errors import ErpRejected, ErpUnavailable
from ledger.books import ContactKind
from ledger.entries import PreparedEntry, Side, UnbalancedError
from ledger.problems import ProblemCode
from tests.contract.case import (
    ConnectorCase,
    GrantedCase,
    PlainCase,
    entry,
    entry_with_contact,
    find,
    number,
    post,
    post_one,
    posting,
    submission,
)

_EVERY_CHARACTER = (
    string.printable.replace("\r", "").replace("\x0b", "").replace("\x0c", "").strip()
    + " \u2013 “ß” Ærø ¥ 日本語 😀 \u202e ',\\\" </Memo> & &amp; %27 ; DROP -- {{x}} =1+1"
)


_PRINTABLE = "".join(c for c in map(chr, range(0x10000)) if c.isprintable())


def _sides(case: PlainCase) -> tuple[tuple[str, Side], tuple[str, Side]]:
    return (case.accounts.debit, Side.DEBIT), (case.accounts.credit, Side.CREDIT)


async def read_back(case: PlainCase, connector: Connector, prepared: PreparedEntry) -> None:
    """Assert that the ERP's copy says line by line what was sent."""
    (found,) = await find(connector, EntryQuery(numbers=(prepared.number,)))
    assert (found.number, found.entry_date) == (prepared.number, prepared.entry_date)
    assert (found.currency, found.memo) == (prepared.currency, prepared.memo)
    assert [(p.account_id, p.side, p.money, p.memo, p.contact_id) for p in found.postings] == [
        (p.account_id, p.side, p.money, p.memo, p.contact_id) for p in prepared.postings
    ]
    assert await connector.fetch_entry(found.erp_id) == found


async def test_an_entry_is_posted_once_and_reads_back_as_it_was_sent(any_case: PlainCase) -> None:
    connector, prepared = any_case.connector(), entry(any_case)
    assert isinstance(await post_one(any_case, prepared, connector=connector), Posted)
    assert any_case.held_numbers() == [prepared.number]
    await read_back(any_case, connector, prepared)


async def test_the_same_key_again_gives_the_same_entry_and_creates_no_second(
    granted: GrantedCase,
) -> None:
    first = await post_one(granted, entry(granted))
    again = await post_one(granted, entry(granted), connector=granted.connector())
    assert first == again
    assert granted.held_numbers() == [number(1)]


async def test_every_character_a_memo_can_hold_comes_back(any_case: PlainCase) -> None:
    memo = _EVERY_CHARACTER
    lines = (
        posting(any_case.accounts.debit, Side.DEBIT, "0.01", currency=any_case.currency, memo=memo),
        posting(
            any_case.accounts.credit, Side.CREDIT, "0.01", currency=any_case.currency, memo=memo
        ),
    )
    connector, prepared = any_case.connector(), entry(any_case, memo=memo, postings=lines)
    assert isinstance(await post_one(any_case, prepared, connector=connector), Posted)
    await read_back(any_case, connector, prepared)


async def test_every_printable_character_of_the_basic_plane_comes_back(any_case: PlainCase) -> None:
    slices = [_PRINTABLE[n::200] for n in range(200)]
    lines = [
        posting(account, side, "1.00", currency=any_case.currency, memo=f"x{text}x")
        for text, (account, side) in zip(slices, cycle(_sides(any_case)), strict=False)
    ]
    connector, prepared = any_case.connector(), entry(any_case, postings=lines)
    assert isinstance(await post_one(any_case, prepared, connector=connector), Posted)
    await read_back(any_case, connector, prepared)


async def test_an_unbalanced_entry_cannot_even_be_made(any_case: PlainCase) -> None:
    lines = [
        posting(account, side, amount, currency=any_case.currency)
        for amount, (account, side) in zip(("7.00", "6.99"), _sides(any_case), strict=True)
    ]
    with pytest.raises(UnbalancedError):
        await post_one(any_case, entry(any_case, postings=lines))
    assert any_case.held_numbers() == []


async def test_the_longest_fields_come_back_whole(case: ConnectorCase) -> None:
    long = "m" * case.limits.line_memo
    largest = "9999999999.99"
    lines = (
        posting(case.accounts.debit, Side.DEBIT, largest, currency=case.currency, memo=long),
        posting(case.accounts.credit, Side.CREDIT, largest, currency=case.currency, memo=long),
    )
    connector = case.connector()
    prepared = entry(case, memo="n" * case.limits.memo, postings=lines)
    assert isinstance(await post_one(case, prepared, connector=connector), Posted)
    await read_back(case, connector, prepared)


async def test_a_memo_that_is_too_long_is_refused_and_never_shortened(case: ConnectorCase) -> None:
    outcome = await post_one(case, entry(case, memo="n" * (case.limits.memo + 1)))
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.code is ProblemCode.TEXT_TOO_LONG
    assert case.held_numbers() == []


async def test_an_entry_of_200_postings_comes_back_in_order(any_case: PlainCase) -> None:
    lines = [
        posting(
            account, side, f"{cents}.{cents:02d}", currency=any_case.currency, memo=f"line {cents}"
        )
        for cents in range(1, 101)
        for account, side in _sides(any_case)
    ]
    connector = any_case.connector()
    prepared = entry(any_case, postings=[p for p in lines if len(lines) == 200])
    assert isinstance(await post_one(any_case, prepared, connector=connector), Posted)
    await read_back(any_case, connector, prepared)


@pytest.mark.parametrize("kind", ContactKind)
async def test_receivables_and_payables_are_posted_with_their_contact(
    contact_case: ConnectorCase, kind: ContactKind
) -> None:
    case = contact_case
    connector, prepared = case.connector(), entry_with_contact(case, kind)
    assert isinstance(await post_one(case, prepared, connector=connector), Posted)
    await read_back(case, connector, prepared)


async def test_entries_of_a_batch_each_have_their_own_outcome(any_case: PlainCase) -> None:
    bad = posting(any_case.accounts.unknown, Side.DEBIT, "1.00", currency=any_case.currency)
    good = posting(any_case.accounts.credit, Side.CREDIT, "1.00", currency=any_case.currency)
    batch = [entry(any_case, n) for n in range(1, 20)] + [entry(any_case, 20, postings=(bad, good))]
    outcomes = await post(any_case, batch)
    assert isinstance(outcomes.pop(number(20)), ErpRejected)
    assert all(isinstance(outcome, Posted) for outcome in outcomes.values())
    assert sorted(any_case.held_numbers()) == sorted(outcomes)


async def test_nothing_is_sent_once_the_claim_has_expired(any_case: PlainCase) -> None:
    claimed = submission(any_case, entry(any_case))
    any_case.clock.advance(301)
    ((_, outcome),) = [done async for done in any_case.connector().post_entries([claimed])]
    assert isinstance(outcome, ErpUnavailable)
    assert "claim expired" in outcome.problem.message
    assert any_case.held_numbers() == []


async def test_nothing_is_sent_once_the_claim_is_lost(any_case: PlainCase) -> None:
    async def lost() -> bool:
        return False

    claimed = submission(any_case, entry(any_case), still_claimed=lost)
    ((_, outcome),) = [done async for done in any_case.connector().post_entries([claimed])]
    assert isinstance(outcome, ErpUnavailable)
    assert any_case.held_numbers() == []


async def test_an_entry_of_another_company_is_never_sent(any_case: PlainCase) -> None:
    prepared = entry(any_case)
    foreign = PreparedEntry(
        company="elsewhere:1",
        number=prepared.number,
        entry_date=prepared.entry_date,
        currency=prepared.currency,
        memo=prepared.memo,
        postings=prepared.postings,
    )
    with pytest.raises(ValueError, match="another company"):
        await post_one(any_case, foreign)
    assert any_case.held_numbers() == []


async def test_leaving_early_cancels_what_was_not_sent(any_case: PlainCase) -> None:
    batch = [submission(any_case, entry(any_case, sequence)) for sequence in range(1, 200)]
    outcomes = any_case.connector().post_entries(batch)
    await anext(outcomes)
    await outcomes.aclose()
    assert 1 <= len(any_case.held_numbers()) < 199
