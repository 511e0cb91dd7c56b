"""Where the app is installed, and the states of installations under way.

Satisfies slack_sdk's asynchronous stores, whose stock versions keep tokens in plain text and
let two callbacks use one state. Tokens are encrypted; a state is stored as a hash and used up
by one statement.
"""

from __future__ import annotations

import json
import logging
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from sqlalchemy import ColumnElement, and_, delete, insert, or_, select

from storage.database import Database
from storage.statements import hashed, upsert
from storage.tables.access import slack_installations, slack_oauth_states
from storage.vault import Place

STATE_LIFETIME = timedelta(minutes=10)
"""The lifetime of the browser's cookie that goes with a state (slack_bolt's default)."""


class SlackInstallations(AsyncInstallationStore):
    """One row for each workspace (or enterprise); a new installation replaces the old one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._vault = database.vault

    @property
    def logger(self) -> logging.Logger:
        """The logger that slack_sdk asks for; nothing is logged here."""
        return logging.getLogger(__name__)

    async def async_save(self, installation: Installation) -> None:
        """Store an installation, in place of an earlier one."""
        enterprise_id = installation.enterprise_id or ""
        team_id = "" if installation.is_enterprise_install else installation.team_id or ""
        content = json.dumps(installation.to_dict_for_copying(), default=_as_text)
        row = {
            "enterprise_id": enterprise_id,
            "team_id": team_id,
            "user_id": installation.user_id,
            "installed_at": datetime.fromtimestamp(installation.installed_at, tz=UTC),
            "secret": self._vault.encrypt(content, secret_place(enterprise_id, team_id)),
        }
        async with self._database.session() as session:
            await upsert(session, slack_installations, [row])
            await session.commit()

    async def async_save_bot(self, bot: Bot) -> None:
        """Store a bot's renewed token with the installation it belongs to."""
        known = await self.async_find_installation(
            enterprise_id=bot.enterprise_id,
            team_id=bot.team_id,
            is_enterprise_install=bot.is_enterprise_install,
        )
        before = known.to_dict_for_copying() if known else {"user_id": ""}
        await self.async_save(Installation(**(before | _bot_fields(bot))))

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """Return the bot of a workspace, or of its enterprise's installation."""
        found = await self.async_find_installation(
            enterprise_id=enterprise_id,
            team_id=team_id,
            is_enterprise_install=is_enterprise_install,
        )
        return found.to_bot() if found else None

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return the installation; with a user id, only if that user installed it."""
        where = _whose(enterprise_id, None if is_enterprise_install else team_id)
        c = slack_installations.c
        statement = select(slack_installations).where(where).order_by(c.team_id.desc()).limit(1)
        if user_id is not None:
            statement = statement.where(c.user_id == user_id)
        async with self._database.session(read_only=True) as session:
            row = (await session.execute(statement)).first()
        if row is None:
            return None
        place = secret_place(row.enterprise_id, row.team_id)
        return Installation(**json.loads(self._vault.decrypt(row.secret, place)))

    async def find_bot_token(self, enterprise_id: str | None, team_id: str) -> str | None:
        """Return the token with which the bot may speak in a workspace; none when uninstalled.

        Without an enterprise id, a workspace's own installation only.
        """
        bot = await self.async_find_bot(enterprise_id=enterprise_id, team_id=team_id)
        return bot.bot_token if bot else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the bot, and with it the installation: it has nothing else of use."""
        await self.async_delete_installation(enterprise_id=enterprise_id, team_id=team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget an installation; one person's revoked token leaves the bot's alone."""
        if user_id is not None:
            return
        c = slack_installations.c
        enterprise = () if team_id else (c.enterprise_id == (enterprise_id or ""),)
        async with self._database.session() as session:
            await session.execute(
                delete(slack_installations).where(c.team_id == (team_id or ""), *enterprise)
            )
            await session.commit()


class SlackStates(AsyncOAuthStateStore):
    """The states of installations under way; each is good once, for ten minutes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def logger(self) -> logging.Logger:
        """The logger that slack_sdk asks for; nothing is logged here."""
        return logging.getLogger(__name__)

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        """Return a new state, and forget those that nobody used in time."""
        del args, kwargs
        state = secrets.token_urlsafe(32)
        now = self._database.clock.now()
        c = slack_oauth_states.c
        async with self._database.session() as session:
            await session.execute(delete(slack_oauth_states).where(c.expires_at <= now))
            await session.execute(
                insert(slack_oauth_states).values(
                    state_hash=hashed(state), expires_at=now + STATE_LIFETIME
                )
            )
            await session.commit()
        return state

    async def async_consume(self, state: str) -> bool:
        """Use a state once, atomically; false when unknown, used or expired."""
        c = slack_oauth_states.c
        async with self._database.session() as session:
            used = await session.execute(
                delete(slack_oauth_states)
                .where(c.state_hash == hashed(state))
                .returning(c.expires_at)
            )
            expires_at: datetime | None = used.scalar_one_or_none()
            await session.commit()
        return expires_at is not None and expires_at > self._database.clock.now()


def secret_place(enterprise_id: str, team_id: str) -> Place:
    """Return where an installation's tokens are stored."""
    return Place("slack_installations", "secret", f"{enterprise_id}/{team_id}")


def _whose(enterprise_id: str | None, team_id: str | None) -> ColumnElement[bool]:
    """Match a workspace's own installation, or its enterprise's; team ids are unique anywhere."""
    c = slack_installations.c
    own = c.team_id == team_id if team_id else None
    wide = and_(c.enterprise_id == enterprise_id, c.team_id == "") if enterprise_id else None
    return or_(*(condition for condition in (own, wide) if condition is not None))


def _bot_fields(bot: Bot) -> dict[str, Any]:
    return {name: value for name, value in bot.to_dict_for_copying().items() if value is not None}


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    message = f"an installation cannot hold {type(value).__name__}"
    raise TypeError(message)
