"""How Ben fills in the settings and the mapping: by the names on the form, as a person would.

He leaves one token and one category for later and finds them again among what is unmapped.
"""

from __future__ import annotations

import asyncio

from sandbox import sample_data as data
from sandbox.office import JourneyError, Person, text_of_block
from sandbox.reckoning import AccountNames
from sandbox.slack.jsontypes import JsonObject

_PICK = "mapping_account"
_UNMAPPED_ACTION = "unmapped_account"
_LATER = {
    f"{data.UNMAPPED_TOKEN} in {data.OPERATIONS}",
    f"category {data.UNMAPPED_CATEGORY}",
}


def account_of(label: str, names: AccountNames) -> str | None:
    """The name of the account that people choose for a row of a form; none for no choice."""
    what = label.partition(" · ")[0]
    asset, _, wallet = what.partition(" in ")
    if what.startswith("category "):
        return names.categories[what.removeprefix("category ")]
    if asset == "Everything else":
        return names.wallets.get(wallet)
    return names.tokens.get((wallet, asset))


async def save_settings(person: Person, names: AccountNames) -> None:
    """Fill in the journal-entry settings."""
    await person.types("/integral settings")
    form = await person.modal("settings_form")
    where = {"view": form["id"]}
    options = await asyncio.gather(
        *(
            person.option({**where, "block_id": role}, "settings_account", name)
            for role, name in names.roles.items()
        )
    )
    pairs = zip(names.roles, options, strict=True)
    values = {role: {"settings_account": option} for role, option in pairs}
    await person.submits(form, values)
    await person.sees("settings are saved", channel="dm")


async def map_accounts(person: Person, names: AccountNames) -> int:
    """Map every wallet and the categories but for what is left for later; return how many."""
    past = await person.latest()
    await person.types("/integral map")
    menu = await person.finds("mapping_group", past=past)
    mapped = 0
    for option in menu.element["options"]:
        await person.clicks(menu, value=option["value"])
        form = await person.modal("mapping_form")
        values = await _filled(person, form, names)
        await person.submits(form, values)
        mapped += sum(value[_PICK] is not None for value in values.values())
    return mapped


async def choose_unmapped(person: Person, names: AccountNames) -> int:
    """Choose an account for each that has none, in the message itself; return how many."""
    past = await person.latest()
    await person.types("/integral unmapped")
    message = (await person.finds(_UNMAPPED_ACTION, past=past)).message
    waiting = {text_of_block(b).partition(" · ")[0] for b in message["blocks"] if "accessory" in b}
    if waiting != _LATER:
        raise JourneyError(f"unmapped are {sorted(waiting)} and not {sorted(_LATER)}")
    for label in sorted(waiting):
        press = await person.picker(label, _UNMAPPED_ACTION, past=past)
        where = {"channel": press.message["channel"], "message_ts": press.message["ts"]}
        asked = {**where, "block_id": press.block_id}
        option = await person.option(asked, _UNMAPPED_ACTION, account_of(label, names) or "")
        await person.clicks(press, value=option)
    await person.sees("Everything is mapped", past=past)
    return len(waiting)


async def _filled(person: Person, form: JsonObject, names: AccountNames) -> JsonObject:
    """What stands in a form's pickers when it is sent off."""
    blocks = [block for block in form["blocks"] if block["type"] == "input"]
    wanted = {block["block_id"]: _account_for(text_of_block(block), names) for block in blocks}
    options = await asyncio.gather(
        *(
            person.option({"view": form["id"], "block_id": block_id}, _PICK, name)
            for block_id, name in wanted.items()
            if name
        )
    )
    chosen = iter(options)
    return {block_id: {_PICK: next(chosen) if name else None} for block_id, name in wanted.items()}


def _account_for(label: str, names: AccountNames) -> str | None:
    return None if label.partition(" · ")[0] in _LATER else account_of(label, names)
