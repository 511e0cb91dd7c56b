"""What is said when an ERP ended an authorisation. Pure: data to blocks."""

from __future__ import annotations

from bot.services.saying import Said
from bot.views import kit
from bot.views.drawn import Drawn, next_step
from ledger.organisation import Company


def ended(company: Company) -> Said:
    """Return that a person must sign in again, and that nothing is lost until then."""
    provider = company.provider.label
    return Drawn.of(
        f"{provider} ended the authorisation of {company.name}.",
        kit.section(
            f":red_circle: *{provider} ended the authorisation of {kit.escape(company.name)}.*\n"
            "Nothing is lost: mapping, settings and history stay, and what waits is pushed once "
            "somebody has signed in again."
        ),
        next_step("`/integral reauthorize`, and choose the same company."),
    ).said()
