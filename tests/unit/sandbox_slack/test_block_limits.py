"""Every limit of Block Kit: the last value that Slack takes and the first that it refuses."""

from typing import Any

import pytest

from sandbox.slack.block_kit import check_message_blocks, check_view
from sandbox.slack.errors import SlackRefusal
from tests.unit.sandbox_slack.world import actions, button, modal, plain, text_input

Block = dict[str, Any]


def mrkdwn(length: int) -> Block:
    return {"type": "mrkdwn", "text": "x" * length}


def section(length: int) -> Block:
    return {"type": "section", "text": mrkdwn(length)}


def options(count: int, *, text: int = 1, value: int = 3) -> list[Block]:
    return [
        {"text": plain("t" * text), "value": str(number).rjust(value, "v")}
        for number in range(count)
    ]


def select(count: int, **sizes: int) -> Block:
    return {"type": "static_select", "action_id": "s", "options": options(count, **sizes)}


def boxes(kind: str, count: int) -> Block:
    return {"type": kind, "action_id": "b", "options": options(count)}


def table(rows: int, columns: int, text: str = "x") -> Block:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


def confirm(title: int = 1, text: int = 1, yes: int = 1) -> Block:
    parts = {
        "title": plain("x" * title),
        "text": mrkdwn(text),
        "confirm": plain("x" * yes),
        "deny": plain("n"),
    }
    return actions(button(confirm=parts))


def labelled(label: int = 1, hint: int = 1, placeholder: int = 1) -> Block:
    block = text_input(placeholder=plain("x" * placeholder))
    return {**block, "label": plain("x" * label), "hint": plain("x" * hint)}


def fields(count: int, length: int = 1) -> Block:
    return {"type": "section", "fields": [mrkdwn(length)] * count}


def buttons(count: int) -> Block:
    return actions(*[button(f"a{number}") for number in range(count)])


def context(count: int) -> Block:
    return {"type": "context", "elements": [mrkdwn(1)] * count}


def header(length: int) -> Block:
    return {"type": "header", "text": plain("x" * length)}


def overflow(count: int) -> Block:
    return actions({"type": "overflow", "action_id": "o", "options": options(count)})


PAIRS: list[tuple[str, list[Block], list[Block]]] = [
    ("blocks of a message", [section(1)] * 50, [section(1)] * 51),
    ("section text", [section(3000)], [section(3001)]),
    ("empty section text", [section(1)], [section(0)]),
    ("fields", [fields(10)], [fields(11)]),
    ("field text", [fields(1, 2000)], [fields(1, 2001)]),
    ("header", [header(150)], [header(151)]),
    ("actions", [buttons(25)], [buttons(26)]),
    ("context", [context(10)], [context(11)]),
    (
        "button text",
        [actions(button(text=plain("x" * 75)))],
        [actions(button(text=plain("x" * 76)))],
    ),
    ("button value", [actions(button(value="x" * 2000))], [actions(button(value="x" * 2001))]),
    ("button url", [actions(button(url="x" * 3000))], [actions(button(url="x" * 3001))]),
    ("action id", [actions(button("x" * 255))], [actions(button("x" * 256))]),
    ("options", [actions(select(100))], [actions(select(101))]),
    ("option text", [actions(select(1, text=75))], [actions(select(1, text=76))]),
    ("option value", [actions(select(1, value=150))], [actions(select(1, value=151))]),
    ("overflow, most", [overflow(5)], [overflow(6)]),
    ("overflow, least", [overflow(2)], [overflow(1)]),
    ("checkboxes", [actions(boxes("checkboxes", 10))], [actions(boxes("checkboxes", 11))]),
    ("radio", [actions(boxes("radio_buttons", 10))], [actions(boxes("radio_buttons", 11))]),
    ("placeholder", [labelled(placeholder=150)], [labelled(placeholder=151)]),
    ("label", [labelled(label=2000)], [labelled(label=2001)]),
    ("hint", [labelled(hint=2000)], [labelled(hint=2001)]),
    ("confirm title", [confirm(title=100)], [confirm(title=101)]),
    ("confirm text", [confirm(text=300)], [confirm(text=301)]),
    ("confirm button", [confirm(yes=30)], [confirm(yes=31)]),
    ("block id", [{**section(1), "block_id": "x" * 255}], [{**section(1), "block_id": "x" * 256}]),
    ("table rows", [table(100, 1)], [table(101, 1)]),
    ("table columns", [table(1, 20)], [table(1, 21)]),
    ("table cells", [table(1, 1)], [table(1, 1, text="")]),
    ("tables", [table(1, 1)], [table(1, 1), table(1, 1)]),
    (
        "markdown",
        [{"type": "markdown", "text": "x" * 12_000}],
        [{"type": "markdown", "text": "x" * 12_001}],
    ),
]


@pytest.mark.parametrize(
    ("taken", "refused"), [pair[1:] for pair in PAIRS], ids=[p[0] for p in PAIRS]
)
def test_a_message_is_taken_up_to_the_limit_and_no_further(
    taken: list[Block], refused: list[Block]
) -> None:
    assert check_message_blocks(taken)
    with pytest.raises(SlackRefusal) as refusal:
        check_message_blocks(refused)
    assert refusal.value.error == "invalid_blocks"
    assert all("[json-pointer:/blocks" in line for line in refusal.value.messages)


@pytest.mark.parametrize(
    "block",
    [
        {"type": "nonsense"},
        {"text": plain("no type")},
        {"type": "section"},
        {"type": "header", "text": mrkdwn(1)},
        {"type": "section", "text": plain("x"), "colour": "red"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
        {"type": "section", "text": plain("x"), "accessory": {"type": "plain_text_input"}},
        {"type": "actions", "elements": []},
        {"type": "actions", "elements": [{"type": "multi_users_select", "action_id": "m"}]},
        actions(button(style="green")),
        actions(button("same"), button("same")),
        {"type": "input", "label": plain("x"), "element": button()},
        {
            "type": "input",
            "label": plain("x"),
            "element": {"type": "number_input", "action_id": "n"},
        },
        {"type": "input", "label": plain("x"), "element": {"type": "file_input", "action_id": "f"}},
        actions({**select(2), "initial_option": {"text": plain("other"), "value": "z"}}),
        {"type": "data_table", "rows": []},
        "not an object",
    ],
)
def test_a_malformed_block_is_refused(block: Any) -> None:
    with pytest.raises(SlackRefusal) as refusal:
        check_message_blocks([block])
    assert refusal.value.error == "invalid_blocks"


def test_block_ids_are_unique_and_the_second_one_is_named() -> None:
    twice = {**section(1), "block_id": "same"}
    with pytest.raises(SlackRefusal) as refusal:
        check_message_blocks([twice, twice])
    assert refusal.value.messages == (
        "[ERROR] `block_id` 'same' already exists [json-pointer:/blocks/1/block_id]",
    )


def test_every_fault_is_listed_with_its_place() -> None:
    with pytest.raises(SlackRefusal) as refusal:
        check_message_blocks([section(3001), actions(button(text=plain("")))])
    assert refusal.value.messages == (
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/1/elements/0/text/text]",
    )


def test_absent_ids_are_filled_in() -> None:
    [filled] = check_message_blocks(
        [{"type": "actions", "elements": [{"type": "button", "text": plain("x")}]}]
    )
    assert filled["block_id"]
    assert filled["elements"][0]["action_id"]


VIEW_PAIRS = [
    ("title", modal(section(1), title=plain("x" * 24)), modal(section(1), title=plain("x" * 25))),
    (
        "submit",
        modal(section(1), submit=plain("x" * 24)),
        modal(section(1), submit=plain("x" * 25)),
    ),
    ("close", modal(section(1), close=plain("x" * 24)), modal(section(1), close=plain("x" * 25))),
    (
        "metadata",
        modal(section(1), private_metadata="x" * 3000),
        modal(section(1), private_metadata="x" * 3001),
    ),
    (
        "callback",
        modal(section(1), callback_id="x" * 255),
        modal(section(1), callback_id="x" * 256),
    ),
    (
        "external",
        modal(section(1), external_id="x" * 255),
        modal(section(1), external_id="x" * 256),
    ),
    ("blocks", modal(*[section(1)] * 100), modal(*[section(1)] * 101)),
    ("submit needed", modal(text_input()), {**modal(text_input()), "submit": None}),
    ("tables", modal(section(1)), modal(table(1, 1))),
]


@pytest.mark.parametrize(
    ("taken", "refused"), [pair[1:] for pair in VIEW_PAIRS], ids=[pair[0] for pair in VIEW_PAIRS]
)
def test_a_modal_is_taken_up_to_the_limit_and_no_further(taken: Block, refused: Block) -> None:
    assert check_view(taken, surface="modal")
    with pytest.raises(SlackRefusal) as refusal:
        check_view(refused, surface="modal")
    assert refusal.value.error == "invalid_arguments"


def test_a_view_of_more_than_250_kilobytes_is_too_large() -> None:
    with pytest.raises(SlackRefusal) as refusal:
        check_view(modal(*[section(3000)] * 90), surface="modal")
    assert refusal.value.error == "view_too_large"


def test_a_home_tab_is_no_modal() -> None:
    with pytest.raises(SlackRefusal):
        check_view({"type": "home", "blocks": [section(1)]}, surface="modal")
