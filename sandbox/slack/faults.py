"""Switches that put Slack away: the Web API fails, stalls or loses its reply on demand.

It decides which call fails and how; carrying it out is the Web API's work.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias, get_args

from sandbox.slack.errors import ControlRefusal
from sandbox.slack.jsontypes import JsonObject, as_list

FaultKind: TypeAlias = Literal["http_500", "timeout", "ratelimited", "error", "lost_reply"]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One switch.

    Args:
        kind: `http_500` (nothing done), `timeout` (nothing done, held for `delay_s`, then 504),
            `ratelimited` (429 with `retry_after_s`), `error` (`ok: false` with `error`),
            `lost_reply` (done, then the connection is answered with 502).
        methods: the methods it touches; none means all, response URLs included.
        times: how many calls it still spoils; None means until it is cleared.
    """

    kind: FaultKind
    methods: tuple[str, ...] = ()
    times: int | None = None
    delay_s: float = 30.0
    retry_after_s: int = 1
    error: str = "internal_error"


class Faults:
    """The switches that are on, oldest first."""

    def __init__(self) -> None:
        self._on: list[Fault] = []

    def add(self, wanted: JsonObject) -> None:
        """Turn a switch on, from its JSON form (the fields of `Fault`).

        Raises:
            ControlRefusal: an unknown kind.
        """
        kind = next((name for name in KINDS if name == wanted.get("kind")), None)
        if kind is None:
            raise ControlRefusal(f"kind must be one of {', '.join(KINDS)}")
        times = wanted.get("times")
        self._on.append(
            Fault(
                kind=kind,
                methods=tuple(str(name) for name in as_list(wanted.get("methods"))),
                times=None if times is None else int(times),
                delay_s=float(wanted.get("delay_s", 30.0)),
                retry_after_s=int(wanted.get("retry_after_s", 1)),
                error=str(wanted.get("error", "internal_error")),
            )
        )

    def clear(self) -> None:
        """Turn every switch off."""
        self._on.clear()

    def listed(self) -> list[JsonObject]:
        """The switches that are on."""
        return [asdict(fault) for fault in self._on]

    def take(self, method: str) -> Fault | None:
        """The switch that spoils this call, with one time fewer left."""
        for fault in self._on:
            if fault.methods and method not in fault.methods:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._on.remove(fault)
            return fault
        return None
