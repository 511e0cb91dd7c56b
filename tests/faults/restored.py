"""What people do after a backup was restored, as docs/backup-and-restore.md tells them.

They import again, decide anew on what waits, and adopt what the ERP has and the backup does not.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.erp.errors import ErpError
from bot.services.approvals import Decision
from ledger.problems import CATALOGUE, ProblemCode
from ledger.runs import Batch, Run
from tests.faults.plan import Restore
from tests.support.office import CONTROLLER, Office
from tests.support.pushing import Product
from tests.support.watching import watching

_CARD, _BACKUP = "a-card-waits", "backed-up"
_UNKNOWN = CATALOGUE[ProblemCode.NUMBER_UNKNOWN].remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What people know of a backup that was restored."""

    at: datetime
    asked: tuple[str, ...]
    """The pushes that had been asked for by then, whose transactions had been imported."""
    rejects: bool
    """Whether the controller rejects what was waiting in the backup."""

    @classmethod
    def read(cls, folder: Path) -> "Restored | None":
        """Read what was noted in a run's folder; none when no backup was restored."""
        file = _file(folder)
        if not file.exists():
            return None
        noted = json.loads(file.read_text(encoding="utf-8"))
        return cls(
            at=datetime.fromisoformat(noted["at"]),
            asked=tuple(noted["asked"]),
            rejects=noted["rejects"],
        )

    def note(self, folder: Path) -> None:
        """Leave it in the run's folder."""
        noted = {"at": self.at.isoformat(), "asked": self.asked, "rejects": self.rejects}
        _file(folder).write_text(json.dumps(noted), encoding="utf-8")

    def decision(self, batch: Batch) -> Decision:
        """Say what the controller decides of a batch."""
        was_there = batch.frozen_at <= self.at
        return Decision.REJECT if self.rejects and was_there else Decision.APPROVE


def waits_for_backup(folder: Path, planned: Restore | None) -> bool:
    """Note that a card waits, and say whether the controller leaves it for the backup's sake."""
    if planned is None or planned.backed_up_after is not None or (folder / _BACKUP).exists():
        return False
    (folder / _CARD).touch()
    return True


def has_card(folder: Path) -> bool:
    """Say whether a card was seen that waits for the backup."""
    return (folder / _CARD).exists()


def note_backup(folder: Path) -> None:
    """Note that the backup is made."""
    (folder / _BACKUP).touch()


async def adopt(product: Product, office: Office, open_runs: Sequence[Run]) -> None:
    """Adopt, when a run says that the ERP has numbers that nobody knows here."""
    if not any(_UNKNOWN in (run.waiting_for or "") for run in open_runs):
        return
    try:
        await watching(product).adopting.adopt(
            office.organisation, office.company, person=CONTROLLER
        )
    except ErpError:
        # The run says still that it waits; at the next look somebody tries again.
        return


def _file(folder: Path) -> Path:
    return folder / "restored.json"
