"""The form in which an ERP's credentials are typed, and what is said while they are checked. Pure.

No value that was typed is ever drawn again; of ids the first and last four characters are.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.erp.reach import CredentialField, CredentialMethod
from bot.views import kit
from bot.views.drawn import Drawn, bullets, next_step
from ledger.organisation import Company, Organisation, Provider

FORM = "credentials_form"
UPDATE_FORM = "credentials_update_form"
METHOD = "credentials_method"
OPEN = "credentials_open"
_MOST_CHARACTERS = 3000
_PROMISE = (
    "The values go encrypted into Integral's vault. They are never shown again, and never part of "
    "a message or a log."
)


def form(
    organisation: Organisation,
    provider: Provider,
    methods: Sequence[CredentialMethod],
    *,
    chosen: CredentialMethod,
) -> kit.View:
    """Return the form of one method, with the choice among the methods above it."""
    options = [(method.label, method.name) for method in methods]
    picker = kit.select(METHOD, options, chosen=chosen.name)
    name = kit.escape(organisation.name)
    return kit.modal(
        FORM,
        f"Connect {provider.label}",
        [
            kit.section(f"*Connect {provider.label} to {name}* with", accessory=picker),
            *([kit.context(kit.escape(chosen.note))] if chosen.note else []),
            *(_input(field) for field in chosen.fields),
            kit.context(_PROMISE),
        ],
        metadata=kit.pack(organisation.id, provider.value, chosen.name),
        submit="Connect",
        close="Cancel",
    )


def update_form(
    organisation: Organisation,
    company: Company,
    method: CredentialMethod,
    *,
    in_use: Sequence[tuple[str, str]],
) -> kit.View:
    """Return the form that renews what expires or is rotated; the rest stays as it is."""
    shown = bullets(f"{kit.escape(label)}: `{kit.escape(value)}`" for label, value in in_use)
    rotated = [field for field in method.fields if field.name in method.rotated]
    return kit.modal(
        UPDATE_FORM,
        f"Update {company.provider.label}",
        [
            kit.section(f"*{kit.escape(company.name)}* is reached with\n{shown}"),
            *(_input(field) for field in rotated),
            kit.context(_PROMISE, "The present values stay until the new ones have worked."),
        ],
        metadata=kit.pack(organisation.id, company.id),
        submit="Update",
        close="Cancel",
    )


def checking(provider: Provider) -> Drawn:
    """Return that credentials are being tried."""
    return Drawn.of(
        f"Signing in to {provider.label}.",
        kit.section(f":hourglass_flowing_sand: Signing in to {provider.label}…"),
        next_step("the answer takes the place of this message."),
    )


def accepted(provider: Provider) -> Drawn:
    """Return that credentials work."""
    return Drawn.of(
        f"{provider.label} accepted the credentials.",
        kit.section(f":white_check_mark: {provider.label} accepted the credentials."),
        next_step("the message that follows says which company it is."),
    )


def _input(field: CredentialField) -> kit.Block:
    element = kit.text_input(
        field.name, multiline=field.is_long, max_length=_MOST_CHARACTERS if field.is_long else 200
    )
    hint = f"{field.where}. You are warned before it." if field.is_optional else field.where
    return kit.field_input(field.name, field.label, element, hint=hint, optional=field.is_optional)
