"""QuickBooks' refusals: codes, words and the two shapes they travel in.

Codes and texts: https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/handling-common-errors
Where the exact text is not published, the docstring says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.payload import JsonObject, JsonValue


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One entry of a fault's `Error` list."""

    code: str
    message: str
    detail: str
    element: str = ""


class QuickBooksFault(Exception):  # noqa: N818 - names: Intuit's own word
    """A refused request.

    `at_gateway` marks those refused before they reach the accounting service, whose JSON has
    lower-case keys (recorded for 401 and 403; taken to hold for 429).
    """

    def __init__(
        self, status: int, kind: str, errors: Iterable[ErrorDetail], *, at_gateway: bool = False
    ) -> None:
        self.status = status
        self.kind = kind
        self.errors = tuple(errors)
        self.at_gateway = at_gateway
        super().__init__(f"{kind} {', '.join(error.code for error in self.errors)}")

    def body(self) -> JsonObject:
        """The `Fault` object as validation errors carry it."""
        listed: list[JsonValue] = [
            {
                "Message": error.message,
                "Detail": error.detail,
                "code": error.code,
                "element": error.element,
            }
            for error in self.errors
        ]
        return {"Fault": {"Error": listed, "type": self.kind}}

    def gateway_body(self, time_ms: int) -> JsonObject:
        """The same with the gateway's lower-case keys and its empty siblings."""
        listed: list[JsonValue] = [
            {"message": error.message, "detail": error.detail, "code": error.code, "element": None}
            for error in self.errors
        ]
        return {
            "warnings": None,
            "intuitObject": None,
            "fault": {"error": listed, "type": self.kind},
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": time_ms,
            "status": None,
            "cdcresponse": [],
        }


def invalid(code: str, message: str, detail: str, element: str = "") -> QuickBooksFault:
    """A validation fault of one error."""
    return QuickBooksFault(400, "ValidationFault", [ErrorDetail(code, message, detail, element)])


def missing(name: str) -> ErrorDetail:
    """2020: a required parameter is not there."""
    return ErrorDetail(
        "2020",
        "Required param missing, need to supply the required value for the API",
        f"Required parameter {name} is missing in the request",
        name,
    )


def unsupported_property(name: str) -> ErrorDetail:
    """2010: a property the entity does not have."""
    return ErrorDetail(
        "2010",
        "Request has invalid or unsupported property",
        f"Property Name:{name} specified is unsupported or invalid",
        name,
    )


def too_long(element: str, *, limit: int, length: int) -> ErrorDetail:
    """2050: a text over its limit."""
    return ErrorDetail(
        "2050",
        "String length is either shorter or longer than supported by specification",
        "String length specified does not match the supported length. "
        f"Min:0 Max:{limit} supported. Supplied length:{length}",
        element,
    )


def invalid_number(element: str, value: object) -> ErrorDetail:
    """2090: not a number of the allowed size (a code from practice, not from the error page)."""
    return ErrorDetail("2090", "Invalid Number", f"Invalid Number : {value}", element)


def invalid_date(element: str, value: object) -> ErrorDetail:
    """2080: not a date (a code from practice, not from the error page)."""
    return ErrorDetail("2080", "Invalid Date", f"Invalid Date : {value}", element)


def invalid_enumeration(element: str, value: object) -> ErrorDetail:
    """2170: not one of the allowed words."""
    return ErrorDetail("2170", "Invalid Enumeration", f"Invalid Enumeration : {value}", element)


def invalid_reference(what: str, id_: str) -> QuickBooksFault:
    """2500: a reference to something that never was; `what` is Intuit's word for the list."""
    return invalid(
        "2500",
        "Invalid Reference Id",
        f"Invalid Reference Id : {what} element id {id_} not found",
        "Reference Id",
    )


def object_not_found(element: str = "") -> QuickBooksFault:
    """610: deleted, inactive or unknown."""
    return invalid(
        "610",
        "Object Not Found",
        "Object Not Found : Something you're trying to use has been made inactive. "
        "Check the fields with accounts, customers, items, vendors or employees.",
        element,
    )


def business(detail: str) -> QuickBooksFault:
    """6000: a rule of bookkeeping or of the company."""
    return invalid(
        "6000",
        "A business validation error has occurred while processing your request",
        f"Business Validation Error: {detail}",
    )


def period_closed() -> QuickBooksFault:
    """6210: the date lies in closed books."""
    return invalid(
        "6210",
        "Account Period Closed, Cannot Update Through Services API",
        "The account period has closed and the account books cannot be updated through the QBO "
        "Services API. Please use the QBO website to make these changes.",
    )


def duplicate_number() -> QuickBooksFault:
    """6140: the document number is taken, where the company minds."""
    return invalid(
        "6140",
        "Duplicate Document Number Error",
        "Duplicate Document Number Error : You must specify a different number. "
        "This number has already been used.",
    )


def stale_object() -> QuickBooksFault:
    """5010: the `SyncToken` is not the current one."""
    return invalid(
        "5010",
        "Stale Object Error",
        "Stale Object Error : You and another user were working on this at the same time. "
        "The other user finished before you did, so your work was not saved.",
    )


def unsupported_operation(what: str) -> QuickBooksFault:
    """500: no such resource or operation."""
    return invalid("500", "Unsupported Operation", f"Operation {what} is not supported.")


def subscription_ended() -> QuickBooksFault:
    """6190: the company may not be used."""
    return invalid(
        "6190",
        "Invalid Company Status",
        "Subscription period has ended or canceled or there was a billing problem : "
        "You can't add data to QuickBooks Online Plus because your trial or subscription period "
        "ended, you canceled your subscription, or there was a billing problem.",
    )


def query_syntax(detail: str) -> QuickBooksFault:
    """4000: the query cannot be read."""
    return invalid("4000", "Error parsing query", f"QueryParserError: {detail}")


def query_invalid(detail: str) -> QuickBooksFault:
    """4001: the query is readable and asks for what cannot be asked."""
    return invalid("4001", "Error validating query", f"QueryValidationError: {detail}")


def _at_gateway(status: int, kind: str, error: ErrorDetail) -> QuickBooksFault:
    return QuickBooksFault(status, kind, [error], at_gateway=True)


def authentication_failed(detail: str) -> QuickBooksFault:
    """3200 with 401: no, unknown or expired access token."""
    message = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    return _at_gateway(401, "AUTHENTICATION", ErrorDetail("3200", message, detail))


def wrong_company() -> QuickBooksFault:
    """3100 with 403: the token is good, but not for this company."""
    message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"
    return _at_gateway(403, "SERVICE", ErrorDetail("3100", message, ""))


def throttled() -> QuickBooksFault:
    """3001 with 429: too many requests."""
    message = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
    detail = "The request limit was reached.  Try again later"
    return _at_gateway(429, "SERVICE", ErrorDetail("3001", message, detail))


def system_failure(status: int = 500) -> QuickBooksFault:
    """10000: something broke at Intuit."""
    message = "An application error has occurred while processing your request"
    detail = "System Failure Error: Could not process the request."
    return QuickBooksFault(status, "SystemFault", [ErrorDetail("10000", message, detail)])
