"""What the OAuth endpoints of every stand-in share: the one registered app, forms and replies.

Which grants exist, how long they live and what their endpoints are called is each stand-in's own.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.local import json_reply

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """A refusal of the token endpoint; the message is OAuth's error word."""

    def __init__(self, error: str, description: str) -> None:
        self.error = error
        self.description = description
        super().__init__(error)

    def as_json(self) -> dict[str, str]:
        """The body of the refusal."""
        return {"error": self.error, "error_description": self.description}


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The one app that is registered with a stand-in."""

    client_id: str
    client_secret: str

    def sent(self, request: Request) -> bool:
        """Whether a request carries this app's credentials, as HTTP Basic."""
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return False
        expected = f"{self.client_id}:{self.client_secret}".encode()
        return kind.lower() == "basic" and secrets.compare_digest(given, expected)

    def is_in(self, form: Mapping[str, str]) -> bool:
        """Whether a form carries this app's credentials (`client_secret_post`, RFC 6749 2.3.1)."""
        given = f"{form.get('client_id')}:{form.get('client_secret')}".encode()
        return secrets.compare_digest(given, f"{self.client_id}:{self.client_secret}".encode())


def bearer_token(request: Request) -> str | None:
    """The access token of a request, or none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else None


async def form_of(request: Request) -> dict[str, str]:
    """The text fields of a form; of a repeated one the last."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def send_back(redirect_uri: str, answer: Mapping[str, str]) -> RedirectResponse:
    """Send the browser back to the caller with an answer added to its address."""
    parts = urlsplit(redirect_uri)
    query = urlencode([*parse_qsl(parts.query), *answer.items()])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), status_code=303)


def oauth_reply(body: Mapping[str, object], status: int = 200) -> Response:
    """A token endpoint's reply, which nobody may keep."""
    reply = json_reply(body, status)
    reply.headers.update(_NO_STORE)
    return reply
