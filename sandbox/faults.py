"""Fault switches: which requests to spoil, how, and how often; the same board for every stand-in.

A rule names a request by method, path and count, and what shall befall it. This module
only decides; `sandbox.gateway` carries it out. It knows no ERP: each has its own refusals.
"""

import asyncio
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sandbox.clock import SandboxClock
from sandbox.payload import JsonObject


class FaultKind(StrEnum):
    """What befalls a request."""

    DROP_REPLY = "drop_reply"
    """Process it, then close the connection without one byte of reply."""
    DROP_REQUEST = "drop_request"
    """Close the connection before it is processed."""
    LATE_COMMIT = "late_commit"
    """Answer `status` (or drop the connection) at once, and process it `delay_s` later."""
    SLOW = "slow"
    """Process it, then wait `delay_s` before replying."""
    STATUS = "status"
    """Answer `status` with `body`; processed before that only when `committed`."""
    THROTTLE = "throttle"
    """Answer the stand-in's documented "too many requests"; never processed."""
    HANG = "hang"
    """Say nothing until the rule is deleted; processed before only when `committed`, else after."""
    REFUSE_CONNECTIONS = "refuse_connections"
    """The whole service is away: every matching connection is closed unprocessed."""
    EXPIRED_TOKEN = "expired_token"
    """Answer as if the access token had expired; never processed."""


class RequestMatch(BaseModel):
    """Which requests a rule is about; what is left out matches everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str | None = None
    path: str = ""
    """A regular expression searched in the whole path."""
    realm: str | None = None
    """A company's identifier as it stands in the path, or in the header that names it."""
    nth: int | None = Field(default=None, ge=1)
    """Begin at the n-th matching request, counted from 1."""

    @field_validator("path")
    @classmethod
    def _is_expression(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return path

    def accepts(self, method: str, path: str, company: str | None = None) -> bool:
        """Whether a request is one of those meant, apart from its count.

        `company` is the one that a header names, where the stand-in has such a header.
        """
        if self.method is not None and self.method.upper() != method:
            return False
        if self.realm is not None and self.realm not in (company, *path.split("/")):
            return False
        return re.search(self.path, path) is not None


class FaultOrder(BaseModel):
    """A rule as it is asked for, the body of `POST /control/…/faults`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    match: RequestMatch = RequestMatch()
    times: int | None = Field(default=1, ge=1)
    """How many requests to spoil; null spoils every one until the rule is deleted."""
    delay_s: float = Field(default=0, ge=0)
    status: int | None = Field(default=None, ge=400, le=599)
    body: str | None = None
    """The exact text to answer with; left out, the stand-in's own body for that status."""
    retry_after: int | None = None
    committed: bool = False


@dataclass(slots=True, kw_only=True)
class FaultRule:
    """A rule on the board, with what it has seen and done."""

    id: int
    order: FaultOrder
    seen: int = 0
    applied: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def claims(self, method: str, path: str, company: str | None = None) -> bool:
        """Count a request that matches, and say whether this rule spoils it."""
        if not self.order.match.accepts(method, path, company):
            return False
        self.seen += 1
        spent = self.order.times is not None and self.applied >= self.order.times
        if spent or self.seen < (self.order.match.nth or 1):
            return False
        self.applied += 1
        return True

    def as_json(self) -> JsonObject:
        """The rule with its counts, for `GET /control/…/faults`."""
        described: JsonObject = self.order.model_dump(mode="json")
        return {"id": self.id, **described, "seen": self.seen, "applied": self.applied}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedFault:
    """One request that a rule spoiled."""

    rule_id: int
    kind: FaultKind
    method: str
    path: str
    at: datetime


class FaultBoard:
    """The rules in force for one stand-in, in the order they were given, and all they did."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._rules: list[FaultRule] = []
        self._last_id = 0
        self.applied: list[AppliedFault] = []

    def add(self, order: FaultOrder) -> FaultRule:
        """Put a rule on the board."""
        self._last_id += 1
        rule = FaultRule(id=self._last_id, order=order)
        self._rules.append(rule)
        return rule

    def clear(self, rule_id: int | None = None) -> None:
        """Take one rule off the board, or all; requests that hang on it go on."""
        for rule in [rule for rule in self._rules if rule_id in (None, rule.id)]:
            rule.released.set()
            self._rules.remove(rule)

    def take(self, method: str, path: str, company: str | None = None) -> FaultRule | None:
        """The first rule that spoils this request, now counted; none when it goes through."""
        for rule in self._rules:
            if rule.claims(method, path, company):
                self._note(rule, method, path)
                return rule
        return None

    def as_json(self) -> JsonObject:
        """The rules in force and every fault applied so far."""
        return {
            "rules": [rule.as_json() for rule in self._rules],
            "applied": [{**asdict(done), "at": done.at.isoformat()} for done in self.applied],
        }

    def _note(self, rule: FaultRule, method: str, path: str) -> None:
        self.applied.append(
            AppliedFault(
                rule_id=rule.id,
                kind=rule.order.kind,
                method=method,
                path=path,
                at=self._clock.now(),
            )
        )
