"""Rows sent to the API: kept once, corrected, rejected with their reason, within limits."""

import json
from collections.abc import AsyncIterator

import pytest

from bot.handlers.api import MOST_BYTES, MOST_ROWS
from tests.integration.api.conftest import Service
from tests.support.databases import SettableClock


def row(id_: str, **changes: object) -> str:
    """A deposit as a JSON line."""
    content: dict[str, object] = {
        "id": id_,
        "timestamp": "2026-10-05T12:00:00Z",
        "type": "deposit",
        "to_account": "Operating Bank",
        "received_asset": "USD",
        "received_quantity": "100.50",
        "category": "Protocol Revenue",
        "counterparty": "Acme DAO",
    }
    return json.dumps(content | changes)


async def test_rows_are_added_and_the_same_rows_again_change_nothing(service: Service) -> None:
    body = f"{row('a')}\n{row('b')}\n"

    first = await service.send(body)
    second = await service.send(body)

    assert first.status_code == second.status_code == 200
    assert first.json() == {"added": 2, "unchanged": 0, "corrected": 0, "rejected": []}
    assert second.json() == {"added": 0, "unchanged": 2, "corrected": 0, "rejected": []}
    assert await service.stored() == [("bank", "a"), ("bank", "b")]


async def test_a_changed_row_is_a_correction(service: Service) -> None:
    await service.send(row("a"))
    answer = await service.send(row("a", received_quantity="99"))
    assert answer.json() == {"added": 0, "unchanged": 0, "corrected": 1, "rejected": []}


async def test_a_number_keeps_every_digit(service: Service) -> None:
    line = row("a").replace('"100.50"', "0.123456789012345678901")
    await service.send(line)
    async with service.database.unit(read_only=True) as unit:
        stored = [t async for t in unit.transactions.stream(service.organisation.id)]
    assert str(stored[0].received_quantity) == "0.123456789012345678901"


async def test_good_rows_are_kept_and_bad_ones_named_with_row_field_and_remedy(
    service: Service,
) -> None:
    body = "\n".join([row("a"), row("b", received_quantity="1,5"), "not json", row("c")])

    answer = await service.send(body)

    assert answer.status_code == 207
    found = answer.json()
    assert found["added"] == 2
    assert [(r["row"], r["id"], r["field"], r["code"]) for r in found["rejected"]] == [
        (2, "b", "received_quantity", "invalid_row"),
        (3, None, "row", "invalid_row"),
    ]
    assert "write 1234.56" in found["rejected"][0]["message"]
    assert await service.stored() == [("bank", "a"), ("bank", "c")]


async def test_rows_that_are_all_wrong_are_answered_422_and_nothing_is_kept(
    service: Service,
) -> None:
    answer = await service.send(row("a", type="gift"))
    assert answer.status_code == 422
    assert answer.json()["rejected"][0]["field"] == "type"
    assert await service.stored() == []


async def test_an_id_twice_in_one_request_rejects_both_rows(service: Service) -> None:
    answer = await service.send(f"{row('a')}\n{row('a', received_quantity='7')}\n{row('b')}")
    assert answer.status_code == 207
    assert [r["row"] for r in answer.json()["rejected"]] == [1, 2]
    assert await service.stored() == [("bank", "b")]


async def test_the_source_is_the_tokens_own_and_a_row_cannot_choose_another(
    service: Service,
) -> None:
    answer = await service.send(row("a", source="kraken"))
    assert answer.status_code == 422
    assert answer.json()["rejected"][0]["field"] == "source"


async def test_an_empty_body_is_refused_with_a_sentence(service: Service) -> None:
    answer = await service.send("\n \n")
    assert answer.status_code == 400
    assert "one JSON object a line" in answer.json()["error"]


async def test_a_body_above_the_limit_is_refused_before_it_is_read(service: Service) -> None:
    answer = await service.send(b" " * (MOST_BYTES + 1))
    assert answer.status_code == 413
    assert "several requests" in answer.json()["error"]


async def test_a_streamed_body_above_the_limit_is_refused_too(service: Service) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 1_000_000

    headers = {"Authorization": f"Bearer {service.secret}"}
    answer = await service.http.post("/api/v1/transactions", content=pieces(), headers=headers)
    assert answer.status_code == 413


async def test_more_rows_than_the_limit_are_refused_whole(service: Service) -> None:
    answer = await service.send("{}\n" * (MOST_ROWS + 1))
    assert answer.status_code == 413
    assert "10,000" in answer.json()["error"]
    assert await service.stored() == []


async def test_a_compressed_body_is_refused(service: Service) -> None:
    headers = {"Authorization": f"Bearer {service.secret}", "Content-Encoding": "gzip"}
    answer = await service.http.post("/api/v1/transactions", content=b"x", headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer int_guess", "Basic aW50Og==", "Token abc", "Bearer xoxb-1"],
)
async def test_every_wrong_token_is_answered_alike(service: Service, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    answer = await service.http.post("/api/v1/transactions", content=row("a"), headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"error": "Send a valid API token as Authorization: Bearer TOKEN."}
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_and_an_expired_token_are_answered_like_an_unknown_one(
    service: Service, clock: SettableClock
) -> None:
    made = await service.tokens.create(service.organisation, "bank", actor="cli:test", days=1)
    revoked = await service.tokens.create(service.organisation, "bank", actor="cli:test")
    await service.tokens.revoke(service.organisation, revoked.token.id, actor="cli:test")
    clock.advance(seconds=86_400)

    answers = [await service.send(row("a"), secret=s) for s in (made.secret, revoked.secret)]

    assert [a.status_code for a in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert (await service.send(row("a"))).status_code == 200


async def test_a_token_reaches_only_its_own_organisation(service: Service) -> None:
    other, secret = await service.another()
    await service.send(row("a"))

    answer = await service.send(row("a"), secret=secret)

    # The same id again: were the other's row visible, this would be "unchanged".
    assert answer.json()["added"] == 1
    assert await service.stored() == [("bank", "a")]
    assert await service.stored(other) == [("bank", "a")]


async def test_an_import_is_audited_as_shaping_under_the_tokens_name(service: Service) -> None:
    made = await service.tokens.create(
        service.organisation, "kraken", actor="cli:ada", name="Nightly feed"
    )
    await service.send(row("a"), secret=made.secret)
    async with service.database.unit(read_only=True) as unit:
        shapers = await unit.audit.shapers(service.organisation.id, None)
    assert "api:Nightly feed" in shapers


async def test_requests_and_rows_are_counted_and_carry_an_id(service: Service) -> None:
    answer = await service.send(f"{row('a')}\n{row('b', type='gift')}")
    assert len(answer.headers["x-request-id"]) == 16
    assert service.counted.statuses == {207: 1}
    assert service.counted.rows == {"added": 1, "unchanged": 0, "corrected": 0, "rejected": 1}
