"""What an asynchronous request asks for and what came of it: values that outlive the process.

https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/subsect_164494900632.html
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

Operation = Literal["create", "update", "upsert", "delete"]
Validation = Literal["Error", "Warning", "Ignore"]


class RecordRequest(BaseModel):
    """One write of a journal entry."""

    operation: Operation
    target: str | None = None
    """An internal id, or `eid:` and an external id."""
    body: str = "{}"
    """The payload's JSON as it was sent."""
    replace_lines: bool = False
    """`?replace=line`: the given lines stand in place of the old ones."""
    validation: Validation = "Warning"
    by_hand: bool = False
    """Typed in NetSuite itself by an administrator."""


class RecordResult(BaseModel):
    """The reply that a synchronous request would have had."""

    status: int
    record_id: str | None = None
    error: str | None = None
    """The error body's JSON."""


class Task(BaseModel):
    """One record of a job."""

    request: RecordRequest
    result: RecordResult | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Job(BaseModel):
    """An asynchronous request; it is done when its time has come and somebody looks."""

    id: str
    account: str
    role: str
    idempotency_key: str | None = None
    due: datetime
    tasks: list[Task]

    @property
    def completed(self) -> bool:
        """Whether every task has a result."""
        return all(task.result is not None for task in self.tasks)
