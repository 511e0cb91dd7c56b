"""A word behind a command is one that it knows, or is refused."""

from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from bot.handlers import runs
from bot.handlers.context import Ask, Caller, Reply
from bot.handlers.replies import takes_only
from bot.services.errors import Refusal
from bot.services.use_cases import UseCases


def ask(*words: str) -> Ask:
    return Ask(
        caller=Caller(team_id="T1", user_id="U1"),
        words=words,
        text=" ".join(words),
        known_organisation=None,
        roles=frozenset(),
    )


@pytest.mark.parametrize(
    ("command", "run"), [("preview", runs.preview), ("sync", runs.sync), ("verify", runs.verify)]
)
async def test_without_its_period_a_command_shows_one_that_can_be_typed(
    command: str, run: Callable[[Ask, UseCases], Awaitable[Reply]]
) -> None:
    with pytest.raises(Refusal, match="Name a period") as refused:
        await run(ask(), cast("UseCases", None))
    assert refused.value.next_step == f"/integral {command} last-month"


def test_a_word_that_is_known_is_returned_and_none_is_no_word() -> None:
    assert takes_only(ask("Refresh"), "accounts", "refresh") == "refresh"
    assert takes_only(ask(), "accounts", "refresh") is None


def test_a_slip_is_refused_with_what_could_be_meant() -> None:
    with pytest.raises(Refusal, match=r"“refesh”.*/integral accounts refresh") as refused:
        takes_only(ask("refesh"), "accounts", "refresh")
    assert refused.value.next_step == "/integral accounts"
