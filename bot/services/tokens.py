"""Tokens of the transactions API, and the single-use codes that make somebody an owner.

Both are shown once and stored as hashes. It must not decide what a token's holder may import:
a token stands for exactly one organisation and one source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from bot.services import audit
from bot.services.access import OWNER_CODE
from bot.services.errors import Refusal
from bot.services.ports import Clock, Ids, Storage
from ledger.numbers import ALPHABET
from ledger.organisation import Organisation
from ledger.records import ApiToken

PREFIX = "int_"
"""Begins every API token, so that scanners for leaked secrets recognise one."""
DEFAULT_DAYS = 90
MOST_DAYS = 366
OWNER_CODE_LIFETIME = timedelta(days=3)
_LONGEST_NAME = 80
_CODE_GROUPS, _CODE_GROUP = 4, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that was just made; its secret is shown once and known nowhere."""

    token: ApiToken
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who a valid token stands for."""

    token: ApiToken
    organisation: Organisation


class Tokens:
    """API tokens and owner codes."""

    def __init__(self, *, storage: Storage, clock: Clock, ids: Ids) -> None:
        """Take the ports."""
        self._storage = storage
        self._clock = clock
        self._ids = ids

    async def create(
        self,
        organisation: Organisation,
        source: str,
        *,
        actor: str,
        name: str = "",
        days: int = DEFAULT_DAYS,
    ) -> NewToken:
        """Make a token that may add and correct transactions of one source.

        Args:
            organisation: Whose transactions.
            source: The source's name; the token reaches no other.
            actor: A Slack user id, or ``cli:NAME``.
            name: What the token is for, as people will read it in the list.
            days: How long it is valid.

        Raises:
            Refusal: for a name or a lifetime that is not accepted.
        """
        _require_name("source", source)
        _require_name("name", name or source)
        if not 1 <= days <= MOST_DAYS:
            raise Refusal(f"A token is valid for 1 to {MOST_DAYS} days; choose such a number.")
        now = self._clock.now()
        token = ApiToken(
            id=self._ids.new(),
            organisation_id=organisation.id,
            source=source.strip(),
            name=name.strip() or source.strip(),
            expires_at=now + timedelta(days=days),
            created_by=actor,
        )
        secret = PREFIX + self._ids.secret()
        facts = {"source": token.source, "name": token.name, "until": str(token.expires_at)}
        async with self._storage.unit() as unit:
            await unit.api_tokens.add(token, secret)
            await unit.audit.add(
                audit.note(
                    "api_token.created",
                    token.id,
                    organisation_id=organisation.id,
                    actor=actor,
                    at=now,
                    change=(None, facts),
                )
            )
            await unit.commit()
        return NewToken(token=token, secret=secret)

    async def everyone(self, organisation: Organisation) -> list[ApiToken]:
        """Return all tokens of an organisation, those that ended too, oldest first."""
        async with self._storage.unit(read_only=True) as unit:
            return await unit.api_tokens.everyone(organisation.id)

    async def revoke(self, organisation: Organisation, token_id: str, *, actor: str) -> None:
        """End a token at once.

        Raises:
            Refusal: when the organisation has no such token in force.
        """
        now = self._clock.now()
        async with self._storage.unit() as unit:
            if not await unit.api_tokens.revoke(organisation.id, token_id, now):
                raise Refusal("There is no such token in force; integral token list shows them.")
            record = audit.note(
                "api_token.revoked",
                token_id,
                organisation_id=organisation.id,
                actor=actor,
                at=now,
            )
            await unit.audit.add(record)
            await unit.commit()

    async def bearer(self, secret: str) -> Bearer | None:
        """Return who a secret stands for; none when unknown, expired or revoked."""
        if not secret.startswith(PREFIX):
            return None
        async with self._storage.unit(read_only=True) as unit:
            token = await unit.api_tokens.find(secret, self._clock.now())
            organisation = await unit.organisations.get(token.organisation_id) if token else None
        if token is None or organisation is None:
            return None
        return Bearer(token=token, organisation=organisation)

    async def owner_code(self) -> str:
        """Make a single-use code; ``/integral start CODE`` makes its user an owner."""
        digest = sha256(self._ids.secret().encode()).digest()
        letters = [ALPHABET[byte % len(ALPHABET)] for byte in digest[: _CODE_GROUPS * _CODE_GROUP]]
        code = "-".join(
            "".join(letters[start : start + _CODE_GROUP])
            for start in range(0, len(letters), _CODE_GROUP)
        )
        async with self._storage.unit() as unit:
            expires_at = self._clock.now() + OWNER_CODE_LIFETIME
            await unit.codes.add(OWNER_CODE, code, expires_at)
            await unit.commit()
        return code


def _require_name(what: str, text: str) -> None:
    if not 1 <= len(text.strip()) <= _LONGEST_NAME or not text.isprintable():
        raise Refusal(f"Give the {what} 1 to {_LONGEST_NAME} printable characters.")
