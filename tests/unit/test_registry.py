"""One id, one handler; and the nearest one when somebody mistypes."""

from types import ModuleType

import pytest

import bot.handlers
from bot.handlers.context import Action, Ask, Click, Command, Reply
from bot.handlers.meant import OTHER_WORDS
from bot.handlers.registry import DuplicateIdError, Registry
from bot.services.use_cases import UseCases


async def nothing(_: Ask | Click, __: UseCases) -> Reply:
    return Reply()


def command(name: str) -> Command:
    return Command(name=name, summary=name, usage=name, right=None, run=nothing)


def action(action_id: str) -> Action:
    return Action(action_id=action_id, right=None, run=nothing)


def test_an_id_registered_twice_is_refused() -> None:
    with pytest.raises(DuplicateIdError, match="'sync' is registered twice"):
        Registry.of(commands=[command("sync"), command("sync")])
    with pytest.raises(DuplicateIdError, match="approve"):
        Registry.of(actions=[action("approve"), action("approve")])


def test_modules_bring_what_they_have() -> None:
    one, other = ModuleType("one"), ModuleType("other")
    vars(one)["COMMANDS"] = (command("sync"),)
    vars(other)["ACTIONS"] = (action("approve"),)
    found = Registry.of_modules(one, other)
    assert (set(found.commands), set(found.actions)) == ({"sync"}, {"approve"})


def test_two_modules_do_not_draw_one_home() -> None:
    one, other = ModuleType("one"), ModuleType("other")
    vars(one)["HOME"] = vars(other)["HOME"] = nothing
    with pytest.raises(DuplicateIdError, match="App Home"):
        Registry.of_modules(one, other)


def test_a_suffix_tells_the_buttons_of_one_block_apart() -> None:
    found = Registry.of(actions=[action("page"), action("page:last")])
    assert found.action("page:2") is found.actions["page"]
    assert found.action("page:last") is found.actions["page:last"]
    assert found.action("other:2") is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("snyc", "sync"),
        ("sink", "sync"),
        ("STAUS", "status"),
        ("unmaped", "unmapped"),
        ("discnct", "disconnect"),
        ("aprove", "approvals"),
        ("dup", "duplicates"),
        ("xyzzy", None),
        ("?!", None),
        ("", None),
    ],
)
def test_a_typing_error_finds_what_was_meant(typed: str, meant: str | None) -> None:
    assert bot.handlers.REGISTRY.nearest(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("push", "sync"),
        ("post", "sync"),
        ("reverse", "undo"),
        ("mapping", "map"),
        ("revoke", "disconnect"),
        ("authorize", "reauthorize"),
        ("policies", "settings"),
        ("vendors", "contacts"),
    ],
)
def test_the_words_of_the_guide_lead_to_the_command(typed: str, meant: str) -> None:
    assert bot.handlers.REGISTRY.nearest(typed) == meant


def test_every_other_word_is_of_a_command_and_no_command_itself() -> None:
    commands = bot.handlers.REGISTRY.commands
    assert set(OTHER_WORDS) <= set(commands)
    words = [word for each in OTHER_WORDS.values() for word in each]
    assert len(words) == len(set(words))
    assert not set(words) & set(commands)


def test_what_is_not_registered_is_not_suggested() -> None:
    assert Registry.of(commands=[command("status")]).nearest("push") is None


def test_the_products_own_registry_has_a_home_and_unique_ids() -> None:
    assert bot.handlers.REGISTRY.home is not None
    assert "status" in bot.handlers.REGISTRY.commands
