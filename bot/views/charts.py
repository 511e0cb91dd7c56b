"""Views of the imported chart of accounts, customers and vendors. Pure: data to blocks."""

from __future__ import annotations

from collections import Counter

from bot.services.charts import Refreshed
from bot.services.saying import Said
from bot.views import kit
from bot.views.company import imported_counts
from bot.views.drawn import Drawn, bullets, count, moment, next_step
from ledger.books import Account, AccountClass, Books, ContactKind
from ledger.organisation import Company, Organisation
from ledger.problems import CATALOGUE, Problem

ACCOUNTS_PAGE = "accounts_page"
PER_PAGE = 40


def accounts(organisation: Organisation, company: Company, books: Books, *, page: int) -> Drawn:
    """Return one page of the imported chart of accounts."""
    shown = books.accounts[page * PER_PAGE : (page + 1) * PER_PAGE]
    classes = Counter(account.classification for account in books.accounts)
    counts = ", ".join(f"{classes[c]:,} {c.value}" for c in AccountClass if classes[c])
    blocks = [
        kit.section(
            f"*Chart of accounts of {kit.escape(company.name)}*\n"
            f"{count(len(books.accounts), 'account')}: {counts or 'none'}"
        ),
        *(
            kit.section(bullets(_account_line(account) for account in chunk))
            for chunk in (shown[:20], shown[20:])
            if chunk
        ),
        kit.context(_imported(company)),
        *_paging(organisation, page, len(books.accounts)),
        next_step("`/integral accounts refresh` imports it again; `/integral map` uses it."),
    ]
    return Drawn.of(f"Chart of accounts of {company.name}", *blocks)


def contacts(company: Company, books: Books) -> Drawn:
    """Return how many customers and vendors were imported, and the first of each."""
    blocks = [kit.section(f"*Customers and vendors of {kit.escape(company.name)}*")]
    for kind in ContactKind:
        own = [c for c in books.contacts if c.kind is kind and c.is_active]
        names = "\n".join(kit.escape(c.name) for c in own[:20])
        more = f"\n… and {len(own) - 20:,} more" if len(own) > 20 else ""
        blocks.append(kit.section(f"*{count(len(own), kind.value)}*\n{names}{more}"))
    return Drawn.of(
        f"Customers and vendors of {company.name}",
        *blocks,
        kit.context(f"Read only. {_imported(company)}"),
        next_step(
            "name one in a row's `counterparty` where an account asks for a customer or vendor; "
            "`/integral accounts refresh` imports them again."
        ),
    )


def refreshing(company: Company) -> Drawn:
    """Return the answer while the books are being imported."""
    return Drawn.of(
        "Importing accounts and contacts.",
        kit.section(
            f":hourglass_flowing_sand: Importing the accounts and contacts of "
            f"*{kit.escape(company.name)}*. The answer comes as a direct message."
        ),
    )


def refreshed(result: Refreshed) -> Said:
    """Return how an import of the books ended."""
    name = kit.escape(result.company.name)
    if result.books is None:
        problem = result.problem
        return Drawn.of(
            f"The accounts of {result.company.name} could not be imported.",
            *([_problem(problem)] if problem else []),
            next_step("what was imported before stays in use."),
        ).said()
    books = result.books
    return Drawn.of(
        f"The accounts of {result.company.name} are up to date.",
        kit.section(
            ":white_check_mark: Imported "
            f"{imported_counts(len(books.accounts), len(books.contacts))} of "
            f"*{name}*: {result.added:,} new, {result.gone:,} no longer there."
        ),
        next_step("`/integral unmapped` shows whether an account must be chosen anew."),
    ).said()


def _account_line(account: Account) -> str:
    notes = []
    if not account.is_active:
        notes.append("inactive")
    if account.refusal:
        notes.append("takes no journal entries")
    if account.currency:
        notes.append(account.currency)
    note = f" _({kit.escape(', '.join(notes))})_" if notes else ""
    return kit.cut(f"{kit.escape(account.label)} · {kit.escape(account.erp_type)}", 120) + note


def _paging(organisation: Organisation, page: int, accounts: int) -> list[kit.Block]:
    buttons = []
    if page > 0:
        value = kit.pack(organisation.id, str(page - 1))
        buttons.append(kit.button("Back", f"{ACCOUNTS_PAGE}:back", value))
    if (page + 1) * PER_PAGE < accounts:
        value = kit.pack(organisation.id, str(page + 1))
        buttons.append(kit.button("More", f"{ACCOUNTS_PAGE}:more", value))
    return [kit.actions(*buttons)] if buttons else []


def _imported(company: Company) -> str:
    return f"Imported on {moment(company.books_at)}." if company.books_at else ""


def _problem(problem: Problem) -> kit.Block:
    remedy = CATALOGUE[problem.code].remedy
    return kit.section(f":warning: {kit.escape(problem.message)} {kit.escape(remedy)}")
