"""Help stands in the order of the work, and usage is what a person can type."""

from bot.handlers import REGISTRY
from bot.views import guidance, overview
from bot.views.kit import Block


def words(blocks: tuple[Block, ...]) -> str:
    return str([block.get("text") or block.get("elements") for block in blocks])


def test_help_lists_commands_in_the_order_of_the_work() -> None:
    commands = sorted((each.name, each.summary) for each in REGISTRY.commands.values())
    shown = words(overview.help_page(commands, then="look.").blocks)
    for first, then in (
        ("start", "connect"),
        ("connect", "accounts"),
        ("import", "map"),
        ("preview", "sync"),
        ("sync", "approvals"),
        ("approvals", "undo"),
    ):
        assert shown.index(f"`/integral {first}`") < shown.index(f"`/integral {then}`")


def test_usage_shows_each_way_as_it_is_typed_and_what_a_period_is() -> None:
    sync = REGISTRY.commands["sync"]
    shown = words(guidance.usage_blocks(sync.name, sync.summary, sync.usage))
    assert "/integral sync PERIOD" in shown
    assert "last-month" in shown
    connect = REGISTRY.commands["connect"]
    ways = words(guidance.usage_blocks(connect.name, connect.summary, connect.usage))
    assert all(
        f"/integral connect {erp}" in ways for erp in ("quickbooks", "xero", "netsuite", "file")
    )


def test_one_of_several_words_in_a_usage_is_no_way_of_its_own() -> None:
    schedule = REGISTRY.commands["schedule"]
    shown = words(guidance.usage_blocks(schedule.name, schedule.summary, schedule.usage))
    assert "/integral schedule daily|monthly [HH:MM]" in shown
