"""Reads an account's lists: its profile once, its books when asked.

A list that every account has must be shown to the role; others are features. It decides nothing
about entries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.erp.errors import ErpActionRequired
from bot.erp.netsuite.account import LABEL, NetSuiteCompany
from bot.erp.netsuite.api import NetSuiteApi
from bot.erp.netsuite.books import Lists, read_books
from bot.erp.netsuite.faults import unreadable
from bot.erp.netsuite.profile import AccountProfile, read_profile
from bot.erp.netsuite.queries import (
    ACCOUNTS,
    APPROVALS,
    CLASS,
    CURRENCIES,
    CUSTOMERS,
    DEPARTMENT,
    LOCATION,
    PERIODS,
    SUBSIDIARIES,
    VENDORS,
    YEARS,
    ListQuery,
    dimension_values,
)
from bot.erp.payload import JsonObject, UnreadableError
from ledger.books import Books
from ledger.problems import Problem, ProblemCode

Rows = tuple[JsonObject, ...]
_ACCOUNTS = (ACCOUNTS, "accounts")
_CUSTOMERS = (CUSTOMERS, "customers")
_VENDORS = (VENDORS, "vendors")
_PERIODS = (PERIODS, "accounting periods")
_REQUIRED = (_ACCOUNTS, _CUSTOMERS, _VENDORS, _PERIODS)


class AccountReader:
    """The lists of one company's account."""

    def __init__(self, company: NetSuiteCompany, api: NetSuiteApi) -> None:
        """Take the company and its API."""
        self._company = company
        self._api = api
        self._profile: AccountProfile | None = None
        self._lock = asyncio.Lock()

    async def profile(self) -> AccountProfile:
        """Return what the account has; asked for once.

        Raises:
            ErpUnavailable, ErpActionRequired: see ``faults.read_reply``.
        """
        async with self._lock:
            if self._profile is None:
                self._profile = await self._read_profile()
            return self._profile

    async def functional_currency(self) -> str:
        """Return the ISO code of the company's own currency.

        Raises:
            ErpUnavailable, ErpActionRequired: it cannot be known now.
        """
        profile = await self.profile()
        try:
            return profile.functional_currency(self._company)
        except UnreadableError as error:
            raise unreadable(error) from error

    async def books(self) -> Books:
        """Read every list of the company, active or not.

        Raises:
            ErpUnavailable, ErpActionRequired: see ``faults.read_reply``.
        """
        profile = await self.profile()
        lists = Lists(
            accounts=await self._required(*_ACCOUNTS),
            customers=await self._required(*_CUSTOMERS),
            vendors=await self._required(*_VENDORS),
            periods=await self._required(*_PERIODS),
            years=await self._api.rows(YEARS, operation="years") or (),
            dimensions={key: await self._values(key) for key in profile.dimensions},
        )
        try:
            return read_books(self._company, profile, lists)
        except UnreadableError as error:
            raise unreadable(error) from error

    async def probe(self) -> None:
        """Prove that the role sees every list that books need, at the price of a row each.

        Raises:
            ErpUnavailable, ErpActionRequired: see ``faults.read_reply``.
        """
        await self.functional_currency()
        for lists, name in _REQUIRED:
            if not await self._api.knows(lists):
                raise _hidden(name)

    async def _read_profile(self) -> AccountProfile:
        keys = (DEPARTMENT, CLASS, LOCATION, *(s.key for s in self._company.segments))
        currencies = await self._required(CURRENCIES, "currencies")
        subsidiaries = await self._api.rows(SUBSIDIARIES, operation="subsidiaries")
        known = [key for key in keys if await self._api.knows(dimension_values(key))]
        approval = await self._api.knows(APPROVALS)
        try:
            return read_profile(currencies, subsidiaries, tuple(known), shows_approval=approval)
        except UnreadableError as error:
            raise unreadable(error) from error

    async def _values(self, key: str) -> Rows:
        return await self._api.rows(dimension_values(key), operation=f"values_{key}") or ()

    async def _required(self, lists: Sequence[ListQuery], name: str) -> Rows:
        rows = await self._api.rows(lists, operation=name.replace(" ", "_"))
        if rows is None:
            raise _hidden(name)
        return rows


def _hidden(name: str) -> ErpActionRequired:
    facts = (("reason", f"the role of these credentials does not see {name}"),)
    return ErpActionRequired(
        Problem(code=ProblemCode.NO_WRITE_PERMISSION, subject=LABEL, facts=facts)
    )
