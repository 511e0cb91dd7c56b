"""Installing the app and signing in: authorization codes, the bot's token, and who somebody is.

https://docs.slack.dev/authentication/installing-with-oauth and
https://docs.slack.dev/authentication/sign-in-with-slack. A code works once, within ten minutes, for
the client and the redirect address it was made for.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.slack import seed
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackRefusal
from sandbox.slack.jsontypes import JsonObject
from sandbox.slack.seed import SlackSettings
from sandbox.slack.workspace import Workspace

CODE_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    user: str
    redirect_uri: str
    scope: str
    made: datetime


class OAuth:
    """Codes and tokens of one app in one workspace."""

    def __init__(self, *, settings: SlackSettings, workspace: Workspace) -> None:
        self._settings = settings
        self._workspace = workspace
        self._codes: dict[str, _Code] = {}
        self._spent: set[str] = set()
        self._sign_ins: dict[str, str] = {}
        self._revoked: set[str] = set()

    def approve(self, user: str, *, redirect_uri: str, scope: str) -> str:
        """A new authorization code for a person who pressed Allow."""
        code = f"{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self._codes[code] = _Code(
            user=user, redirect_uri=redirect_uri, scope=scope, made=self._workspace.now()
        )
        return code

    def knows_client(self, client_id: str) -> bool:
        """Whether this is the app's client id."""
        return client_id == self._settings.client_id

    def check_token(self, token: str) -> None:
        """Let the bot token in force pass.

        Raises:
            SlackRefusal: `not_authed`, `token_revoked`, `account_inactive` or `invalid_auth`.
        """
        if not token:
            raise SlackRefusal("not_authed")
        if token in self._revoked:
            raise SlackRefusal("token_revoked")
        if not self._workspace.was_installed():
            known = {self._settings.bot_token}
        elif (current := self._workspace.installed_token()) is None:
            raise SlackRefusal("account_inactive")
        else:
            # The token of the settings stays good beside one from an installation.
            known = {self._settings.bot_token, current}
        if token not in known:
            raise SlackRefusal("invalid_auth")

    def uninstall(self) -> None:
        """Take the token in force out of use."""
        current = self._workspace.installed_token()
        if current:
            self._revoked.add(current)
        self._workspace.keep_installation(None)

    def access(self, call: Arguments) -> JsonObject:
        """`oauth.v2.access`: a code for a bot token."""
        code = self._exchange(call)
        token = f"xoxb-sandbox-{secrets.token_hex(16)}"
        self._workspace.keep_installation(token)
        return {
            "ok": True,
            "access_token": token,
            "token_type": "bot",
            "scope": code.scope,
            "bot_user_id": seed.BOT_USER_ID,
            "app_id": seed.APP_ID,
            "team": {"id": seed.TEAM_ID, "name": seed.TEAM_NAME},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": code.user},
        }

    def sign_in(self, call: Arguments) -> JsonObject:
        """`openid.connect.token`: a code for a token that says who signed in."""
        code = self._exchange(call)
        token = f"xoxp-sandbox-{secrets.token_hex(16)}"
        self._sign_ins[token] = code.user
        return {"ok": True, "access_token": token, "token_type": "Bearer"}

    def who(self, call: Arguments) -> JsonObject:
        """`openid.connect.userInfo`, with the token of `openid.connect.token`."""
        person = self._workspace.people.get(self._sign_ins.get(call.token, ""))
        if person is None:
            raise SlackRefusal("invalid_auth")
        return {
            "ok": True,
            "sub": person.id,
            "https://slack.com/user_id": person.id,
            "https://slack.com/team_id": person.team_id,
            "email": person.email,
            "email_verified": True,
            "name": person.real_name,
        }

    def _exchange(self, call: Arguments) -> _Code:
        client_id, client_secret = _client(call)
        if not self.knows_client(client_id):
            raise SlackRefusal("invalid_client_id")
        if not secrets.compare_digest(client_secret, self._settings.client_secret):
            raise SlackRefusal("bad_client_secret")
        given = call.text("code")
        if given in self._spent:
            raise SlackRefusal("code_already_used")
        code = self._codes.pop(given, None)
        if code is None or self._workspace.now() - code.made > CODE_LIFE:
            raise SlackRefusal("invalid_code")
        self._spent.add(given)
        if call.text("redirect_uri", code.redirect_uri) != code.redirect_uri:
            raise SlackRefusal("bad_redirect_uri")
        return code


def _client(call: Arguments) -> tuple[str, str]:
    """Client id and secret, from the form or from HTTP Basic."""
    if "client_id" in call:
        return call.text("client_id"), call.text("client_secret")
    try:
        client_id, _colon, secret = base64.b64decode(call.basic).decode().partition(":")
    except ValueError:
        return "", ""
    return client_id, secret
