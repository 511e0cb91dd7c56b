"""Reversing entries: what undoes an entry undoes all of it, and says what it undoes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.books import Account, AccountClass, Books, ContactKind, Dimension, DimensionValue
from ledger.corrections import (
    AccountChange,
    Mode,
    Summary,
    account_changes,
    dump_summary,
    first_open_day,
    has_same_effect,
    load_summary,
    plain_reason,
    redated,
    reversal_problem,
    reverse,
)
from ledger.entries import PreparedEntry, PreparedPosting, Side, dump_entry, load_entry
from ledger.memo import MEMO_LIMIT
from ledger.money import Money
from tests.support import books

DAY, LATER = date(2026, 1, 31), date(2026, 2, 1)
ORIGINAL, OWN = "INT-A1B2-00001-013126", "INT-A1B2-00002-013126"
ACCOUNTS = ("1", "2", "3")


def posting(
    account: str, side: Side, amount: str, *, memo: str = "", dimension: str | None = None
) -> PreparedPosting:
    return PreparedPosting(
        account_id=account,
        account_label=f"Account {account}",
        side=side,
        money=Money(Decimal(amount), "USD"),
        memo=memo,
        contact_id="7" if account == "3" else None,
        contact_kind=ContactKind.VENDOR if account == "3" else None,
        dimensions=(("class", dimension),) if dimension else (),
    )


def entry(*postings: PreparedPosting, memo: str = "Sell ETH", day: date = DAY) -> PreparedEntry:
    return PreparedEntry(
        company="quickbooks:1",
        number=ORIGINAL,
        entry_date=day,
        currency="USD",
        memo=memo,
        postings=postings,
        members=(books.member("tx-1"),),
    )


@st.composite
def entries(draw: st.DrawFn) -> PreparedEntry:
    """Balanced entries of pairs of postings on few accounts, with contacts and dimensions."""
    pairs = draw(
        st.lists(
            st.tuples(
                st.sampled_from(ACCOUNTS),
                st.sampled_from(ACCOUNTS),
                st.integers(min_value=1, max_value=10**9),
                st.sampled_from([None, "9"]),
            ),
            min_size=1,
            max_size=8,
        )
    )
    postings = []
    for debit, credit, cents, value in pairs:
        amount = str(Decimal(cents).scaleb(-2))
        postings.append(posting(debit, Side.DEBIT, amount, dimension=value))
        postings.append(posting(credit, Side.CREDIT, amount, dimension=value))
    return entry(*postings, memo=draw(st.text(max_size=60)))


def undo(original: PreparedEntry, *, day: date = DAY, reason: str = "wrong") -> PreparedEntry:
    return reverse(original, number=OWN, entry_date=day, reason=reason)


def nets(*each: PreparedEntry) -> dict[tuple[object, ...], Decimal]:
    sums: dict[tuple[object, ...], Decimal] = {}
    for p in (p for one in each for p in one.postings):
        key = (p.account_id, p.contact_id, p.contact_kind, p.dimensions)
        signed = p.money.amount if p.side is Side.DEBIT else -p.money.amount
        sums[key] = sums.get(key, Decimal(0)) + signed
    return sums


@given(entries())
def test_an_entry_and_its_reversal_are_zero_on_every_account_contact_and_dimension(
    original: PreparedEntry,
) -> None:
    assert not any(nets(original, undo(original)).values())


@given(entries())
def test_a_reversal_holds_no_effects_and_has_the_same_amounts_as_positive_ones(
    original: PreparedEntry,
) -> None:
    reversal = undo(original)
    assert reversal.members == ()
    assert reversal.total == original.total
    amounts = sorted(str(p.money) for p in original.postings)
    assert sorted(str(p.money) for p in reversal.postings) == amounts


@given(entries())
def test_a_reversal_can_be_stored_and_read_back(original: PreparedEntry) -> None:
    reversal = undo(original)
    assert load_entry(dump_entry(reversal)) == reversal


@given(st.text(max_size=600))
def test_a_memo_names_the_number_without_brackets_whatever_the_reason(reason: str) -> None:
    memo = undo(entry(*_pair("1.00")), day=LATER, reason=reason).memo
    assert memo.startswith(f"Reversal of {ORIGINAL}: ")
    assert not set("[]{}\n\r") & set(memo)
    assert memo.endswith(" for period 2026-01")
    assert len(memo) <= MEMO_LIMIT


def test_a_reversal_of_the_same_day_names_no_period() -> None:
    assert undo(entry(*_pair("1.00"))).memo == f"Reversal of {ORIGINAL}: wrong"


def test_a_long_memo_gives_way_to_the_period_it_is_for() -> None:
    moved = redated(entry(*_pair("1.00"), memo="x" * MEMO_LIMIT), LATER)
    assert moved.entry_date == LATER
    assert moved.memo.endswith("… for period 2026-01")
    assert len(moved.memo) == MEMO_LIMIT


@given(entries())
def test_an_entry_fits_itself_in_any_order_form_and_wording(original: PreparedEntry) -> None:
    other = entry(*reversed(original.postings), memo="another template")
    assert has_same_effect(original, other)


@given(entries())
def test_an_entry_never_fits_its_own_reversal_unless_it_moves_nothing(
    original: PreparedEntry,
) -> None:
    by_side = {side: _sums(original, side) for side in Side}
    assume(by_side[Side.DEBIT] != by_side[Side.CREDIT])
    assert not has_same_effect(original, undo(original))


def test_another_account_amount_dimension_or_date_no_longer_fits() -> None:
    posted = entry(*_pair("10.00"))
    changed = (
        entry(posting("1", Side.DEBIT, "10.00"), posting("3", Side.CREDIT, "10.00")),
        entry(*_pair("10.01")),
        entry(*_pair("10.00", dimension="9")),
        entry(*_pair("10.00"), day=LATER),
    )
    assert [has_same_effect(posted, other) for other in changed] == [False] * 4


def test_what_was_dated_on_the_first_open_day_still_fits_its_period() -> None:
    meant = entry(*_pair("10.00"))
    assert has_same_effect(redated(meant, LATER), meant)
    assert not has_same_effect(entry(*_pair("10.00"), day=LATER), meant)


@given(st.dates(max_value=date(2090, 1, 1)), st.integers(min_value=0, max_value=900))
def test_the_first_open_day_is_open_and_none_before_it_is(day: date, closed: int) -> None:
    lock = date.fromordinal(day.toordinal() + closed)
    found = first_open_day(day, lambda each: each <= lock)
    assert found is not None
    assert found.toordinal() == lock.toordinal() + 1
    assert first_open_day(day, lambda each: False) == day


def test_changes_show_only_accounts_that_change_the_biggest_first() -> None:
    before = [entry(posting("1", Side.DEBIT, "30.00"), posting("2", Side.CREDIT, "30.00"))]
    after = [
        entry(
            posting("1", Side.DEBIT, "30.00"),
            posting("2", Side.CREDIT, "10.00"),
            posting("3", Side.CREDIT, "20.00"),
        )
    ]
    assert account_changes(before, after) == (
        AccountChange(label="Account 2", before=Decimal("-30.00"), after=Decimal("-10.00")),
        AccountChange(label="Account 3", before=Decimal(0), after=Decimal("-20.00")),
    )


@given(entries(), entries())
def test_changes_balance_as_entries_do(old: PreparedEntry, new: PreparedEntry) -> None:
    changes = account_changes([old], [new])
    assert sum(change.after - change.before for change in changes) == 0


def test_a_summary_is_read_back_as_it_was_written() -> None:
    summary = Summary(
        mode=Mode.REVERSE_AND_REPOST,
        reason="wrong account",
        reversals=3,
        replacements=2,
        redated=1,
        redated_to=date(2026, 11, 1),
        changes=(AccountChange(label="Büro", before=Decimal("-1.10"), after=Decimal("0.00")),),
    )
    text = dump_summary(summary)
    assert load_summary(text) == summary
    before_days_were_kept = text.replace('"redated_to": "2026-11-01", ', "")
    assert before_days_were_kept != text
    assert load_summary(before_days_were_kept) == replace(summary, redated_to=None)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  wrong\naccount ", "wrong account"),
        ("see [INT-A1B2-00001-013126]", "see (INT-A1B2-00001-013126)"),
        (" \t ", ""),
    ],
)
def test_a_reason_is_one_plain_line(typed: str, kept: str) -> None:
    assert plain_reason(typed) == kept


def _pair(amount: str, *, dimension: str | None = None) -> tuple[PreparedPosting, PreparedPosting]:
    return (
        posting("1", Side.DEBIT, amount, dimension=dimension),
        posting("2", Side.CREDIT, amount, dimension=dimension),
    )


def _sums(of: PreparedEntry, side: Side) -> dict[tuple[object, ...], Decimal]:
    sums: dict[tuple[object, ...], Decimal] = {}
    for p in of.postings:
        if p.side is side:
            key = (p.account_id, p.contact_id, p.dimensions)
            sums[key] = sums.get(key, Decimal(0)) + p.money.amount
    return sums


# ── what a reversal needs ────────────────────────────────────────────────────


def test_a_reversal_needs_the_entrys_own_accounts_and_values_still_active() -> None:
    original = entry(
        posting("1", Side.DEBIT, "5"), posting("2", Side.CREDIT, "5", dimension="desk")
    )
    values = (DimensionValue(erp_id="desk", name="Desk", is_active=False),)
    chart = tuple(_account(id_, is_active=id_ != "1") for id_ in ACCOUNTS)
    class_ = Dimension(key="class", name="Class", values=values)
    imported = Books(
        company_name="Acme", functional_currency="USD", accounts=chart, dimensions=(class_,)
    )
    problem = reversal_problem(original, imported)
    assert problem is not None
    assert [value for _, value in problem.facts] == ["Account 1", "desk"]
    active = tuple(replace(account, is_active=True) for account in chart)
    open_class = replace(class_, values=(replace(values[0], is_active=True),))
    mended = replace(imported, accounts=active, dimensions=(open_class,))
    assert reversal_problem(original, mended) is None


def _account(id_: str, *, is_active: bool) -> Account:
    return Account(
        erp_id=id_,
        name=f"Account {id_}",
        classification=AccountClass.ASSET,
        erp_type="Bank",
        is_active=is_active,
    )
