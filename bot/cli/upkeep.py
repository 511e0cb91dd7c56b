"""`integral migrate` and `integral keys rotate`: looking after the database and its secrets."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.desk import grounded, read_settings, settings_refused
from bot.cli.loading import loaded
from bot.cli.terminal import AS_JSON, CommandError, run, say, show_json

keys = typer.Typer(no_args_is_help=True, help="The keys that encrypt stored secrets.")


def migrate(
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="URL",
            help="Also copy everything from this database, which is not used any more afterwards.",
        ),
    ] = None,
    *,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Bring the database up to date; twice, or by several processes at once, is harmless."""
    copied = run(_migrate() if source is None else _take_along(source, quietly=as_json))
    if as_json:
        show_json({"up_to_date": True, "copied": copied})
        return
    if source is not None:
        say(f"Copied {sum(copied.values()):,} rows; counts and checksums agree.")
        say("The old database is marked as moved, and no Integral serves it any more. Keep it.")
        say("Next: `integral doctor`, then `integral serve`.")
        return
    say("The database is up to date.")


async def _migrate() -> dict[str, int]:
    async with grounded(migrates=True):
        return {}


async def _take_along(source: str, *, quietly: bool) -> dict[str, int]:
    from bot.wiring.transfer import take_along  # noqa: PLC0415 - see bot.cli.desk
    from storage.transfer import TransferError  # noqa: PLC0415

    loaded()

    def tell(table: str, rows: int) -> None:
        if rows and not quietly:
            say(f"  {table.replace('_', ' ')}: {rows:,}")

    with settings_refused():
        try:
            return await take_along(read_settings(), source, tell=tell)
        except TransferError as error:
            raise CommandError(str(error)) from None


@keys.callback()
def about_keys() -> None:
    """The keys that encrypt stored secrets."""


@keys.command("rotate")
def rotate(*, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Encrypt every stored secret anew with the first key of INTEGRAL_SECRET_KEYS."""

    async def work() -> int:
        from storage.rotation import rotate as rotate_all  # noqa: PLC0415 - see bot.cli.desk
        from storage.vault import VaultError  # noqa: PLC0415

        async with grounded() as ground:
            try:
                return await rotate_all(ground.database)
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
