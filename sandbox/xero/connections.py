"""The connections endpoint: which organisations a token reaches, and dropping one.

https://developer.xero.com/documentation/guides/oauth2/auth-flow has it in lower case, the
specification and Xero's own SDKs with a capital: both are served.
https://github.com/XeroAPI/Xero-OpenAPI (`xero-identity.yaml`)
"""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.oauth_app import bearer_token
from sandbox.payload import JsonObject
from sandbox.xero.errors import XeroRefusal, not_found
from sandbox.xero.grants import Grants
from sandbox.xero.state import Connection, XeroState
from sandbox.xero.wire import refusal_answer


class ConnectionsApi:
    """Serves `/connections`, in JSON only."""

    def __init__(self, *, state: XeroState, grants: Grants) -> None:
        self._state = state
        self._grants = grants

    def routes(self) -> list[BaseRoute]:
        """The endpoints below `/xero`."""
        return [
            route
            for path in ("/connections", "/Connections")
            for route in (
                Route(path, self.show, methods=["GET"]),
                Route(f"{path}/{{id}}", self.drop, methods=["DELETE"]),
            )
        ]

    async def show(self, request: Request) -> Response:
        """The connections of the token's user; `?authEventId=` keeps those just consented to."""
        try:
            grant = self._grants.check_access(bearer_token(request))
        except XeroRefusal as refusal:
            return refusal_answer(refusal).render("application/json")
        event = request.query_params.get("authEventId")
        shown = [
            self._shown(held)
            for held in self._grants.connections(grant)
            if event in (None, "", held.auth_event_id)
        ]
        return Response(json.dumps(shown), media_type="application/json")

    async def drop(self, request: Request) -> Response:
        """Drop a connection by its own id: 204, or 404 when it is gone or somebody else's."""
        try:
            grant = self._grants.check_access(bearer_token(request))
            own = {held.id for held in self._grants.connections(grant)}
            if request.path_params["id"] not in own:
                raise not_found()
        except XeroRefusal as refusal:
            return refusal_answer(refusal).render("application/json")
        self._grants.disconnect(request.path_params["id"])
        return Response(None, 204)

    def _shown(self, held: Connection) -> JsonObject:
        return {
            "id": held.id,
            "authEventId": held.auth_event_id,
            "tenantId": held.tenant,
            "tenantType": "ORGANISATION",
            "tenantName": self._state.organisations[held.tenant].name,
            "createdDateUtc": f"{held.created_at:%Y-%m-%dT%H:%M:%S.%f}0",
            "updatedDateUtc": f"{held.updated_at:%Y-%m-%dT%H:%M:%S.%f}0",
        }
