"""Mappings: a person chooses the account of the chart for every wallet, token and category.

Second prerequisite. A token in a wallet goes before its wallet; nothing falls through to a
default. It refuses accounts that take no entries, and must not choose one by itself.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass

from bot.services import audit
from bot.services.charts import require_company
from bot.services.choice_ids import choice_id
from bot.services.dimension_rows import dimension_states
from bot.services.journal_settings import account_refusal, require_books
from bot.services.mapping_rows import MappingState, Unmapped, groups_of, unmapped_of
from bot.services.pipeline import Pipeline
from bot.services.ports import Clock, Storage, UnitOfWork
from bot.services.prerequisites import account_requirements, read_prerequisites
from bot.services.saying import FieldRefusal
from ledger.account_checks import MappingWarning, choice_warnings
from ledger.books import Account, Books
from ledger.entries import SourceAccount
from ledger.mapping import key_of, key_of_wallet
from ledger.organisation import Company, Organisation

NO_CHOICE = "none"
"""The option that takes a choice away: a token goes back to its wallet's account."""
_MOST_OFFERED = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A choice that was saved in place, and what remains."""

    label: str
    account: Account
    freed: int
    """Transactions that are no longer blocked for want of an account."""
    warnings: tuple[MappingWarning, ...]
    remaining: Unmapped


class Mappings:
    """The mapping of an organisation's active company."""

    def __init__(self, *, storage: Storage, clock: Clock, pipeline: Pipeline) -> None:
        """Take the ports and the pipeline."""
        self._storage = storage
        self._clock = clock
        self._pipeline = pipeline

    async def state(self, organisation: Organisation) -> MappingState:
        """Return everything that can be mapped, by wallet, with suggestions.

        Raises:
            Refusal: when no company is connected, or its chart was never imported.
        """
        async with self._storage.unit(read_only=True) as unit:
            company, _ = await require_books(unit, organisation)
            survey = await self._pipeline.survey(unit, organisation, company)
            prerequisites = await read_prerequisites(
                unit, organisation, survey=survey, now=self._clock.now()
            )
        return MappingState(
            organisation=organisation,
            company=company,
            groups=groups_of(survey),
            prerequisites=prerequisites,
            dimensions=dimension_states(survey),
        )

    async def unmapped(self, organisation: Organisation) -> Unmapped:
        """Return what has no account yet, the most wanted first.

        Raises:
            Refusal: when no company is connected, or its chart was never imported.
        """
        async with self._storage.unit(read_only=True) as unit:
            company, _ = await require_books(unit, organisation)
            survey = await self._pipeline.survey(unit, organisation, company)
        return unmapped_of(organisation, survey)

    async def search(self, organisation: Organisation, text: str) -> list[Account]:
        """Return accounts of the chart that take entries, for a type-ahead.

        Raises:
            Refusal: when no company is connected.
        """
        async with self._storage.unit(read_only=True) as unit:
            company = require_company(await unit.companies.active(organisation.id))
            found = await unit.companies.search_accounts(company.id, text, _MOST_OFFERED)
        base = organisation.base_currency
        return [account for account in found if account.currency in {None, base}]

    async def choose(
        self, organisation: Organisation, row_id: str, account_id: str, *, actor: str
    ) -> Chosen:
        """Save one choice and say what it freed and what remains.

        Raises:
            FieldRefusal: the account takes no entries, or the row is no longer needed.
        """
        before = await self.unmapped(organisation)
        warnings = await self.save(organisation, {row_id: account_id}, actor=actor)
        async with self._storage.unit(read_only=True) as unit:
            _, books = await require_books(unit, organisation)
            account = books.account(account_id)
        if account is None:
            raise FieldRefusal({row_id: "The chart of accounts changed meanwhile; choose again."})
        after = await self.unmapped(organisation)
        labels = {row.id: row.label for row in before.rows}
        return Chosen(
            label=labels.get(row_id, "The account"),
            account=account,
            freed=max(before.blocked - after.blocked, 0),
            warnings=warnings,
            remaining=after,
        )

    async def save(
        self, organisation: Organisation, choices: Table[str, str | None], *, actor: str
    ) -> tuple[MappingWarning, ...]:
        """Save several choices, all or nothing; return warnings of odd but allowed ones.

        Args:
            organisation: Whose active company.
            choices: Row id → ERP account id; ``NO_CHOICE`` or none takes a choice away.
            actor: A Slack user id, or ``cli:NAME``.

        Raises:
            FieldRefusal: row id → why the account cannot be chosen.
        """
        async with self._storage.unit() as unit:
            company, books = await require_books(unit, organisation)
            keys = await self._keys(unit, organisation, company)
            wanted = {
                row_id: account if account != NO_CHOICE else None
                for row_id, account in choices.items()
            }
            _require_allowed(wanted, keys, books, organisation.base_currency)
            old = await unit.choices.mapping(company.id)
            changed = {
                keys[row_id][0]: account
                for row_id, account in wanted.items()
                if old.get(keys[row_id][0]) != account
            }
            if changed:
                await unit.choices.set_mapping(company.id, changed)
                await unit.organisations.raise_shape_version(organisation.id)
                record = audit.shaping(
                    "mapping.saved",
                    company.key,
                    organisation_id=organisation.id,
                    actor=actor,
                    at=self._clock.now(),
                    change=(
                        _labels({k: old.get(k) for k in changed}, books),
                        _labels(changed, books),
                    ),
                )
                await unit.audit.add(record)
                await unit.commit()
        return _warnings(wanted, keys, books)

    async def _keys(
        self, unit: UnitOfWork, organisation: Organisation, company: Company
    ) -> dict[str, tuple[str, SourceAccount | None]]:
        """Return row id → (storage key, source account) of everything that can be mapped now."""
        survey = await self._pipeline.survey(unit, organisation, company)
        found: dict[str, tuple[str, SourceAccount | None]] = {}
        for requirement in account_requirements(survey.needed):
            account = requirement.account
            found[choice_id(key_of(account))] = (key_of(account), account)
            if account.wallet is not None:
                key = key_of_wallet(account.wallet)
                found[choice_id(key)] = (key, None)
        return found


def _require_allowed(
    wanted: Table[str, str | None],
    keys: Table[str, tuple[str, SourceAccount | None]],
    books: Books,
    base_currency: str,
) -> None:
    errors = {}
    for row_id, account_id in wanted.items():
        if row_id not in keys:
            errors[row_id] = "No transaction needs this any more; type /integral map again."
        elif account_id is not None:
            reason = account_refusal(books, account_id, base_currency=base_currency)
            if reason:
                errors[row_id] = reason
    if errors:
        raise FieldRefusal(errors)


def _warnings(
    wanted: Table[str, str | None],
    keys: Table[str, tuple[str, SourceAccount | None]],
    books: Books,
) -> tuple[MappingWarning, ...]:
    found: list[MappingWarning] = []
    for row_id, account_id in wanted.items():
        account = books.account(account_id) if account_id else None
        source = keys[row_id][1]
        if account is not None and source is not None:
            found += choice_warnings(source, account)
    return tuple(found)


def _labels(choices: Table[str, str | None], books: Books) -> dict[str, object]:
    named: dict[str, object] = {}
    for key, account_id in choices.items():
        account = books.account(account_id) if account_id else None
        named[key] = account.label if account else account_id
    return named
