"""Journal-entry settings: how entries are made, and the seven accounts named once.

Third prerequisite. Checked where they are typed, saved with before and after, and shaping. It
must not map wallets or categories (mappings do).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.services import audit, go_live
from bot.services.charts import require_company
from bot.services.errors import Refusal
from bot.services.ports import Clock, Storage, UnitOfWork
from bot.services.saying import FieldRefusal
from bot.services.source import settings_of
from bot.services.suggestions import for_role, usable_accounts
from ledger.account_checks import account_problems
from ledger.books import Account, Books
from ledger.entries import Role
from ledger.mapping import key_of_role, mapping_from_choices
from ledger.memo import TemplateError, check_template
from ledger.organisation import Company, Organisation
from ledger.periods import local_day
from ledger.preflight import REQUIRED_ROLES
from ledger.settings import (
    MONTH_END,
    EntryDate,
    JournalSettings,
    SettingsError,
    settings_from_dict,
    settings_to_dict,
)

_OF_THE_ORGANISATION = frozenset({"base_currency", "time_zone"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsState:
    """The settings as they are, and what could be chosen."""

    company: Company
    settings: JournalSettings
    is_saved: bool
    chosen: Mapping[Role, Account]
    suggested: Mapping[Role, Account]
    """For roles without a choice, by name; saved only when a person submits them."""
    go_live: date | None = None
    """From when on entries are made, while that can be corrected: before the first is prepared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsForm:
    """What a person submitted: texts as in ``ledger.settings``, and an account for each role."""

    values: Mapping[str, str]
    """``rollup, entry_date, custom_date, memo, fee_on_acquisition, …``; left out: the default."""
    roles: Mapping[Role, str] = field(default_factory=dict)
    """Role → ERP account id."""
    go_live: date | None = None
    """Another go-live date; none leaves it."""


class JournalSettingsService:
    """The journal-entry settings of an organisation's active company."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        """Take the ports."""
        self._storage = storage
        self._clock = clock

    async def state(self, organisation: Organisation) -> SettingsState:
        """Return the settings with suggestions for what is not chosen.

        Raises:
            Refusal: when no company is connected, or its chart was never imported.
        """
        async with self._storage.unit(read_only=True) as unit:
            company, books = await require_books(unit, organisation)
            stored = await unit.choices.settings(company.id)
            mapping = mapping_from_choices(await unit.choices.mapping(company.id))
            is_correctable = await go_live.is_correctable(unit, company)
        accounts = usable_accounts(books, base_currency=organisation.base_currency)
        found = {role: books.account(id_) for role, id_ in mapping.roles.items()}
        chosen = {role: account for role, account in found.items() if account is not None}
        guesses = {role: for_role(role, accounts) for role in Role if role not in chosen}
        return SettingsState(
            company=company,
            settings=settings_of(organisation, stored),
            is_saved=stored is not None,
            chosen=chosen,
            suggested={role: guess for role, guess in guesses.items() if guess is not None},
            go_live=company.go_live_date if is_correctable else None,
        )

    async def save(self, organisation: Organisation, form: SettingsForm, *, actor: str) -> None:
        """Check and save the settings and the accounts of their roles, all or nothing.

        Raises:
            FieldRefusal: naming ``memo``, ``custom_date``, another setting, a role or ``go_live``.
            Refusal: when no company is connected.
        """
        async with self._storage.unit() as unit:
            company, books = await require_books(unit, organisation)
            settings = _checked(organisation, form, books)
            old_text = await unit.choices.settings(company.id)
            old_mapping = mapping_from_choices(await unit.choices.mapping(company.id))
            new = {
                key: value
                for key, value in settings_to_dict(settings).items()
                if key not in _OF_THE_ORGANISATION
            }
            await unit.choices.save_settings(company.id, json.dumps(new, sort_keys=True))
            choices = {key_of_role(role): form.roles.get(role) or None for role in Role}
            await unit.choices.set_mapping(company.id, choices)
            await unit.organisations.raise_shape_version(organisation.id)
            today = local_day(self._clock.now(), organisation.time_zone)
            corrected = await go_live.correct(unit, company, form.go_live, today=today)
            before = _facts(json.loads(old_text) if old_text else {}, old_mapping.roles, books)
            after = _facts(new, form.roles, books)
            await unit.audit.add(
                audit.shaping(
                    "settings.saved",
                    company.key,
                    organisation_id=organisation.id,
                    actor=actor,
                    at=self._clock.now(),
                    change=(before | _start(company), after | _start(corrected)),
                )
            )
            await unit.commit()


async def require_books(unit: UnitOfWork, organisation: Organisation) -> tuple[Company, Books]:
    """Return the active company with its imported books.

    Raises:
        Refusal: when there is none.
    """
    company = require_company(await unit.companies.active(organisation.id))
    books = await unit.companies.books(company.id)
    if books is None:
        raise Refusal(
            f"The accounts of {company.name} were never imported.",
            next_step="/integral accounts refresh",
        )
    return company, books


def account_refusal(books: Books, account_id: str, *, base_currency: str) -> str | None:
    """Return in a sentence why an account cannot be chosen; none when it can."""
    problems = account_problems(
        books.account(account_id), account_id=account_id, base_currency=base_currency
    )
    return problems[0].message if problems else None


def _checked(organisation: Organisation, form: SettingsForm, books: Books) -> JournalSettings:
    """Read the form.

    Raises:
        FieldRefusal: naming every field that cannot be taken.
    """
    errors = _text_errors(form) | _role_errors(organisation, form, books)
    if errors:
        raise FieldRefusal(errors)
    own = {
        "base_currency": organisation.base_currency,
        "time_zone": organisation.time_zone,
    }
    try:
        return settings_from_dict({**form.values, **own})
    except SettingsError as error:
        name = str(error).partition(" ")[0].rstrip(":")
        raise FieldRefusal({name: str(error)}) from error


def _text_errors(form: SettingsForm) -> dict[str, str]:
    errors = {}
    memo = form.values.get("memo")
    if memo is not None:
        try:
            check_template(memo)
        except TemplateError as error:
            errors["memo"] = f"{error}."
    is_custom = form.values.get("entry_date") == EntryDate.CUSTOM
    if form.values.get("custom_date", MONTH_END) not in {"", MONTH_END} and not is_custom:
        errors["custom_date"] = "A set date counts only with the entry date Custom: choose it too."
    return errors


def _role_errors(organisation: Organisation, form: SettingsForm, books: Books) -> dict[str, str]:
    errors = {}
    for role in Role:
        account_id = form.roles.get(role)
        if account_id:
            reason = account_refusal(books, account_id, base_currency=organisation.base_currency)
            if reason:
                errors[role.value] = reason
        elif role in REQUIRED_ROLES:
            errors[role.value] = "Choose an account of your chart; type to search."
    return errors


def _start(company: Company) -> dict[str, object]:
    return {"go_live": str(company.go_live_date)}


def _facts(
    settings: Mapping[str, str], roles: Mapping[Role, str], books: Books
) -> dict[str, object]:
    named = {}
    for role, account_id in roles.items():
        account = books.account(account_id)
        named[role.value] = account.label if account else account_id
    return {**settings, **named}
