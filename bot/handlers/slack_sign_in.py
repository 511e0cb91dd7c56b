"""Sign in with Slack: who sits in front of a browser, asked before an ERP's login page opens.

https://docs.slack.dev/authentication/sign-in-with-slack. The answer is only compared with the
person who asked for a link; the token that comes with it is used once and dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.handlers.slack_api import SlackApi

_INSTALLING = "/oauth/v2/authorize"
_SIGNING_IN = "/openid/connect/authorize"


class SlackSignInError(Exception):
    """Slack did not say who is signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPerson:
    """A person, as Slack names them."""

    team_id: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSignIn:
    """The OpenID client of our Slack app."""

    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    """Where the app is installed; signing in has its own page beside it."""
    redirect_uri: str
    slack: SlackApi

    def address(self, state: str, *, team_id: str) -> str:
        """Return the page at which a person of a workspace signs in."""
        page = self.authorize_url
        if page.endswith(_INSTALLING):
            page = page.removesuffix(_INSTALLING) + _SIGNING_IN
        query = {
            "response_type": "code",
            "scope": "openid",
            "client_id": self.client_id,
            "state": state,
            "team": team_id,
            "redirect_uri": self.redirect_uri,
        }
        return f"{page}?{urlencode(query)}"

    async def who(self, code: str) -> SlackPerson:
        """Return whose code it is; a code works once.

        Raises:
            SlackSignInError: Slack refuses the code, or does not answer.
        """
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "code": code,
            "redirect_uri": self.redirect_uri,
        }
        try:
            reply = await self.slack.client().api_call("openid.connect.token", data=form)
            signed_in = self.slack.client(str(reply.get("access_token") or ""))
            person = await signed_in.openid_connect_userInfo()
        except (SlackApiError, SlackClientError, aiohttp.ClientError, TimeoutError, OSError):
            raise SlackSignInError from None
        return SlackPerson(
            team_id=str(person.get("https://slack.com/team_id") or ""),
            user_id=str(person.get("https://slack.com/user_id") or ""),
        )
