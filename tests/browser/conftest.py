"""A running demo, and its page in a browser. Screenshots go to `build/screenshots/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.desk import SCREENSHOTS, STEP_MS
from tests.support.demo import Demo, running_demo


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with running_demo(tmp_path / "demo") as started:
        yield started


@pytest.fixture
def page(chromium: Path, demo: Demo) -> Iterator[Page]:
    with sync_playwright() as playwright:
        # Root in a container has no user namespaces for the sandbox; every page here is our own.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(STEP_MS)
        expect.set_options(timeout=STEP_MS)
        page.goto(demo.page)
        yield page
        # What a failed test last saw.
        page.screenshot(path=SCREENSHOTS / "last.png")
        browser.close()
