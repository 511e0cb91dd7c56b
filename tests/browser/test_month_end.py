"""A scheduled month end on the page, while the sandbox's clock is moved over its last days.

Leaves screenshots in `build/screenshots/`.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandbox import sample_month as month
from sandbox.demo import travel
from sandbox.month_end import DRY_RUN_AT, ENDED_AT, PRE_CHECK_AT, SET_UP_AT
from tests.browser.desk import (
    ROWS,
    Desk,
    connect,
    first_days,
    import_file,
    settle_accounts,
    start,
)
from tests.support.demo import Demo

MORE_ROWS = 5
TRANSACTIONS = "Transactions"

pytestmark = pytest.mark.browser


def prepare(desk: Desk, demo: Demo, folder: Path) -> None:
    start(desk, demo.owner_code)
    connect(desk)
    desk.sit("ben")
    lots = demo.samples / month.OPENING_LOTS_FILE
    import_file(desk, lots, holds="Opening lots: what you held before, and its cost")
    import_file(desk, first_days(folder), holds=TRANSACTIONS)
    settle_accounts(desk)
    desk.type("/integral resume")
    desk.message("Enable pushes into").get_by_role("button", name="Enable pushes").click()
    desk.message("are enabled")
    desk.type("/integral schedule monthly 09:00")
    desk.message("09:00")


def wait_until(desk: Desk, demo: Demo, moment: datetime, words: str) -> None:
    travel(demo.page, moment)
    desk.message(words)


def press_approve(desk: Desk, card: str) -> None:
    desk.message(card).get_by_role("button", name="Approve", exact=True).click()
    confirm = desk.page.get_by_test_id("confirm-dialog")
    confirm.get_by_role("button", name="Approve", exact=True).click()


@pytest.mark.long(45)
def test_a_month_ends_by_itself_and_a_change_lapses_the_card(
    page: Page, demo: Demo, tmp_path: Path
) -> None:
    desk = Desk(page, prefix="month-end")
    travel(demo.page, SET_UP_AT)
    prepare(desk, demo, tmp_path)

    desk.sit("ada")
    wait_until(desk, demo, DRY_RUN_AT, "Dry run of January 2026")
    desk.shoot("dry-run")
    wait_until(desk, demo, PRE_CHECK_AT, "Pre-check of January 2026")
    desk.shoot("pre-check")
    wait_until(desk, demo, ENDED_AT, "Debits = credits")
    desk.shoot("card")

    desk.sit("ben")
    import_file(desk, first_days(tmp_path, ROWS + MORE_ROWS), holds=TRANSACTIONS)
    # The first import's message says as much: the card lapses with the second one.
    desk.message(f"{MORE_ROWS} added")
    desk.sit("ada")
    press_approve(desk, "Decide before")
    desk.message("no longer counts")
    desk.message("Lapsed")
    desk.shoot("lapsed")

    desk.go("dm")
    desk.message("Decide before")
    desk.shoot("card-with-accounts")
    press_approve(desk, "Decide before")
    desk.go("finance")
    desk.message(re.compile("Sync of January 2026.*is done"))
    desk.shoot("done")
    desk.go("dm")
    expect(desk.message("Approved by")).not_to_contain_text("Reject…")
    desk.shoot("decided")
