"""Dimensions: the most specific default wins, on every posting, and none is guessed."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ledger.books import Dimension, DimensionValue
from ledger.dimensions import (
    EVERYWHERE,
    DimensionChoices,
    Level,
    Place,
    PostingFacts,
    gaps,
    with_required,
)
from ledger.entries import PreparedEntry, dump_entry, load_entry
from ledger.mapped import MappedEntry
from ledger.preflight import prepare
from ledger.rollup import roll_up
from ledger.settings import Rollup
from tests.unit.ledger.charts import BOOKS, MAPPING, books_with, entries, mapped, rules
from tests.unit.ledger.journals import exchange, journal, lot, settings, tx

PAY = tx("withdrawal", from_account="Bank", sent="5 USD", category="Payroll")
CLASS = Dimension(
    key="class",
    name="Class",
    values=(DimensionValue(erp_id="1", name="Fund I"), DimensionValue(erp_id="2", name="Fund II")),
)
SUBJECTS = {
    Level.ACCOUNT: Place(Level.ACCOUNT, "5100"),
    Level.CATEGORY: Place(Level.CATEGORY, "Payroll"),
    Level.WALLET: Place(Level.WALLET, "Bank"),
    Level.COMPANY: EVERYWHERE,
}
FACTS = PostingFacts(account_id="5100", category="Payroll", wallet="Bank")
NUMBER = "INT-7K2M-00001-011525"


def choices(**chosen: str) -> DimensionChoices:
    """Choices of classes, written as `wallet_Bank="1"`; `everywhere` for the company."""
    places = {
        name: EVERYWHERE if name == "everywhere" else Place(Level(level), subject)
        for name in chosen
        for level, _, subject in [name.partition("_")]
        if name == "everywhere" or level in set(Level)
    }
    return DimensionChoices(defaults={("class", places[name]): v for name, v in chosen.items()})


def classes(entry: MappedEntry) -> list[tuple[str, str | None]]:
    return [(p.account_id, dict(p.dimensions).get("class")) for p in entry.postings]


@given(st.dictionaries(st.sampled_from(list(Level)), st.text(min_size=1, max_size=3)))
def test_the_most_specific_default_wins_and_without_any_there_is_none(
    chosen: dict[Level, str],
) -> None:
    given_ = DimensionChoices(
        defaults={("class", SUBJECTS[level]): value for level, value in chosen.items()}
    )
    first = next((chosen[level] for level in Level if level in chosen), None)
    assert given_.value("class", FACTS) == first
    assert given_.pairs(FACTS) == ((("class", first),) if first is not None else ())


@given(st.sampled_from(list(Level)[:-1]), st.text(min_size=1).filter(lambda s: s.strip() == s))
def test_a_default_for_something_else_changes_nothing(level: Level, subject: str) -> None:
    before = choices(everywhere="1")
    plain = {"5100", "payroll", "Bank"}
    if subject.casefold() in plain or subject in plain:
        return
    more = DimensionChoices(defaults={**before.defaults, ("class", Place(level, subject)): "2"})
    assert more.value("class", FACTS) == "1"


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["class", "location"]), st.sampled_from(list(Level))),
        st.sampled_from(["1", "2"]),
    )
)
def test_each_dimension_is_decided_for_itself(chosen: dict[tuple[str, Level], str]) -> None:
    both = DimensionChoices(
        defaults={(key, SUBJECTS[level]): value for (key, level), value in chosen.items()}
    )
    for key in ("class", "location"):
        alone = DimensionChoices(defaults={k: v for k, v in both.defaults.items() if k[0] == key})
        assert both.value(key, FACTS) == alone.value(key, FACTS)
    assert list(both.pairs(FACTS)) == sorted(both.pairs(FACTS))


def test_a_category_is_the_same_however_it_is_written() -> None:
    assert choices(category_payroll="1").value("class", FACTS) == "1"


def test_both_sides_of_an_entry_carry_the_wallets_default() -> None:
    (entry,) = entries(journal(PAY), rules(dimensions=choices(wallet_Bank="1")))
    assert classes(entry) == [("5100", "1"), ("1000", "1")]


def test_an_accounts_default_is_on_that_account_only() -> None:
    chosen = choices(account_5100="2", everywhere="1")
    (entry,) = entries(journal(PAY), rules(dimensions=chosen))
    assert classes(entry) == [("5100", "2"), ("1000", "1")]


def test_a_deposits_income_is_of_the_wallet_it_reached() -> None:
    paid = tx("deposit", to_account="Bank", received="1 USD", category="Income")
    (entry,) = entries(journal(paid), rules(dimensions=choices(wallet_Bank="1")))
    assert {value for _, value in classes(entry)} == {"1"}


def test_a_gain_is_of_the_wallet_that_what_was_sold_left() -> None:
    sold = exchange("sell", "0.5 BTC", "30000 USD")
    result = journal(sold, lots=(lot("0.5 BTC", "20050.00"),))
    (entry,) = entries(result, rules(dimensions=choices(wallet_Exchange="1")))
    assert ("7000", "1") in classes(entry)


def test_a_transfer_between_two_classes_on_one_account_shows_the_move() -> None:
    moved = tx(
        "transfer",
        from_account="Exchange",
        to_account="Royalty Wallet",
        sent="1 BTC",
        received="1 BTC",
    )
    lots = (lot("1 BTC", "100.00"),)
    apart = choices(**{"wallet_Exchange": "1", "wallet_Royalty Wallet": "2"})
    (entry,) = entries(journal(moved, lots=lots), rules(dimensions=apart))
    assert classes(entry) == [("1100", "2"), ("1100", "1")]
    (item,) = mapped(journal(moved, lots=lots), rules(dimensions=choices(everywhere="1")))
    assert (item.entry, item.needs_no_entry) == (None, True)


def test_summing_a_day_never_mixes_two_classes() -> None:
    other = tx("withdrawal", row="t2", from_account="Ops Wallet", sent="7 USD", category="Payroll")
    result = journal(PAY, other)
    chosen = choices(**{"wallet_Bank": "1", "wallet_Ops Wallet": "2"})
    found = entries(result, rules(dimensions=chosen))
    (day,) = roll_up(found, settings=replace(settings(), rollup=Rollup.SUMMED))
    assert sorted(classes(day)) == [("1000", "1"), ("1110", "2"), ("5100", "1"), ("5100", "2")]


def test_what_is_prepared_carries_values_and_names_and_the_digest_the_values() -> None:
    books = books_with(dimensions=(CLASS,))

    def prepared(value: str) -> PreparedEntry:
        (entry,) = entries(journal(PAY), rules(dimensions=choices(everywhere=value)))
        return prepare(entry, company="quickbooks:1", number=NUMBER, books=books)

    one, other = prepared("1"), prepared("2")
    assert one.postings[0].dimensions == (("class", "1"),)
    assert one.postings[0].dimension_labels == (("Class", "Fund I"),)
    assert one.digest != other.digest
    assert load_entry(dump_entry(one)) == one


def test_what_was_stored_before_there_were_dimensions_is_still_read() -> None:
    (entry,) = entries(journal(PAY))
    prepared = prepare(entry, company="quickbooks:1", number=NUMBER, books=BOOKS)
    old = dump_entry(prepared).replace('"dimension_labels":[[],[]],', "")
    assert "dimension_labels" not in old
    assert load_entry(old) == prepared


def test_people_may_require_what_the_erp_does_not() -> None:
    books = books_with(dimensions=(CLASS,))
    assert with_required(books, DimensionChoices()) is books
    wanted = DimensionChoices(required=frozenset({"class", "gone"}))
    assert [d.is_required for d in with_required(books, wanted).dimensions] == [True]


def test_gaps_count_the_transactions_that_lack_a_required_dimension() -> None:
    books = books_with(dimensions=(replace(CLASS, is_required=True),))
    other = tx("withdrawal", row="t2", from_account="Ops Wallet", sent="7 USD", category="Payroll")

    def missing(chosen: DimensionChoices) -> list[tuple[str, int]]:
        found = gaps(
            [PAY, other], books=books, choices=chosen, mapping=MAPPING, settings=settings()
        )
        return [(gap.dimension.name, gap.transactions) for gap in found]

    assert missing(DimensionChoices()) == [("Class", 2)]
    assert missing(choices(wallet_Bank="1")) == [("Class", 1)]
    assert missing(choices(account_5100="1")) == [("Class", 2)]
    assert missing(choices(everywhere="1")) == [("Class", 0)]
    assert gaps([PAY], books=BOOKS, choices=choices(), mapping=MAPPING, settings=settings()) == ()
