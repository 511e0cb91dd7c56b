"""One run: a fresh company and database, what befalls them, the verdict, and the clearing up."""

import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ledger.periods import Period, month_before
from tests.faults.children import Json, in_child
from tests.faults.databases import Databases
from tests.faults.erp_side import ErpSide
from tests.faults.life import World, live
from tests.faults.lives import Cuts, live_on
from tests.faults.plan import Plan, Shape, draw, undisturbed
from tests.faults.real_process import push_through
from tests.faults.shared_clock import SharedClock
from tests.faults.tearing import Suspensions, Tear, run_counted
from tests.faults.trace import read_moves, write_trace
from tests.faults.verdict import Verdict, judge, read_stored
from tests.support.office import office_for, open_office


def last_month() -> Period:
    """Return the month whose transactions are pushed: the one before today's."""
    return month_before(datetime.now(UTC).date())


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """What every run needs; made once, before any worker is forked."""

    erp: ErpSide
    databases: Databases
    folder: Path
    """For the runs under way."""
    kept: Path
    """For the runs that failed."""

    def run(self, seed: int) -> Verdict:
        """Do the run of a seed."""
        begun = time.monotonic()
        plan = draw(seed, month=last_month())
        suspensions = self._suspensions(plan.shape) if plan.tears else 0
        world = self._new_world(plan, f"run-{seed}")
        with self._fault(world):
            if plan.real is None:
                cuts = live_on(world, [Tear(t.kind, t.at(suspensions)) for t in plan.tears])
            else:
                cuts = push_through(world, self.erp, plan.real)
        verdict = replace(self._judge(world, cuts), seconds=time.monotonic() - begun)
        self._clear_up(world, verdict)
        return verdict

    def _suspensions(self, shape: Shape) -> int:
        """Count the suspensions of an undisturbed push, once for each shape."""
        file = self.folder / f"suspensions-{shape.entries}-{shape.story.value}"
        if not file.exists():
            plan = undisturbed(shape, month=last_month())
            world = self._new_world(plan, f"{file.name}-{time.time_ns()}")
            counted = in_child(lambda: live(world, "life", None), folder=world.folder, name="life")
            fresh = world.folder / "count"
            fresh.write_text(str(counted["suspensions"]), encoding="utf-8")
            fresh.rename(file)
            self._remove(world)
        return int(file.read_text(encoding="utf-8"))

    def _new_world(self, plan: Plan, name: str) -> World:
        folder = self.folder / name
        folder.mkdir()
        clock = SharedClock()
        realm = self.erp.new_company(name)
        world = World(
            folder=folder,
            database_url=self.databases.fresh(folder),
            erp_url=self.erp.url,
            office=office_for(realm, now=clock.now()),
            plan=plan,
            clock=clock,
        )
        tokens = self.erp.grant(realm, now=clock.now())

        async def store() -> Json:
            database = world.open_database()
            try:
                await open_office(database, world.office, tokens)
            finally:
                await database.close()
            return {}

        _finish(store, world, "office")
        return world

    @contextmanager
    def _fault(self, world: World) -> Iterator[None]:
        if world.plan.fault is None:
            yield
            return
        rule = self.erp.add_fault(world.office.company.external_id, world.plan.fault)
        try:
            yield
        finally:
            self.erp.remove_fault(rule)

    def _judge(self, world: World, cuts: Cuts) -> Verdict:
        stored = _finish(lambda: read_stored(world), world, "stored")
        verdict = replace(judge(world, self.erp, stored), torn=cuts.torn)
        if cuts.stuck is None:
            return verdict
        findings = (*verdict.findings, f"unsettled: {cuts.stuck}")
        return replace(verdict, unsettled=verdict.unsettled + 1, findings=findings)

    def _clear_up(self, world: World, verdict: Verdict) -> None:
        if not verdict.is_good:
            self._keep(world, verdict)
        self._remove(world)

    def _keep(self, world: World, verdict: Verdict) -> None:
        """Put database, logs and a trace where they can be looked at."""

        async def moves() -> Json:
            return {"moves": await read_moves(world)}

        found = _finish(moves, world, "moves")["moves"]
        assert isinstance(found, list)
        write_trace(world, self.erp, verdict, found)
        self.databases.keep(world.database_url, world.folder)
        target = self.kept / world.folder.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(world.folder, target)

    def _remove(self, world: World) -> None:
        self.databases.drop(world.database_url)
        shutil.rmtree(world.folder)


def _finish(work: Callable[[], Awaitable[Json]], world: World, name: str) -> Json:
    """Run asynchronous work in a child, so that no loop or thread of it is left here."""

    def run() -> Json:
        found: Json = {}

        async def main() -> None:
            found.update(await work())

        run_counted(main(), Suspensions(None))
        return found

    return in_child(run, folder=world.folder, name=name)
