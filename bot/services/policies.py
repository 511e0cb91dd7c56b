"""Approval policies: who is asked to approve, how often, and what always needs an approval.

Set by an owner only: whoever prepares entries must not be able to do away with their control.
They change no entry. What waits is reminded of and ends by them from then on; how many approvers
it needs was frozen with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation

from bot.services import audit
from bot.services.ports import Clock, Storage, UnitOfWork
from bot.services.saying import FieldRefusal
from ledger.approval import has_no_second
from ledger.organisation import Organisation, Policies, Right, rights_of
from ledger.runs import BatchState

LONGEST_HOURS = 24 * 30
LONGEST_DAYS = 60
_NO_SECOND = (
    "With no second person a batch above this amount could never be approved. Leave it empty, or "
    "choose No where it says that there is no second person."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyForm:
    """What a person typed and chose: field name → text; empty means none."""

    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return a field's text without spaces around it."""
        return self.values.get(name, "").strip()


class ApprovalPolicies:
    """Reads and sets an organisation's approval policies."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        """Take the ports."""
        self._storage = storage
        self._clock = clock

    async def of(self, organisation: Organisation) -> Policies:
        """Return the policies as they stand."""
        async with self._storage.unit(read_only=True) as unit:
            fresh = await unit.organisations.get(organisation.id)
        return (fresh or organisation).policies

    async def save(self, organisation: Organisation, form: PolicyForm, *, actor: str) -> Policies:
        """Set the policies from a form.

        Raises:
            FieldRefusal: with a sentence for each field that cannot be taken.
        """
        async with self._storage.unit() as unit:
            fresh = await unit.organisations.get(organisation.id) or organisation
            policies = _read(form, fresh.policies)
            await self._require_approver(unit, fresh, policies)
            await unit.organisations.set_policies(fresh.id, policies)
            await self._wake(unit, fresh)
            record = audit.note(
                "policies.saved",
                fresh.name,
                organisation_id=fresh.id,
                actor=actor,
                at=self._clock.now(),
                change=(asdict(fresh.policies), asdict(policies)),
            )
            await unit.audit.add(record)
            await unit.commit()
        return policies

    async def _require_approver(
        self, unit: UnitOfWork, organisation: Organisation, policies: Policies
    ) -> None:
        person = policies.fallback_approver
        if person is None:
            return
        roles = await unit.people.roles(organisation.id, person)
        if Right.APPROVE not in rights_of(roles):
            raise FieldRefusal(
                {
                    "fallback_approver": "This person is no approver yet; grant it first: "
                    "/integral roles grant @person approver."
                }
            )

    async def _wake(self, unit: UnitOfWork, organisation: Organisation) -> None:
        """Have what waits looked at anew: its next moment follows from the policies."""
        for batch in await unit.deliveries.batches_in_state(
            organisation.id, BatchState.AWAITING_APPROVAL
        ):
            new = replace(batch, wake_at=self._clock.now())
            await unit.deliveries.attend(batch, new)


async def approvers_of(unit: UnitOfWork, organisation: Organisation) -> int:
    """Return how many people may approve, whoever shaped what."""
    people = await unit.people.everyone(organisation.id)
    return sum(Right.APPROVE in rights_of(roles) for roles in people.values())


def _read(form: PolicyForm, old: Policies) -> Policies:
    """Read the form over the policies that stand.

    Raises:
        FieldRefusal: naming every field that is wrong.
    """
    faults: dict[str, str] = {}
    above = _amount(form, "approve_above", faults)
    two_above = _amount(form, "two_approvers_above", faults)
    remind = _number(form, "remind_after_hours", LONGEST_HOURS, faults)
    fallback = _number(form, "fallback_after_hours", LONGEST_HOURS, faults)
    days = _number(form, "expire_after_days", LONGEST_DAYS, faults)
    if faults:
        raise FieldRefusal(faults)
    read = replace(
        old,
        always_approve=form.text("always_approve") == "yes",
        single_person_team=form.text("single_person_team") == "yes",
        approve_above=above,
        two_approvers_above=two_above,
        remind_after_hours=remind,
        fallback_approver=form.text("fallback_approver") or None,
        fallback_after_hours=fallback,
        expire_after_days=days,
    )
    if has_no_second(read):
        raise FieldRefusal({"two_approvers_above": _NO_SECOND})
    return read


def _amount(form: PolicyForm, name: str, faults: dict[str, str]) -> str | None:
    text = form.text(name).replace(",", "").replace(" ", "")
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        faults[name] = "Write an amount such as 10000, or leave it empty."
        return None
    return format(amount, "f")


def _number(form: PolicyForm, name: str, most: int, faults: dict[str, str]) -> int:
    text = form.text(name)
    if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
        return int(text)
    faults[name] = f"Write a whole number from 1 to {most:,}."
    return 1
