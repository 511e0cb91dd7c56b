"""Every problem code has words, a remedy and its place in the documents, and nothing extra."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.handlers import REGISTRY
from ledger.problems import CATALOGUE, Problem, ProblemCode

PAGE = Path(__file__).parents[2] / "docs" / "problems.md"


def test_every_code_has_words_and_there_are_no_words_without_a_code() -> None:
    assert set(CATALOGUE) == set(ProblemCode)


@pytest.mark.parametrize("code", list(ProblemCode))
def test_a_problem_reads_as_a_sentence_with_its_subject(code: ProblemCode) -> None:
    message = Problem(code=code, subject="ETH in Treasury").message
    assert "ETH in Treasury" in message
    assert "{" not in message


@pytest.mark.parametrize("code", list(ProblemCode))
def test_the_page_of_problems_says_what_slack_says(code: ProblemCode) -> None:
    page, words = PAGE.read_text(), CATALOGUE[code]
    _, _, section = page.partition(f"\n## {code.value}\n")
    section = section.partition("\n## ")[0]
    assert words.title in section
    assert words.remedy in section


def test_the_page_of_problems_has_no_code_that_is_gone() -> None:
    anchors = re.findall(r"^## (\w+)$", PAGE.read_text(), flags=re.MULTILINE)
    assert anchors == [code.value for code in ProblemCode]


@pytest.mark.parametrize("code", list(ProblemCode))
def test_a_remedy_names_only_commands_that_exist(code: ProblemCode) -> None:
    named = re.findall(r"`/integral (\w+)", CATALOGUE[code].remedy)
    assert set(named) <= set(REGISTRY.commands)
