"""``/integral doctor``: what is wrong and its remedy, and the two ways out of unknown numbers."""

from __future__ import annotations

from datetime import date

from bot.handlers.context import Action, Ask, Click, Command, Modal, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.errors import Refusal
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import doctor as view
from ledger.organisation import Company, Organisation, Right
from ledger.periods import local_day


async def examine(ask: Ask, use_cases: UseCases) -> Reply:
    """Have everything checked; the findings come as a message."""
    await use_cases.aftercare.doctor.request(ask.organisation, person=ask.caller.user_id)
    return reply(view.asked())


async def adopt(click: Click, use_cases: UseCases) -> Reply:
    """Have the unknown entries adopted."""
    await _require_same(click.organisation, click.arguments, use_cases)
    company = await use_cases.aftercare.adoption.ask_adopt(
        click.organisation, person=click.caller.user_id
    )
    return reply(view.working(company.name, "Adopting"))


async def open_cut_over(click: Click, use_cases: UseCases) -> Reply:
    """Ask for the day of a cut-over."""
    company = await _require_same(click.organisation, click.arguments, use_cases)
    today = local_day(use_cases.clock.now(), click.organisation.time_zone)
    return Reply(opens=view.cut_over_form(click.organisation, company, today))


async def cut_over(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Have the books cut over at the day that was chosen."""
    await _require_same(submit.organisation, submit.arguments, use_cases)
    chosen = submit.values.get(view.DAY)
    if not chosen:
        raise FieldRefusal({view.DAY: "Choose a day."})
    company = await use_cases.aftercare.adoption.ask_cut_over(
        submit.organisation, date.fromisoformat(chosen), person=submit.caller.user_id
    )
    return SubmitReply(says=reply(view.working(company.name, "Cutting over")))


async def send_bundle(click: Click, use_cases: UseCases) -> Reply:
    """Have a support bundle put into the person's direct messages."""
    await use_cases.aftercare.support.request(click.organisation, person=click.caller.user_id)
    return reply(view.bundle_asked())


async def _require_same(
    organisation: Organisation, arguments: tuple[str, ...], use_cases: UseCases
) -> Company:
    """Return the company that a button was drawn for, if it is the active one still.

    Raises:
        Refusal: when another company is connected by now.
    """
    async with use_cases.storage.unit(read_only=True) as unit:
        company = await unit.companies.active(organisation.id)
    if company is None or company.id not in arguments:
        raise Refusal("Another company is connected by now.", next_step="/integral doctor")
    return company


COMMANDS = (
    Command(
        name="doctor",
        summary="what is wrong, in the order in which to mend it",
        usage="doctor",
        right=Right.READ,
        run=examine,
    ),
)
ACTIONS = (
    Action(action_id=view.ADOPT, right=Right.ADMINISTER, run=adopt),
    Action(action_id=view.OPEN_CUT_OVER, right=Right.ADMINISTER, run=open_cut_over),
    Action(action_id=view.BUNDLE, right=Right.READ, run=send_bundle),
)
MODALS = (Modal(callback_id=view.CUT_OVER, right=Right.ADMINISTER, run=cut_over),)
