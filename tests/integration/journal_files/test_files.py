"""Journal files: entries are given out once, in bytes that never change, until a person imports."""

import csv
from decimal import Decimal
from hashlib import sha256
from io import StringIO

import pytest

from bot.services.errors import Refusal
from bot.services.journal_files import Exported
from ledger.delivery import DeliveryState
from ledger.layouts import Layout
from ledger.money import Money
from ledger.organisation import Organisation, PersonRole
from ledger.runs import Trigger
from tests.integration.journal_files.back_office import (
    OCTOBER,
    PREPARER,
    BackOffice,
)
from tests.integration.onboarding.desk import OWNER

PENDING, VERIFIED = DeliveryState.PENDING_IN_ERP, DeliveryState.VERIFIED


async def export(
    office: BackOffice, organisation: Organisation, layout: Layout = Layout.GENERIC
) -> Exported:
    return await office.journal_files.export(organisation, OCTOBER, layout, actor=OWNER)


def numbers(exported: Exported) -> list[list[str]]:
    """The numbers of each file's manifest."""
    return [
        [row["number"] for row in csv.DictReader(StringIO(given.manifest.content, newline=""))]
        for given in exported.files
    ]


async def test_posted_entries_wait_until_their_file_is_imported(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5, 6)
    assert await office.states(organisation) == [PENDING, PENDING]
    (given,) = (await export(office, organisation)).files
    assert given.file.debits == Money(Decimal("11.50"), "USD")
    assert given.file.entries == 2
    assert await office.states(organisation) == [PENDING, PENDING]
    done = await office.journal_files.confirm_import(
        organisation, given.file.id, actor=OWNER, roles=PREPARER
    )
    assert (done.is_new, done.verified, done.diverged) == (True, 2, 0)
    assert await office.states(organisation) == [VERIFIED, VERIFIED]
    audited = dict(await office.desk.actions(organisation))
    assert audited["journal_file.frozen"] is False
    assert audited["journal_file.imported"] is False


async def test_a_class_that_people_named_has_its_column(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    dimensions = office.desk.dimensions
    await dimensions.names.name_value(organisation, "Class", "Fund I", actor=OWNER)
    await dimensions.choose(organisation, "class", "Fund I", actor=OWNER)
    await office.push(organisation, 5)
    (given,) = (await export(office, organisation, Layout.QUICKBOOKS)).files
    rows = list(csv.DictReader(StringIO(given.parts[0].content, newline="")))
    assert [row["Class"] for row in rows] == ["Fund I", "Fund I"]


async def test_a_file_has_the_same_bytes_each_time_and_its_checksum(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5, 6)
    first, again = [await export(office, organisation, Layout.XERO) for _ in range(2)]
    assert [part.data for part in first.files[0].parts] == [
        part.data for part in again.files[0].parts
    ]
    (part,) = again.files[0].parts
    assert part.sha256 == sha256(part.data).hexdigest()
    assert part.name == "journal-0001-2026-10-05-2026-10-06-xero.csv"


async def test_later_entries_go_into_a_further_file(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5)
    before = numbers(await export(office, organisation))
    await office.push(organisation, 3)
    after = numbers(await export(office, organisation))
    assert after[0] == before[0]
    assert len(after) == 2
    assert not set(after[0]) & set(after[1])


async def test_another_layout_says_in_which_ones_the_file_was_given_out(
    office: BackOffice,
) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5)
    assert (await export(office, organisation, Layout.XERO)).files[0].other_layouts == ()
    again = await export(office, organisation, Layout.QUICKBOOKS)
    assert again.files[0].other_layouts == (Layout.XERO,)
    assert numbers(again) == numbers(await export(office, organisation, Layout.XERO))


async def test_a_period_without_posted_entries_has_no_file(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    assert (await export(office, organisation)).files == ()


async def test_a_push_again_posts_nothing_twice(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5)
    await office.product.runs.start(organisation, OCTOBER, trigger=Trigger.HAND, requested_by=OWNER)
    await office.product.drain()
    ((number,),) = numbers(await export(office, organisation))
    assert number.startswith("INT-")


async def test_a_second_confirmation_changes_nothing(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5)
    file_id = (await export(office, organisation)).files[0].file.id
    confirm = office.journal_files.confirm_import
    first = await confirm(organisation, file_id, actor=OWNER, roles=PREPARER)
    again = await confirm(organisation, file_id, actor="U-other", roles=PREPARER)
    assert (again.is_new, again.verified) == (False, 0)
    assert again.file.imported_by == first.file.imported_by == OWNER


async def test_entries_pending_at_a_crash_are_verified_by_the_next_click(
    office: BackOffice,
) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5)
    file_id = (await export(office, organisation)).files[0].file.id
    async with office.desk.database.unit() as unit:
        await unit.journal_files.confirm(file_id, by=OWNER, at=office.desk.clock.now())
        await unit.commit()
    done = await office.journal_files.confirm_import(
        organisation, file_id, actor=OWNER, roles=PREPARER
    )
    assert (done.is_new, done.verified) == (False, 1)
    assert await office.states(organisation) == [VERIFIED]


async def test_viewers_neither_get_files_nor_confirm_them(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5)
    file_id = (await export(office, organisation)).files[0].file.id
    viewer = frozenset({PersonRole.VIEWER})
    with pytest.raises(Refusal, match="prepare or approve"):
        await office.journal_files.confirm_import(organisation, file_id, actor="V", roles=viewer)
    with pytest.raises(Refusal, match="prepare or approve"):
        await office.journal_files.ask(
            organisation, OCTOBER, Layout.XERO, user_id="V", roles=viewer
        )
    assert await office.states(organisation) == [PENDING]


async def test_another_organisations_file_cannot_be_confirmed(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5)
    file_id = (await export(office, organisation)).files[0].file.id
    other = await office.desk.start(code="owner-code-2", channel="C2")
    with pytest.raises(Refusal, match="does not belong"):
        await office.journal_files.confirm_import(other, file_id, actor=OWNER, roles=PREPARER)
    assert await office.states(organisation) == [PENDING]


async def test_files_are_sent_with_their_manifest_and_a_button_for_each(
    office: BackOffice,
) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5)
    await office.journal_files.ask(
        organisation, OCTOBER, Layout.NETSUITE, user_id=OWNER, roles=PREPARER
    )
    await office.work()
    names = [(person, each.name) for person, each in office.attachments.sent]
    stem = "journal-0001-2026-10-05-2026-10-05-netsuite"
    assert names == [(OWNER, f"{stem}.csv"), (OWNER, f"{stem}-manifest.csv")]
    (said,) = [text for key, text in (await office.desk.said()).items() if "export:" in key]
    assert sha256(office.attachments.sent[0][1].data).hexdigest() in said
    assert "I imported it" in said
    assert "5.25 USD" in said


async def test_files_that_slack_does_not_take_are_said_to_be_there(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5)
    office.attachments.refuses = "The app may not send files here."
    await office.journal_files.ask(
        organisation, OCTOBER, Layout.XERO, user_id=OWNER, roles=PREPARER
    )
    await office.work()
    (said,) = [text for key, text in (await office.desk.said()).items() if "export:" in key]
    assert "may not send files" in said
    assert "integral export 2026-10 --layout xero" in said
