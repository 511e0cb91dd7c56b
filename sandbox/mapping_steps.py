"""How Ben fills in the settings and the mapping: by the names on the form, as a person would.

He leaves one token and one category for later and finds them again among what is unmapped.
"""

from __future__ import annotations

import asyncio

from sandbox import sample_data as data
from sandbox import sample_month as month
from sandbox.office import JourneyError, Person, text_of_block
from sandbox.slack.jsontypes import JsonObject

_PICK = "mapping_account"
_UNMAPPED_ACTION = "unmapped_account"
_LATER = {
    f"{data.UNMAPPED_TOKEN} in {data.OPERATIONS}",
    f"category {data.UNMAPPED_CATEGORY}",
}


def account_of(label: str) -> str | None:
    """The name of the account that people choose for a row of a form; none for no choice."""
    what = label.partition(" · ")[0]
    asset, _, wallet = what.partition(" in ")
    if what.startswith("category "):
        return month.ACCOUNT_OF_CATEGORY[what.removeprefix("category ")]
    if asset == "Everything else":
        return month.ACCOUNT_OF_WALLET.get(wallet)
    return month.ACCOUNT_OF_TOKEN.get((wallet, asset))


async def save_settings(person: Person) -> None:
    """Fill in the journal-entry settings."""
    await person.types("/integral settings")
    form = await person.modal("settings_form")
    where = {"view": form["id"]}
    options = await asyncio.gather(
        *(
            person.option({**where, "block_id": role}, "settings_account", name)
            for role, name in month.ACCOUNT_OF_ROLE.items()
        )
    )
    pairs = zip(month.ACCOUNT_OF_ROLE, options, strict=True)
    values = {role: {"settings_account": option} for role, option in pairs}
    await person.submits(form, values)
    await person.sees("settings are saved", channel="dm")


async def map_accounts(person: Person) -> int:
    """Map every wallet and the categories but for what is left for later; return how many."""
    past = await person.latest()
    await person.types("/integral map")
    menu = await person.finds("mapping_group", past=past)
    mapped = 0
    for option in menu.element["options"]:
        await person.clicks(menu, value=option["value"])
        form = await person.modal("mapping_form")
        values = await _filled(person, form)
        await person.submits(form, values)
        mapped += sum(value[_PICK] is not None for value in values.values())
    return mapped


async def choose_unmapped(person: Person) -> int:
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
        option = await person.option(asked, _UNMAPPED_ACTION, account_of(label) or "")
        await person.clicks(press, value=option)
    await person.sees("Every account is mapped", past=past)
    return len(waiting)


async def _filled(person: Person, form: JsonObject) -> JsonObject:
    """What stands in a form's pickers when it is sent off."""
    blocks = [block for block in form["blocks"] if block["type"] == "input"]
    options = await asyncio.gather(*(_option(person, form["id"], block) for block in blocks))
    pairs = zip(blocks, options, strict=True)
    return {block["block_id"]: {_PICK: option} for block, option in pairs}


async def _option(person: Person, view_id: str, block: JsonObject) -> JsonObject | None:
    label = text_of_block(block)
    name = None if label.partition(" · ")[0] in _LATER else account_of(label)
    where = {"view": view_id, "block_id": block["block_id"]}
    return await person.option(where, _PICK, name) if name else None
