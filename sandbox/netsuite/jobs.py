"""Asynchronous requests: accepted with 202, done later, their results replayed.

An idempotency key counts here and only here; a synchronous request ignores it. A job is worked off
when its time has come and the next request or look at the account arrives.
https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/subsect_164494900632.html
"""

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from sandbox.netsuite.account import NetSuiteAccount
from sandbox.netsuite.errors import (
    ERROR_MEDIA_TYPE,
    idempotency_conflict,
    invalid_request,
    nonexistent,
)
from sandbox.netsuite.job import Job, RecordRequest, RecordResult, Task
from sandbox.netsuite.journal_book import JournalBook
from sandbox.netsuite.logins import Session
from sandbox.netsuite.state import NetSuiteState
from sandbox.netsuite.wire import RECORDS, stamp
from sandbox.payload import JsonObject, JsonValue

JOBS = "/services/rest/async/v1/job"
MOST_RECORDS = 100
"""Of one asynchronous collection (article_0127092747.html)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An asynchronous request: its records, its key and the address before `/services`."""

    requests: list[RecordRequest]
    key: str | None
    base: str


class Jobs:
    """The jobs of every account."""

    def __init__(self, state: NetSuiteState, book: JournalBook) -> None:
        self._state = state
        self._book = book

    def submit(self, session: Session, submission: Submission) -> Response:
        """Accept a request.

        Raises:
            NetSuiteError: IDEMPOTENCY_ERROR, with the first job's `Location`; INVALID_REQUEST.
        """
        account = session.account
        if not 1 <= len(submission.requests) <= MOST_RECORDS:
            raise invalid_request(f"A collection has 1 to {MOST_RECORDS} records.")
        for job in self._state.jobs.values():
            known = job.idempotency_key is not None and job.account == account.id
            if known and job.idempotency_key == submission.key:
                raise idempotency_conflict(f"{submission.base}{JOBS}/{job.id}")
        job = Job(
            id=str(len(self._state.jobs) + 1),
            account=account.id,
            role=session.role.id,
            idempotency_key=submission.key,
            due=self._state.clock.now() + timedelta(seconds=account.settings.job_delay_s),
            tasks=[Task(request=request) for request in submission.requests],
        )
        self._state.keep_job(job)
        self.work_off(account)
        headers = {
            "Location": f"{submission.base}{JOBS}/{job.id}",
            "Preference-Applied": "respond-async",
        }
        return Response(status_code=202, headers=headers)

    def work_off(self, account: NetSuiteAccount) -> None:
        """Do the account's jobs whose time has come, each record by itself."""
        now = self._state.clock.now()
        for job in self._state.jobs.values():
            if job.account != account.id or job.completed or job.due > now:
                continue
            role = account.security.roles[job.role]
            for task in job.tasks:
                task.started_at = now
                task.result = self._book.result(account, role, task.request)
                task.ended_at = now
            self._state.keep_job(job)

    def status(self, account: NetSuiteAccount, id_: str, base: str) -> JsonObject:
        """A job as its address shows it.

        Raises:
            NetSuiteError: NONEXISTENT_ID.
        """
        job = self._job(account, id_)
        href = f"{base}{JOBS}/{job.id}"
        return {
            "id": job.id,
            "completed": job.completed,
            "progress": _progress(job.tasks),
            "task": {"links": [{"rel": "self", "href": f"{href}/task"}]},
            "links": [{"rel": "self", "href": href}],
        }

    def tasks(self, account: NetSuiteAccount, id_: str, base: str) -> JsonObject:
        """The tasks of a job, one for each record."""
        job = self._job(account, id_)
        items: list[JsonValue] = [
            {"links": [{"rel": "self", "href": f"{base}{JOBS}/{job.id}/task/{number}"}]}
            for number in range(1, len(job.tasks) + 1)
        ]
        return {"items": items, "count": len(items), "totalResults": len(items)}

    def task(self, account: NetSuiteAccount, id_: str, number: str) -> JsonObject:
        """One task of a job."""
        task = self._task(account, id_, number)
        return {
            "id": number,
            "completed": task.result is not None,
            "progress": _progress([task]),
            "startTime": stamp(task.started_at),
            "endTime": stamp(task.ended_at),
        }

    def result(self, account: NetSuiteAccount, id_: str, number: str, base: str) -> Response:
        """What the synchronous reply would have been.

        Raises:
            NetSuiteError: NONEXISTENT_ID, also while the task is not done.
        """
        result = self._task(account, id_, number).result
        if result is None:
            raise nonexistent("The result of the task")
        return reply_of(result, base)

    def _job(self, account: NetSuiteAccount, id_: str) -> Job:
        job = self._state.jobs.get(id_)
        if job is None or job.account != account.id:
            raise nonexistent("The job")
        return job

    def _task(self, account: NetSuiteAccount, id_: str, number: str) -> Task:
        tasks = self._job(account, id_).tasks
        if not number.isdigit() or not 1 <= int(number) <= len(tasks):
            raise nonexistent("The task")
        return tasks[int(number) - 1]


def reply_of(result: RecordResult, base: str) -> Response:
    """A write's reply: 204 with the record's address, or the refusal."""
    if result.error is not None:
        return Response(result.error, result.status, media_type=ERROR_MEDIA_TYPE)
    location = f"{base}{RECORDS}/journalEntry/{result.record_id}"
    return Response(status_code=result.status, headers={"Location": location})


def _progress(tasks: list[Task]) -> str:
    if any(task.result is None for task in tasks):
        return "pending"
    failed = any(task.result is not None and task.result.error for task in tasks)
    return "failed" if failed else "succeeded"
