"""The page as people use it: by role, name and test id alone, as a person finds things.

The steps that lead up to a push, for every test that needs them; each leaves its screenshots.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from sandbox import sample_data as data
from sandbox import sample_month as month

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
ROWS = 60
"""The month's first days: enough to see, few enough to push in seconds."""
LATER = "category Airdrops"
WALLETS = {
    data.BANK: "Operating Bank",
    data.EXCHANGE: "Coinbase & Prime",
    data.OPERATIONS: "Stablecoins",
    data.STAKING: "Digital Assets",
    data.TREASURY: "Digital Assets",
}
STEP_MS = 20_000


class Desk:
    """The page as one person after another sits at it."""

    def __init__(self, page: Page, prefix: str = "") -> None:
        self.page = page
        self._prefix = f"{prefix}-" if prefix else ""
        self._shots = 0

    def sit(self, handle: str, channel: str = "finance") -> None:
        self.page.get_by_test_id("person-switcher").select_option(handle)
        self.go(channel)

    def go(self, channel: str) -> None:
        self.page.get_by_test_id(f"channel-{channel}").click()

    def type(self, text: str) -> None:
        composer = self.page.get_by_test_id("composer")
        composer.fill(text)
        composer.press("Enter")

    def message(self, words: str | re.Pattern[str]) -> Locator:
        found = self.page.get_by_test_id("message").filter(has_text=words).last
        found.wait_for()
        return found

    def form(self, title: str) -> Locator:
        found = self.page.get_by_role("dialog", name=title)
        found.wait_for()
        return found

    def send(self, form: Locator) -> None:
        form.get_by_test_id("modal-submit").click()
        window = self.page.get_by_role("dialog")
        expect(window.get_by_test_id("modal-submit")).to_have_count(0)
        # Where the answer took long, the window stays and shows it until somebody closes it.
        if window.count() and "Working on it" in window.inner_text():
            expect(window).not_to_contain_text("Working on it")
        if window.count():
            window.get_by_role("button", name="Close", exact=True).click()
        expect(window).to_have_count(0)

    def pick(self, field: Locator, name: str) -> None:
        field.fill(name)
        # QuickBooks names a sub-account after its parents: Digital Assets:BTC.
        named = re.compile(rf"(^|:){re.escape(name)}$")
        self.page.get_by_role("option", name=named).click()

    def shoot(self, name: str) -> None:
        self._shots += 1
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{self._prefix}{self._shots:02}-{name}.png")


def start(desk: Desk, code: str) -> None:
    desk.sit("ada")
    desk.type(f"/integral start {code}")
    form = desk.form("Start an organisation")
    form.get_by_label("Name").fill(data.ORGANISATION)
    form.get_by_label("Time zone").select_option(data.TIME_ZONE)
    desk.shoot("start")
    desk.send(form)
    desk.go("dm")
    desk.message("is set up")
    desk.go("finance")
    for who, role in (("ben", "admin"), ("ben", "preparer"), ("ada", "approver")):
        desk.type(f"/integral roles grant @{who} {role}")
        desk.message(re.compile(role))


def connect(desk: Desk) -> None:
    desk.type("/integral connect quickbooks")
    with desk.page.expect_popup() as opened:
        desk.message("You will sign in").get_by_role("link", name="Connect QuickBooks").click()
    sign_in = opened.value
    sign_in.get_by_role("button", name="Authorize").click()
    sign_in.get_by_label(re.compile(data.ORGANISATION)).check()
    sign_in.screenshot(path=SCREENSHOTS / "quickbooks-sign-in.png")
    sign_in.get_by_role("button", name="Connect").click()
    expect(sign_in).to_have_url(re.compile("/oauth/quickbooks/callback"))
    sign_in.close()
    desk.go("dm")
    card = desk.message("Is this the right company")
    desk.shoot("confirm-company")
    card.get_by_role("button", name="Confirm", exact=True).click()
    form = desk.form("Confirm the company")
    form.get_by_label("Entries start on").fill(data.GO_LIVE)
    desk.send(form)
    desk.message("is connected and confirmed")


def import_file(desk: Desk, file: Path, *, holds: str) -> None:
    desk.go("finance")
    desk.type("/integral import")
    form = desk.form("Import")
    form.get_by_label(re.compile("^(New s|S)ource")).last.fill(file.stem)
    form.get_by_label("What the file holds").select_option(label=holds)
    form.get_by_label("CSV file").set_input_files(file)
    form.get_by_text(f"📎 {file.name}", exact=True).wait_for()
    desk.shoot("import")
    desk.send(form)
    desk.go("dm")
    expect(desk.message(f"{file.stem}: ")).to_contain_text("0 rejected")


def settle_accounts(desk: Desk) -> None:
    desk.go("finance")
    desk.type("/integral settings")
    form = desk.form("Journal entries")
    desk.pick(form.get_by_label("Proceeds"), "Coinbase & Prime")
    desk.pick(form.get_by_label("Realised gains"), "Gain on Digital Assets")
    desk.pick(form.get_by_label("Realised losses"), "Loss on Digital Assets")
    desk.pick(form.get_by_label("Trading fees"), "Trading Fees")
    desk.pick(form.get_by_label("Network fees"), "Network Fees")
    desk.shoot("settings")
    desk.send(form)
    desk.type("/integral map")
    menu = "Choose a wallet or the categories"
    groups = desk.message(menu).get_by_role("combobox", name=menu)
    for wallet, account in WALLETS.items():
        groups.select_option(label=option_of(groups, wallet))
        form = desk.form("Map accounts")
        desk.pick(form.get_by_label(f"Everything else in {wallet}"), account)
        desk.send(form)
    map_categories(desk, groups)


def map_categories(desk: Desk, groups: Locator) -> None:
    groups.select_option(label=option_of(groups, "Categories"))
    form = desk.form("Map accounts")
    for field in form.get_by_role("combobox").all():
        label = field.evaluate("field => field.labels[0].textContent").partition(" · ")[0]
        if label == LATER:
            field.fill("")
        else:
            desk.pick(field, month.ACCOUNT_OF_CATEGORY[label.removeprefix("category ")])
    desk.shoot("map-categories")
    desk.send(form)
    desk.type("/integral unmapped")
    message = desk.message(re.compile("1 account (blocks|not mapped)"))
    desk.pick(message.get_by_role("combobox"), "Protocol Revenue")
    desk.message("Every account and required dimension is chosen")
    desk.shoot("unmapped")


def option_of(groups: Locator, name: str) -> str:
    labels = groups.locator("option").all_text_contents()
    return next(label for label in labels if label.startswith(f"{name}: "))


def first_days(folder: Path, rows: int = ROWS) -> Path:
    lines = month.transactions_csv().splitlines()[: rows + 1]
    file = folder / "first-days.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
