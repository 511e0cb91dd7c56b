"""``/integral import``: a file from a form becomes an upload that a workflow reads."""

from __future__ import annotations

from dataclasses import replace

from bot.handlers.context import Action, Ask, Click, Command, Modal, Reply, Submit, SubmitReply
from bot.handlers.replies import reply
from bot.services.imports import FileKind
from bot.services.saying import FieldRefusal
from bot.services.use_cases import UseCases
from bot.views import imports as view
from ledger.organisation import Right


async def ask_file(ask: Ask, use_cases: UseCases) -> Reply:
    """Open the form."""
    sources = await use_cases.imports.sources(ask.organisation)
    return Reply(opens=view.form(ask.organisation, sources))


async def open_form(click: Click, use_cases: UseCases) -> Reply:
    """Open the form from a button."""
    sources = await use_cases.imports.sources(click.organisation)
    return Reply(opens=view.form(click.organisation, sources))


async def take_file(submit: Submit, use_cases: UseCases) -> SubmitReply:
    """Keep the file's id and have it imported."""
    files = submit.files.get("file", ())
    file_id, filename = files[0] if files else ("", "")
    upload = use_cases.imports.new_upload(
        submit.organisation,
        user_id=submit.caller.user_id,
        source=view.source_of(submit.values.get("known"), submit.values.get("source")),
        kind=FileKind(submit.values.get("kind") or FileKind.TRANSACTIONS),
    )
    try:
        await use_cases.imports.ask(
            submit.organisation, replace(upload, slack_file_id=file_id, filename=filename)
        )
    except FieldRefusal as refusal:
        return SubmitReply(errors=refusal.errors)
    return SubmitReply(says=reply(view.importing(filename)))


COMMANDS = (
    Command(
        name="import",
        summary="import transactions or opening lots from a CSV file",
        usage="import",
        right=Right.PREPARE,
        run=ask_file,
    ),
)
ACTIONS = (Action(action_id=view.OPEN_IMPORT, right=Right.PREPARE, run=open_form),)
MODALS = (Modal(callback_id=view.IMPORT_FORM, right=Right.PREPARE, run=take_file),)
