"""The page acts as the person who was chosen, however late their messages come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from sandbox.hosting import hosted, take_port

pytestmark = pytest.mark.browser
KEEP_BENS_STATE_BACK = """
(() => {
    const ask = window.fetch;
    const come = new Promise((resolve) => { window.letItCome = () => resolve(); });
    window.fetch = async (path, options) => {
        if (String(path).includes("user=ben")) await come;
        return ask(path, options);
    };
})()
"""


@pytest.fixture
def page(chromium: Path, tmp_path: Path) -> Iterator[Page]:
    """The page of a sandbox without a bot, with Ada at it."""
    with (
        hosted(take_port(0), bot_url="http://127.0.0.1:9", data_dir=tmp_path) as address,
        sync_playwright() as playwright,
    ):
        # Root in a container has no user namespaces for the sandbox; every page here is our own.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{address}/?user=ada&channel=general")
        expect(page.get_by_test_id("composer")).to_be_enabled()
        yield page
        browser.close()


def test_nothing_is_typed_as_ada_once_ben_was_chosen(page: Page) -> None:
    page.evaluate(KEEP_BENS_STATE_BACK)
    page.get_by_test_id("person-switcher").select_option("ben")
    expect(page.get_by_test_id("composer")).to_be_disabled()

    page.evaluate("letItCome()")
    composer = page.get_by_test_id("composer")
    composer.fill("Good morning")
    composer.press("Enter")
    message = page.get_by_test_id("message").filter(has_text="Good morning")
    expect(message).to_contain_text("Ben")
