"""What was worked out is found under the very basis that it rests on, and under no other."""

import asyncio

from bot.services.survey_cache import SurveyCache


def test_a_value_is_found_under_an_equal_basis_only() -> None:
    cache: SurveyCache[tuple[int, str], str] = SurveyCache()
    cache.keep("company", (1, "a"), "worked out")
    assert cache.find("company", (1, "a")) == "worked out"
    assert cache.find("company", (2, "a")) is None
    assert cache.find("another", (1, "a")) is None


def test_a_company_has_its_last_value_alone() -> None:
    cache: SurveyCache[int, str] = SurveyCache()
    cache.keep("company", 1, "before")
    cache.keep("company", 2, "after")
    assert cache.find("company", 1) is None


def test_the_company_asked_for_longest_ago_goes_first() -> None:
    cache: SurveyCache[int, str] = SurveyCache(most=2)
    cache.keep("a", 1, "of a")
    cache.keep("b", 1, "of b")
    cache.find("a", 1)
    cache.keep("c", 1, "of c")
    assert [cache.find(company, 1) for company in "abc"] == ["of a", None, "of c"]


async def test_one_task_at_a_time_works_for_a_company_and_others_go_on() -> None:
    cache: SurveyCache[int, str] = SurveyCache()
    done: list[str] = []
    may_go = asyncio.Event()

    async def work(company: str, name: str) -> None:
        async with cache.alone(company):
            if name == "first":
                await may_go.wait()
            done.append(name)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work("a", "first"))
        tasks.create_task(work("a", "second"))
        await tasks.create_task(work("b", "other"))
        assert done == ["other"]
        may_go.set()
    assert done == ["other", "first", "second"]
