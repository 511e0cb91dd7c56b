"""``/integral accounts, contacts``: what was imported from the ERP, and its refresh."""

from __future__ import annotations

from bot.handlers.context import Action, Ask, Click, Command, Reply
from bot.handlers.replies import reply, takes_only
from bot.services.use_cases import UseCases
from bot.views import charts as view
from ledger.organisation import Right


async def accounts(ask: Ask, use_cases: UseCases) -> Reply:
    """Show the imported chart, or import it again."""
    if takes_only(ask, "accounts", "refresh"):
        company = await use_cases.connections.charts.ask_refresh(
            ask.organisation, user_id=ask.caller.user_id
        )
        return reply(view.refreshing(company))
    company, books = await use_cases.connections.charts.books(ask.organisation)
    return reply(view.accounts(ask.organisation, company, books, page=0))


async def accounts_page(click: Click, use_cases: UseCases) -> Reply:
    """Turn a page of the chart."""
    page = max(int(click.arguments[0]), 0)
    company, books = await use_cases.connections.charts.books(click.organisation)
    return reply(view.accounts(click.organisation, company, books, page=page), replaces=True)


async def contacts(ask: Ask, use_cases: UseCases) -> Reply:
    """Show the imported customers and vendors."""
    company, books = await use_cases.connections.charts.books(ask.organisation)
    return reply(view.contacts(company, books))


COMMANDS = (
    Command(
        name="accounts",
        summary="the imported chart of accounts",
        usage="accounts | accounts refresh",
        right=Right.READ,
        run=accounts,
    ),
    Command(
        name="contacts",
        summary="the imported customers and vendors",
        usage="contacts",
        right=Right.READ,
        run=contacts,
    ),
)
ACTIONS = (Action(action_id=view.ACCOUNTS_PAGE, right=Right.READ, run=accounts_page),)
