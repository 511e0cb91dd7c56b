"""Problems: every code has words, and a message carries its own facts."""

import pytest

from ledger.problems import CATALOGUE, Problem, ProblemCode


@pytest.mark.parametrize("code", ProblemCode)
def test_every_code_has_a_title_an_explanation_and_one_remedy(code: ProblemCode) -> None:
    words = CATALOGUE[code]
    assert words.title
    assert words.remedy.endswith(".")
    assert "{subject}" in words.explanation
    message = Problem(code=code, subject="the {odd} one").message
    assert "the {odd} one" in message


def test_a_message_carries_its_facts() -> None:
    problem = Problem(
        code=ProblemCode.MISSING_COST_BASIS, subject="transaction t1", facts=(("short", "1 ETH"),)
    )
    assert problem.message.endswith("(short: 1 ETH)")
