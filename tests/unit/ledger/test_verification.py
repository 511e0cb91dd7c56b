"""Verification: what differs is said in words, and order does not matter."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.money import Money
from ledger.verification import differences, look_alike, plain_memo
from tests.unit.ledger.journals import usd


@dataclass(frozen=True)
class Held:
    """An entry as an ERP holds it."""

    number: str | None
    entry_date: date
    currency: str
    memo: str
    postings: tuple[PreparedPosting, ...]


def _posting(side: Side, code: str, amount: str, memo: str = "m") -> PreparedPosting:
    return PreparedPosting(
        account_id=code, account_label=f"{code} Name", side=side, money=usd(amount), memo=memo
    )


ENTRY = PreparedEntry(
    company="quickbooks:1",
    number="INT-7K2M-00001-011525",
    entry_date=date(2025, 1, 15),
    currency="USD",
    memo="Sell 1 BTC a1",
    postings=(
        _posting(Side.DEBIT, "1100", "20.00"),
        _posting(Side.DEBIT, "1100", "30.00"),
        _posting(Side.DEBIT, "6000", "1.00"),
        _posting(Side.CREDIT, "1010", "51.00"),
    ),
)


def held(**change: object) -> Held:
    same = Held(ENTRY.number, ENTRY.entry_date, ENTRY.currency, ENTRY.memo, ENTRY.postings)
    return replace(same, **change)  # type: ignore[arg-type]


def _with(place: int, **change: object) -> Held:
    postings = list(ENTRY.postings)
    postings[place] = replace(postings[place], **change)  # type: ignore[arg-type]
    return held(postings=tuple(postings))


def test_dimensions_that_differ_are_named_as_people_know_them() -> None:
    ours = replace(
        ENTRY.postings[3],
        dimensions=(("guid-1", "guid-2"),),
        dimension_labels=(("Region", "North"),),
    )
    entry = replace(ENTRY, postings=(*ENTRY.postings[:3], ours))
    assert differences(entry, _with(3, dimensions=(("guid-1", "guid-9"),)), erp="Xero") == [
        "Dimensions of credit on 1010 Name: approved Region North, Xero has Region guid-9"
    ]


@given(st.permutations(ENTRY.postings))
def test_the_order_of_postings_does_not_matter(postings: list[PreparedPosting]) -> None:
    assert differences(ENTRY, held(postings=tuple(postings))) == []


@pytest.mark.parametrize("memo", ["[INT-7K2M-00001-011525] Sell 1 BTC a1", " Sell  1 BTC a1 ",
                                  "INT-7K2M-00001-011525 Sell 1 BTC a1"])  # fmt: skip
def test_our_number_in_front_of_the_memo_does_not_matter(memo: str) -> None:
    assert differences(ENTRY, held(memo=memo)) == []


@pytest.mark.parametrize(
    ("copy", "words"),
    [
        (_with(0, money=usd("25.00")),
         "Amount of debit on 1100 Name: approved 20.00 USD, QuickBooks has 25.00 USD"),
        (_with(0, money=Money(usd("20").amount, "EUR")),
         "Amount of debit on 1100 Name: approved 20.00 USD, QuickBooks has 20.00 EUR"),
        (_with(2, memo="other"),
         "Memo of debit on 6000 Name: approved “m”, QuickBooks has “other”"),
        (_with(3, contact_id="c9"),
         "Contact of credit on 1010 Name: approved none, QuickBooks has c9"),
        (_with(3, dimensions=(("class", "5"),)),
         "Dimensions of credit on 1010 Name: approved none, QuickBooks has class 5"),
        (held(entry_date=date(2025, 1, 16)),
         "Date: approved 2025-01-15, QuickBooks has 2025-01-16"),
        (held(currency="EUR"), "Currency: approved USD, QuickBooks has EUR"),
        (held(number=None), "Number: approved INT-7K2M-00001-011525, QuickBooks has none"),
        (held(memo="Edited"), "Memo: approved “Sell 1 BTC a1”, QuickBooks has “Edited”"),
        (held(postings=ENTRY.postings[:2] + ENTRY.postings[3:]),
         "Debit of 1.00 USD on 6000 Name was approved and is missing in QuickBooks"),
        (held(postings=(*ENTRY.postings, _posting(Side.DEBIT, "9", "2.00"))),
         "Debit of 2.00 USD on account 9 is in QuickBooks and was not approved"),
    ],
)  # fmt: skip
def test_one_difference_is_one_sentence(copy: Held, words: str) -> None:
    assert differences(ENTRY, copy, erp="QuickBooks") == [words]


def test_an_account_changed_by_hand_is_missing_here_and_strange_there() -> None:
    assert differences(ENTRY, _with(2, account_id="7777")) == [
        "Debit of 1.00 USD on 6000 Name was approved and is missing in the ERP",
        "Debit of 1.00 USD on account 7777 is in the ERP and was not approved",
    ]


def test_the_same_posting_twice_is_seen() -> None:
    twice = held(postings=(*ENTRY.postings, ENTRY.postings[2]))
    assert len(differences(ENTRY, twice)) == 1


@pytest.mark.parametrize(
    ("copy", "is_alike"),
    [
        (held(number=None, memo="typed in by hand"), True),
        (_with(2, account_id="7777"), True),
        (replace(_with(2, account_id="7777"), memo="other"), False),
        (replace(_with(2, account_id="7777"), memo="sell 1 btc A1"), True),
        (held(entry_date=date(2025, 1, 16)), False),
        (held(currency="EUR"), False),
        (held(postings=ENTRY.postings[:2]), False),
    ],
)
def test_a_look_alike_has_the_date_and_total_and_the_memo_or_the_accounts(
    copy: Held, is_alike: bool
) -> None:
    assert look_alike(ENTRY, copy) is is_alike


def test_a_memo_without_words_is_no_likeness() -> None:
    entry = replace(ENTRY, memo="")
    assert not look_alike(entry, replace(_with(2, account_id="7777"), memo=""))
    assert plain_memo("[INT-7K2M-00001-011525]") == ""
