"""Xero's refusals: bodies, words and headers.

Shapes: https://github.com/XeroAPI/Xero-OpenAPI (`xero_accounting.yaml`), the recorded replies in
https://github.com/waynerobinson/xeroizer (`test/stub_responses`) and the issues of Xero's SDKs.
Where a number or text is practice, the docstring says so.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from sandbox.payload import JsonObject, JsonValue


class XeroRefusal(Exception):  # noqa: N818 - names: a refusal is an answer, not a fault of ours
    """A refused request; `body` none is answered with `text`."""

    def __init__(
        self,
        status: int,
        body: JsonObject | None = None,
        *,
        text: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.text = text
        self.headers = headers or {}
        super().__init__(f"{status}")


def _unauthorized(detail: str, **headers: str) -> XeroRefusal:
    body: JsonObject = {
        "Type": None,
        "Title": "Unauthorized",
        "Status": 401,
        "Detail": detail,
        "Instance": str(uuid4()),
        "Extensions": {},
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return XeroRefusal(401, body, headers=named)


def not_authenticated() -> XeroRefusal:
    """401: no token, or one that Xero did not give out."""
    return _unauthorized("AuthenticationUnsuccessful")


def token_expired(at: datetime) -> XeroRefusal:
    """401: the access token's half hour is over."""
    return _unauthorized(f"TokenExpired: token expired at {at:%m/%d/%Y %H:%M:%S}")


def missing_scope() -> XeroRefusal:
    """401: the token lacks the endpoint's scope; the header is practice, the body recorded."""
    return _unauthorized(
        "AuthorizationUnsuccessful", WWW_Authenticate='Bearer error="insufficient_scope"'
    )


def not_connected() -> XeroRefusal:
    """403: no tenant is named, or one that the token's user has not connected; lower-case keys."""
    body: JsonObject = {
        "title": "Forbidden",
        "status": 403,
        "detail": "AuthenticationUnsuccessful",
        "instance": str(uuid4()),
    }
    return XeroRefusal(403, body)


def not_found() -> XeroRefusal:
    """404 with a line of text (practice)."""
    return XeroRefusal(404, text="The resource you're looking for cannot be found")


def method_not_allowed() -> XeroRefusal:
    """405: the stand-in, or Xero, does not serve this method here."""
    return XeroRefusal(405, text="The requested method is not supported")


def too_large() -> XeroRefusal:
    """413: a body above ten megabytes (the status is practice)."""
    return XeroRefusal(413, text="Request Entity Too Large")


def server_failure(status: int) -> XeroRefusal:
    """A failure on Xero's side, without anything to read."""
    return XeroRefusal(status, text="")


def _api_exception(
    number: int, kind: str, message: str, elements: list[JsonValue] | None = None
) -> XeroRefusal:
    body: JsonObject = {"ErrorNumber": number, "Type": kind, "Message": message}
    if elements is not None:
        body["Elements"] = elements
    return XeroRefusal(400, body)


def invalid(elements: list[JsonValue]) -> XeroRefusal:
    """400 with the refused elements and their `ValidationErrors`."""
    return _api_exception(10, "ValidationException", "A validation exception occurred", elements)


def unparsable() -> XeroRefusal:
    """400: the body is not JSON (number and text are practice)."""
    return _api_exception(14, "PostDataInvalidException", "JSON for post data was invalid")


def no_data(endpoint: str) -> XeroRefusal:
    """400: a body without elements (number and text are practice)."""
    message = (
        "No data has been processed for this endpoint. This endpoint is expecting "
        f"{endpoint} data to be specifed in the request body."
    )
    return _api_exception(16, "NoDataProcessedException", message)


def bad_query(message: str) -> XeroRefusal:
    """400: `where`, `order` or paging cannot be understood (number and text are practice)."""
    return _api_exception(16, "QueryParseException", message)


def high_volume() -> XeroRefusal:
    """400: a filter without an index on very many records.

    The text was seen on contacts (https://github.com/XeroAPI/xero-python/issues/148); the number is
    a guess.
    """
    message = (
        "Your request is not filtering efficiently, given the extremely high volume for this "
        "organisation. Please check "
        "https://developer.xero.com/documentation/api/efficient-data-retrieval for tips."
    )
    return _api_exception(16, "HighVolumeException", message)


def bad_key(detail: str) -> XeroRefusal:
    """400: an `Idempotency-Key` that is too long or belongs to another request.

    https://developer.xero.com/documentation/guides/idempotent-requests/idempotency gives the rule;
    the body's shape is a guess.
    """
    body: JsonObject = {"Title": "Bad Request", "Status": 400, "Detail": detail}
    return XeroRefusal(400, body | {"Type": None, "Instance": str(uuid4())})


def rate_limited(problem: str, headers: Mapping[str, str]) -> XeroRefusal:
    """429 without a body; `problem` is `concurrent`, `minute`, `day` or `appminute`."""
    return XeroRefusal(429, headers={**headers, "X-Rate-Limit-Problem": problem})


def validation_errors(messages: list[str]) -> list[JsonValue]:
    """Messages as an element carries them."""
    return [{"Message": message} for message in messages]
