"""Who and what a new workspace holds, and the settings of the stand-in.

Data only. The ids are readable on purpose and have the letters and lengths of real ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.slack.entities import Channel, Person

TEAM_ID = "T0NORTHWND"
TEAM_NAME = "Northwind Finance"
TEAM_DOMAIN = "northwind-finance"
OTHER_TEAM_ID = "T0CONTOSO1"
APP_ID = "A0INTEGRAL"
BOT_USER_ID = "U0INTEGBOT"
BOT_ID = "B0INTEGBOT"
BOT_NAME = "integral"

ADA = "U0ADA00001"
BEN = "U0BEN00002"
CLEO = "U0CLEO0003"
DANA = "U0DANA0004"

FINANCE = "C0FINANCE1"
GENERAL = "C0GENERAL1"
SHARED = "C0EXTSHARE"
RANDOM = "C0RANDOM01"

DEFAULT_EVENTS = frozenset({"app_home_opened", "app_uninstalled", "tokens_revoked"})
BOT_SCOPES = frozenset(
    {
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:read",
        "im:write",
        "users:read",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSettings:
    """Addresses, secrets and paces of one stand-in. Waits are in seconds.

    Args:
        bot_url: where the bot listens; requests go to `{bot_url}/slack/events`.
        public_url: where this stand-in is reached, without a closing slash.
        ack_timeout_s: Slack's three seconds, shorter in tests.
        retry_waits_s: pauses before the redeliveries of an event (Slack: at once, 1 and 5 minutes).
        rate_limits: whether Web API calls are paced as Slack paces them.
        events: the subscribed event types, as an app's manifest names them.
        app_token: what opens a link of Socket Mode.
        scopes: what the bot token may, as an app's manifest names them.
    """

    bot_url: str
    signing_secret: str
    bot_token: str
    public_url: str = "http://127.0.0.1:8000"
    client_id: str = "1000000000001.2000000000002"
    client_secret: str = "sandbox-client-secret"
    app_token: str = "xapp-1-A0INTEGRAL-1000000000003-sandbox"
    scopes: frozenset[str] = BOT_SCOPES
    ack_timeout_s: float = 3.0
    retry_waits_s: tuple[float, ...] = (0.2, 2.0, 5.0)
    rate_limits: bool = True
    events: frozenset[str] = DEFAULT_EVENTS


@dataclass(frozen=True, slots=True)
class CommandHint:
    """One line of the list that opens under the composer after a slash."""

    usage: str
    description: str


PEOPLE = (
    Person(
        id=ADA,
        name="ada",
        real_name="Ada Okafor",
        title="Controller",
        email="ada@northwind.example",
        team_id=TEAM_ID,
    ),
    Person(
        id=BEN,
        name="ben",
        real_name="Ben Castellan",
        title="Bookkeeper",
        email="ben@northwind.example",
        team_id=TEAM_ID,
    ),
    Person(
        id=CLEO,
        name="cleo",
        real_name="Cleo Marchetti",
        title="Marketing",
        email="cleo@northwind.example",
        team_id=TEAM_ID,
    ),
    Person(
        id=DANA,
        name="dana",
        real_name="Dana Whitlock",
        title="Auditor at Contoso",
        email="dana@contoso.example",
        team_id=OTHER_TEAM_ID,
    ),
)

BOT = Person(
    id=BOT_USER_ID,
    name=BOT_NAME,
    real_name="Integral",
    title="",
    email="",
    team_id=TEAM_ID,
    is_bot=True,
)


def first_channels() -> list[Channel]:
    """The channels of a new workspace; the bot is in every one but #random."""
    staff = [ADA, BEN, CLEO]
    return [
        Channel(
            id=FINANCE,
            name="finance",
            members=[*staff, BOT_USER_ID],
            topic="Month end, postings and approvals",
        ),
        Channel(id=GENERAL, name="general", members=[*staff, BOT_USER_ID], topic="Everyone"),
        Channel(
            id=SHARED,
            name="ext-shared",
            members=[ADA, BEN, DANA, BOT_USER_ID],
            is_ext_shared=True,
            topic="With Contoso, the auditors (Slack Connect)",
        ),
        Channel(id=RANDOM, name="random", members=list(staff), topic="The bot is not here"),
    ]


COMMAND_HINTS = (
    CommandHint("/integral help", "What you can ask, and the next step"),
    CommandHint("/integral start CODE", "Claim a new organisation with an owner code"),
    CommandHint("/integral connect quickbooks", "Connect a company's books"),
    CommandHint("/integral status", "Connection, sources, last and next run"),
    CommandHint("/integral accounts", "The chart of accounts as imported"),
    CommandHint("/integral map", "Map wallets, assets and categories to accounts"),
    CommandHint("/integral unmapped", "What still lacks an account"),
    CommandHint("/integral settings", "Roll-up, dates, memos, policies"),
    CommandHint("/integral import", "Bring in transactions from a file"),
    CommandHint("/integral review", "Go through uncategorised transactions"),
    CommandHint("/integral preview 2026-10", "The journal entries of a period; writes nothing"),
    CommandHint("/integral sync 2026-10", "Push a period to the books"),
    CommandHint("/integral approvals", "What waits for a decision"),
    CommandHint("/integral verify", "Compare the books with what was sent"),
    CommandHint("/integral history", "Runs and their outcomes"),
    CommandHint("/integral evidence", "The trail of one entry"),
    CommandHint("/integral undo", "Reverse what was posted"),
    CommandHint("/integral schedule daily", "Daily or monthly runs"),
    CommandHint("/integral roles", "Who may do what"),
    CommandHint("/integral doctor", "Check everything and say what to mend"),
    CommandHint("/invite @integral", "Bring the bot into this channel"),
)
