"""Made-up organisations, companies, runs and entries for tests of storage and use cases.

Every function gives a complete value that tests change with `dataclasses.replace`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from ledger.delivery import DeliveryState
from ledger.entries import EntryMember, PreparedEntry, PreparedPosting, Side, batch_digest
from ledger.money import Money
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from ledger.records import NewDelivery
from ledger.runs import Batch, BatchState, Run, RunState, Trigger
from ledger.transactions import Effect, Transaction, TransactionType
from tests.support.databases import START


def organisation(id_: str = "org-1", *, team: str = "T1", code: str = "A1B2") -> Organisation:
    """An organisation that keeps its books in dollars."""
    return Organisation(
        id=id_,
        team_id=team,
        name=f"Acme {id_}",
        code=code,
        base_currency="USD",
        time_zone="America/New_York",
    )


def company(id_: str = "company-1", *, of: str = "org-1", external: str = "realm-1") -> Company:
    """A confirmed, connected QuickBooks company."""
    return Company(
        id=id_,
        organisation_id=of,
        provider=Provider.QUICKBOOKS,
        external_id=external,
        name="Acme Inc",
        functional_currency="USD",
        is_confirmed=True,
        connection=ConnectionState.ACTIVE,
        connected_at=START,
    )


def run(id_: str = "run-1", *, of: Company, day: date = date(2026, 10, 31)) -> Run:
    """An open run over one day."""
    return Run(
        id=id_,
        organisation_id=of.organisation_id,
        company_id=of.id,
        first_date=day,
        last_date=day,
        trigger=Trigger.HAND,
        requested_by="U1",
        requested_at=START,
        state=RunState.OPEN,
    )


def entry(
    sequence: int, *, of: Company, amount: str = "10.00", members: Sequence[EntryMember] = ()
) -> PreparedEntry:
    """A balanced entry of two postings."""
    money = Money(Decimal(amount), "USD")
    return PreparedEntry(
        company=of.key,
        number=f"INT-A1B2-{sequence:05}-103126",
        entry_date=date(2026, 10, 31),
        currency="USD",
        memo=f"Sell ETH {sequence}",
        postings=(
            PreparedPosting(
                account_id="35", account_label="1000 Cash", side=Side.DEBIT, money=money
            ),
            PreparedPosting(
                account_id="80", account_label="1600 ETH", side=Side.CREDIT, money=money
            ),
        ),
        members=tuple(members) or (member(f"tx-{sequence}"),),
    )


def member(transaction_id: str, effect: Effect = Effect.OUT) -> EntryMember:
    """One effect of a transaction of the source `kraken`."""
    return EntryMember(source="kraken", transaction_id=transaction_id, effect=effect)


def new_delivery(
    entry: PreparedEntry, state: DeliveryState = DeliveryState.APPROVED, *, id_: str | None = None
) -> NewDelivery:
    """The entry to be frozen, its delivery named after its number unless told."""
    name = id_ or f"delivery-{entry.number}"
    return NewDelivery(id=name, entry=entry, state=state, request_key=f"key-{name}")


def batch(id_: str, *, of: Run, deliveries: Sequence[NewDelivery]) -> Batch:
    """A batch that needs no approval."""
    return Batch(
        id=id_,
        run_id=of.id,
        organisation_id=of.organisation_id,
        company_id=of.company_id,
        state=BatchState.NOT_NEEDED,
        digest=batch_digest(item.entry for item in deliveries),
        reason="a daily run of one ended day",
        shape_version=1,
        frozen_at=START,
        entries=len(deliveries),
        total="10.00 USD",
    )


def sale(id_: str = "tx-1", *, sequence: int = 1, at: datetime = START) -> Transaction:
    """Two ETH sold for dollars at an exchange."""
    return Transaction(
        id=id_,
        source="kraken",
        sequence=sequence,
        timestamp=at,
        type=TransactionType.SELL,
        from_account="Kraken",
        to_account="Kraken",
        sent_asset="ETH",
        sent_quantity=Decimal("2.000000000000000001"),
        received_asset="USD",
        received_quantity=Decimal("5000.00"),
    )
