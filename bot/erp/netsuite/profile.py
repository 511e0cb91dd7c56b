"""What an account has: OneWorld or not, currencies, and which dimensions its lines carry.

NetSuite's API names none of its features; a table that SuiteQL does not know is a feature that is
off, or one that the role may not see, which comes to the same. Pure: rows in, values out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.erp.errors import ErpActionRequired
from bot.erp.netsuite.account import LABEL, NetSuiteCompany
from bot.erp.netsuite.found import Reading
from bot.erp.netsuite.queries import APPROVAL, CURRENCY
from bot.erp.payload import JsonObject, UnreadableError, require, text_at
from ledger.problems import Problem, ProblemCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidiary:
    """A subsidiary that journal entries can be made for."""

    id: str
    name: str
    currency: str
    """ISO code of its base currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountProfile:
    """What an account has that decides how an entry is written and read."""

    currencies: Mapping[str, str]
    """Internal id → ISO code."""
    base_currency_id: str | None
    """Of an account without OneWorld."""
    subsidiaries: tuple[Subsidiary, ...] | None
    """None without OneWorld; those for eliminations and inactive ones are left out."""
    dimensions: tuple[str, ...]
    """Keys of the dimensions that lines carry."""
    shows_approval: bool = False
    """Whether transactions tell the status that approval routing gave them."""

    @property
    def header(self) -> tuple[str, ...]:
        """Those of a transaction's columns that not every account shows and this one does."""
        known = {CURRENCY: bool(self.currencies), APPROVAL: self.shows_approval}
        return tuple(column for column, is_shown in known.items() if is_shown)

    def subsidiary_of(self, company: NetSuiteCompany) -> Subsidiary | None:
        """Return the company's subsidiary; none without OneWorld.

        Raises:
            ErpActionRequired: it is not there (any more), or none was chosen.
        """
        if self.subsidiaries is None and company.subsidiary_id is None:
            return None
        found = (s for s in self.subsidiaries or () if s.id == company.subsidiary_id)
        subsidiary = next(found, None)
        if subsidiary is None:
            raise _no_subsidiary(company)
        return subsidiary

    def functional_currency(self, company: NetSuiteCompany) -> str:
        """Return the ISO code of the company's own currency.

        Raises:
            ErpActionRequired: the company's subsidiary is not there.
            UnreadableError: no currency is said to be the base currency.
        """
        subsidiary = self.subsidiary_of(company)
        if subsidiary is not None:
            return subsidiary.currency
        if self.base_currency_id is None:
            raise UnreadableError("no base currency")
        return self.currencies[self.base_currency_id]

    def currency_id(self, currency: str) -> str | None:
        """Return the internal id of a currency; none when the account does not have it."""
        return next((id_ for id_, code in self.currencies.items() if code == currency), None)

    def reading(self, company: NetSuiteCompany) -> Reading:
        """Return what the company's entries are read with."""
        return Reading(
            functional_currency=self.functional_currency(company),
            currencies=self.currencies,
            dimensions=self.dimensions,
        )


def read_profile(
    currencies: Sequence[JsonObject],
    subsidiaries: Sequence[JsonObject] | None,
    dimensions: tuple[str, ...],
    *,
    shows_approval: bool = False,
) -> AccountProfile:
    """Put a profile together from the rows of its lists.

    Raises:
        UnreadableError: a row lacks what it always has.
    """
    codes = {require(row, "id"): require(row, "symbol") for row in currencies}
    base = (require(row, "id") for row in currencies if text_at(row, "isbasecurrency") == "T")
    return AccountProfile(
        currencies=codes,
        base_currency_id=next(base, None),
        subsidiaries=None
        if subsidiaries is None
        else tuple(_subsidiary(row, codes) for row in subsidiaries if _is_usable(row)),
        dimensions=dimensions,
        shows_approval=shows_approval,
    )


def _is_usable(row: JsonObject) -> bool:
    return "T" not in (text_at(row, "iselimination"), text_at(row, "isinactive"))


def _subsidiary(row: JsonObject, codes: Mapping[str, str]) -> Subsidiary:
    currency = codes.get(require(row, "currency"))
    if currency is None:
        raise UnreadableError("a subsidiary's currency is not in the list of currencies")
    return Subsidiary(id=require(row, "id"), name=require(row, "name"), currency=currency)


def _no_subsidiary(company: NetSuiteCompany) -> ErpActionRequired:
    chosen = company.subsidiary_id
    reason = f"subsidiary {chosen} is not shown to this role" if chosen else "no subsidiary chosen"
    subject = f"{LABEL} account {company.account}"
    facts = (("reason", reason),)
    problem = Problem(code=ProblemCode.COMPANY_UNAVAILABLE, subject=subject, facts=facts)
    return ErpActionRequired(problem)
