"""Dimensions: which class, location, department, segment or tracking option a posting carries.

Chosen by a person as defaults; the most specific one wins, each dimension for itself. Values and
rules only: what a company's dimensions are is imported with its books. No I/O, no guesses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ledger.books import Books, Dimension
from ledger.entries import SourceAccount, SourceAccountKind
from ledger.mapping import Mapping
from ledger.requirements import needs
from ledger.settings import JournalSettings
from ledger.transactions import Transaction

Pairs = tuple[tuple[str, str], ...]
"""Pairs of dimension key and value id, sorted by key."""


class Level(StrEnum):
    """Where a default holds, the most specific first: the order in which they are asked.

    The posting's own account goes before what the whole transaction says (its category), that
    before where the money is (its wallet), and that before what holds everywhere.
    """

    ACCOUNT = "account"
    CATEGORY = "category"
    WALLET = "wallet"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Place:
    """What a default is for."""

    level: Level
    subject: str = ""
    """The ERP's id of the account, the category or the wallet; empty for the whole company."""


EVERYWHERE = Place(Level.COMPANY)
"""What holds where nothing more specific does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingFacts:
    """What of one posting decides its dimensions."""

    account_id: str | None
    """The ERP's id; none while the source account is not mapped."""
    category: str | None
    """The transaction's, on each of its postings, so that an entry's two sides agree."""
    wallet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionChoices:
    """What a company's people chose."""

    defaults: Table[tuple[str, Place], str] = field(default_factory=dict)
    """(Dimension key, place) → value id."""
    required: frozenset[str] = frozenset()
    """Keys that every posting must have, by the company's own wish; ERPs often do not tell."""
    _plain: dict[tuple[str, Place], str] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _keys: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        for (key, place), value_id in self.defaults.items():
            self._plain[key, _plain_place(place)] = value_id
        object.__setattr__(self, "_keys", tuple(sorted({key for key, _ in self.defaults})))

    def value(self, key: str, facts: PostingFacts) -> str | None:
        """Return the value id of one dimension for a posting, or none."""
        found = (self._plain.get((key, place)) for place in _places(facts))
        return next((value_id for value_id in found if value_id is not None), None)

    def pairs(self, facts: PostingFacts) -> Pairs:
        """Return what a posting carries: of each dimension at most one value."""
        found = ((key, self.value(key, facts)) for key in self._keys)
        return tuple((key, value_id) for key, value_id in found if value_id is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionGap:
    """A required dimension that some postings would lack."""

    dimension: Dimension
    transactions: int
    """How many have such a posting; one without any is counted nowhere."""


def posting_facts(
    account: SourceAccount, transaction: Transaction, *, account_id: str | None
) -> PostingFacts:
    """Return what decides the dimensions of a posting on a source account.

    A holding has its own wallet. A category, a fee, a gain or a loss is of the wallet that the
    transaction left, or of the one it reached when it came from outside.
    """
    wallet = account.wallet if account.kind is SourceAccountKind.ASSET else None
    return PostingFacts(
        account_id=account_id,
        category=transaction.category,
        wallet=wallet or transaction.from_account or transaction.to_account,
    )


def with_required(books: Books, choices: DimensionChoices) -> Books:
    """Return the books with what the company's people require besides what the ERP told."""
    dimensions = tuple(
        replace(dimension, is_required=True) if dimension.key in choices.required else dimension
        for dimension in books.dimensions
    )
    return books if dimensions == books.dimensions else replace(books, dimensions=dimensions)


def gaps(
    transactions: Iterable[Transaction],
    *,
    books: Books,
    choices: DimensionChoices,
    mapping: Mapping,
    settings: JournalSettings,
) -> tuple[DimensionGap, ...]:
    """Return the required dimensions that have no default for some of the transactions.

    Counted from the transactions themselves, blocked ones too, so that choosing can be finished
    before prices are. Every dimension that the books require is in it, with 0 when none lacks it.
    """
    required = [d for d in with_required(books, choices).dimensions if d.is_required]
    lacking: Counter[str] = Counter()
    for transaction in transactions if required else ():
        facts = list(_facts_of(transaction, mapping, settings))
        lacking.update(
            d.key for d in required if any(choices.value(d.key, each) is None for each in facts)
        )
    return tuple(DimensionGap(dimension=d, transactions=lacking[d.key]) for d in required)


def _facts_of(
    transaction: Transaction, mapping: Mapping, settings: JournalSettings
) -> Iterator[PostingFacts]:
    for account in needs(transaction, settings):
        yield posting_facts(account, transaction, account_id=mapping.resolve(account))


def _places(facts: PostingFacts) -> Iterator[Place]:
    subjects = (
        (Level.ACCOUNT, facts.account_id),
        (Level.CATEGORY, facts.category),
        (Level.WALLET, facts.wallet),
    )
    for level, subject in subjects:
        if subject:
            yield _plain_place(Place(level, subject))
    yield EVERYWHERE


def _plain_place(place: Place) -> Place:
    # People write Payroll and payroll for one category; mapping reads them alike too.
    if place.level is not Level.CATEGORY:
        return place
    return Place(place.level, place.subject.strip().casefold())
