"""Views of connecting, confirming, disconnecting and the imported chart. Pure: data to blocks.

The link of an invitation is shown to one person only, never in a channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.services.connections import Confirmed
from bot.services.leaving import Disconnected
from bot.services.saying import Said
from bot.services.sign_in import Connected, Invitation
from bot.views import kit
from bot.views.company import (
    company_fields,
    first_day_input,
    imported_counts,
    mismatch,
    named,
    replacing,
)
from bot.views.drawn import Drawn, bullets, next_step
from bot.views.reconnect import reconnected
from ledger.organisation import Company, Organisation, Provider
from ledger.periods import day_label

OPEN_LINK = "connect_open_link"
CONFIRM = "connect_confirm"
REJECT = "connect_reject"
CONFIRM_FORM = "connect_confirm_form"
DISCONNECT = "connect_disconnect"
SIGN_IN = "connect_sign_in"

ASKED = (
    "Read access to your chart of accounts",
    "Write access to journal entries",
    "Read access to company details and the fiscal year",
    "Read access to customers and vendors",
)
PROMISE = (
    "Integral creates journal entries only, and only those you approve or schedule. It never "
    "changes or deletes an entry, and creates no invoices, bills, payments or other records."
)
ONE_SCOPE = (
    "Intuit has a single permission for accounting data, so its page will speak of more. The "
    "limits above are kept by Integral, not by Intuit."
)

NETSUITE_KEEPS = (
    "NetSuite gives apps no way to revoke a token or a certificate. To end it there too: Setup → "
    "Users/Roles → Access Tokens, or the certificate's mapping."
)


def invitation(given: Invitation) -> Drawn:
    """Return the link for one person, with what will be asked for and what will not be done."""
    provider = given.request.provider
    name = kit.escape(given.organisation.name)
    blocks = [
        kit.section(
            f"*Connect {provider.label} to {name}*\nYou will sign in at {provider.label}, choose "
            "the company and allow:\n" + bullets(ASKED)
        ),
        kit.section(PROMISE),
        kit.actions(
            kit.link_button(f"Connect {provider.label}", OPEN_LINK, given.url, style="primary")
        ),
        kit.context(
            "For you alone, works once and for 15 minutes. Do not forward it.",
            *([ONE_SCOPE] if provider is Provider.QUICKBOOKS else []),
        ),
        next_step("press the button; the company is confirmed here in Slack afterwards."),
    ]
    return Drawn.of(f"Connect {provider.label} to {given.organisation.name}", *blocks)


def invitation_used(provider: Provider) -> Drawn:
    """Return what stands in place of a link that was used."""
    return Drawn.of(
        "This link was used.",
        kit.section(f":white_check_mark: This link to {provider.label} was used."),
    )


def connected(result: Connected) -> Said:
    """Return the question whether this is the right company, or that it is connected again."""
    company = result.company
    if result.is_reconnected:
        return reconnected(result).said()
    if result.currency_differs:
        return _currency_differs(result).said()
    organisation_id = result.organisation.id
    return Drawn.of(
        f"Is {company.name} the right company?",
        kit.section(f"*Is this the right company for {kit.escape(result.organisation.name)}?*"),
        company_fields(company, result.books),
        kit.actions(
            kit.button("Confirm", CONFIRM, kit.pack(organisation_id, company.id), style="primary"),
            kit.button("Not this company", REJECT, kit.pack(organisation_id, company.id)),
        ),
        next_step("confirm the company. Nothing is pushed before that."),
    ).said()


def confirm_form(
    organisation: Organisation,
    company: Company,
    *,
    suggested: date | None,
    present: Company | None = None,
) -> kit.View:
    """Return the form that asks from which day on entries are made.

    Args:
        organisation: Whose.
        company: What is confirmed.
        suggested: The day to begin with; none when the company has its day already.
        present: The other company that is posted into now, if any.
    """
    return kit.modal(
        CONFIRM_FORM,
        "Confirm the company",
        [
            kit.section(
                f"Entries of *{kit.escape(organisation.name)}* will be posted into "
                f"*{kit.escape(company.name)}* in {company.provider.label}."
            ),
            *replacing(present),
            *([first_day_input(suggested)] if suggested else []),
        ],
        metadata=kit.pack(organisation.id, company.id),
        submit="Confirm",
        close="Cancel",
    )


def confirmed(result: Confirmed) -> Drawn:
    """Return that a company is active, with what was imported."""
    company = result.company
    lines = [
        f":white_check_mark: {named(company)} is connected and confirmed.",
        f"Entries start on {day_label(company.go_live_date)}.",
        f"Imported {imported_counts(result.accounts, result.contacts)}.",
    ]
    if result.replaced:
        lines.append(
            f"{named(result.replaced)} is no longer posted into and is disconnected; its entries, "
            "mapping and history stay. This company has its own mapping."
        )
    return Drawn.of(
        f"{company.name} is connected and confirmed.",
        kit.section("\n".join(lines)),
        kit.context("Pushes are paused until you enable them with `/integral resume`."),
        next_step("`/integral map` shows what to set up, in order."),
    )


def which(organisation: Organisation, providers: Sequence[Provider]) -> Drawn:
    """Return the question what is to be connected, with a button for each."""
    labels = {Provider.JOURNAL_FILE: "No ERP: journal files"}
    buttons = [
        kit.button(
            labels.get(provider, provider.label),
            f"{SIGN_IN}:{provider.value}",
            kit.pack(organisation.id, provider.value),
        )
        for provider in providers
    ]
    name = kit.escape(organisation.name)
    return Drawn.of(
        f"What does {organisation.name} post into?",
        kit.section(f"*What does {name} post into?*"),
        kit.actions(*buttons),
        next_step("choose it; you sign in, and confirm the company before anything is pushed."),
    )


def rejected(company: Company) -> Drawn:
    """Return that a wrong company's authorisation was taken away."""
    return Drawn.of(
        f"{company.name} was not connected.",
        kit.section(
            f":wastebasket: *{kit.escape(company.name)}* was not connected; its authorisation "
            "was ended and the credentials were wiped."
        ),
        next_step(f"choose the right one with `/integral connect {company.provider.value}`."),
    )


def ask_disconnect(organisation: Organisation, company: Company) -> Drawn:
    """Return what stays and what goes, with a button that asks once more."""
    name = kit.escape(company.name)
    question = kit.Confirm(
        title=f"Disconnect {company.name}?",
        text=(
            "Entries, files, mapping, settings and history stay."
            if company.provider is Provider.JOURNAL_FILE
            else "Entries in the ERP, mapping, settings and history stay. The credentials are "
            "wiped."
        ),
        confirm="Disconnect",
    )
    return Drawn.of(
        f"Disconnect {company.name}?",
        kit.section(f"*Disconnect {name} from {kit.escape(organisation.name)}?*"),
        kit.section(bullets(_what_stays(company))),
        kit.actions(
            kit.button(
                "Disconnect",
                DISCONNECT,
                kit.pack(organisation.id, company.id),
                style="danger",
                confirm=question,
            )
        ),
    )


def _what_stays(company: Company) -> tuple[str, ...]:
    if company.provider is Provider.JOURNAL_FILE:
        return (
            "Journal entries and the files made of them stay here.",
            "Mapping, settings and history stay here.",
            "Nothing is pushed until you reconnect.",
            "After reconnecting, pushes go on with new entries; nothing is put into a file again.",
        )
    return (
        f"Journal entries already in {company.provider.label} stay there.",
        "Mapping, settings and history stay here.",
        "The credentials are wiped, and nothing is pushed until you reconnect.",
        "After reconnecting, pushes go on with new entries; nothing is sent again.",
    )


def disconnected(result: Disconnected) -> Drawn:
    """Return that credentials are gone, and whether the ERP could be told."""
    company = result.company
    name = kit.escape(company.name)
    is_file = company.provider is Provider.JOURNAL_FILE
    wiped = "" if is_file else " and its credentials are wiped"
    blocks = [
        kit.section(
            f":white_check_mark: *{name}* is disconnected{wiped}. Entries, mapping, settings and "
            "history stay."
        )
    ]
    if result.erp_problem:
        blocks.append(
            kit.section(
                f":warning: {company.provider.label} could not be told: "
                f"{kit.escape(result.erp_problem.message)} To end the authorisation there too, "
                f"remove Integral in {company.provider.label} under the connected apps."
            )
        )
    elif company.provider is Provider.NETSUITE:
        blocks.append(kit.section(NETSUITE_KEEPS))
    word = "file" if is_file else company.provider.value
    step = f"`/integral connect {word}` connects it again."
    return Drawn.of(f"{company.name} is disconnected.", *blocks, next_step(step))


def _currency_differs(result: Connected) -> Drawn:
    organisation_id, company = result.organisation.id, result.company
    return Drawn.of(
        f"{company.name} cannot be used: its currency differs.",
        mismatch(result),
        company_fields(company, result.books),
        kit.actions(kit.button("Not this company", REJECT, kit.pack(organisation_id, company.id))),
        next_step(
            "connect a company kept in the base currency, or start another organisation with "
            "`/integral start`."
        ),
    )
