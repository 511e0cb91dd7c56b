"""NetSuite's refusals: codes, words and the shape they travel in.

https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_1545222128.html and its
siblings give the shape; `detail` texts follow Oracle's pattern where the exact one is not
published. Wording follows the user's language there, so nobody may match on a whole text.
"""

from collections.abc import Mapping

from starlette.responses import Response

from sandbox.payload import JsonObject, write_json

_RFC = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10."
_SECTIONS = {400: "4.1", 401: "4.2", 403: "4.4", 404: "4.5", 405: "4.6", 500: "5.1", 503: "5.4"}
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Bad Request",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
ERROR_MEDIA_TYPE = "application/vnd.oracle.resource+json; type=error"


class NetSuiteError(Exception):
    """A refused request; `path` names the property, `parameter` the query parameter."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        path: str | None = None,
        parameter: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.path = path
        self.parameter = parameter
        self.headers = dict(headers or {})
        super().__init__(f"{code}: {detail}")

    def body(self) -> JsonObject:
        """The error object."""
        where: JsonObject = {}
        if self.path is not None:
            where["o:errorPath"] = self.path
        if self.parameter is not None:
            where["o:errorQueryParam"] = self.parameter
        section = _SECTIONS.get(self.status, "4.1" if self.status < 500 else "5.1")
        body: JsonObject = {
            "type": _RFC + section,
            "title": _TITLES.get(self.status, "Error"),
            "status": self.status,
        }
        if self.status == 429:
            # Documented with a code of its own beside the detail's (section_156570709583.html).
            body["o:errorCode"] = "USER_ERROR"
        body["o:errorDetails"] = [{"detail": self.detail, **where, "o:errorCode": self.code}]
        return body

    def response(self) -> Response:
        """The refusal as a reply."""
        return Response(write_json(self.body()), self.status, self.headers, ERROR_MEDIA_TYPE)


def invalid_login() -> NetSuiteError:
    """401: the caller never learns why; the login audit trail does."""
    return NetSuiteError(
        401,
        "INVALID_LOGIN",
        "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at "
        "Setup > Users/Roles > User Management > View Login Audit Trail.",
    )


def no_permission(permission: str, *, as_user_error: bool) -> NetSuiteError:
    """403, or the 400 that is often seen in its place."""
    if as_user_error:
        return user_error("Your current role does not have permission to perform this action.")
    return NetSuiteError(
        403,
        "INSUFFICIENT_PERMISSION",
        f"Permission Violation: You need the '{permission}' permission to access this page. "
        "Please contact your account administrator.",
    )


def user_error(detail: str, path: str | None = None) -> NetSuiteError:
    """400 for nearly every business rule."""
    return NetSuiteError(
        400, "USER_ERROR", f"Error while accessing a resource. {detail}", path=path
    )


def invalid_content(detail: str, path: str | None = None) -> NetSuiteError:
    """400: an unknown or misshaped field."""
    return NetSuiteError(400, "INVALID_CONTENT", detail, path=path)


def invalid_request(detail: str) -> NetSuiteError:
    """400: a malformed request."""
    return NetSuiteError(400, "INVALID_REQUEST", detail)


def invalid_query(detail: str, parameter: str = "q") -> NetSuiteError:
    """400: SuiteQL that cannot be answered (code and parameter name are practice)."""
    words = f"Invalid search query. Detailed unprocessed description follows. {detail}"
    return NetSuiteError(400, "INVALID_PARAMETER", words, parameter=parameter)


def nonexistent(record: str = "Record") -> NetSuiteError:
    """404: no such record."""
    return NetSuiteError(
        404, "NONEXISTENT_ID", f"Error while accessing a resource. {record} does not exist."
    )


def unknown_method(what: str) -> NetSuiteError:
    """404: no such resource."""
    return NetSuiteError(404, "NOT_FOUND", f"The requested resource {what} was not found.")


def invalid_reference(field: str, id_: str, path: str) -> NetSuiteError:
    """400: a reference to something that is not there."""
    return user_error(f"Invalid reference key {id_} for {field}.", path)


def invalid_value(field: str, value: str, path: str) -> NetSuiteError:
    """400: something that is there and may not be used."""
    words = f"You have entered an Invalid Field Value {value} for the following field: {field}."
    return user_error(words, path)


def missing(label: str, path: str | None = None) -> NetSuiteError:
    """400: a mandatory field is empty."""
    return user_error(f"Please enter value(s) for: {label}.", path)


def not_settable(element: str) -> NetSuiteError:
    """400: a field that this account or role does not have on its form."""
    return user_error(
        f"You do not have permissions to set a value for element {element} due to one of the "
        "following reasons: 1) The field is read-only; 2) An associated feature is disabled; "
        "3) The field is available either when a record is created or updated, but not in both "
        "cases.",
        element,
    )


def too_many_requests() -> NetSuiteError:
    """429 with the documented body and no `Retry-After`."""
    return NetSuiteError(
        429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked."
    )


def idempotency_conflict(location: str) -> NetSuiteError:
    """400: the key of an asynchronous request was used before (subsect_164494900632.html)."""
    return NetSuiteError(
        400,
        "IDEMPOTENCY_ERROR",
        "The idempotency key was already used by another request.",
        headers={"Location": location, "Preference-Applied": "respond-async"},
    )


def unexpected(status: int = 500) -> NetSuiteError:
    """5xx: something broke at Oracle."""
    return NetSuiteError(
        status,
        "UNEXPECTED_ERROR",
        "An unexpected error occurred. Please contact support and provide this Error ID: "
        "m1x7tq3k1a2b3c4d5e6f7.",
    )
