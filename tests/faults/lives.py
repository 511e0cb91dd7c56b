"""Lives one after another, each cut where it was drawn, until one reaches the end.

A run has one worker or two at the same time. A frozen life is thawed only after others could have
taken over what it had claimed; until then another works beside it, harsher than the engine, which
has one delivery a company at a time.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ledger.organisation import Provider
from storage.engine import is_sqlite, normal_url
from tests.faults.children import Child, Standing
from tests.faults.connecting import SETTLE_S
from tests.faults.database_faults import DatabaseFaults
from tests.faults.erp_side import ErpSide
from tests.faults.life import EVERYBODY, SEND_WINDOW_S, World, live
from tests.faults.tearing import KILLED, Tear, TearKind

LIFE_S = 90.0
"""A life that is not done by then is stuck."""
_FROZEN_S = SEND_WINDOW_S + SETTLE_S + 0.2
# The longest that others may take to send what a frozen one had claimed.
_TAKEN_OVER_S = 20.0
_LOOK_EVERY_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """How often our process was cut, and why it did not get to the end, if it did not."""

    torn: int
    stuck: str | None = None


class StuckError(Exception):
    """A life that failed by itself or did not end."""


def live_on(world: World, erp: ErpSide, workers: Sequence[Sequence[Tear]]) -> Cuts:
    """Live until everything is settled."""
    lives = Lives(world, erp)
    try:
        lives.go_on(workers)
    except StuckError as error:
        return Cuts(torn=lives.torn, stuck=str(error))
    finally:
        lives.end()
    return Cuts(torn=lives.torn)


@dataclass(slots=True)
class _Worker:
    """One worker's life at present, and what will cut it and those after it."""

    tears: list[Tear]
    child: Child
    tear: Tear | None
    since: float = field(default_factory=time.monotonic)
    frozen_at: float | None = None
    thaws_at: float = 0
    arrived_before: int | None = None
    """How much had arrived when its slot was taken from it; none when that is its own still."""

    @property
    def is_working(self) -> bool:
        return self.child.exit_code is None and self.frozen_at is None


class Lives:
    """All lives of one run, of one worker or of two at the same time."""

    def __init__(self, world: World, erp: ErpSide) -> None:
        self._world = world
        self._erp = erp
        self._started: list[Child] = []
        self.torn = 0

    def go_on(
        self, workers: Sequence[Sequence[Tear]], *, until: Callable[[], bool] = lambda: False
    ) -> None:
        """Keep as many workers alive as were drawn, until all have reached the end.

        Args:
            workers: For each what cuts its lives, one after another.
            until: Asked again and again; the workers are left as they stand once it says so.

        Raises:
            StuckError: one failed by itself or did not end.
        """
        active = [self._start(list(tears)) for tears in workers]
        while active and not until():
            active = [after for worker in active for after in self._look(worker, active)]
            time.sleep(_LOOK_EVERY_S)

    def end(self) -> None:
        """Leave nothing behind."""
        for child in self._started:
            if child.exit_code is None:
                self._world.note_end(child.log.stem)
                child.kill()

    def _start(self, tears: list[Tear]) -> _Worker:
        tear = tears.pop(0) if tears else None
        world, name = self._world, f"life-{len(self._started) + 1}"
        child = Child.start(lambda: live(world, name, tear), folder=world.folder, name=name)
        self._started.append(child)
        return _Worker(tears, child, tear)

    def _look(self, worker: _Worker, active: Sequence[_Worker]) -> Iterator[_Worker]:
        """Look at one worker; yield who works in its place from now on."""
        now = time.monotonic()
        standing = worker.child.wait(0)
        if standing is Standing.STOPPED:
            self.torn += 1
            worker.frozen_at = now
            worker.thaws_at = now + _FROZEN_S
            if worker.tear is not None and worker.tear.kind is TearKind.FREEZE_CLAIMED:
                self._take_its_slot(worker)
            if not any(other.is_working for other in active):
                yield self._start(worker.tears)
                worker.tears = []
        elif worker.frozen_at is not None and self._may_thaw(worker, now):
            worker.frozen_at, worker.since = None, now
            worker.child.go_on()
        elif standing is Standing.ENDED:
            if not self._has_arrived(worker):
                yield self._start(worker.tears)
            return
        elif worker.frozen_at is None and now > worker.since + LIFE_S:
            worker.child.ask_where_it_stands()
            raise StuckError(f"it was not done after {LIFE_S:.0f} s, see {worker.child.log.name}")
        yield worker

    def _take_its_slot(self, worker: _Worker) -> None:
        """Let a server end the frozen one's sessions; with a file the slot stays its own."""
        url = self._world.database_url
        if is_sqlite(normal_url(url)):
            return
        worker.arrived_before = self._arrived()
        worker.thaws_at += _TAKEN_OVER_S
        self._world.note_end(EVERYBODY)
        DatabaseFaults(url, "").cut_all()

    def _may_thaw(self, worker: _Worker, now: float) -> bool:
        """Say whether others have had their time, or have sent what it had claimed."""
        if now > worker.thaws_at:
            return True
        before = worker.arrived_before
        return before is not None and self._arrived() > before

    def _arrived(self) -> int:
        """Count what the ERP holds: a reply may be held back long after the entry is there."""
        place = self._world.place
        if place.provider is Provider.JOURNAL_FILE:
            return 0
        return len(self._erp.journals(place))

    def _has_arrived(self, worker: _Worker) -> bool:
        child = worker.child
        if child.exit_code == KILLED:
            self.torn += 1
            return False
        if child.exit_code != 0:
            raise StuckError(f"it failed, see {child.log.name}")
        result = child.result()
        is_frozen = worker.tear is not None and worker.tear.kind.is_freeze
        self.torn += result["torn"] is True and not is_frozen
        return result["arrived"] is True
