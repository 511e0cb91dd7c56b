"""Entries: unbalanced ones cannot be built, and a digest covers all that is sent."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.books import ContactKind
from ledger.entries import (
    EntryMember,
    JournalEntry,
    Posting,
    PreparedEntry,
    PreparedPosting,
    Role,
    Side,
    SourceAccount,
    UnbalancedError,
    batch_digest,
    dump_entry,
    load_entry,
)
from ledger.transactions import Effect
from tests.unit.ledger.journals import usd


def posting(
    side: Side, amount: str = "5.00", account_id: str = "1", **more: object
) -> PreparedPosting:
    return PreparedPosting(
        account_id=account_id,
        account_label=f"Account {account_id}",
        side=side,
        money=usd(amount),
        **more,  # type: ignore[arg-type]
    )


ENTRY = PreparedEntry(
    company="xero:abc",
    number="INT-7K2M-00001-011525",
    entry_date=date(2025, 1, 15),
    currency="USD",
    memo="Sell “1 ETH” — a1",
    postings=(
        posting(Side.DEBIT, memo="x", contact_id="c1", contact_kind=ContactKind.CUSTOMER),
        posting(Side.CREDIT, account_id="2", dimensions=(("class", "9"),)),
    ),
    members=(EntryMember(source="s", transaction_id="t1", effect=Effect.OUT),),
)


@given(st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 10**9)), max_size=6))
def test_an_entry_balances_or_does_not_exist(sides: list[tuple[Side, int]]) -> None:
    account = SourceAccount.of_role(Role.GAINS)
    postings = tuple(
        Posting(account=account, side=side, money=usd(f"{cents}e-2")) for side, cents in sides
    )
    balance = sum(cents if side is Side.DEBIT else -cents for side, cents in sides)
    facts = {"entry_date": date(2025, 1, 1), "currency": "USD", "members": (), "postings": postings}
    if sides and not balance:
        assert JournalEntry(**facts).postings == postings  # type: ignore[arg-type]
    else:
        with pytest.raises(UnbalancedError):
            JournalEntry(**facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_posting_is_above_zero(amount: str) -> None:
    with pytest.raises(ValueError, match="above zero"):
        posting(Side.DEBIT, amount)


def test_a_prepared_entry_survives_being_stored() -> None:
    read = load_entry(dump_entry(ENTRY))
    assert read == ENTRY
    assert read.digest == ENTRY.digest
    assert read.total == usd("5.00")


@pytest.mark.parametrize(
    "change",
    [
        {"company": "xero:other"},
        {"number": "INT-7K2M-00002-011525"},
        {"entry_date": date(2025, 1, 16)},
        {"memo": "Sell"},
        {"postings": tuple(reversed(ENTRY.postings))},
        {"postings": (replace(ENTRY.postings[0], account_id="3"), ENTRY.postings[1])},
        {"postings": (replace(ENTRY.postings[0], memo="y"), ENTRY.postings[1])},
        {"postings": (replace(ENTRY.postings[0], contact_id="c2"), ENTRY.postings[1])},
        {"postings": (ENTRY.postings[0], replace(ENTRY.postings[1], dimensions=()))},
        {"postings": (posting(Side.DEBIT, "6.00"), posting(Side.CREDIT, "6.00", "2"))},
    ],
)
def test_every_change_of_what_is_sent_changes_the_digest(change: dict[str, object]) -> None:
    assert replace(ENTRY, **change).digest != ENTRY.digest  # type: ignore[arg-type]


def test_a_label_is_shown_and_not_approved() -> None:
    renamed = replace(ENTRY.postings[0], account_label="Renamed")
    assert replace(ENTRY, postings=(renamed, ENTRY.postings[1])).digest == ENTRY.digest


def test_a_batch_is_its_entries_in_any_order() -> None:
    other = replace(ENTRY, number="INT-7K2M-00002-011525")
    assert batch_digest([ENTRY, other]) == batch_digest([other, ENTRY])
    assert batch_digest([ENTRY]) != batch_digest([ENTRY, other])
