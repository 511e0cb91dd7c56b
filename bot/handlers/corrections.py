"""``/integral undo``: look at what could be undone, ask for it, and answer what waits."""

from __future__ import annotations

from bot.handlers.context import Action, Ask, Click, Command, Modal, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.corrections_ordering import DATING, REASON, OrderForm
from bot.services.use_cases import UseCases
from bot.views import corrections as view
from ledger.corrections import Dating, Mode
from ledger.organisation import Organisation, Right


async def undo(ask: Ask, use_cases: UseCases) -> Reply:
    """Show what undoing the named entries would do; without words, what there is to choose."""
    if ask.words:
        return await _look(ask.organisation, ask.words, use_cases)
    found = await use_cases.corrections.looks.choices(ask.organisation)
    return reply(view.choices(ask.organisation, found))


async def look(click: Click, use_cases: UseCases) -> Reply:
    """Show what undoing a run's entries, or the stale ones, would do."""
    (packed,) = click.arguments
    return await _look(click.organisation, view.unpack_words(packed), use_cases)


async def _look(organisation: Organisation, words: tuple[str, ...], use_cases: UseCases) -> Reply:
    found = await use_cases.corrections.looks.look(organisation, words)
    return reply(view.look(organisation, found))


async def open_form(click: Click, use_cases: UseCases) -> Reply:
    """Ask for the reason, and about closed books."""
    mode, _, packed = click.arguments
    words = view.unpack_words(packed)
    asked = await use_cases.corrections.looks.ask(click.organisation, words, Mode(mode))
    return Reply(opens=view.form(click.organisation, click.arguments, asked))


async def order(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Start the correction."""
    order_id, mode, fingerprint, packed = submit.arguments
    chosen = submit.values.get(DATING)
    form = OrderForm(
        words=view.unpack_words(packed),
        mode=Mode(mode),
        fingerprint=fingerprint,
        order_id=order_id,
        reason=submit.values.get(REASON) or "",
        # Reopened in the ERP: the run looks at the books first, and waits if they are closed.
        dating=Dating.HOLD if chosen == view.REOPENED else Dating(chosen) if chosen else None,
    )
    result = await use_cases.corrections.orders.order(
        submit.organisation, form, person=submit.caller.user_id
    )
    return SubmitReply(says=reply(view.ordered(result)))


async def look_again(click: Click, use_cases: UseCases) -> Reply:
    """Look at the books again, after a period was reopened."""
    (run_id,) = click.arguments
    said = await use_cases.corrections.waiting.look_again(
        click.organisation, run_id, person=click.caller.user_id
    )
    return reply(view.answered(said))


async def first_open_day(click: Click, use_cases: UseCases) -> Reply:
    """Date what waits on the first open day."""
    (run_id,) = click.arguments
    said = await use_cases.corrections.waiting.use_first_open_day(
        click.organisation, run_id, person=click.caller.user_id
    )
    return reply(view.answered(said))


async def give_up(click: Click, use_cases: UseCases) -> Reply:
    """End a correction that waits or was refused."""
    (run_id,) = click.arguments
    said = await use_cases.corrections.waiting.give_up(
        click.organisation, run_id, person=click.caller.user_id
    )
    return reply(view.answered(said))


COMMANDS = (
    Command(
        name="undo",
        summary="reverse what is posted, or reverse and repost it",
        usage="undo                      what there is to choose from\n"
        "undo RUN                  a run, by its 8 characters\n"
        "undo 2026-01              a period\n"
        "undo stale                what would come out differently now\n"
        'undo account "NAME"       what is posted on an account (name, code or id)\n'
        "undo category NAME        what was made of a category\n"
        "undo INT-… INT-…          journal numbers\n"
        "Several together: undo 2026-01 stale. Nothing is undone before an approver agrees.",
        right=Right.PREPARE,
        run=undo,
    ),
)
ACTIONS = (
    Action(action_id=view.LOOK, right=Right.PREPARE, run=look),
    Action(action_id=view.OPEN_FORM, right=Right.PREPARE, run=open_form),
    Action(action_id=view.LOOK_AGAIN, right=Right.PREPARE, run=look_again),
    Action(action_id=view.FIRST_OPEN_DAY, right=Right.PREPARE, run=first_open_day),
    Action(action_id=view.GIVE_UP, right=Right.PREPARE, run=give_up),
)
MODALS = (Modal(callback_id=view.UNDO_FORM, right=Right.PREPARE, run=order),)
