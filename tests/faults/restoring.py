"""A run in which a backup, taken while processes work, is restored once they are ended.

As docs/backup-and-restore.md has operators do it. It must not judge what comes of it.
"""

import json
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy.engine import make_url

from tests.faults import rules
from tests.faults.children import Json, finish
from tests.faults.connecting import SETTLE_S
from tests.faults.erp_side import ErpSide, RequestCounter
from tests.faults.life import World
from tests.faults.lives import Cuts, Lives, StuckError
from tests.faults.plan import Restore
from tests.faults.restored import Restored, has_card, note_backup
from tests.faults.tearing import Tear
from tests.support.backups import back_up, restore

_LOOK_EVERY_S = 0.03


def live_through(
    planned: Restore, world: World, erp: ErpSide, workers: Sequence[Sequence[Tear]]
) -> Cuts:
    """Live, restore the backup, and live on until everything is settled."""
    lives, keeper = Lives(world, erp), _Keeper(world, planned, RequestCounter(erp, world.place))
    try:
        lives.go_on(workers, until=keeper.look)
        lives.end()
        keeper.put_back()
        lives.go_on([()])
    except StuckError as error:
        return Cuts(torn=1 + lives.torn, stuck=str(error))
    finally:
        lives.end()
    return Cuts(torn=1 + lives.torn)


@dataclass(slots=True)
class _Keeper:
    """Whoever takes backups and restores them."""

    world: World
    planned: Restore
    met: RequestCounter
    looks_at: float = 0
    is_backed_up: bool = field(default=False)

    def look(self) -> bool:
        """Take the backup when its moment has come; say whether it is time to restore it."""
        if time.monotonic() < self.looks_at:
            return False
        met = self.met.look()
        if self._is_due(met):
            # With everybody's sessions cut, the backup's own is; it is tried at the next look.
            with suppress(subprocess.CalledProcessError):
                self._back_up()
        self.looks_at = time.monotonic() + _LOOK_EVERY_S
        return self.is_backed_up and met >= self.planned.restored_after

    def _is_due(self, met: int) -> bool:
        wanted = self.planned.backed_up_after
        return has_card(self.world.folder) if wanted is None else met >= wanted

    def put_back(self) -> None:
        """Restore the backup, and forget what the engine kept, once no process is left."""
        world = self.world
        self._back_up()
        # What the last request made the ERP do may be seen no sooner.
        time.sleep(SETTLE_S)
        before = finish(lambda: _read(world), folder=world.folder, name="before")
        (world.folder / rules.EARLIER_CLAIMS).write_text(json.dumps(before["claims"]))
        restore(make_url(world.database_url), world.folder)
        world.queue.unlink(missing_ok=True)
        asked = before["asked"]
        assert isinstance(asked, list)
        now, rejects = world.clock.now(), self.planned.rejects
        Restored(at=now, asked=tuple(asked), rejects=rejects).note(world.folder)

    def _back_up(self) -> None:
        if not self.is_backed_up:
            back_up(make_url(self.world.database_url), self.world.folder)
            self.is_backed_up = True
            note_backup(self.world.folder)


async def _read(world: World) -> Json:
    """Read what the backup may not know: who claimed what, and which pushes were asked for."""
    database = world.open_database()
    try:
        async with database.unit(read_only=True) as unit:
            runs = await unit.runs.recent(world.office.organisation.id, 100)
        claims = await rules.read_claims(database)
    finally:
        await database.close()
    return {"claims": claims, "asked": [run.requested_by for run in runs]}
