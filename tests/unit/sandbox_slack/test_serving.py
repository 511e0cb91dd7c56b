"""Where the sandbox listens, its clock, and the files of its page."""

import re
from pathlib import Path

import pytest

from sandbox.app import PAGE
from sandbox.server import NotLoopbackError, loopback
from tests.unit.sandbox_slack.world import Slack


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.9"])
def test_loopback_addresses_are_served(host: str) -> None:
    assert loopback(host) == host


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "slack.com", ""])
def test_every_other_address_is_refused(host: str) -> None:
    with pytest.raises(NotLoopbackError):
        loopback(host)


async def test_the_clock_travels_and_messages_carry_its_time(slack: Slack) -> None:
    there = {"travel_to": "2030-01-31T22:00:00+00:00"}
    moved = (await slack.http.post("/control/clock", json=there)).json()
    await slack.command("hello")
    assert moved["now"].startswith("2030-01-31T22:00")
    assert (await slack.messages())[-1]["ts"].startswith("1896127")


@pytest.mark.parametrize("wanted", [{}, {"travel_to": "soon"}, {"advance_s": "much"}])
async def test_a_clock_order_that_makes_no_sense_is_refused(
    slack: Slack, wanted: dict[str, str]
) -> None:
    assert (await slack.http.post("/control/clock", json=wanted)).status_code == 400


async def test_the_page_and_every_file_it_names_are_served(slack: Slack) -> None:
    page = (await slack.http.get("/")).text
    named = set(re.findall(r'"(/page/[^"]+)"', page))
    for script in PAGE.glob("*.js"):
        imports = re.findall(r'from "\./([^"]+)"', script.read_text(encoding="utf-8"))
        named |= {f"/page/{name}" for name in imports}
    statuses = {name: (await slack.http.get(name)).status_code for name in named}
    assert set(statuses.values()) == {200}


async def test_the_page_loads_nothing_from_elsewhere() -> None:
    for file in PAGE.iterdir():
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"(src|href)=\"https?://|url\(https?:|@import", text), file.name


async def test_one_persons_state_holds_what_that_person_sees(slack: Slack) -> None:
    await slack.api("chat.postEphemeral", channel="C0FINANCE1", user="U0ADA00001", text="secret")
    mine = await slack.read("state", user="ada")
    hers = await slack.read("state", user="cleo")
    assert "secret" in str(mine["messages"])
    assert "secret" not in str(hers["messages"])
    assert "ext-shared" not in {channel["name"] for channel in hers["channels"]}


async def test_a_reader_waits_for_what_is_new(slack: Slack) -> None:
    before = (await slack.read("state", user="ada"))["seq"]
    same = await slack.read("state", user="ada", after=before, wait=0)
    await slack.command("hello")
    newer = await slack.read("state", user="ada", after=before, wait=5)
    assert same["seq"] == before
    assert newer["seq"] > before


async def test_an_unknown_person_or_channel_is_said(slack: Slack) -> None:
    nobody = await slack.command("hello", user="zoe")
    nowhere = await slack.command("hello", channel="nowhere")
    assert "zoe" in nobody["error"]
    assert "nowhere" in nowhere["error"]


def test_the_page_draws_every_emoji_that_the_bot_writes() -> None:
    drawn = set(re.findall(r'"([a-z0-9_+-]+)": "', (PAGE / "emoji.js").read_text("utf-8")))
    views = Path(__file__).parents[3] / "bot" / "views"
    written = {
        name
        for file in views.glob("*.py")
        for name in re.findall(r"(?<!\w):([a-z0-9_]+):(?![`\w])", file.read_text("utf-8"))
    }
    assert "arrow_right" in written
    assert not written - drawn
