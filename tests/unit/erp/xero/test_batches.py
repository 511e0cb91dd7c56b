"""Which entries travel together, and what names the request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bot.erp.connector import Submission
from bot.erp.xero.batches import MOST_BYTES, MOST_ENTRIES, batches, idempotency_key
from bot.erp.xero.payloads import entries_body
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.numbers import format_number

DAY = date(2026, 10, 31)


async def _held() -> bool:
    return True


def submission(sequence: int, *, request_key: str | None = None, memo: str = "m") -> Submission:
    lines = tuple(
        PreparedPosting(
            account_id="a1", account_label="ETH", side=side, money=Money(Decimal(1), "USD")
        )
        for side in Side
    )
    entry = PreparedEntry(
        company="xero:t",
        number=format_number("T3ST", sequence, DAY),
        entry_date=DAY,
        currency="USD",
        memo=memo,
        postings=lines,
    )
    return Submission(
        entry=entry,
        request_key=request_key or f"key-{sequence}",
        send_by=datetime(2026, 11, 1, tzinfo=UTC),
        still_claimed=_held,
    )


some = st.lists(st.integers(0, 10_000), unique=True, max_size=130)


@given(some)
def test_every_entry_travels_once_in_the_order_of_the_numbers(sequences: list[int]) -> None:
    made = list(batches([submission(n) for n in sequences]))
    numbers = [s.entry.number for batch in made for s in batch]
    assert numbers == sorted(submission(n).entry.number for n in sequences)
    assert all(1 <= len(batch) <= MOST_ENTRIES for batch in made)


def test_a_request_stays_within_its_size() -> None:
    long = [
        replace(
            each,
            entry=replace(
                each.entry,
                postings=tuple(replace(p, memo="\u00e9" * 1000) for p in each.entry.postings * 50),
            ),
        )
        for each in map(submission, range(5))
    ]
    made = list(batches(long))
    assert [len(batch) for batch in made] == [4, 1]
    assert all(len(entries_body([s.entry for s in batch])) <= MOST_BYTES for batch in made)


@given(st.lists(st.integers(0, 50), unique=True, min_size=1), st.randoms())
def test_a_key_depends_on_who_travels_and_not_on_the_order_they_came_in(
    sequences: list[int], chance: st.DataObject
) -> None:
    shuffled = list(sequences)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a Random
    first, second = (
        [idempotency_key("t", b) for b in batches([submission(n) for n in order])]
        for order in (sequences, shuffled)
    )
    assert first == second
    assert all(len(key) <= 128 for key in first)


def test_another_composition_key_or_tenant_is_another_request() -> None:
    one, two = submission(1), submission(2)
    keys = {
        idempotency_key("t", [one]),
        idempotency_key("t", [two]),
        idempotency_key("t", [one, two]),
        idempotency_key("u", [one, two]),
        idempotency_key("t", [submission(1, request_key="mended"), two]),
    }
    assert len(keys) == 5
