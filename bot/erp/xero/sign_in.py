"""Signing in to Xero, as the use cases ask for it: a grant is a person's, and reaches several.

https://developer.xero.com/documentation/guides/oauth2/auth-flow. It must not keep a token.
"""

from __future__ import annotations

from bot.erp.credentials import OAuthTokens
from bot.erp.reach import Reach, ReachableCompany
from bot.erp.xero.oauth import XeroOAuth, auth_event_id, claim


class XeroSignIn:
    """Satisfies the port ``Authorizer``."""

    def __init__(self, oauth: XeroOAuth) -> None:
        """Take the OAuth part of the app's keys."""
        self._oauth = oauth

    def authorization_url(self, state: str, redirect_uri: str) -> str:
        """Return the address a person opens to let us in."""
        return self._oauth.authorization_url(state, redirect_uri)

    async def exchange(self, code: str, redirect_uri: str) -> OAuthTokens:
        """Exchange a callback's code for tokens; see :meth:`XeroOAuth.exchange`."""
        return await self._oauth.exchange(code, redirect_uri)

    async def reach(self, tokens: OAuthTokens, named: str | None) -> Reach:  # noqa: ARG002 - Xero's callback names none
        """Return every organisation of the person, marked whether this consent chose it.

        Raises:
            ErpError: Xero cannot be asked.
        """
        every = await self._oauth.connections(tokens.access_token)
        event = auth_event_id(tokens.access_token)
        chosen = every
        if event is not None:
            chosen = await self._oauth.connections(tokens.access_token, auth_event_id=event)
        tenants = {connection.tenant_id for connection in chosen}
        companies = tuple(
            ReachableCompany(
                external_id=connection.tenant_id,
                name=connection.name,
                connection_id=connection.connection_id,
                is_chosen=connection.tenant_id in tenants,
            )
            for connection in every
        )
        return Reach(companies=companies, subject=xero_user(tokens.access_token))


def xero_user(access_token: str) -> str | None:
    """Return the id of the Xero user whose token it is, from its own claims."""
    return claim(access_token, "xero_userid") or claim(access_token, "sub")
