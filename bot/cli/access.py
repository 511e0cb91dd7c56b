"""`integral setup, owner-code, token`: keys, the first owner, tokens of the transactions API."""

from __future__ import annotations

import base64
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.desk import find_organisation, opened, operator, read_settings
from bot.cli.terminal import AS_JSON, ORGANISATION, run, say, show_json, show_table
from ledger.records import ApiToken

if TYPE_CHECKING:
    from bot.settings import Settings

ENV_FILE = Path(".env")
_KEY_BYTES = 32
_ADDRESSES = (
    ("Slack, request URL (commands, interactivity, events)", "/slack/events"),
    ("Slack, redirect URL", "/slack/oauth_redirect"),
    ("QuickBooks, redirect URI", "/oauth/quickbooks/callback"),
)
_DEFAULT_DAYS = 90

tokens = typer.Typer(no_args_is_help=True, help="Tokens of the transactions API.")


def setup() -> None:
    """Make the keys, write .env if there is none, and say what to do in Slack and at the ERPs."""
    if _write_env(ENV_FILE):
        say(f"Wrote {ENV_FILE} with a new secret key. Keep a copy of it in a safe place.")
    settings = read_settings()
    base = settings.public_url or "https://your.address"
    say("\nRedirect addresses to register (PUBLIC_URL is the part before the path):")
    for where, path in _ADDRESSES:
        say(f"  {where}: {base}{path}")
    say("\nSlack app manifest: slack_manifest.json")
    _say_missing(settings)
    say(f"\nOwner code, good once and for three days: {run(_owner_code())}")
    say("Next: fill in .env, run `integral serve`, and type /integral start CODE in Slack.")


def owner_code(*, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Print a single-use code; /integral start CODE makes its user the owner."""
    code = run(_owner_code())
    if as_json:
        show_json({"code": code})
    else:
        say(code)


@tokens.command("create")
def create(
    *,
    source: Annotated[str, typer.Option(help="The source whose rows the token may send.")],
    name: Annotated[str, typer.Option(help="What the token is for.")] = "",
    days: Annotated[int, typer.Option(help="Days until it expires.")] = _DEFAULT_DAYS,
    org: Annotated[str | None, ORGANISATION] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Make a token and show it, once."""

    async def work() -> tuple[ApiToken, str]:
        async with opened() as desk:
            organisation = await find_organisation(desk, org)
            made = await desk.ground.tokens.create(
                organisation, source, actor=operator(_user()), name=name, days=days
            )
            return made.token, made.secret

    token, secret = run(work())
    if as_json:
        show_json(_token(token) | {"token": secret})
        return
    say(secret)
    say(f"For source {token.source}, until {token.expires_at:%Y-%m-%d}. It is not shown again.")


@tokens.command("list")
def list_tokens(
    *, org: Annotated[str | None, ORGANISATION] = None, as_json: Annotated[bool, AS_JSON] = False
) -> None:
    """List the tokens, never their secrets."""

    async def work() -> tuple[list[ApiToken], datetime]:
        async with opened() as desk:
            organisation = await find_organisation(desk, org)
            found = await desk.ground.tokens.everyone(organisation)
            return found, desk.use_cases.clock.now()

    found, now = run(work())
    if as_json:
        show_json([_token(token) for token in found])
        return
    rows = [
        (t.id, t.source, t.name, t.created_by, f"{t.expires_at:%Y-%m-%d}", _state(t, now))
        for t in found
    ]
    show_table(("Id", "Source", "Name", "Made by", "Until", "State"), rows)


@tokens.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID")],
    org: Annotated[str | None, ORGANISATION] = None,
) -> None:
    """End a token at once."""

    async def work() -> None:
        async with opened() as desk:
            organisation = await find_organisation(desk, org)
            await desk.ground.tokens.revoke(organisation, token_id, actor=operator(_user()))

    run(work())
    say("Revoked.")


async def _owner_code() -> str:
    async with opened(migrates=True) as desk:
        return await desk.ground.tokens.owner_code()


def _write_env(path: Path) -> bool:
    """Write `.env` readable by its owner only; false when there is one, which is left alone."""
    key = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    content = f"INTEGRAL_SECRET_KEYS=k1:{key}\n" + "".join(
        f"{name}=\n" for name in ("PUBLIC_URL", "SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN")
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content + "# Every other setting: .env.example\n")
    return True


def _say_missing(settings: Settings) -> None:
    from bot.wiring.configuration import missing_slack  # noqa: PLC0415 - see bot.cli.desk

    for sentence in missing_slack(settings):
        say(f"Still to do: {sentence}.", style="yellow")


def _user() -> str:
    """Return the name under which the operator is logged in on this machine."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "operator"


def _state(token: ApiToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at <= now else "in force"


def _token(token: ApiToken) -> dict[str, str | None]:
    return {
        "id": token.id,
        "source": token.source,
        "name": token.name,
        "created_by": token.created_by,
        "expires_at": token.expires_at.isoformat(),
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }
