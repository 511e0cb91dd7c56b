"""`integral migrate` and `integral keys rotate`: looking after the database and its secrets."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.desk import opened
from bot.cli.terminal import AS_JSON, CommandError, run, say, show_json

keys = typer.Typer(no_args_is_help=True, help="The keys that encrypt stored secrets.")


def migrate() -> None:
    """Bring the database up to date; twice, or by several processes at once, is harmless."""

    async def work() -> None:
        async with opened(migrates=True):
            pass

    run(work())
    say("The database is up to date.")


@keys.callback()
def about_keys() -> None:
    """The keys that encrypt stored secrets."""


@keys.command("rotate")
def rotate(*, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Encrypt every stored secret anew with the first key of INTEGRAL_SECRET_KEYS."""

    async def work() -> int:
        from storage.rotation import rotate as rotate_all  # noqa: PLC0415 - see bot.cli.desk
        from storage.vault import VaultError  # noqa: PLC0415

        async with opened() as desk:
            try:
                return await rotate_all(desk.ground.database)
            except VaultError as error:
                raise CommandError(
                    f"{error}. Put the key that it was encrypted with back into "
                    "INTEGRAL_SECRET_KEYS, behind the new one."
                ) from None

    changed = run(work())
    if as_json:
        show_json({"changed": changed})
    else:
        say(f"{changed} secrets encrypted anew; keys behind the first one may go now.")
