"""The OAuth 2.0 token endpoint of any ERP: one request, one honest answer.

A token endpoint that is busy or away says nothing about a grant, so only its own words
``invalid_grant`` (RFC 6749, section 5.2) may end one. It must not store or log a token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from bot.erp.credentials import GrantRefusedError
from bot.erp.errors import ErpActionRequired, ErpUnavailable
from bot.erp.payload import JsonObject, NotJsonError, decimal_at, read_json, text_at
from bot.erp.transport import retry_after_s
from bot.erp.wording import plain_code
from ledger.problems import Problem, ProblemCode

_TIMEOUT = httpx.Timeout(connect=10, read=30, write=10, pool=10)
_DEFAULT_WAIT_S = 60.0
_NOBODYS_TOKEN = "integral-doctor"  # noqa: S105 - no token: it must be refused
_REFUSED_KEYS = frozenset({"invalid_client", "unauthorized_client"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKeys:
    """The keys of our app at an ERP; the secret stays out of ``repr``."""

    client_id: str
    client_secret: str = field(repr=False)


class TokenEndpoint:
    """Asks one token endpoint, with HTTP Basic client credentials where there are any."""

    def __init__(
        self, http: httpx.AsyncClient, *, erp: str, url: str, keys: AppKeys | None
    ) -> None:
        """Take the process's one client; ``erp`` is the ERP's name as people write it.

        Without keys the request itself has to prove who asks, by a signed assertion.
        """
        self._http = http
        self._erp = erp
        self._url = url
        self._auth = (
            ClientAuth(keys.client_id, keys.client_secret, "client_secret_basic") if keys else None
        )

    async def ask(self, grant_type: str, *, headers: dict[str, str], **values: str) -> JsonObject:
        """Send one token request and return the endpoint's reply.

        Raises:
            GrantRefusedError: ``invalid_grant``; the code or refresh token is dead.
            ErpActionRequired: the endpoint refuses our app's keys or our request.
            ErpUnavailable: no answer, throttled, or not an answer; the grant is untouched.
        """
        body = prepare_token_request(grant_type, **values)
        form = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        return self._judge(await self.post(self._url, body, headers=form | headers))

    async def takes_keys(self) -> bool | None:
        """Say whether the endpoint knows our app's keys; none when it does not answer now.

        By a refresh token that no endpoint ever gave: whoever knows us refuses it as
        ``invalid_grant``, whoever does not as ``invalid_client`` (RFC 6749, section 5.2).
        """
        try:
            await self.ask("refresh_token", headers={}, refresh_token=_NOBODYS_TOKEN)
        except GrantRefusedError:
            return True
        except ErpActionRequired as error:
            return False if error.problem.code is ProblemCode.CREDENTIALS_INVALID else None
        except ErpUnavailable:
            return None
        return True

    async def post(self, url: str, body: str, *, headers: dict[str, str]) -> httpx.Response:
        """Post with the app's credentials, and return whatever status came back.

        Raises:
            ErpUnavailable: no answer came.
        """
        signed = dict(headers)
        if self._auth is not None:
            url, signed, body = self._auth.prepare("POST", url, signed, body)
        request = self._http.build_request(
            "POST", url, content=body.encode(), headers=signed, timeout=_TIMEOUT
        )
        try:
            return await self._http.send(request, auth=None, follow_redirects=False)
        except httpx.RequestError as error:
            raise self.away(f"no answer ({type(error).__name__})") from error

    def away(self, reason: str) -> ErpUnavailable:
        """Say that the endpoint gave no usable answer."""
        facts = (("reason", f"sign-in service: {reason}"),)
        return ErpUnavailable(
            Problem(code=ProblemCode.ERP_UNREACHABLE, subject=self._erp, facts=facts)
        )

    def throttled(self, response: httpx.Response) -> ErpUnavailable:
        """Say that the endpoint asked us to wait."""
        problem = Problem(code=ProblemCode.RATE_LIMITED, subject=self._erp)
        wait = retry_after_s(response, otherwise=_DEFAULT_WAIT_S)
        return ErpUnavailable(problem, retry_after_s=wait)

    def _judge(self, response: httpx.Response) -> JsonObject:
        status = response.status_code
        payload = _payload(response)
        if status == 200 and payload is not None:
            return payload
        if status == 429:
            raise self.throttled(response)
        error = text_at(payload, "error") if payload is not None else None
        if status >= 500 or (error is None and status != 401):
            raise self.away(f"HTTP {status}")
        if error == "invalid_grant":
            raise GrantRefusedError
        raise self.refused(error or "invalid_client")

    def refused(self, error: str = "invalid_client") -> ErpActionRequired:
        """Say that the endpoint refuses our app's keys, or a request of ours."""
        is_ours = error in _REFUSED_KEYS
        code = ProblemCode.CREDENTIALS_INVALID if is_ours else ProblemCode.UNKNOWN
        subject = f"{self._erp} (the app's own client id and secret)" if is_ours else self._erp
        facts = (("error", plain_code(error)),)
        return ErpActionRequired(Problem(code=code, subject=subject, facts=facts))


def expiry(reply: JsonObject, key: str, *, since: datetime) -> datetime | None:
    """Return the moment a lifetime in seconds ends; none when the reply does not give it."""
    seconds = decimal_at(reply, key)
    return since + timedelta(seconds=int(seconds)) if seconds is not None else None


def _payload(response: httpx.Response) -> JsonObject | None:
    try:
        return read_json(response.content)
    except NotJsonError:
        return None
