"""The page's inspector shows the books of every local ERP: companies, journals, totals, chart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from sandbox.demo import seed_books
from sandbox.demo_erps import ERPS, NETSUITE, XERO, LocalErp
from sandbox.hosting import hosted, take_port

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Path, tmp_path: Path) -> Iterator[Page]:
    """The page of a sandbox whose books hold what somebody typed; there is no bot."""
    nobody = "http://127.0.0.1:9"
    with (
        hosted(take_port(0), bot_url=nobody, data_dir=tmp_path) as address,
        sync_playwright() as playwright,
    ):
        for erp in ERPS.values():
            seed_books(address, erp)
        # Root in a container has no user namespaces for the sandbox; every page here is our own.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(20_000)
        page.goto(address)
        page.get_by_test_id("inspector-tab-books").click()
        yield page
        browser.close()


def test_a_journal_typed_by_hand_is_shown_with_its_lines_totals_and_chart(page: Page) -> None:
    shows_what_was_typed(page, XERO, bank="Bank Clearing", number="")
    page.get_by_test_id("books-tab-journals").click()
    shows_what_was_typed(page, NETSUITE, bank="1000 Operating Bank", number="JE")


def shows_what_was_typed(page: Page, erp: LocalErp, *, bank: str, number: str) -> None:
    page.get_by_test_id("company-select").select_option(f"{erp.name} {erp.company}")
    expect(page.get_by_test_id("company-facts")).to_contain_text(erp.company)

    journal = page.get_by_test_id("journal")
    expect(journal).to_have_count(1)
    expect(journal).to_contain_text("by hand")
    expect(journal).to_contain_text("invoice 1042")
    expect(journal.get_by_text("2026-01-07")).to_be_visible()
    assert (journal.get_attribute("data-number") or "").startswith(number)
    journal.locator("summary").click()
    expect(journal.get_by_role("cell", name=bank)).to_be_visible()
    page.get_by_test_id("books-tab-totals").click()
    expect(page.get_by_test_id("totals")).to_contain_text("In balance")
    page.get_by_test_id("books-tab-chart").click()
    expect(page.get_by_test_id("chart")).to_contain_text("Coinbase & Prime")


def test_every_erp_has_its_own_switches_for_faults(page: Page) -> None:
    page.get_by_test_id("inspector-tab-controls").click()
    for erp in ERPS.values():
        panel = page.get_by_test_id(f"faults-{erp.name}")
        panel.get_by_role("button", name="Lose the reply after the next commit").click()
        expect(panel).to_contain_text("drop reply")
        panel.get_by_role("button", name="Clear", exact=True).click()
        expect(panel).to_contain_text("Nothing is wrong here.")
