"""A month end on the page: two people connect, import, map, sync and approve with their mouse.

Leaves screenshots in `build/screenshots/`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandbox import sample_data as data
from sandbox import sample_month as month
from tests.browser.desk import Desk, connect, first_days, import_file, settle_accounts, start
from tests.support.demo import Demo

pytestmark = pytest.mark.browser


def push(desk: Desk) -> None:
    desk.type("/integral resume")
    desk.message("Enable pushes into").get_by_role("button", name="Enable pushes").click()
    desk.type(f"/integral preview {data.PERIOD}")
    desk.message("Preview: ")
    desk.shoot("preview")
    desk.type(f"/integral sync {data.PERIOD}")
    desk.message("an approver decides")
    desk.sit("ada")
    desk.message("Debits = credits").get_by_role("button", name="Approve", exact=True).click()
    desk.shoot("approve")
    confirm = desk.page.get_by_test_id("confirm-dialog")
    confirm.get_by_role("button", name="Approve", exact=True).click()
    desk.message(re.compile("Sync of January 2026.*is done"))
    desk.shoot("report")
    desk.type(f"/integral verify {data.PERIOD}")
    desk.go("dm")
    desk.message("every one is as approved")
    desk.shoot("verified")


@pytest.mark.long(45)
def test_two_people_close_a_month_on_the_page(page: Page, demo: Demo, tmp_path: Path) -> None:
    desk = Desk(page)

    start(desk, demo.owner_code)
    connect(desk)
    desk.sit("ben")
    lots = demo.samples / month.OPENING_LOTS_FILE
    import_file(desk, lots, holds="Opening lots: what you held before, and its cost")
    import_file(desk, first_days(tmp_path), holds="Transactions")
    settle_accounts(desk)
    push(desk)

    page.get_by_test_id("inspector-tab-books").click()
    journals = page.get_by_test_id("journal")
    expect(journals.filter(has_text="INT-")).not_to_have_count(0)
    desk.shoot("books")
