"""A class, location, department or tracking option: chosen once, sent, read back, compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.erp.connector import EntryQuery
from bot.erp.errors import ErpRejected
from bot.services.pipeline import LIMITS, build
from bot.services.source import Source
from ledger.books import Dimension, DimensionValue
from ledger.dimensions import EVERYWHERE, DimensionChoices, Level, Place, with_required
from ledger.entries import PreparedEntry
from ledger.mapping import Mapping
from ledger.organisation import Company, Organisation, Provider
from ledger.preflight import prepare
from ledger.problems import ProblemCode
from ledger.settings import JournalSettings
from ledger.transactions import Transaction, TransactionType
from ledger.verification import differences
from tests.contract.case import ConnectorCase, find, number, post_one

UNKNOWN = {
    "quickbooks": "987654",
    "xero": "00000000-0000-4000-8000-00000000dead",
    "netsuite": "987654",
}
PAID = Transaction(
    id="t1",
    source="test",
    sequence=1,
    timestamp=datetime(2026, 10, 31, 12, tzinfo=UTC),
    type=TransactionType.WITHDRAWAL,
    from_account="Ops Wallet",
    sent_asset="USD",
    sent_quantity=Decimal(7),
    category="Payroll",
)


@dataclass(frozen=True, slots=True)
class Line:
    """The line from transactions to entries, over the books of the ERP under test."""

    case: ConnectorCase
    source: Source

    @property
    def dimension(self) -> Dimension:
        return self.source.books.dimensions[0]

    def value(self, place: int = 0) -> DimensionValue:
        return [value for value in self.dimension.values if value.is_active][place]

    def choosing(self, choices: DimensionChoices) -> Line:
        books = with_required(self.source.books, choices)
        return replace(self, source=replace(self.source, dimensions=choices, books=books))

    def of_wallet(self, value_id: str) -> Line:
        place = Place(Level.WALLET, "Ops Wallet")
        return self.choosing(DimensionChoices(defaults={(self.dimension.key, place): value_id}))

    def entry(self) -> PreparedEntry:
        built = build(self.source, today=date(2026, 11, 1), taken=frozenset())
        assert built.findings == ()
        (mapped,) = built.entries
        return prepare(mapped, company=self.case.company, number=number(1), books=self.source.books)

    def problems(self) -> list[tuple[ProblemCode, str]]:
        built = build(self.source, today=date(2026, 11, 1), taken=frozenset())
        assert built.entries == ()
        return [(f.problem.code, f.problem.subject) for f in built.findings]


@pytest.fixture
async def line(case: ConnectorCase) -> Line:
    provider = Provider(case.company.partition(":")[0])
    assert provider in LIMITS
    return Line(
        case,
        Source(
            organisation=Organisation(
                id="org-1",
                team_id="T1",
                name="Acme",
                code="T3ST",
                base_currency=case.currency,
                time_zone="UTC",
            ),
            company=Company(
                id="company-1",
                organisation_id="org-1",
                provider=provider,
                external_id=case.company.partition(":")[2],
                name="Acme Inc",
                functional_currency=case.currency,
            ),
            settings=JournalSettings(base_currency=case.currency, time_zone="UTC"),
            mapping=Mapping(
                wallets={"Ops Wallet": case.accounts.credit},
                categories={"Payroll": case.accounts.debit},
            ),
            dimensions=DimensionChoices(),
            books=await case.connector().fetch_books(),
            transactions=(replace(PAID, sent_asset=case.currency),),
            opening_lots=(),
            taken=frozenset(),
            has_settings=True,
        ),
    )


async def test_a_value_chosen_for_a_wallet_arrives_on_the_lines_and_is_read_back(
    line: Line,
) -> None:
    chosen = line.of_wallet(line.value().erp_id)
    entry = chosen.entry()
    await post_one(line.case, entry)
    (held,) = await find(line.case.connector(), EntryQuery(numbers=(entry.number,)))
    pair = (line.dimension.key, line.value().erp_id)
    assert [p.dimensions for p in held.postings] == [(pair,), (pair,)]
    assert differences(entry, held) == []


async def test_another_value_in_the_erp_than_was_approved_is_named(line: Line) -> None:
    ours, theirs = line.value(0), line.value(1)
    await post_one(line.case, line.of_wallet(theirs.erp_id).entry())
    (held,) = await find(line.case.connector(), EntryQuery(numbers=(number(1),)))
    found = differences(line.of_wallet(ours.erp_id).entry(), held, erp="the ERP")
    assert len(found) == 2
    name = line.dimension.name
    for words in found:
        assert words.startswith("Dimensions of ")
        assert f"approved {name} {ours.name}, the ERP has {name} {theirs.erp_id}" in words


async def test_a_value_that_the_erp_does_not_know_is_found_before_sending(line: Line) -> None:
    unknown = UNKNOWN[line.source.company.provider]
    assert line.of_wallet(unknown).problems() == [
        (ProblemCode.DIMENSION_REFUSED, line.dimension.name)
    ]


async def test_a_value_that_vanished_since_the_import_is_refused_with_the_problem(
    line: Line,
) -> None:
    pair = (line.dimension.key, UNKNOWN[line.source.company.provider])
    entry = line.of_wallet(line.value().erp_id).entry()
    gone = replace(entry, postings=tuple(replace(p, dimensions=(pair,)) for p in entry.postings))
    outcome = await post_one(line.case, gone)
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.code is ProblemCode.DIMENSION_REFUSED
    assert line.case.held_numbers() == []


async def test_a_required_one_that_is_missing_blocks_before_sending(line: Line) -> None:
    required = DimensionChoices(required=frozenset({line.dimension.key}))
    assert line.choosing(required).problems() == [
        (ProblemCode.DIMENSION_REQUIRED, line.dimension.name)
    ]
    key = (line.dimension.key, EVERYWHERE)
    met = replace(required, defaults={key: line.value().erp_id})
    assert all(p.dimensions for p in line.choosing(met).entry().postings)
