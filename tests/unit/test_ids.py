"""Ids sort by time and are never given twice; secrets are long."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from bot.ids import RandomIds
from tests.support.databases import SettableClock


def test_ids_of_one_process_sort_in_the_order_they_were_made() -> None:
    clock = SettableClock()
    ids = RandomIds(clock)
    made = []
    for step in range(10_000):
        if step % 3_000 == 0:
            clock.advance(seconds=0.001)
        made.append(ids.new())
    assert made == sorted(set(made))


def test_ids_stay_unique_and_sorted_when_the_clock_goes_back() -> None:
    clock = SettableClock()
    ids = RandomIds(clock)
    before = ids.new()
    clock.advance(seconds=-3600)
    assert before < ids.new()


def test_an_id_is_a_uuid_of_version_7_that_holds_its_time() -> None:
    clock = SettableClock()
    made = UUID(RandomIds(clock).new())
    seconds = (made.int >> 80) / 1000
    assert made.version == 7
    assert datetime.fromtimestamp(seconds, UTC) - clock.now() < timedelta(milliseconds=1)


def test_secrets_hold_32_random_bytes_each() -> None:
    ids = RandomIds(SettableClock())
    secrets = {ids.secret() for _ in range(100)}
    assert len(secrets) == 100
    assert min(map(len, secrets)) >= 43
