"""Slack's side of a process: the door and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable

from bot.handlers import REGISTRY
from bot.handlers.answering import Answers
from bot.handlers.bolt import SlackClientSettings, SlackDoor
from bot.handlers.calls import Calls
from bot.handlers.dispatch import Dispatcher
from bot.handlers.gate import Gate
from bot.handlers.home import HomeTab
from bot.handlers.slack_sign_in import SlackSignIn
from bot.handlers.tasks import Tasks
from bot.services.use_cases import UseCases
from bot.services.workspaces import Workspaces
from bot.settings import Settings
from bot.wiring.cases import Outside
from bot.wiring.configuration import public_url
from bot.wiring.ground import Ground
from storage.inbox import Inbox
from storage.slack_installations import SlackInstallations, SlackStates


def build_door(
    ground: Ground, outside: Outside, use_cases: UseCases, *, wake: Callable[[], None]
) -> SlackDoor:
    """Build the door with everything behind it; ``wake`` tells the notifier of a new message."""
    storage, clock = ground.database, ground.clock
    calls = Calls(
        registry=REGISTRY,
        use_cases=use_cases,
        gate=Gate(storage),
        inbox=Inbox(storage),
        tokens=outside.slack_tokens,
    )
    answers = Answers(slack=outside.slack, storage=storage, clock=clock, wake=wake)
    dispatcher = Dispatcher(
        calls=calls,
        answers=answers,
        home=HomeTab(calls=calls, answers=answers),
        tasks=Tasks(),
        departures=Workspaces(storage=storage, clock=clock, tokens=outside.slack_tokens),
    )
    app_token = ground.settings.slack_app_token
    return SlackDoor(
        dispatcher,
        slack=outside.slack,
        tokens=outside.slack_tokens,
        client=_client(ground),
        app_token=app_token.get_secret_value() if app_token else None,
    )


def build_sign_in(ground: Ground, outside: Outside) -> SlackSignIn | None:
    """Return Sign in with Slack; none where no Slack client is set."""
    settings = ground.settings
    if settings.slack_client_id is None or settings.slack_client_secret is None:
        return None
    return SlackSignIn(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        authorize_url=settings.slack_authorize_url,
        redirect_uri=f"{public_url(settings)}/slack/signin_redirect",
        slack=outside.slack,
    )


def _client(ground: Ground) -> SlackClientSettings | None:
    """Return the OAuth client of an installation for several workspaces."""
    settings: Settings = ground.settings
    if settings.slack_bot_token is not None:
        return None
    if settings.slack_client_id is None or settings.slack_client_secret is None:
        return None
    return SlackClientSettings(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret.get_secret_value(),
        public_url=public_url(settings),
        authorize_url=settings.slack_authorize_url,
        installations=SlackInstallations(ground.database),
        states=SlackStates(ground.database),
    )
