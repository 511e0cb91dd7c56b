"""Organisations, channels, people and the audit trail, each within its own workspace."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from ledger.organisation import PersonRole, Policies
from ledger.records import AuditRecord
from storage.database import Database
from tests.support import books
from tests.support.databases import START

FIRST = books.organisation()
SECOND = books.organisation("org-2", code="C3D4")
FOREIGN = books.organisation("org-3", team="T2", code="E5F6")


@pytest.fixture
async def stored(database: Database) -> Database:
    async with database.unit() as unit:
        for organisation in (FIRST, SECOND, FOREIGN):
            await unit.organisations.add(organisation)
        await unit.commit()
    return database


async def test_a_workspace_sees_its_own_organisations(stored: Database) -> None:
    async with stored.unit(read_only=True) as unit:
        assert await unit.organisations.of_team("T1") == [FIRST, SECOND]
        assert await unit.organisations.of_team("T9") == []
        assert await unit.organisations.everyone() == [FIRST, SECOND, FOREIGN]


async def test_the_code_of_journal_numbers_is_unique(stored: Database) -> None:
    with pytest.raises(IntegrityError):
        async with stored.unit() as unit:
            await unit.organisations.add(books.organisation("org-4", code=FIRST.code))


async def test_a_channel_means_the_organisation_it_was_bound_to_last(stored: Database) -> None:
    async with stored.unit() as unit:
        await unit.organisations.bind_channel("org-1", "T1", "C1")
        await unit.organisations.bind_channel("org-2", "T1", "C1")
        assert await unit.organisations.of_channel("T1", "C1") == SECOND
        assert await unit.organisations.of_channel("T2", "C1") is None


async def test_a_channel_of_another_workspace_never_means_an_organisation(
    stored: Database,
) -> None:
    async with stored.unit() as unit:
        await unit.organisations.bind_channel("org-1", "T2", "C1")
        assert await unit.organisations.of_channel("T2", "C1") is None


async def test_policies_channel_and_shape_are_changed_one_by_one(stored: Database) -> None:
    policies = Policies(always_approve=True, approve_above="1000.00")
    async with stored.unit() as unit:
        await unit.organisations.set_policies("org-1", policies)
        await unit.organisations.set_finance_channel("org-1", "C7")
        assert await unit.organisations.raise_shape_version("org-1") == 1
        assert await unit.organisations.raise_shape_version("org-1") == 2
        assert await unit.organisations.get("org-1") == replace(
            FIRST, policies=policies, finance_channel="C7", shape_version=2
        )
        assert await unit.organisations.get("org-2") == SECOND


async def test_roles_belong_to_one_organisation(stored: Database) -> None:
    async with stored.unit() as unit:
        await unit.people.grant("org-1", "U1", PersonRole.OWNER)
        await unit.people.grant("org-1", "U1", PersonRole.PREPARER)
        await unit.people.grant("org-1", "U1", PersonRole.PREPARER)
        await unit.people.grant("org-3", "U1", PersonRole.VIEWER)
        await unit.people.grant("org-1", "U2", PersonRole.APPROVER)
        await unit.people.revoke("org-1", "U2", PersonRole.VIEWER)
        both = {PersonRole.OWNER, PersonRole.PREPARER}
        assert await unit.people.roles("org-1", "U1") == both
        assert await unit.people.roles("org-2", "U1") == frozenset()
        assert await unit.people.everyone("org-1") == {"U1": both, "U2": {PersonRole.APPROVER}}
        assert await unit.people.organisations_of("T1", "U1") == [FIRST]
        await unit.people.revoke("org-1", "U1", PersonRole.OWNER)
        assert await unit.people.roles("org-1", "U1") == {PersonRole.PREPARER}


async def test_shapers_are_those_who_shaped_after_a_moment(stored: Database) -> None:
    def record(actor: str, action: str, minute: int, *, is_shaping: bool = True) -> AuditRecord:
        return AuditRecord(
            at=START + timedelta(minutes=minute),
            organisation_id="org-1",
            actor=actor,
            action=action,
            subject="mapping",
            before="1000",
            after="1010",
            is_shaping=is_shaping,
        )

    records = [
        record("U1", "imported", 0),
        record("U2", "mapped", 1),
        record("U2", "priced", 2),
        record("U2", "mapped", 2),
        record("U3", "looked", 3, is_shaping=False),
    ]
    async with stored.unit() as unit:
        for one in records:
            await unit.audit.add(one)
        assert await unit.audit.shapers("org-1", START) == {"U2": ("mapped", "priced")}
        assert await unit.audit.shapers("org-1", None) == {
            "U1": ("imported",),
            "U2": ("mapped", "priced"),
        }
        assert await unit.audit.shapers("org-2", None) == {}
        assert await unit.audit.recent("org-1", 2) == [records[4], records[3]]
        assert await unit.audit.recent("org-2", 2) == []
