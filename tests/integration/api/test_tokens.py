"""Tokens and owner codes: shown once, stored as hashes, theirs alone."""

import pytest
from sqlalchemy import text

from bot.services.access import OWNER_CODE
from bot.services.errors import Refusal
from bot.services.tokens import OWNER_CODE_LIFETIME
from tests.integration.api.conftest import Service
from tests.support.databases import SettableClock


async def test_a_tokens_secret_is_nowhere_in_the_database(service: Service) -> None:
    async with service.database.session(read_only=True) as session:
        rows = (await session.execute(text("select * from api_tokens"))).all()
    assert service.secret not in repr(rows)
    assert service.secret not in repr(await service.tokens.everyone(service.organisation))


async def test_a_token_is_listed_with_its_source_and_who_made_it(service: Service) -> None:
    (token,) = await service.tokens.everyone(service.organisation)
    assert (token.source, token.created_by, token.revoked_at) == ("bank", "cli:test", None)


async def test_another_organisation_can_neither_list_nor_revoke_a_token(service: Service) -> None:
    other, _ = await service.another()
    (token,) = await service.tokens.everyone(service.organisation)

    with pytest.raises(Refusal):
        await service.tokens.revoke(other, token.id, actor="cli:test")

    assert token.id not in [each.id for each in await service.tokens.everyone(other)]
    assert await service.tokens.bearer(service.secret) is not None


@pytest.mark.parametrize(("source", "days"), [("", 30), ("x" * 81, 30), ("a\nb", 30), ("ok", 0)])
async def test_a_token_needs_a_source_and_an_end(service: Service, source: str, days: int) -> None:
    with pytest.raises(Refusal):
        await service.tokens.create(service.organisation, source, actor="cli:test", days=days)


async def test_making_and_revoking_a_token_is_audited_without_its_secret(service: Service) -> None:
    (token,) = await service.tokens.everyone(service.organisation)
    await service.tokens.revoke(service.organisation, token.id, actor="cli:ada")
    async with service.database.unit(read_only=True) as unit:
        records = await unit.audit.recent(service.organisation.id, 10)
    assert {"api_token.created", "api_token.revoked"} <= {record.action for record in records}
    assert service.secret not in repr(records)


async def test_an_owner_code_is_good_once(service: Service, clock: SettableClock) -> None:
    code = await service.tokens.owner_code()
    async with service.database.unit() as unit:
        assert await unit.codes.consume(OWNER_CODE, code, clock.now())
        assert not await unit.codes.consume(OWNER_CODE, code, clock.now())
        await unit.commit()


async def test_an_owner_code_expires(service: Service, clock: SettableClock) -> None:
    code = await service.tokens.owner_code()
    clock.advance(seconds=OWNER_CODE_LIFETIME.total_seconds())
    async with service.database.unit() as unit:
        assert not await unit.codes.consume(OWNER_CODE, code, clock.now())
