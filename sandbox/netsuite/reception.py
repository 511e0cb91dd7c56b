"""Where requests arrive: whose account each is for, and how many of it are under way at once.

NetSuite limits concurrency only, shared by everything in the account
(https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/bridgehead_1500275603.html). The
count lies outside the fault switches, so that a slow or hanging request keeps its place.
"""

from collections import Counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.netsuite.signature import MalformedHeaderError, OAuthHeader
from sandbox.netsuite.state import NetSuiteState

ACCOUNT_HEADER = "x-sandbox-account"
UNDER_WAY = "netsuite.under_way"
ARRIVED_AT = "netsuite.arrived_at"
"""A signature is as old as it was on arrival, however late its request is worked on."""


class Reception:
    """An ASGI application around the gateway; it decides nothing."""

    def __init__(self, app: ASGIApp, state: NetSuiteState) -> None:
        self._app = app
        self._state = state
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the account in a header of ours, the time, and the requests under way with this."""
        account = self._account(Headers(scope=scope).get("authorization", ""))
        ours = ACCOUNT_HEADER.encode()
        headers = [(name, value) for name, value in scope["headers"] if name != ours]
        self._under_way[account] += 1
        noted: Scope = {
            "headers": [*headers, (ours, account.encode())],
            UNDER_WAY: self._under_way[account],
            ARRIVED_AT: self._state.clock.now(),
        }
        try:
            await self._app({**scope, **noted}, receive, send)
        finally:
            self._under_way[account] -= 1

    def _account(self, authorization: str) -> str:
        kind, _, token = authorization.partition(" ")
        if kind.lower() == "bearer":
            grant = self._state.grants.get(token)
            return grant.account if grant else ""
        try:
            return OAuthHeader.parse(authorization).get("realm")
        except MalformedHeaderError:
            return ""
