"""Views of ``/integral settings approval``: who is asked to approve, and when. Pure."""

from __future__ import annotations

from bot.views import kit
from bot.views.drawn import Drawn, next_step
from ledger.organisation import Organisation, Policies

POLICY_FORM = "approval_policy_form"
_YES_NO = (("No", "no"), ("Yes", "yes"))


def form(organisation: Organisation, policies: Policies) -> kit.View:
    """Return the form, filled with what holds now."""
    blocks = [
        kit.section(
            f"Approvals of *{kit.escape(organisation.name)}*. Month ends, corrections and a first "
            "push always need one."
        ),
        _choice("always_approve", "Every push needs an approval", is_on=policies.always_approve),
        _text(
            "approve_above",
            f"Also above this amount ({organisation.base_currency})",
            policies.approve_above,
            "Empty: no amount asks for an approval.",
        ),
        _text(
            "two_approvers_above",
            f"Two approvers above this amount ({organisation.base_currency})",
            policies.two_approvers_above,
            "Empty: one approver is always enough.",
        ),
        _text("remind_after_hours", "Remind after (hours)", str(policies.remind_after_hours)),
        kit.field_input(
            "fallback_approver",
            "Fallback approver",
            _person(policies.fallback_approver),
            hint="Asked when nobody has decided in time. Needs the role approver.",
            optional=True,
        ),
        _text(
            "fallback_after_hours",
            "Ask the fallback approver after (hours)",
            str(policies.fallback_after_hours),
        ),
        _text("expire_after_days", "A card ends after (days)", str(policies.expire_after_days)),
        _choice(
            "single_person_team",
            "There is no second person: whoever prepares may approve",
            is_on=policies.single_person_team,
        ),
    ]
    return kit.modal(
        POLICY_FORM,
        "Approvals",
        blocks,
        metadata=kit.pack(organisation.id),
        submit="Save",
        close="Cancel",
    )


def saved(organisation: Organisation) -> Drawn:
    """Return that the policies are saved."""
    return Drawn.of(
        "The approval settings are saved.",
        kit.section(
            f":white_check_mark: The approval settings of *{kit.escape(organisation.name)}* are "
            "saved. Reminders, the fallback approver and the end of a card follow them at once, "
            "also for what waits; how many have to approve a card stays as when it was prepared."
        ),
        next_step("`/integral approvals` shows what waits."),
    )


def _choice(name: str, label: str, *, is_on: bool) -> kit.Block:
    chosen = "yes" if is_on else "no"
    return kit.field_input(name, label, kit.select(name, _YES_NO, chosen=chosen))


def _text(name: str, label: str, value: str | None, hint: str | None = None) -> kit.Block:
    element = kit.text_input(name, initial=value, max_length=20)
    return kit.field_input(name, label, element, hint=hint, optional=hint is not None)


def _person(chosen: str | None) -> kit.Block:
    block: kit.Block = {
        "type": "users_select",
        "action_id": "fallback_approver",
        "placeholder": kit.plain("Choose a person", 150),
    }
    if chosen:
        block["initial_user"] = chosen
    return block
