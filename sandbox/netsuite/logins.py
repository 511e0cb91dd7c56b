"""Who may log in: the checks of token-based authentication, the audit trail and the lock.

The caller learns nothing but 401; the trail keeps the reason, in Oracle's words where they are
published.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/subsect_156935170194.html
"""

import secrets
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sandbox.clock import SandboxClock
from sandbox.netsuite import permissions
from sandbox.netsuite.account import NetSuiteAccount
from sandbox.netsuite.credentials import Integration, Level, Role, Token
from sandbox.netsuite.errors import NetSuiteError, invalid_login
from sandbox.netsuite.signature import METHOD, MalformedHeaderError, OAuthHeader, base_string, sign
from sandbox.netsuite.state import NetSuiteState
from sandbox.payload import JsonObject

CLOCK_TOLERANCE = timedelta(minutes=5)
MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=30)
_SHORTEST_NONCE = 6
_TRAIL_LENGTH = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A caller that was let in."""

    account: NetSuiteAccount
    role: Role
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempt:
    """One row of the login audit trail; `reason` is none when it succeeded."""

    at: datetime
    account: str
    user: str | None
    token: str | None
    """The token's or certificate's id, shortened."""
    reason: str | None

    def as_json(self) -> JsonObject:
        """The row for an inspector."""
        status = "Failure" if self.reason else "Success"
        return {**asdict(self), "at": self.at.isoformat(), "status": status}


class AuditTrail:
    """Every login of every account, and the lock that failures lead to."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._attempts: deque[LoginAttempt] = deque(maxlen=_TRAIL_LENGTH)
        self._failures: dict[str, int] = {}
        self._locked_until: dict[str, datetime] = {}

    def attempts(self, account: str | None = None) -> list[LoginAttempt]:
        """The attempts at one account or all, oldest first."""
        return [it for it in self._attempts if account in (None, it.account)]

    def is_locked(self, subject: str) -> bool:
        """Whether a user is locked out after too many failures."""
        until = self._locked_until.get(subject)
        return until is not None and self._clock.now() < until

    def unlock(self) -> None:
        """Let everybody try again, as an administrator can."""
        self._failures.clear()
        self._locked_until.clear()

    def succeeded(self, account: str, *, user: str, token: str, subject: str) -> None:
        """Note a login and forget the failures before it."""
        self._failures.pop(subject, None)
        self._note(account, user, token, None)

    def failed(
        self, account: str, *, user: str | None, token: str | None, subject: str, reason: str
    ) -> NetSuiteError:
        """Note a failure, lock after too many, and return what the caller is told."""
        self._note(account, user, token, reason)
        if not self.is_locked(subject):
            self._failures[subject] = self._failures.get(subject, 0) + 1
            if self._failures[subject] >= MOST_FAILURES:
                self._failures.pop(subject)
                self._locked_until[subject] = self._clock.now() + LOCKED_FOR
        return invalid_login()

    def _note(self, account: str, user: str | None, token: str | None, reason: str | None) -> None:
        self._attempts.append(
            LoginAttempt(
                at=self._clock.now(),
                account=account,
                user=user,
                token=token[:12] if token else None,
                reason=reason,
            )
        )


class _RefusedError(Exception):
    """A check failed; the message is the audit trail's word."""


class TokenLogins:
    """Token-based authentication: every request signed with consumer and token secrets."""

    def __init__(self, state: NetSuiteState, trail: AuditTrail) -> None:
        self._state = state
        self._trail = trail
        self._nonces: dict[tuple[str, str, str, str], datetime] = {}

    def admit(self, authorization: str, *, method: str, url: str, arrived_at: datetime) -> Session:
        """The session of a signed request; `url` is the whole address as it was sent.

        Raises:
            NetSuiteError: INVALID_LOGIN; the reason is in the audit trail.
        """
        try:
            header = OAuthHeader.parse(authorization)
        except MalformedHeaderError:
            # Unpublished: a header that cannot be read has no signature that could be right.
            raise self._trail.failed(
                "", user=None, token=None, subject="", reason="InvalidSignature"
            ) from None
        account = self._state.accounts.get(header.get("realm"))
        token = account.security.tokens.get(header.get("oauth_token")) if account else None
        account_id = account.id if account else header.get("realm")
        subject = f"{account_id}/{token.user if token else header.get('oauth_token')}"
        try:
            base = base_string(method, url, header.signed_parameters())
            session = self._check(account, token, header, base=base, arrived_at=arrived_at)
            self._not_locked(subject)
        except _RefusedError as refused:
            raise self._trail.failed(
                account_id,
                user=token.user if token else None,
                token=header.get("oauth_token"),
                subject=subject,
                reason="temporary_locked" if self._trail.is_locked(subject) else str(refused),
            ) from None
        self._trail.succeeded(
            account_id, user=session.user, token=header.get("oauth_token"), subject=subject
        )
        return session

    def _not_locked(self, subject: str) -> None:
        if self._trail.is_locked(subject):
            raise _RefusedError("temporary_locked")

    def _check(
        self,
        account: NetSuiteAccount | None,
        token: Token | None,
        header: OAuthHeader,
        *,
        base: str,
        arrived_at: datetime,
    ) -> Session:
        if account is None:
            # Unpublished: Oracle's host for an account that is not there answers by itself.
            raise _RefusedError("account_unknown")
        integration = _integration(account, header)
        token = _usable(token, integration)
        _check_time(header, arrived_at)
        _check_signature(header, base, integration, token)
        self._use_nonce(header)
        role = account.security.roles[token.role]
        if not role.allows(permissions.TOKENS, Level.FULL):
            raise _RefusedError("permission_denied")
        return Session(account=account, role=role, user=token.user)

    def _use_nonce(self, header: OAuthHeader) -> None:
        """Refuse a nonce seen before; those whose timestamp has passed are forgotten."""
        now = self._state.clock.now()
        names = ("oauth_consumer_key", "oauth_token", "oauth_timestamp", "oauth_nonce")
        consumer, token, timestamp, nonce = (header.get(name) for name in names)
        if len(nonce) < _SHORTEST_NONCE:
            raise _RefusedError("InvalidNonce")
        stale = [key for key, until in self._nonces.items() if until < now]
        for key in stale:
            del self._nonces[key]
        key = (consumer, token, timestamp, nonce)
        if key in self._nonces:
            raise _RefusedError("NonceUsed")
        self._nonces[key] = now + 2 * CLOCK_TOLERANCE


def _integration(account: NetSuiteAccount, header: OAuthHeader) -> Integration:
    integration = account.security.integrations.get(header.get("oauth_consumer_key"))
    if integration is None:
        raise _RefusedError("consumer_key_unknown")
    if not integration.enabled:
        raise _RefusedError("consumer_key_refused")
    return integration


def _usable(token: Token | None, integration: Integration) -> Token:
    if token is None or token.revoked or token.consumer_key != integration.consumer_key:
        raise _RefusedError("token_rejected")
    return token


def _check_time(header: OAuthHeader, arrived_at: datetime) -> None:
    text = header.get("oauth_timestamp")
    if not text.isdigit():
        raise _RefusedError("InvalidTimestamp")
    distance = abs(arrived_at.timestamp() - int(text))
    if distance > CLOCK_TOLERANCE.total_seconds():
        raise _RefusedError("InvalidTimestamp")


def _check_signature(
    header: OAuthHeader, base: str, integration: Integration, token: Token
) -> None:
    """HMAC-SHA256 and nothing else: HMAC-SHA1 is refused since 2023.1."""
    known = header.get("oauth_signature_method") == METHOD
    if not known or header.values.get("oauth_version", "1.0") != "1.0":
        raise _RefusedError("InvalidSignature")
    expected = sign(
        base, consumer_secret=integration.consumer_secret, token_secret=token.token_secret
    )
    if not secrets.compare_digest(expected.encode(), header.get("oauth_signature").encode()):
        raise _RefusedError("InvalidSignature")
