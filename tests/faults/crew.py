"""Real processes under a supervisor: whoever ends is started again, as a platform does it.

Each has a wire of its own to the database and one that all share to the ERP. What befalls whom
comes from outside; nothing is judged here.
"""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from sqlalchemy.engine import make_url

from tests.faults.children import Child, Standing
from tests.faults.erp_side import ErpSide
from tests.faults.life import World
from tests.faults.real_process import environment
from tests.faults.serving import serve_in_child
from tests.faults.wires import Wire, Wires

STOPS_WITHIN_S = 25.0
"""A process that was told to stop and has not by then hangs."""
_RESTARTS_AFTER_S = 0.3
_ERP = "erp"
_SLOT = re.compile(r"slot-\d+")
_CLAIMED = "select owner from delivery_attempts where ended_at is null"
_READY = ("Integral listens", "Integral shows", "Running as")


class HangsError(Exception):
    """A process was told to stop and did not."""


@dataclass(slots=True)
class Member:
    """One place in the crew: the process that is in it now, and what is to become of it."""

    name: str
    part: str | None
    child: Child
    stops_by: float | None = None
    starts_at: float | None = None
    thaws_at: float | None = None

    @property
    def is_up(self) -> bool:
        """Say whether it runs and is not frozen."""
        return self.child.exit_code is None and self.thaws_at is None

    @property
    def is_ready(self) -> bool:
        """Say whether it has told that it serves."""
        said = self.child.log.read_text(encoding="utf-8") if self.child.log.exists() else ""
        return any(words in said for words in _READY)

    @property
    def slot(self) -> str | None:
        """Return the executor slot that it claimed last, as its log has it."""
        said = self.child.log.read_text(encoding="utf-8") if self.child.log.exists() else ""
        starts = [line for line in said.splitlines() if "engine.started" in line]
        found = _SLOT.search(starts[-1]) if starts else None
        return found.group() if found else None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it is there."""
        if self.child.exit_code is None:
            os.kill(self.child.pid, number)


@dataclass(slots=True)
class Crew:
    """All of them."""

    world: World
    wires: Wires
    members: list[Member] = field(default_factory=list)
    _mends: list[tuple[float, str]] = field(default_factory=list)

    @classmethod
    @contextmanager
    def running(cls, world: World, parts: tuple[str | None, ...], erp: ErpSide) -> Iterator["Crew"]:
        """Start one process for each part, for the length of the block; none is left behind."""
        names = [f"serve-{number}" for number in range(1, len(parts) + 1)]
        ends = {_ERP: _port(erp.url)} | dict.fromkeys(names, _port(world.database_url))
        wires = Wires(ends, folder=world.folder)
        crew = cls(world, wires)
        try:
            for name, part in zip(names, parts, strict=True):
                crew.members.append(Member(name, part, crew._start(name, part)))
            yield crew
        finally:
            for member in crew.members:
                member.child.kill()
            wires.close()

    def look(self) -> None:
        """Start, thaw and mend what is due.

        Raises:
            HangsError: one was told to stop long ago.
        """
        now = time.monotonic()
        for member in self.members:
            self._look_at(member, now)
        for mend in [each for each in self._mends if each[0] <= now]:
            self._mends.remove(mend)
            self.wires.put(mend[1], Wire.WHOLE)

    def kill(self, member: Member) -> None:
        """End it at once."""
        member.send(signal.SIGKILL)

    def stop(self, member: Member) -> None:
        """Tell it to end; one that is frozen would never hear of it."""
        member.thaws_at = None
        member.stops_by = time.monotonic() + STOPS_WITHIN_S
        member.send(signal.SIGTERM)
        member.send(signal.SIGCONT)

    def freeze(self, member: Member, *, seconds: float, is_forgotten: bool) -> None:
        """Stop it for a while; the database forgets one whose sessions it gave up."""
        member.thaws_at = time.monotonic() + seconds
        member.send(signal.SIGSTOP)
        if is_forgotten:
            self.cut(member.name, seconds=seconds / 2)

    def sender(self) -> Member | None:
        """Return who has claimed entries and not yet said what became of them."""
        try:
            with psycopg.connect(_plain(self.world.database_url), autocommit=True) as connection:
                row = connection.execute(_CLAIMED).fetchone()
        except psycopg.OperationalError:
            return None
        slot = row[0].partition("/")[0] if row else None
        return next((m for m in self.members if m.is_up and m.slot == slot), None)

    def cut(self, wire: str = _ERP, *, seconds: float, is_dead: bool = False) -> None:
        """Cut a wire, or have it go dead, for a while."""
        self.wires.put(wire, Wire.DEAD if is_dead else Wire.CUT)
        self._mends.append((time.monotonic() + seconds, wire))

    def stop_all(self) -> None:
        """Tell everybody to end, and wait for it.

        Raises:
            HangsError: one did not.
        """
        for member in self.members:
            self.stop(member)
        until = time.monotonic() + STOPS_WITHIN_S
        for member in self.members:
            if member.child.wait(until - time.monotonic()) is not Standing.ENDED:
                raise _hangs(member)

    def _look_at(self, member: Member, now: float) -> None:
        if member.child.wait(0) is Standing.ENDED:
            if member.starts_at is None:
                member.starts_at = now + _RESTARTS_AFTER_S
            elif now >= member.starts_at:
                member.child = self._start(member.name, member.part)
                member.starts_at = member.stops_by = member.thaws_at = None
        elif member.stops_by is not None and now > member.stops_by:
            raise _hangs(member)
        elif member.thaws_at is not None and now >= member.thaws_at:
            member.thaws_at = None
            member.send(signal.SIGCONT)

    def _start(self, name: str, part: str | None) -> Child:
        world, wires = self.world, self.wires
        database = make_url(world.database_url).set(port=wires.port(name))
        settings = environment(
            world,
            database_url=database.render_as_string(hide_password=False),
            erp_url=f"http://127.0.0.1:{wires.port(_ERP)}",
        )
        return serve_in_child(
            part=part,
            environment=settings | {"INTEGRAL_CLOCK_URL": f"{world.erp_url}/control/clock"},
            folder=world.folder,
            name=name,
        )


def _hangs(member: Member) -> HangsError:
    message = f"{member.name} was told to stop and had not after {STOPS_WITHIN_S:.0f} s"
    return HangsError(message)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _port(url: str) -> int:
    port = make_url(url).port
    assert port is not None
    return port
