"""The words of the few web pages: what a sign-in asks for, how it ended, why a link leads nowhere.

Pure: values for the templates of ``bot/pages``, which escape them. It must not hold markup.
"""

from __future__ import annotations

from calendar import month_name
from dataclasses import dataclass, replace

from bot.services.sign_in import Connected, Invitation, PageProblem, ToChoose
from bot.views.connect import ASKED, ONE_SCOPE, PROMISE
from ledger.organisation import Provider
from ledger.problems import CATALOGUE, Problem

Values = dict[str, object]
"""What a template is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Why something leads nowhere; plain text."""

    title: str
    text: str
    remedy: str
    status: int = 400
    detail: str | None = None
    """What the ERP said, with what to do about it."""


_AGAIN = "type /integral connect in Slack for a new link, and open it in this browser."
_PROBLEMS = {
    PageProblem.UNKNOWN: Words(
        title="This link is not known",
        text="It was mistyped, cut off, or is from long ago.",
        remedy=_AGAIN,
        status=404,
    ),
    PageProblem.USED: Words(
        title="This link was used already",
        text="A link works once. If it was you, the answer waits in your direct messages.",
        remedy="look at your direct messages from Integral; for another sign-in, " + _AGAIN,
        status=410,
    ),
    PageProblem.EXPIRED: Words(
        title="This link has expired",
        text="A link works for 15 minutes.",
        remedy=_AGAIN,
        status=410,
    ),
    PageProblem.FORWARDED: Words(
        title="This sign-in began in another browser",
        text="For your safety only the browser that pressed the button can finish a sign-in; a "
        "forwarded address does not work. Nothing was connected.",
        remedy=_AGAIN,
        status=403,
    ),
    PageProblem.FOREIGN: Words(
        title="This sign-in belongs to another link",
        text="This browser has opened another link since. Nothing was connected.",
        remedy="open the newest link again, or " + _AGAIN,
        status=403,
    ),
    PageProblem.DENIED: Words(
        title="Nothing was connected",
        text="You chose not to allow it, so nothing was stored.",
        remedy="if you change your mind, " + _AGAIN,
        status=200,
    ),
    PageProblem.NO_COMPANY: Words(
        title="The ERP named no company",
        text="Its answer lacked what is needed to connect. Nothing was stored.",
        remedy=_AGAIN,
    ),
    PageProblem.STRANGER: Words(
        title="You are signed in to Slack as somebody else",
        text="This link was made for another person of this workspace. Nothing was connected.",
        remedy="sign in to Slack as the person who asked, or " + _AGAIN,
        status=403,
    ),
    PageProblem.SLACK: Words(
        title="Slack did not say who you are",
        text="Signing in with Slack was cancelled, took too long or failed. Nothing was connected.",
        remedy="open the link again, or " + _AGAIN,
        status=502,
    ),
    PageProblem.TAKEN: Words(
        title="This company is connected elsewhere",
        text="Another organisation posts into this company already; two would post everything "
        "twice. Nothing was connected.",
        remedy="choose another company, or have it disconnected there first with "
        "/integral disconnect.",
        status=409,
    ),
    PageProblem.ERP: Words(
        title="The ERP could not be connected",
        text="It did not let us in, or could not be read.",
        remedy=_AGAIN,
        status=502,
    ),
}


def invitation(given: Invitation, *, workspace: str, person: str) -> Values:
    """Return what the page before the ERP's login shows."""
    provider = given.request.provider
    return {
        "provider": provider.label,
        "organisation": given.organisation.name,
        "workspace": workspace,
        "person": person,
        "asked": ASKED,
        "promise": PROMISE,
        "scope_note": ONE_SCOPE if provider is Provider.QUICKBOOKS else None,
        "until": f"{given.request.expires_at:%H:%M}",
    }


def connected(result: Connected) -> Values:
    """Return what the landing page shows."""
    company, books = result.company, result.books
    title, text, step = _landing(result)
    return {
        "title": title,
        "text": text,
        "next_step": step,
        "is_refused": result.currency_differs,
        "company": company.name,
        "provider": company.provider.label,
        "currency": company.functional_currency,
        "fiscal_year": month_name[books.fiscal_year_start_month],
        "accounts": f"{len(books.accounts):,}",
        "contacts": f"{len(books.contacts):,}",
        "organisation": result.organisation.name,
    }


def problem(reason: PageProblem, erp_problem: Problem | None) -> tuple[Values, int]:
    """Return what a page shows whose link leads nowhere, and its HTTP status."""
    words = problem_words(reason, erp_problem)
    values: Values = {
        "title": words.title,
        "text": words.text,
        "detail": words.detail,
        "remedy": words.remedy,
    }
    return values, words.status


def problem_words(reason: PageProblem, erp_problem: Problem | None) -> Words:
    """Return why something leads nowhere, in plain text."""
    words = _PROBLEMS[reason]
    if erp_problem is None:
        return words
    remedy = CATALOGUE[erp_problem.code].remedy.replace("`", "")
    return replace(words, detail=f"{erp_problem.message} {remedy}")


def to_choose(asked: ToChoose) -> Values:
    """Return what the landing page shows when several companies were allowed."""
    names = [each.name for each in asked.choices]
    return {
        "title": "Choose the company in Slack",
        "text": f"You let Integral into {len(names):,} companies. Which of them "
        f"{asked.organisation.name} posts into is chosen in Slack; nothing is read or pushed "
        "before that.",
        "names": names,
        "next_step": "go back to Slack and choose the company in your direct messages.",
    }


def _landing(result: Connected) -> tuple[str, str, str]:
    """Return title, text and next step."""
    company, organisation = result.company, result.organisation
    if result.currency_differs:
        title = "Currency mismatch"
        text = (
            f"{company.name} is kept in {company.functional_currency} and {organisation.name} in "
            f"{organisation.base_currency}. Entries are posted in the base currency only, so "
            "nothing can be pushed into this company."
        )
        step = "connect a company kept in the base currency with /integral connect in Slack."
        return title, text, step
    title = "The connection is now active"
    if result.is_reconnected:
        text = (
            "It is the company that was connected before: mapping and settings are as they were, "
            "and nothing that it holds already is sent again."
        )
        return title, text, "go back to Slack; /integral status shows what waits to be pushed."
    text = "Nothing is pushed before you confirm in Slack that this is the right company."
    return title, text, "go back to Slack and confirm the company in your direct messages."
