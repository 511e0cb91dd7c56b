"""Control endpoints: JSON in and out for callers on this machine only."""

from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from sandbox.payload import NotAnObjectError, write_json

ControlEndpoint = Callable[[Request], Awaitable[Response]]


def json_reply(body: Mapping[str, object], status: int = 200) -> Response:
    """An object as an HTTP reply."""
    return Response(write_json(body), status, media_type="application/json")


def control(endpoint: ControlEndpoint) -> ControlEndpoint:
    """Open an endpoint to loopback callers only, and answer what it cannot read with 400 or 404.

    The endpoint raises `LookupError` for what does not exist and `ValueError` for a body that makes
    no sense (pydantic's and the JSON reader's errors are such).
    """

    async def guarded(request: Request) -> Response:
        if request.client is not None and not _is_this_machine(request.client.host):
            return json_reply({"error": "the control endpoints answer this machine only"}, 403)
        try:
            return await endpoint(request)
        except LookupError as error:
            return json_reply({"error": f"not found: {error.args[0] if error.args else ''}"}, 404)
        except (ValidationError, NotAnObjectError, ValueError) as error:
            return json_reply({"error": str(error)}, 400)

    return guarded


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", "testclient"}
