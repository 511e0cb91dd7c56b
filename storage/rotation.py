"""Rotation: every stored secret encrypted anew with the key that encrypts now.

May run while the bot works, and again after an interruption. After it, older keys may go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Table, select, update

from storage.database import Database
from storage.repositories.grants import secret_place as grant_place
from storage.sealing import SEALED, place_of
from storage.slack_installations import secret_place as installation_place
from storage.statements import AnyRow
from storage.tables.access import slack_installations
from storage.tables.companies import grants
from storage.tables.messages import outbox
from storage.vault import Place, Vault, VaultError

_A_FEW = 20


@dataclass(frozen=True, slots=True)
class _Secrets:
    """A table's encrypted column, and each row's place."""

    table: Table
    column: str
    place: Callable[[AnyRow], Place]


def _message_place(column: str, row: AnyRow) -> Place:
    return place_of(row.key, column)


_ALL = (
    _Secrets(grants, "secret", lambda row: grant_place(row.id)),
    _Secrets(
        slack_installations,
        "secret",
        lambda row: installation_place(row.enterprise_id, row.team_id),
    ),
    *(_Secrets(outbox, column, partial(_message_place, column)) for column in SEALED),
)


async def rotate(database: Database) -> int:
    """Encrypt every secret with the vault's first key; return how many were changed.

    Raises:
        VaultError: when a secret needs a key that is not configured; those before it are done.
    """
    return sum([await _rotate(database, secrets) for secrets in _ALL])


async def require_readable(database: Database) -> None:
    """Open every stored secret once; changes nothing.

    Raises:
        VaultError: when one needs a key that is not configured, or is damaged.
    """
    for secrets in _ALL:
        column = secrets.table.c[secrets.column]
        keys = list(secrets.table.primary_key.columns)
        async with database.session(read_only=True) as session:
            found = await session.execute(
                select(*keys, column.label("sealed")).where(column.is_not(None))
            )
            for row in found:
                database.vault.decrypt(row.sealed, secrets.place(row))


async def why_nothing_opens(database: Database) -> VaultError | None:
    """Return why no stored secret opens; none when one does, or when nothing is stored.

    Looks at a few of each kind, so that it may be asked at every start: one that is damaged keeps
    nobody from starting, keys of another installation do.
    """
    refusal: VaultError | None = None
    for secrets in _ALL:
        column = secrets.table.c[secrets.column]
        keys = list(secrets.table.primary_key.columns)
        statement = select(*keys, column.label("sealed")).where(column.is_not(None)).limit(_A_FEW)
        async with database.session(read_only=True) as session:
            rows = (await session.execute(statement)).all()
        for row in rows:
            try:
                database.vault.decrypt(row.sealed, secrets.place(row))
            except VaultError as error:
                refusal = error
            else:
                return None
    return refusal


async def _rotate(database: Database, secrets: _Secrets) -> int:
    table, changed = secrets.table, 0
    column = table.c[secrets.column]
    keys = list(table.primary_key.columns)
    async with database.session(read_only=True) as session:
        rows = (
            await session.execute(
                select(*keys, column.label("sealed")).where(column.is_not(None)).order_by(*keys)
            )
        ).all()
    for row in rows:
        renewed = _renewed(database.vault, row.sealed, secrets.place(row))
        if renewed is None:
            continue
        async with database.session() as session:
            # Only if nobody wrote another secret meanwhile: that one has the new key already.
            swapped = await session.execute(
                update(table)
                .where(*(key == getattr(row, key.name) for key in keys))
                .where(column == row.sealed)
                .values({column: renewed})
                .returning(*keys)
            )
            changed += swapped.first() is not None
            await session.commit()
    return changed


def _renewed(vault: Vault, stored: str, place: Place) -> str | None:
    # Opened also when it names the first key: another key may have been given its name.
    opened = vault.decrypt(stored, place)
    return None if vault.is_current(stored) else vault.encrypt(opened, place)
