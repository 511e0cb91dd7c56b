"""A durable queue in place of the engine: ids enqueued once, run at least once, one at a time.

Satisfies the port ``Engine``. With a journal file, what was enqueued and not finished is there
again after its process died, as DBOS and its reaper would bring it back. It decides nothing.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

Work = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One workflow that was enqueued."""

    workflow: str
    id: str
    args: tuple[str, ...]
    partition: str


class QueueEngine:
    """Runs jobs in the order they came; the same id is accepted once, for ever."""

    def __init__(self, journal: Path | None = None) -> None:
        """Take the journal, which several processes may append to; none keeps all in memory."""
        self._journal = journal
        self._known: set[str] = set()
        self._waiting: list[Job] = []
        self.finished: list[str] = []
        if journal is not None and journal.exists():
            self._recover(journal)

    async def enqueue(self, workflow: str, workflow_id: str, *args: str, partition: str) -> None:
        """Enqueue a job; the same id again does nothing."""
        if workflow_id in self._known:
            return
        job = Job(workflow=workflow, id=workflow_id, args=args, partition=partition)
        self._write({"enqueued": asdict(job)})
        self._accept(job)

    async def drain(self, work: Mapping[str, Work]) -> int:
        """Run what waits, and what that enqueues, to the end; return how many jobs ran.

        A job whose work fails or is cancelled stays waiting.
        """
        ran = 0
        while self._waiting:
            job = self._waiting[0]
            await work[job.workflow](*job.args)
            self._write({"finished": job.id})
            self._waiting.remove(job)
            self.finished.append(job.id)
            ran += 1
        return ran

    @property
    def is_busy(self) -> bool:
        """Say whether any job waits or runs."""
        return bool(self._waiting)

    def _accept(self, job: Job) -> None:
        self._known.add(job.id)
        self._waiting.append(job)

    def _recover(self, journal: Path) -> None:
        for line in journal.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "finished" in row:
                self._waiting = [job for job in self._waiting if job.id != row["finished"]]
            elif row["enqueued"]["id"] not in self._known:
                content = row["enqueued"]
                self._accept(Job(**{**content, "args": tuple(content["args"])}))

    def _write(self, row: Mapping[str, object]) -> None:
        if self._journal is not None:
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
