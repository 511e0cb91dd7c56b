"""A whole sandbox in this process, with a bot of our own behind it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.app import create_sandbox
from tests.unit.sandbox_slack.world import BOT_TOKEN, HOST, SIGNING_SECRET, FakeBot, Slack

Start = Callable[[Path | None], Awaitable[Slack]]


@pytest.fixture
def bot() -> FakeBot:
    return FakeBot()


@pytest.fixture
async def start(bot: FakeBot) -> AsyncIterator[Start]:
    """Starts a sandbox, perhaps with a data directory."""
    async with AsyncExitStack() as running:

        async def begin(data_dir: Path | None) -> Slack:
            bot_app = Starlette(routes=[Route("/slack/events", bot.receive, methods=["POST"])])
            app = create_sandbox(
                bot_url="http://127.0.0.1:3000",
                data_dir=data_dir,
                signing_secret=SIGNING_SECRET,
                bot_token=BOT_TOKEN,
                transport=httpx.ASGITransport(app=bot_app),
            )
            await running.enter_async_context(app.router.lifespan_context(app))
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HOST)
            await running.enter_async_context(client)
            return Slack(client, bot, app.state.slack, app.state.clock)

        yield begin


@pytest.fixture
async def slack(start: Start) -> Slack:
    return await start(None)
