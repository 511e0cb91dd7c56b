"""Tables of invitations, codes and tokens (as hashes), Slack installations (encrypted), slots."""

from __future__ import annotations

from datetime import datetime

from ledger.organisation import Provider
from storage.tables.base import Row, table_of, text_field, typed
from storage.types import UTC, Choice


class ConnectRequestRow(Row, table=True):
    """An invitation to authorise; link, OAuth state and cookie are kept as hashes only."""

    __tablename__ = "connect_requests"

    id: str = text_field(primary_key=True)
    organisation_id: str = text_field(foreign_key="organisations.id", index=True)
    provider: Provider = typed(Choice(Provider))
    team_id: str = text_field()
    requested_by: str = text_field()
    channel_id: str | None = text_field(default=None)
    expires_at: datetime = typed(UTC)
    opened_at: datetime | None = typed(UTC, default=None)
    used_at: datetime | None = typed(UTC, default=None)
    token_hash: str = text_field(unique=True)
    state_hash: str | None = text_field(default=None, unique=True)
    browser_hash: str | None = text_field(default=None)


class OneTimeCodeRow(Row, table=True):
    """A code that works once, as a hash."""

    __tablename__ = "one_time_codes"

    purpose: str = text_field(primary_key=True)
    code_hash: str = text_field(primary_key=True)
    expires_at: datetime = typed(UTC)
    used_at: datetime | None = typed(UTC, default=None)


class ApiTokenRow(Row, table=True):
    """A token of the transactions API, its secret as a hash."""

    __tablename__ = "api_tokens"

    id: str = text_field(primary_key=True)
    organisation_id: str = text_field(foreign_key="organisations.id", index=True)
    source: str = text_field()
    name: str = text_field()
    expires_at: datetime = typed(UTC)
    created_by: str = text_field()
    revoked_at: datetime | None = typed(UTC, default=None)
    secret_hash: str = text_field(unique=True)


class SlackInstallationRow(Row, table=True):
    """One workspace's installation; tokens lie in ``secret``, encrypted by the vault."""

    __tablename__ = "slack_installations"

    enterprise_id: str = text_field(primary_key=True)
    """Empty for a workspace outside any enterprise."""
    team_id: str = text_field(primary_key=True)
    """Empty for an installation on a whole enterprise."""
    user_id: str = text_field()
    installed_at: datetime = typed(UTC)
    secret: str = text_field()


class SlackStateRow(Row, table=True):
    """An OAuth state of the app's installation, as a hash."""

    __tablename__ = "slack_oauth_states"

    state_hash: str = text_field(primary_key=True)
    expires_at: datetime = typed(UTC)


class ExecutorSlotRow(Row, table=True):
    """The process that last held an executor slot."""

    __tablename__ = "executor_slots"

    slot: str = text_field(primary_key=True)
    incarnation: str = text_field()
    claimed_at: datetime = typed(UTC)


connect_requests = table_of(ConnectRequestRow)
one_time_codes = table_of(OneTimeCodeRow)
api_tokens = table_of(ApiTokenRow)
slack_installations = table_of(SlackInstallationRow)
slack_oauth_states = table_of(SlackStateRow)
executor_slots = table_of(ExecutorSlotRow)
