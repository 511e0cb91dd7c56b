"""`integral setup`: the first hour of an installation, on one screen; may be run again at any time.

Writes `.env` when there is none and fills in what is empty. It must not print or replace a secret.
"""

from __future__ import annotations

import json
import os
import sys
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.access import new_owner_code
from bot.cli.desk import read_settings
from bot.cli.env_file import EnvFile, new_key
from bot.cli.first_hour import NOT_YET, doubts, services
from bot.cli.manifest import manifest
from bot.cli.terminal import AS_JSON, WRONG_USE, CommandError, run, say, show_json, spoken

if TYPE_CHECKING:
    from bot.settings import Settings

_KEYS = "INTEGRAL_SECRET_KEYS"
_URL = "PUBLIC_URL"
_WIDTH = 100


def setup(
    *,
    public_url: Annotated[
        str | None,
        typer.Option(help="The https address of this bot, without a path; written into .env."),
    ] = None,
    socket_mode: Annotated[
        bool, typer.Option("--socket-mode", help="Slack is to need no public address.")
    ] = False,
    only_manifest: Annotated[
        bool, typer.Option("--manifest", help="Print the Slack manifest and nothing else.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace PUBLIC_URL in .env; a key never is.")
    ] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Make keys and .env; print the Slack manifest, redirect addresses, an owner code, what to do.

    May be run again: what .env has stays, and every run prints another owner code.
    """
    with spoken():
        if only_manifest:
            settings = read_settings()
            socket_mode = socket_mode or settings.slack_app_token is not None
            show_json(manifest(public_url or settings.public_url, socket_mode=socket_mode))
            return
        done = _write_env(public_url, force=force, asks=not as_json and sys.stdin.isatty())
        settings = read_settings()
        socket_mode = socket_mode or settings.slack_app_token is not None
        owner_code = run(new_owner_code())
        if as_json:
            show_json(_json(settings, owner_code, done, socket_mode=socket_mode))
            return
        _show(settings, owner_code, done, socket_mode=socket_mode)


def _write_env(public_url: str | None, *, force: bool, asks: bool) -> str:
    """Write or complete `.env`; return what was done, in a sentence."""
    try:
        file = EnvFile()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(
            f".env cannot be read ({reason}); run this as the user who owns the file.",
            code=WRONG_USE,
        ) from None
    values = {}
    if not file.value(_KEYS) and not os.environ.get(_KEYS):
        values[_KEYS] = new_key()
    known = file.value(_URL)
    if public_url is None and not known and asks and not os.environ.get(_URL):
        public_url = typer.prompt("PUBLIC_URL, the https address of this bot (empty: later)", "")
    if public_url and public_url != known:
        if known and not (force or (asks and typer.confirm(f"Replace {_URL} {known}?"))):
            raise CommandError(
                f"{file.path} has another PUBLIC_URL ({known}); --force replaces it.",
                code=WRONG_USE,
            )
        values[_URL] = _checked(public_url)
    closed = " Other users could read it; now they cannot." if file.close_to_others() else ""
    if values or file.is_new:
        file.put(values)
    return f"{_what_was_done(file, values)}{closed}"


def _checked(public_url: str) -> str:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - see bot.cli.desk

    from bot.settings import PublicUrl  # noqa: PLC0415

    try:
        return TypeAdapter[str](PublicUrl).validate_python(public_url)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise CommandError(f"PUBLIC_URL: {reason}", code=WRONG_USE) from None


def _what_was_done(file: EnvFile, values: dict[str, str]) -> str:
    key = ", with a new secret key; keep a copy of it apart from the database" * (_KEYS in values)
    if file.is_new:
        return f"Wrote {file.path}, readable by you alone{key}."
    if values:
        return f"Completed {file.path}: {', '.join(values)}; the rest stays as it was."
    return f"{file.path} is there already and stays as it is."


def _show(settings: Settings, owner_code: str, done: str, *, socket_mode: bool) -> None:
    base = settings.public_url or NOT_YET
    _title("Settings")
    say(f"  {done}")
    for number, service in enumerate(services(socket_mode=socket_mode), start=1):
        _title(f"{number}. {service.name} ({service.portal})")
        for name, address in service.addresses(base):
            say(f"  {name}: {address}")
        for line in service.asks:
            _item(line)
        if service.settings:
            say(f"  Into .env: {', '.join(service.settings)}")
    _title("Slack app manifest (slack_manifest.json with your address)")
    say(json.dumps(manifest(settings.public_url, socket_mode=socket_mode), indent=2))
    _title("Still to do")
    for sentence in _missing(settings, socket_mode=socket_mode) or ["nothing in .env"]:
        _item(f"{sentence}.", style="yellow")
    _title(f"Owner code, good once and for three days: {owner_code}")
    say(
        "Next: fill in .env, start `integral serve`, try every key with `integral doctor` in a "
        f"second terminal, then type /integral start {owner_code} in Slack."
    )


def _title(text: str) -> None:
    say("")
    say(text, style="bold")


def _item(text: str, *, style: str = "") -> None:
    lines = fill(
        text,
        _WIDTH,
        initial_indent="  - ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    say(lines, style=style)


def _missing(settings: Settings, *, socket_mode: bool) -> list[str]:
    from bot.wiring.configuration import missing_slack  # noqa: PLC0415 - see bot.cli.desk

    found = missing_slack(settings, socket_mode=socket_mode)
    if socket_mode and settings.slack_app_token is None:
        found.append("SLACK_APP_TOKEN is not set; make one with connections:write for Socket Mode")
    is_real = settings.quickbooks_environment == "production"
    if not (socket_mode and settings.public_url is None):
        found += doubts(settings.public_url, quickbooks_is_real=is_real)
    return found


def _json(
    settings: Settings, owner_code: str, done: str, *, socket_mode: bool
) -> dict[str, object]:
    base = settings.public_url or NOT_YET
    return {
        "env": done,
        "public_url": settings.public_url,
        "owner_code": owner_code,
        "still_to_do": _missing(settings, socket_mode=socket_mode),
        "services": [
            {
                "name": service.name,
                "portal": service.portal,
                "addresses": dict(service.addresses(base)),
                "asks": list(service.asks),
                "settings": list(service.settings),
            }
            for service in services(socket_mode=socket_mode)
        ],
        "slack_manifest": manifest(settings.public_url, socket_mode=socket_mode),
    }
