"""Creating, changing and deleting a company's journal entries, by the API or by hand.

A request with a `requestid` happens once: its reply is kept in the same commit as the entry, and
given again for the same key.
https://developer.intuit.com/app/developer/qbo/docs/learn/learn-basic-field-definitions
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sandbox.payload import JsonObject, flag_at, read_json, text_at, write_json
from sandbox.quickbooks.company import Company, Journal
from sandbox.quickbooks.errors import (
    QuickBooksFault,
    business,
    missing,
    object_not_found,
    stale_object,
    too_long,
)
from sandbox.quickbooks.journal_reader import read_journal
from sandbox.quickbooks.journal_rules import Proposal, check, check_open
from sandbox.quickbooks.state import QuickBooksState, Replay
from sandbox.quickbooks.wire import INTUIT_TIME, Answer, fault_answer, journal_json, stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is asked for: `create`, `update` or `delete` with a `JournalEntry` payload."""

    operation: str
    payload: JsonObject
    include: frozenset[str] = frozenset()
    """The values of the `include` parameter."""
    by_hand: bool = False
    """Typed in QuickBooks itself, where a closed period is a question and not a wall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """A `requestid`, and the `bId` it covers inside a batch."""

    requestid: str
    batch_item: str = ""

    def check_length(self, *, limit: int) -> None:
        """Refuse a `requestid` longer than Intuit takes; the code for it is not published."""
        if len(self.requestid) > limit:
            error = too_long("requestid", limit=limit, length=len(self.requestid))
            raise QuickBooksFault(400, "ValidationFault", [error])


class JournalBook:
    """The journal entries of every company."""

    def __init__(self, state: QuickBooksState) -> None:
        self._state = state
        self._operations: dict[str, Callable[[Company, Change], JsonObject]] = {
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
        }

    def make(self, company: Company, change: Change) -> JsonObject:
        """Make a change now, durably, and return what the reply's `JournalEntry` holds.

        Raises:
            QuickBooksFault: the payload or the company does not allow it; nothing is changed.
        """
        with self._state.store.transaction():
            return self._operations[change.operation](company, change)

    def make_once(self, company: Company, change: Change, key: RequestKey | None) -> Answer:
        """Make a change, or answer as before when its key has been answered; faults are answers."""
        if key is None:
            with self._state.store.transaction():
                return self._answer(company, change)
        stored_key = f"{company.realm}/{key.requestid}/{key.batch_item}"
        digest = sha256(write_json(change.payload).encode()).hexdigest()
        replay = self._state.replay(company, stored_key)
        if replay is not None:
            return self._repeat(company, replay, digest)
        with self._state.store.transaction():
            answer = self._answer(company, change)
            if answer.status == 200 or company.settings.replay_faults:
                self._remember(stored_key, digest, answer)
        return answer

    def _repeat(self, company: Company, replay: Replay, digest: str) -> Answer:
        if replay.digest != digest and company.settings.refuse_changed_replay:
            fault = business("The request id has been used with another request.")
            return fault_answer(fault, self._state.clock.now(), accept="json")
        return Answer(replay.status, read_json(replay.body))

    def _remember(self, key: str, digest: str, answer: Answer) -> None:
        now = self._state.clock.now()
        replay = Replay(at=now, digest=digest, status=answer.status, body=write_json(answer.body))
        self._state.keep_replay(key, replay)

    def _answer(self, company: Company, change: Change) -> Answer:
        now = self._state.clock.now()
        try:
            entry = self._operations[change.operation](company, change)
        except QuickBooksFault as fault:
            return fault_answer(fault, now, accept="json")
        return Answer(200, {"JournalEntry": entry, "time": stamp(now, fine=True)})

    def _today(self) -> date:
        return self._state.clock.now().astimezone(INTUIT_TIME).date()

    def _create(self, company: Company, change: Change) -> JsonObject:
        now = self._state.clock.now()
        journal = read_journal(change.payload, today=self._today())
        journal.id = self._state.next_journal_id(company.realm)
        journal.created_at = journal.updated_at = now
        journal.by_hand = change.by_hand
        if journal.doc_number is None and "allowautodocnum" in change.include:
            journal.doc_number = journal.id
        self._check(company, journal, change)
        self._state.keep_journal(company.realm, journal)
        return journal_json(company, journal)

    def _update(self, company: Company, change: Change) -> JsonObject:
        current = self._current(company, change)
        payload = change.payload
        if flag_at(payload, "sparse"):
            payload = journal_json(company, current) | payload
        journal = read_journal(payload, today=self._today())
        journal.id, journal.created_at, journal.by_hand = (
            current.id,
            current.created_at,
            current.by_hand,
        )
        journal.sync_token = current.sync_token + 1
        journal.updated_at = self._state.clock.now()
        if not change.by_hand:
            check_open(company, current.txn_date)
        self._check(company, journal, change)
        self._state.keep_journal(company.realm, journal)
        return journal_json(company, journal)

    def _delete(self, company: Company, change: Change) -> JsonObject:
        current = self._current(company, change)
        if not change.by_hand:
            check_open(company, current.txn_date)
        self._state.drop_journal(company.realm, current)
        return {"status": "Deleted", "domain": "QBO", "Id": current.id}

    def _current(self, company: Company, change: Change) -> Journal:
        """The journal that a change is about, when its `SyncToken` is the current one."""
        absent = [
            missing(name) for name in ("Id", "SyncToken") if text_at(change.payload, name) is None
        ]
        if absent:
            raise QuickBooksFault(400, "ValidationFault", absent)
        journal = self._state.journals(company.realm).get(text_at(change.payload, "Id") or "")
        if journal is None:
            raise object_not_found()
        if text_at(change.payload, "SyncToken") != str(journal.sync_token):
            raise stale_object()
        return journal

    def _check(self, company: Company, journal: Journal, change: Change) -> None:
        check(
            Proposal(
                company=company,
                journal=journal,
                others=self._state.journals(company.realm).values(),
                may_repeat_number="allowduplicatedocnum" in change.include,
                may_touch_closed_period=change.by_hand,
            )
        )
