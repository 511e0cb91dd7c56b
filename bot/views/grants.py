"""What is said when an ERP ended an authorisation, or will soon. Pure: data to blocks."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.saying import Said
from bot.services.watch import TYPED, Expiring
from bot.views import kit
from bot.views.drawn import Drawn, count, next_step
from ledger.organisation import Company
from ledger.periods import day_label

REAUTHORIZE = "connect_reauthorize"
_MOST_BUTTONS = 25


def ended(companies: Sequence[Company]) -> Said:
    """Return that a person must sign in again, for one grant's companies; nothing is lost."""
    first = companies[0]
    provider = first.provider.label
    name = first.name if len(companies) == 1 else count(len(companies), "company", "companies")
    is_typed = first.provider in TYPED
    what = "refuses the credentials of" if is_typed else "ended the authorisation of"
    remedy = "put in the new token" if is_typed else "sign in, and choose the same company"
    shown = companies[:_MOST_BUTTONS]
    names = ", ".join(kit.escape(kit.cut(company.name, 80)) for company in shown)
    return Drawn.of(
        f"{provider} {what} {name}.",
        kit.section(
            f":red_circle: *{provider} {what} {names}.*\n"
            "Nothing is lost: mapping, settings and history stay, and what waits is pushed once "
            "somebody has signed in again."
        ),
        kit.actions(*(_button(company, companies) for company in shown)),
        next_step(f"press the button, {remedy}. `/integral reauthorize` does the same."),
    ).said()


def expiring(soon: Expiring) -> Said:
    """Return that an authorisation ends soon; the same words however often they are asked for."""
    company = soon.company
    days = count(soon.within_days, "day")
    is_typed = company.provider in TYPED
    before = "Put in a new certificate" if is_typed else "Sign in again"
    then = "put in the new one" if is_typed else "sign in, and choose the same company"
    return Drawn.of(
        f"The authorisation of {company.name} ends on {day_label(soon.until)}.",
        kit.section(
            f":warning: *The authorisation of {kit.escape(company.name)} "
            f"({company.provider.label}) for {kit.escape(soon.organisation.name)} ends within "
            f"{days}, on {day_label(soon.until)}.*\n{before} before that, and nothing stops. "
            "Mapping, settings and history stay as they are."
        ),
        kit.actions(_button(company, [company])),
        next_step(f"press the button, {then}."),
    ).said()


def _button(company: Company, companies: Sequence[Company]) -> kit.Block:
    label = "Reauthorize" if len(companies) == 1 else f"Reauthorize {company.name}"
    action_id = REAUTHORIZE if len(companies) == 1 else f"{REAUTHORIZE}:{company.id}"
    value = kit.pack(company.organisation_id, company.id)
    return kit.button(label, action_id, value, style="primary")
