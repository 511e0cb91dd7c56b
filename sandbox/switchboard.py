"""The control endpoints that every stand-in has: its fault rules and its log of requests."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.faults import FaultBoard, FaultOrder
from sandbox.gateway import RequestLog
from sandbox.local import control, json_reply
from sandbox.payload import JsonObject, JsonValue, read_json


class Switchboard:
    """`/faults` and `/requests`; `counters` adds what the stand-in counted to the latter."""

    def __init__(
        self, *, faults: FaultBoard, log: RequestLog, counters: Callable[[], JsonObject]
    ) -> None:
        self._faults = faults
        self._log = log
        self._counters = counters

    def routes(self) -> list[BaseRoute]:
        """The endpoints below `/control/…`."""
        return [
            Route("/requests", control(self.requests), methods=["GET"]),
            Route("/faults", control(self.faults), methods=["GET"]),
            Route("/faults", control(self.add_fault), methods=["POST"]),
            Route("/faults", control(self.clear_faults), methods=["DELETE"]),
        ]

    async def requests(self, request: Request) -> Response:
        """The requests met since number `after`, and each company's counted calls."""
        after = int(request.query_params.get("after", "0"))
        logged: list[JsonValue] = [entry.as_json() for entry in self._log.after(after)]
        return json_reply({"requests": logged, "calls": self._counters()})

    async def faults(self, _request: Request) -> Response:
        """The fault rules in force and every fault applied."""
        return json_reply(self._faults.as_json())

    async def add_fault(self, request: Request) -> Response:
        """Add a fault rule."""
        rule = self._faults.add(FaultOrder.model_validate(read_json(await request.body())))
        return json_reply(rule.as_json(), 201)

    async def clear_faults(self, request: Request) -> Response:
        """Remove the rule of `?id=`, or all; hanging requests go on."""
        id_ = request.query_params.get("id")
        self._faults.clear(None if id_ is None else int(id_))
        return json_reply(self._faults.as_json())
