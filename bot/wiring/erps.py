"""The ERPs: one line a provider; each module beside this one builds one of them.

Everything an ERP shares within the process, its client, pacers and app keys, is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from stamina.instrumentation import set_on_retry_hooks

from bot.erp.connector import Connector
from bot.erp.credentials import load_tokens
from bot.erp.errors import ErpActionRequired
from bot.services.grants import ends_at
from bot.services.ports import Authorizer, CredentialForms
from bot.wiring.erp_parts import Erp, ErpParts, subject_of
from bot.wiring.journal_files import build_journal_file
from bot.wiring.netsuite import build_netsuite
from bot.wiring.quickbooks import build_quickbooks
from bot.wiring.xero import build_xero
from ledger.organisation import Company, ConnectionState, Provider
from ledger.problems import Problem, ProblemCode


class Erps:
    """The providers by name. Satisfies the port ``Connectors``."""

    def __init__(self, erps: Mapping[Provider, Erp]) -> None:
        """Take those that can be used here."""
        self._erps = dict(erps)

    def of(self, company: Company) -> Connector:
        """Return a connector with the company's stored credentials.

        Raises:
            ErpActionRequired: when the company is not connected now, or this installation cannot
                reach such companies.
        """
        erp = self._erps.get(company.provider)
        if erp is None:
            raise ErpActionRequired(_not_set_up(company.provider))
        # One that the ERP ended is let through: it can still be taken away.
        if company.connection is ConnectionState.DISCONNECTED:
            problem = Problem(code=ProblemCode.AUTH_EXPIRED, subject=subject_of(company))
            raise ErpActionRequired(problem)
        return erp.connect(company)

    def entry_url(self, company: Company, erp_id: str) -> str:
        """Return the address of an entry; empty when this installation cannot know it."""
        erp = self._erps.get(company.provider)
        return erp.connect(company).entry_url(erp_id) if erp is not None else ""

    def until(self, provider: Provider, secret: str) -> datetime | None:
        """Return when stored credentials end for good; none when they do not, or nobody knows."""
        if provider in self.authorizers:
            return ends_at(load_tokens(secret))
        return self.forms[provider].until(secret) if provider in self.forms else None

    @property
    def authorizers(self) -> dict[Provider, Authorizer]:
        """The providers that people sign in to."""
        return {p: erp.authorizer for p, erp in self._erps.items() if erp.authorizer is not None}

    @property
    def forms(self) -> dict[Provider, CredentialForms]:
        """The providers whose credentials people type in."""
        return {p: erp.forms for p, erp in self._erps.items() if erp.forms is not None}


def build_erps(parts: ErpParts) -> Erps:
    """Build every provider whose keys are set."""
    # Its own line about a repeated read quotes the error; the transport logs every try.
    set_on_retry_hooks(())
    built = {provider: make(parts) for provider, make in _MAKERS.items()}
    return Erps({provider: erp for provider, erp in built.items() if erp is not None})


_MAKERS: Mapping[Provider, Callable[[ErpParts], Erp | None]] = {
    Provider.QUICKBOOKS: build_quickbooks,
    Provider.XERO: build_xero,
    Provider.NETSUITE: build_netsuite,
    Provider.JOURNAL_FILE: build_journal_file,
}
"""Provider → how it is built; none when its keys are not set."""


def _not_set_up(provider: Provider) -> Problem:
    reason = "its client id and secret are not set"
    if provider not in _MAKERS:
        reason = "this version has no connector for it"
    return Problem(
        code=ProblemCode.CREDENTIALS_INVALID,
        subject=f"{provider.label} (here)",
        facts=(("reason", reason),),
    )
