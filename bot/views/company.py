"""How a company is shown: what tells it from others, and whether it can be reached. Pure."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Sequence
from datetime import date

from bot.services.sign_in import Connected
from bot.views import kit
from bot.views.drawn import bullets, count, person
from ledger.books import Books
from ledger.organisation import Company, ConnectionState, Provider
from ledger.periods import day_label

_MOST_PAST = 8


def mismatch(result: Connected) -> kit.Block:
    """Return why a company of another currency cannot be posted into."""
    company, organisation = result.company, result.organisation
    return kit.section(
        f":warning: *Currency mismatch.* *{kit.escape(company.name)}* is kept in "
        f"{kit.escape(company.functional_currency)}, *{kit.escape(organisation.name)}* in "
        f"{kit.escape(organisation.base_currency)}. Entries are posted in the base currency "
        "only, so nothing can be pushed into this company."
    )


def company_fields(company: Company, books: Books) -> kit.Block:
    """Return what tells a company from others."""
    return kit.fields(
        ("Company", kit.escape(company.name)),
        ("ERP", company.provider.label),
        ("Currency", kit.escape(company.functional_currency)),
        ("Fiscal year starts", month_name[books.fiscal_year_start_month]),
        ("Accounts", f"{len(books.accounts):,}"),
        ("Customers and vendors", f"{len(books.contacts):,}"),
    )


def replacing(present: Company | None) -> list[kit.Block]:
    """Return what becomes of the company that is posted into now; nothing where there is none."""
    if present is None:
        return []
    word = "file" if present.provider is Provider.JOURNAL_FILE else present.provider.value
    return [
        kit.section(
            f":warning: {named(present)} will not be posted into any more, and is disconnected. "
            f"Its entries, mapping, settings and history stay; `/integral connect {word}` goes "
            "back to it."
        )
    ]


def first_day_input(suggested: date) -> kit.Block:
    """Return the field that asks from which day on entries are made."""
    return kit.field_input(
        "go_live",
        "Entries start on",
        kit.date_picker("go_live", chosen=suggested),
        hint="The go-live date. Earlier transactions build the cost of what you hold and form no "
        "entry: your books have them already. Until the first entry is prepared it can be changed "
        "with /integral settings.",
    )


def named(company: Company) -> str:
    """Return a company's name with its ERP: two of an organisation may have the same name."""
    return f"*{kit.escape(company.name)}* ({company.provider.label})"


def connection_line(company: Company) -> str:
    """Return in mrkdwn whether a company can be reached, and who connected it."""
    if company.connection is ConnectionState.DISCONNECTED:
        return ":white_circle: disconnected"
    if company.connection is ConnectionState.ENDED:
        return ":red_circle: authorisation ended, `/integral reauthorize`"
    who = f" by {person(company.connected_by)}" if company.connected_by else ""
    at = f" on {day_label(company.connected_at.date())}" if company.connected_at else ""
    return f":large_green_circle: connected{who}{at}"


def past_companies(companies: Sequence[Company]) -> list[kit.Block]:
    """Return the companies that were posted into before, and what is kept of them."""
    lines = [_past(company) for company in companies[:_MOST_PAST]]
    if len(companies) > _MOST_PAST:
        lines.append(f"and {len(companies) - _MOST_PAST:,} more")
    return [kit.section("*Before*\n" + bullets(lines))] if lines else []


def _past(company: Company) -> str:
    state = connection_line(company)
    if company.connection is ConnectionState.DISCONNECTED:
        state = f"disconnected{_last_connected(company)}; entries, mapping and history are kept"
    return (
        f"*{kit.escape(kit.cut(company.name, 80))}*: {company.provider.label}, "
        f"{kit.escape(company.functional_currency)}, entries from "
        f"{day_label(company.go_live_date)}, {state}"
    )


def _last_connected(company: Company) -> str:
    at = company.connected_at
    return f", last connected on {day_label(at.date())}" if at else ""


def imported_counts(accounts: int, contacts: int) -> str:
    """Return how much was imported, in words."""
    people = count(contacts, "customer or vendor", "customers and vendors")
    return f"{count(accounts, 'account')} and {people}"
