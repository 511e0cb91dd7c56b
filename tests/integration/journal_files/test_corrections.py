"""Corrections without an ERP: reversals and replacements go into a new file, the old one stays."""

import csv
from decimal import Decimal
from io import StringIO

from bot.services.approvals import Decision
from bot.services.corrections_ordering import OrderForm
from ledger.corrections import Mode
from ledger.layouts import Layout
from ledger.mapping import key_of_category
from tests.integration.journal_files.back_office import OCTOBER, BackOffice
from tests.integration.onboarding.desk import OWNER
from tests.support.office import CATEGORY, CONTROLLER

RIGHT_CODE = "4100"


async def test_filed_entries_are_undone_and_reposted_in_a_new_file(office: BackOffice) -> None:
    organisation = await office.ready_to_push()
    await office.push(organisation, 5, 6)
    first = await office.journal_files.export(organisation, OCTOBER, Layout.GENERIC, actor=OWNER)
    company = await office.company(organisation)
    async with office.desk.database.unit() as unit:
        await unit.choices.set_mapping(company.id, {key_of_category(CATEGORY): RIGHT_CODE})
        await unit.organisations.raise_shape_version(organisation.id)
        await unit.commit()
    corrections = office.product.corrections
    look = await corrections.looks.look(organisation, ("stale",))
    asked = await corrections.looks.ask(organisation, ("stale",), Mode.REVERSE_AND_REPOST)
    form = OrderForm(
        words=("stale",),
        mode=Mode.REVERSE_AND_REPOST,
        fingerprint=look.fingerprint,
        order_id=asked.order_id,
        reason="wrong account",
    )
    await corrections.orders.order(organisation, form, person=OWNER)
    await office.product.drain()
    (batch,) = await office.product.approvals.waiting(organisation)
    await office.product.approvals.decide(
        organisation, batch.id, Decision.APPROVE, person=CONTROLLER
    )
    await office.product.drain()
    again = await office.journal_files.export(organisation, OCTOBER, Layout.GENERIC, actor=OWNER)
    old, new = again.files
    assert [part.content for part in old.parts] == [part.content for part in first.files[0].parts]
    assert new.file.entries == 4
    memos = [row["memo"] for part in new.parts for row in _rows(part.content)]
    assert any(memo.startswith("Reversal of INT-") for memo in memos)
    assert look.undone_total.amount == Decimal("11.50")


def _rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content, newline="")))
