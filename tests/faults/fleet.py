"""A run with several real processes on one Postgres: the hour comes for all, and blows fall.

What befalls whom and when comes from the run's plan; it judges nothing.
"""

import time
from datetime import UTC, datetime
from functools import partial

from tests.faults.children import Child, Standing
from tests.faults.crew import Crew, HangsError, Member
from tests.faults.erp_side import ErpSide, RequestCounter
from tests.faults.fleet_people import WAIT_FILE, attend
from tests.faults.fleet_plan import Blow, BlowKind, FleetPlan
from tests.faults.life import World
from tests.faults.lives import Cuts
from tests.support.postgres import RestartableServer

_PATIENCE_S = 240.0
_READY_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.02
_COUNT_EVERY_S = 0.1
_BEFORE_THE_HOUR_S = 2.5
_AIMS_FOR_S = 8.0
# All processes have seen where the clock was put, and none is just being killed.
_CALM_S = 3.0


def push_by_fleet(world: World, fleet: FleetPlan, erp: ErpSide, server: RestartableServer) -> Cuts:
    """Run the fleet until everything is pushed and nothing is left to do, and end it."""
    people = Child.start(partial(attend, world, fleet), folder=world.folder, name="people")
    try:
        with Crew.running(world, fleet.parts, erp) as crew:
            story = _Story(world, fleet, erp=erp, server=server, crew=crew, people=people)
            try:
                stuck = story.tell()
            except HangsError as error:
                stuck = str(error)
            return Cuts(torn=story.struck, stuck=stuck)
    finally:
        people.kill()


class _Story:
    def __init__(
        self,
        world: World,
        fleet: FleetPlan,
        *,
        erp: ErpSide,
        server: RestartableServer,
        crew: Crew,
        people: Child,
    ) -> None:
        self._world, self._fleet = world, fleet
        self._erp, self._server = erp, server
        self._crew, self._people = crew, people
        self._met = RequestCounter(erp, world.place)
        self._counted_at, self._count = 0.0, 0
        self._begun = time.monotonic()
        self._hour: float | None = None
        self._unrest = self._begun
        self.struck = 0

    def tell(self) -> str | None:
        """Go through to the end; return why it was not reached.

        Raises:
            HangsError: a process was told to stop and did not.
        """
        blows = list(self._fleet.blows)
        while self._people.wait(_LOOK_EVERY_S) is not Standing.ENDED:
            now = time.monotonic()
            if now > self._begun + _PATIENCE_S:
                self._people.ask_where_it_stands()
                return f"it was not done after {_PATIENCE_S:.0f} s, see the logs"
            self._crew.look()
            if self._hour is None and self._may_open(now):
                self._come_to_the_hour(now)
            self._count_requests(now)
            while blows and (hit := self._whom(blows[0], now)) is not None:
                self._strike(blows.pop(0), hit)
            self._skip_time(now)
        if self._people.exit_code != 0:
            return "whoever approves failed, see people.log"
        self._crew.stop_all()
        return None

    def _may_open(self, now: float) -> bool:
        all_ready = all(member.is_ready for member in self._crew.members)
        return all_ready or now > self._begun + _READY_WITHIN_S

    def _come_to_the_hour(self, now: float) -> None:
        """Put the clock just before the hour: it comes for every process at the same moment."""
        left = (self._fleet.boundary - self._world.clock.now()).total_seconds()
        self._put_forward(left - _BEFORE_THE_HOUR_S)
        self._hour = now

    def _count_requests(self, now: float) -> None:
        if now > self._counted_at + _COUNT_EVERY_S:
            self._counted_at, self._count = now, self._met.look()

    def _whom(self, blow: Blow, now: float) -> Member | None:
        """Return whom a blow hits now; none when it is not time, or nobody sends just then."""
        late = 0.0 if self._hour is None else now - self._hour - blow.within_s
        if self._count < blow.after and late <= 0:
            return None
        drawn = self._crew.members[blow.member]
        if not blow.is_aimed or late > _AIMS_FOR_S:
            return drawn
        return self._crew.sender()

    def _strike(self, blow: Blow, member: Member) -> None:
        crew, kind = self._crew, blow.kind
        self._unrest = time.monotonic()
        with (self._world.folder / "blows.log").open("a", encoding="utf-8") as log:
            log.write(
                f"{datetime.now(UTC):%H:%M:%S.%f} {self._count} requests, {member.name}: {blow}\n"
            )
        match kind:
            case BlowKind.KILL:
                crew.kill(member)
            case BlowKind.STOP:
                crew.stop(member)
            case BlowKind.FREEZE | BlowKind.FREEZE_FORGOTTEN:
                forgotten = kind is BlowKind.FREEZE_FORGOTTEN
                crew.freeze(member, seconds=blow.lasts_s, is_forgotten=forgotten)
            case BlowKind.CUT_OFF:
                crew.cut(member.name, seconds=blow.lasts_s)
            case BlowKind.CUT_ERP | BlowKind.DEAD_ERP:
                crew.cut(seconds=blow.lasts_s, is_dead=kind is BlowKind.DEAD_ERP)
            case BlowKind.RESTART_DATABASE | BlowKind.CRASH_DATABASE:
                self._server.restart(is_crash=kind is BlowKind.CRASH_DATABASE)
        self.struck += 1

    def _skip_time(self, now: float) -> None:
        """Put the clock forward when everybody waits for nothing else, and all is calm."""
        file = self._world.folder / WAIT_FILE
        if not file.exists():
            return
        is_calm = now > self._unrest + _CALM_S and self._hour is not None
        if is_calm and all(member.is_up for member in self._crew.members):
            self._put_forward(float(file.read_text(encoding="utf-8")))
            self._unrest = now
        file.unlink()

    def _put_forward(self, seconds: float) -> None:
        if seconds > 0:
            self._world.clock.advance(seconds)
            self._erp.put_clock(self._world.clock.offset_s)
