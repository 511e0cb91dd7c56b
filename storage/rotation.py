"""Rotation: every stored secret encrypted anew with the key that encrypts now.

May run while the bot works, and again after an interruption. After it, older keys may go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Table, select, update

from storage.database import Database
from storage.repositories.companies import secret_place as company_place
from storage.slack_installations import secret_place as installation_place
from storage.statements import AnyRow
from storage.tables.access import slack_installations
from storage.tables.companies import companies
from storage.vault import Place, Vault


@dataclass(frozen=True, slots=True)
class _Secrets:
    """A table whose column ``secret`` is encrypted, and each row's place."""

    table: Table
    place: Callable[[AnyRow], Place]


_ALL = (
    _Secrets(companies, lambda row: company_place(row.id)),
    _Secrets(slack_installations, lambda row: installation_place(row.enterprise_id, row.team_id)),
)


async def rotate(database: Database) -> int:
    """Encrypt every secret with the vault's first key; return how many were changed.

    Raises:
        VaultError: when a secret needs a key that is not configured; those before it are done.
    """
    return sum([await _rotate(database, secrets) for secrets in _ALL])


async def _rotate(database: Database, secrets: _Secrets) -> int:
    table, changed = secrets.table, 0
    keys = list(table.primary_key.columns)
    async with database.session(read_only=True) as session:
        rows = (
            await session.execute(
                select(*keys, table.c.secret).where(table.c.secret.is_not(None)).order_by(*keys)
            )
        ).all()
    for row in rows:
        renewed = _renewed(database.vault, row.secret, secrets.place(row))
        if renewed is None:
            continue
        async with database.session() as session:
            # Only if nobody wrote another secret meanwhile: that one has the new key already.
            swapped = await session.execute(
                update(table)
                .where(*(key == getattr(row, key.name) for key in keys))
                .where(table.c.secret == row.secret)
                .values(secret=renewed)
                .returning(*keys)
            )
            changed += swapped.first() is not None
            await session.commit()
    return changed


def _renewed(vault: Vault, stored: str, place: Place) -> str | None:
    if vault.is_current(stored):
        return None
    return vault.encrypt(vault.decrypt(stored, place), place)
