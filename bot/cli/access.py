"""`integral owner-code, token`: the first owner, and tokens of the transactions API."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Annotated

import typer

from bot.cli.desk import find_organisation, grounded, operator
from bot.cli.terminal import AS_JSON, ORGANISATION, run, say, show_json, show_table
from ledger.records import ApiToken

_DEFAULT_DAYS = 90

tokens = typer.Typer(no_args_is_help=True, help="Tokens of the transactions API.")


def owner_code(*, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Print a single-use code; /integral start CODE makes its user the owner."""
    code = run(new_owner_code())
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
        async with grounded() as ground:
            organisation = await find_organisation(ground, org)
            made = await ground.tokens.create(
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
        async with grounded() as ground:
            organisation = await find_organisation(ground, org)
            found = await ground.tokens.everyone(organisation)
            return found, ground.clock.now()

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
        async with grounded() as ground:
            organisation = await find_organisation(ground, org)
            await ground.tokens.revoke(organisation, token_id, actor=operator(_user()))

    run(work())
    say("Revoked.")


async def new_owner_code() -> str:
    """Migrate the database and make a single-use code of an owner."""
    async with grounded(migrates=True) as ground:
        return await ground.tokens.owner_code()


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
