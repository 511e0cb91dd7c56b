"""What commands share: settings and use cases, the organisation that is meant, its period.

The modules that talk to Slack and run the engine take seconds to import, so they are imported
when a command needs them and not before.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from bot.cli.loading import loaded
from bot.cli.terminal import WRONG_USE, CommandError
from ledger.organisation import Organisation
from ledger.periods import Period, local_day, parse_period

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.wiring.desk import Desk
    from bot.wiring.ground import Ground

_OPERATOR = re.compile(r"[\w][\w .@-]{0,39}")
# What SQLite and Postgres say of a database that was never migrated.
_NO_TABLES = re.compile(r"no such (?:table|column)|(?:relation|column) .* does not exist")

_NOT_OURS = re.compile(r"readonly database|unable to open database file")


def read_settings() -> Settings:
    """Read the settings.

    Raises:
        CommandError: naming what is wrong with them.
    """
    from bot.wiring.configuration import (  # noqa: PLC0415 - see the module
        SettingsProblem,
        load_settings,
    )

    try:
        return load_settings()
    except SettingsProblem as problem:
        raise CommandError(str(problem), code=WRONG_USE) from None


@asynccontextmanager
async def opened(*, even_if_moved: bool = False) -> AsyncIterator[Desk]:
    """Open a desk for a block; a database that was moved away only for those who look.

    Raises:
        CommandError: when the settings or the database cannot be used.
    """
    from bot.wiring.desk import desk_on  # noqa: PLC0415 - see the module

    async with grounded(even_if_moved=even_if_moved) as ground, desk_on(ground) as desk:
        yield desk


@asynccontextmanager
async def grounded(*, migrates: bool = False, even_if_moved: bool = False) -> AsyncIterator[Ground]:
    """Open the database and what lies beside it, for commands that need neither Slack nor ERPs.

    Raises:
        CommandError: when the settings or the database cannot be used.
    """
    from bot.wiring.ground import standing  # noqa: PLC0415 - see the module
    from bot.wiring.rights import require_here  # noqa: PLC0415

    settings = read_settings()
    with settings_refused():
        loaded()
        async with standing(settings, migrates=migrates) as ground:
            if not even_if_moved:
                await require_here(ground)
            yield ground


@contextmanager
def settings_refused() -> Iterator[None]:
    """Turn what wiring and the database refuse into a sentence."""
    from bot.wiring.configuration import SettingsProblem  # noqa: PLC0415 - see the module
    from bot.wiring.rights import CannotServeError  # noqa: PLC0415
    from storage.migrations.newest import NewerDatabaseError  # noqa: PLC0415

    try:
        yield
    except SettingsProblem as problem:
        raise CommandError(str(problem), code=WRONG_USE) from None
    except CannotServeError as error:
        raise CommandError(str(error)) from None
    except NewerDatabaseError:
        raise CommandError(
            "The database was migrated by a newer version of Integral; install that version here."
        ) from None
    except _of_database() as error:
        raise CommandError(_about_database(error)) from None


async def find_organisation(ground: Ground, wanted: str | None) -> Organisation:
    """Return the organisation that ``--org`` names, or the only one.

    Raises:
        CommandError: when there is none, or it is not clear which.
    """
    async with ground.database.unit(read_only=True) as unit:
        known = await unit.organisations.everyone()
    if not known:
        raise CommandError(
            "There is no organisation yet: print a code with `integral owner-code` and type "
            "/integral start CODE in Slack."
        )
    names = ", ".join(sorted(f"{each.name} ({each.code})" for each in known))
    if wanted is None:
        if len(known) == 1:
            return known[0]
        raise CommandError(f"Name the organisation with --org: {names}.", code=WRONG_USE)
    key = wanted.strip().casefold()
    found = [each for each in known if key in {each.code.casefold(), each.name.casefold(), each.id}]
    if len(found) == 1:
        return found[0]
    how = "no" if not found else "more than one"
    raise CommandError(f"There is {how} organisation {wanted!r}; --org takes: {names}.")


def period_of(ground: Ground, organisation: Organisation, text: str) -> Period:
    """Read a period in the organisation's own time zone.

    Raises:
        PeriodError: with the accepted forms.
    """
    today = local_day(ground.clock.now(), organisation.time_zone)
    return parse_period(text, today=today)


def operator(name: str) -> str:
    """Return who acts, as the audit trail keeps it: ``cli:NAME``.

    Raises:
        CommandError: for a name that is not one.
    """
    if not _OPERATOR.fullmatch(name.strip()):
        raise CommandError(
            "--as takes your name: up to 40 letters, digits, spaces or . @ - _", code=WRONG_USE
        )
    return f"cli:{name.strip()}"


def _of_database() -> tuple[type[Exception], ...]:
    """Return what a database that cannot be used raises; asked for when something was raised."""
    import psycopg  # noqa: PLC0415 - see the module
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    # The locks' own session raises what the driver does.
    return (SQLAlchemyError, psycopg.Error, OSError)


def _about_database(error: Exception) -> str:
    """Say what is wrong with the database; its own words may hold an address with a password."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - see the module

    if isinstance(error, DBAPIError) and _NO_TABLES.search(str(error.orig)):
        return "The database is not up to date; run `integral migrate`."
    kind = type(error.orig if isinstance(error, DBAPIError) else error).__name__
    if isinstance(error, PermissionError) or _NOT_OURS.search(str(error)):
        return (
            "The database cannot be used: this user may not write its file or the folder that it "
            "is in. Run this as the user who owns them."
        )
    return f"The database cannot be used ({kind}); check DATABASE_URL, and that it runs."
