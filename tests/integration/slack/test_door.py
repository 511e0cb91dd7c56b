"""Installation, files, health and headers: the rest of the web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.app import create_app
from bot.handlers.authorize import FixedToken, StoredTokens
from bot.handlers.bolt import SlackClientSettings, SlackDoor
from bot.handlers.context import Caller
from bot.handlers.files import SlackFiles
from bot.handlers.payloads import Typed
from bot.handlers.slack_api import SlackApi, SlackAwayError
from bot.health import Health
from bot.metrics import Metrics
from bot.services.ports import FileRefusedError
from storage.slack_installations import SlackInstallations, SlackStates
from tests.integration.slack.conftest import World
from tests.support import loopback
from tests.support.slack import ADA, BEN, BOT_TOKEN, TEAM, LocalSlack

CLIENT_ID = "1000000000001.2000000000002"


@pytest.fixture
async def api(world: World) -> AsyncIterator[SlackApi]:
    api = SlackApi(base_url=world.slack.api_url, tokens=FixedToken(BOT_TOKEN), is_loopback=True)
    yield api
    await api.aclose()


@asynccontextmanager
async def installing(world: World) -> AsyncIterator[tuple[httpx.AsyncClient, StoredTokens]]:
    """A browser before a bot that several workspaces may install."""
    store = SlackInstallations(world.database)
    tokens = StoredTokens(store)
    client = SlackClientSettings(
        client_id=CLIENT_ID,
        client_secret="sandbox-client-secret",
        public_url="https://bot.test",
        authorize_url=f"{world.slack.address}/slack/authorize",
        installations=store,
        states=SlackStates(world.database),
    )
    api = SlackApi(base_url=world.slack.api_url, tokens=tokens, is_loopback=True)
    door = SlackDoor(world.dispatcher, slack=api, tokens=tokens, client=client)
    app = create_app(door, signing=None, health=Health(), metrics=Metrics())
    transport = httpx.ASGITransport(app=app)
    # https, as the state's cookie is for that alone.
    async with (
        door.opened(),
        httpx.AsyncClient(transport=transport, base_url="https://bot.test") as person,
    ):
        yield person, tokens


# slack_sdk passes the client's id and secret as aiohttp's BasicAuth, which aiohttp will drop.
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_installing_stores_the_workspaces_token(world: World) -> None:
    async with installing(world) as (person, tokens):
        sent = await person.get("/slack/install")
        asked = parse_qs(urlsplit(sent.headers["location"]).query)
        assert sent.status_code == 302
        assert "chat:write" in asked["scope"][0]

        allowed = await world.slack.http.post(
            sent.headers["location"], data={"decision": "allow", "user": ADA}
        )
        back = allowed.headers["location"]
        assert (await person.get(back)).status_code == 200
        assert str(await tokens.bot_token(TEAM)).startswith("xoxb-")
        assert (await person.get(back)).status_code in {400, 401}


async def test_an_installation_begun_in_another_browser_is_refused(world: World) -> None:
    async with installing(world) as (person, tokens):
        state = await SlackStates(world.database).async_issue()
        answer = await person.get(f"/slack/oauth_redirect?code=c&state={state}")
        assert answer.status_code == 400
        assert await tokens.bot_token(TEAM) is None


async def test_a_workspace_without_our_app_is_told_how_to_install_it(world: World) -> None:
    calls = replace(world.dispatcher.calls, tokens=StoredTokens(SlackInstallations(world.database)))
    caller = Caller(team_id=TEAM, user_id=BEN)
    reply = await calls.command(Typed(caller=caller, text="status", response_url=None, key="k"))
    assert "/slack/install" in reply.text


async def test_with_a_fixed_token_there_is_nothing_to_install(world: World) -> None:
    transport = httpx.ASGITransport(app=world.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://bot.test") as person:
        assert (await person.get("/slack/install")).status_code == 404
        assert (await person.get("/slack/oauth_redirect?code=c")).status_code == 404


async def uploaded(slack: LocalSlack, content: bytes) -> str:
    answer = await slack.http.post(
        "/control/slack/upload", data={"user": BEN}, files={"file": ("rows.csv", content)}
    )
    return str(answer.json()["file_id"])


async def test_a_file_is_fetched_with_the_bots_token(world: World, api: SlackApi) -> None:
    files = SlackFiles(api, files_url=world.slack.address)
    file_id = await uploaded(world.slack, b"id,timestamp\n1,2026-10-01T00:00:00Z\n")
    assert (await files.download(TEAM, file_id, 1000)).startswith(b"id,timestamp")


async def test_a_file_over_the_limit_is_refused_with_the_remedy(
    world: World, api: SlackApi
) -> None:
    files = SlackFiles(api, files_url=world.slack.address)
    file_id = await uploaded(world.slack, b"x" * 1001)
    with pytest.raises(FileRefusedError, match="Split it"):
        await files.download(TEAM, file_id, 1000)


async def test_the_token_is_shown_to_slacks_file_host_only(world: World, api: SlackApi) -> None:
    files = SlackFiles(api, files_url="https://files.slack.com")
    file_id = await uploaded(world.slack, b"rows")
    with pytest.raises(FileRefusedError, match="not a link"):
        await files.download(TEAM, file_id, 1000)
    assert await world.slack.calls("files.download") == []


async def test_a_login_page_instead_of_the_file_is_recognised(world: World) -> None:
    api = SlackApi(
        base_url=world.slack.api_url, tokens=Changing([BOT_TOKEN, "xoxb-wrong"]), is_loopback=True
    )
    files = SlackFiles(api, files_url=world.slack.address)
    file_id = await uploaded(world.slack, b"rows")
    with pytest.raises(FileRefusedError, match="web page"):
        await files.download(TEAM, file_id, 1000)
    await api.aclose()


async def test_a_file_that_is_gone_is_explained_and_an_away_slack_is_not_blamed_on_it(
    world: World, api: SlackApi
) -> None:
    files = SlackFiles(api, files_url=world.slack.address)
    with pytest.raises(FileRefusedError, match="no longer in Slack"):
        await files.download(TEAM, "F0NOWHERE", 1000)
    await world.slack.break_down("http_500")
    with pytest.raises(SlackAwayError):
        await files.download(TEAM, "F0NOWHERE", 1000)


class Changing:
    """Another token at each question, as after a revocation."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    async def bot_token(self, team_id: str) -> str | None:
        return self._tokens.pop(0)


async def elsewhere(request: Request) -> Response:
    return RedirectResponse("https://thief.example/")


async def page_instead(request: Request) -> Response:
    return HTMLResponse("<p>hello</p>")


async def test_no_redirect_is_followed_with_the_token(world: World) -> None:
    async def info(request: Request) -> Response:
        file = {"size": 4, "url_private_download": str(request.url_for("moved"))}
        return JSONResponse({"ok": True, "file": file})

    app = Starlette(
        routes=[
            Route("/api/files.info", info, methods=["GET", "POST"]),
            Route("/moved", elsewhere, name="moved"),
        ]
    )
    async with loopback.serve(app) as address:
        api = SlackApi(base_url=f"{address}/api/", tokens=FixedToken(BOT_TOKEN), is_loopback=True)
        with pytest.raises(FileRefusedError):
            await SlackFiles(api, files_url=address).download(TEAM, "F1", 1000)
        await api.aclose()


async def fail(request: Request) -> Response:
    raise RuntimeError("password=hunter2")


async def is_there() -> bool:
    return True


async def is_broken() -> bool:
    raise ConnectionError("postgresql://user:hunter2@host")


async def is_away() -> str:
    return "away"


async def web(world: World, health: Health, metrics: Metrics | None = None) -> httpx.AsyncClient:
    app = create_app(
        world.door,
        signing=None,
        health=health,
        metrics=metrics or Metrics(),
        routes=[Route("/connect/{token}", page_instead), Route("/oauth/xero/callback", fail)],
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bot")


async def test_readiness_names_what_is_missing_and_nothing_more(world: World) -> None:
    async with await web(world, Health(checks={"database": is_there})) as client:
        assert (await client.get("/healthz")).text == "ok"
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"database": "ok"})
    checks = {"database": is_broken, "engine": is_there}
    async with await web(world, Health(checks=checks)) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"database": "failing", "engine": "ok"}


async def test_slack_away_is_shown_and_leaves_the_process_ready(world: World) -> None:
    health = Health(checks={"database": is_there}, shown={"slack": is_away})
    async with await web(world, health) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"database": "ok", "slack": "away"})
        text = (await client.get("/metrics")).text
    assert 'integral_part_up{part="database"} 1.0' in text
    assert 'integral_part_up{part="slack"} 0.0' in text


async def test_metrics_are_shown_while_the_database_is_away(world: World) -> None:
    async def cannot() -> None:
        raise ConnectionError("postgresql://user:hunter2@host")

    health = Health(checks={"database": is_broken}, measure=cannot)
    async with await web(world, health) as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert 'integral_part_up{part="database"} 0.0' in answer.text
    assert "hunter2" not in answer.text


async def test_metrics_count_deliveries_and_acks(world: World) -> None:
    await world.slack.command(BEN, "status")
    transport = httpx.ASGITransport(app=world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        families = text_string_to_metric_families((await client.get("/metrics")).text)
        acks = {sample.name: sample.value for each in families for sample in each.samples}
    assert acks["integral_slack_ack_seconds_count"] == 1
    metrics = Metrics()

    async def measure() -> None:
        metrics.holdings.entries({"held": 1}, {})

    async with await web(world, Health(measure=measure), metrics) as client:
        text = (await client.get("/metrics")).text
    assert 'integral_deliveries{state="held"} 1.0' in text


async def test_pages_are_never_framed_cached_or_followed(world: World) -> None:
    async with await web(world, Health()) as client:
        headers = (await client.get("/connect/abc")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


async def test_a_page_that_fails_shows_a_reference_and_no_secret(world: World) -> None:
    with structlog.testing.capture_logs() as logs:
        async with await web(world, Health()) as client:
            answer = await client.get("/oauth/xero/callback?code=confidential")
    assert answer.status_code == 500
    (line,) = logs
    assert line["reference"] in answer.text
    assert "hunter2" not in repr(logs) + answer.text
    assert "confidential" not in repr(logs)


async def test_without_signing_secrets_slack_is_not_heard_over_http(world: World) -> None:
    async with await web(world, Health()) as client:
        assert (await client.post("/slack/events", content=b"x")).status_code == 404
