"""Creating, changing and deleting an account's journal entries, by the API or by hand.

Sublists merge as documented (section_1545295601.html, section_1545297048.html): a given line that
names no existing one is appended unless `?replace=line` is given, so that a repeated upsert adds
its lines a second time. Whether journal lines are keyed by `line` is not verified; here they are.
"""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from sandbox.netsuite import permissions
from sandbox.netsuite.account import Approval, Journal, NetSuiteAccount
from sandbox.netsuite.credentials import Level, Role
from sandbox.netsuite.errors import (
    NetSuiteError,
    invalid_content,
    invalid_request,
    no_permission,
    nonexistent,
    not_settable,
)
from sandbox.netsuite.job import RecordRequest, RecordResult
from sandbox.netsuite.journal_reader import JournalReader
from sandbox.netsuite.journal_rules import Proposal, check, check_open, check_subsidiary
from sandbox.netsuite.state import NetSuiteState
from sandbox.netsuite.wire import write_form
from sandbox.payload import (
    JsonObject,
    JsonValue,
    NotAnObjectError,
    object_at,
    objects_at,
    read_json,
    text_at,
    write_json,
)

EXTERNAL = "eid:"


class JournalBook:
    """The journal entries of every account."""

    def __init__(self, state: NetSuiteState) -> None:
        self._state = state
        self._operations: dict[str, Callable[[NetSuiteAccount, Role, RecordRequest], str]] = {
            "create": self._create,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
        }

    def make(self, account: NetSuiteAccount, role: Role, request: RecordRequest) -> str:
        """Make a change now, durably, and return the journal's internal id.

        Raises:
            NetSuiteError: the payload, the role or the account does not allow it.
        """
        with self._state.store.transaction():
            return self._operations[request.operation](account, role, request)

    def result(self, account: NetSuiteAccount, role: Role, request: RecordRequest) -> RecordResult:
        """The same, with a refusal as a result."""
        try:
            return RecordResult(status=204, record_id=self.make(account, role, request))
        except NetSuiteError as error:
            return RecordResult(status=error.status, error=write_json(error.body()))

    def find(self, account: NetSuiteAccount, target: str | None) -> Journal:
        """The journal of an internal id or of `eid:` and an external id.

        Raises:
            NetSuiteError: NONEXISTENT_ID.
        """
        id_ = target
        if target is not None and target.startswith(EXTERNAL):
            id_ = self._state.holder(account.id, target.removeprefix(EXTERNAL))
        journal = self._state.journals(account.id).get(id_ or "")
        if journal is None:
            raise nonexistent()
        return journal

    def _create(self, account: NetSuiteAccount, role: Role, request: RecordRequest) -> str:
        _demand(account, role, Level.CREATE)
        payload = _payload(request)
        journal = self._read(account, payload, request)
        journal.id = self._state.next_transaction_id(account.id)
        journal.created_at = self._state.clock.now()
        journal.by_hand = request.by_hand
        _settle_number(account, journal, payload)
        _settle_approval(account, role, journal, payload)
        return self._keep(account, journal, request)

    def _update(self, account: NetSuiteAccount, role: Role, request: RecordRequest) -> str:
        _demand(account, role, Level.EDIT)
        current = self.find(account, request.target)
        check_open(account, account.periods[current.period], by_hand=request.by_hand)
        changes = _payload(request)
        journal = self._read(account, _merged(current, changes, request), request)
        journal.id, journal.created_at = current.id, current.created_at
        journal.by_hand, journal.tran_id = current.by_hand, current.tran_id
        _settle_number(account, journal, changes)
        if journal.approval is not current.approval:
            _settle_approval(account, role, journal, changes)
        return self._keep(account, journal, request)

    def _upsert(self, account: NetSuiteAccount, role: Role, request: RecordRequest) -> str:
        target = request.target or ""
        external_id = target.removeprefix(EXTERNAL)
        if self._state.holder(account.id, external_id) is not None:
            return self._update(account, role, request)
        if not target.startswith(EXTERNAL):
            raise nonexistent()
        body: JsonObject = {**_payload(request), "externalId": external_id}
        made = request.model_copy(update={"operation": "create", "body": write_json(body)})
        return self._create(account, role, made)

    def _delete(self, account: NetSuiteAccount, role: Role, request: RecordRequest) -> str:
        _demand(account, role, Level.FULL)
        journal = self.find(account, request.target)
        check_open(account, account.periods[journal.period], by_hand=request.by_hand)
        self._state.drop_journal(account.id, journal)
        return journal.id

    def _read(
        self, account: NetSuiteAccount, payload: JsonObject, request: RecordRequest
    ) -> Journal:
        reader = JournalReader(segments=frozenset(account.segments), validation=request.validation)
        journal = reader.read(payload, today=self._today(account))
        check_subsidiary(account, journal)
        home = account.home_currency(journal.subsidiary)
        journal.currency = journal.currency or home
        if "exchangeRate" not in payload and journal.currency in account.currencies:
            rates = account.currencies
            journal.exchange_rate = round(rates[journal.currency].rate / rates[home].rate, 8)
        if not journal.period and (period := account.period_of(journal.tran_date)) is not None:
            journal.period = period.id
        return journal

    def _keep(self, account: NetSuiteAccount, journal: Journal, request: RecordRequest) -> str:
        external_id = journal.external_id
        holder = self._state.holder(account.id, external_id) if external_id else None
        check(Proposal(account=account, journal=journal, holder=holder, by_hand=request.by_hand))
        journal.updated_at = self._state.clock.now()
        self._state.keep_journal(account.id, journal)
        return journal.id

    def _today(self, account: NetSuiteAccount) -> date:
        return self._state.clock.now().astimezone(ZoneInfo(account.time_zone)).date()


def _demand(account: NetSuiteAccount, role: Role, level: Level) -> None:
    if not role.allows(permissions.JOURNALS, level):
        refuse = account.settings.permission_as_user_error
        raise no_permission(permissions.JOURNALS, as_user_error=refuse)


def _payload(request: RecordRequest) -> JsonObject:
    try:
        return read_json(request.body)
    except NotAnObjectError as error:
        raise invalid_request(f"Invalid JSON: {error}") from error


def _settle_number(account: NetSuiteAccount, journal: Journal, payload: JsonObject) -> None:
    """Number a journal; a number of the caller's own needs the override preference."""
    given = text_at(payload, "tranId")
    if given is not None:
        if not account.settings.allow_tran_id_override:
            raise not_settable("tranId")
        journal.tran_id = given
    journal.tran_id = journal.tran_id or f"JE{journal.id}"


def _settle_approval(
    account: NetSuiteAccount, role: Role, journal: Journal, payload: JsonObject
) -> None:
    """Pending unless approved by one who may; where nobody need approve, approved.

    `approvalStatus` counts with approval routing only, `approved` with the other preference only
    (section_0224100235.html); that pending is where routing starts is practice.
    """
    settings = account.settings
    waits = settings.approval_routing or settings.journal_approvals
    field = "approvalStatus" if settings.approval_routing else "approved"
    if not waits:
        journal.approval = Approval.APPROVED
    elif field not in payload:
        journal.approval = Approval.PENDING
    elif journal.approval is not Approval.PENDING and not role.allows(
        permissions.APPROVAL, Level.EDIT
    ):
        raise no_permission(permissions.APPROVAL, as_user_error=settings.permission_as_user_error)


def _merged(current: Journal, changes: JsonObject, request: RecordRequest) -> JsonObject:
    """The whole payload that a partial one makes of a journal."""
    before = write_form(current)
    header = {name: value for name, value in changes.items() if name != "line"}
    if "approved" in changes:
        before.pop("approvalStatus")
    if "tranDate" in changes and "postingPeriod" not in changes:
        before.pop("postingPeriod")
    merged: JsonObject = before | header
    if "line" in changes:
        old = [] if request.replace_lines else objects_at(object_at(before, "line"), "items")
        merged["line"] = {"items": _merged_lines(old, object_at(changes, "line"))}
    return merged


def _merged_lines(old: list[JsonObject], sublist: JsonObject) -> list[JsonValue]:
    items = sublist.get("items")
    if not isinstance(items, list):
        raise invalid_content("The sublist line needs an array of items.", "line")
    lines = {text_at(line, "line"): line for line in old}
    merged: list[JsonValue] = list(old)
    for item in items:
        key = text_at(item, "line") if isinstance(item, dict) else None
        if isinstance(item, dict) and key in lines:
            lines[key].update(item)
        else:
            merged.append(item)
    return merged
