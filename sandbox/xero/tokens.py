"""The tokens of a grant: what stands in them, and the reply that gives them out.

https://developer.xero.com/documentation/guides/oauth2/auth-flow. The claim
`authentication_event_id` tells which act of consent a token came from.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.payload import JsonObject
from sandbox.xero.signing import signed_token
from sandbox.xero.state import Grant

ISSUER = "https://identity.xero.com"
ACCESS_LIFE = timedelta(seconds=1800)
_ID_TOKEN_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the token endpoint gives out."""

    access_token: str
    scope: str
    refresh_token: str | None = None
    """None without `offline_access`."""
    id_token: str | None = None
    """None without `openid`."""

    def as_json(self) -> JsonObject:
        """The token reply."""
        body: JsonObject = {
            "access_token": self.access_token,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "token_type": "Bearer",
            "scope": self.scope,
        }
        if self.refresh_token is not None:
            body["refresh_token"] = self.refresh_token
        if self.id_token is not None:
            body["id_token"] = self.id_token
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Makes the signed tokens of a grant at a moment."""

    grant: Grant
    client_id: str
    now: datetime

    def access_token(self) -> str:
        """An access token; no two are the same."""
        return signed_token(
            {
                "nbf": int(self.now.timestamp()),
                "exp": int((self.now + ACCESS_LIFE).timestamp()),
                "iss": ISSUER,
                "aud": f"{ISSUER}/resources",
                "client_id": self.client_id,
                **self._subject(),
                "jti": secrets.token_hex(16),
                "authentication_event_id": self.grant.auth_event_id,
                "scope": self.grant.scope.split(),
            }
        )

    def id_token(self, nonce: str) -> str:
        """An ID token, with the nonce that the app sent, if any."""
        return signed_token(
            {
                "iat": int(self.now.timestamp()),
                "exp": int((self.now + _ID_TOKEN_LIFE).timestamp()),
                "iss": ISSUER,
                "aud": self.client_id,
                **self._subject(),
                "email": self.grant.user,
                "preferred_username": self.grant.user,
                **({"nonce": nonce} if nonce else {}),
            }
        )

    def _subject(self) -> dict[str, str]:
        user_id = hashlib.sha256(self.grant.user.encode()).hexdigest()[:32]
        return {"sub": user_id, "xero_userid": user_id}
