"""What only NetSuite does: signatures, locks, subsidiaries, approval routing, taken numbers."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.erp.connector import Connector, EntryQuery, Posted
from bot.erp.errors import ErpActionRequired, ErpRejected, ErpUnavailable, OutcomeUnknown
from bot.erp.netsuite.account import Segment
from bot.erp.netsuite.connector import NetSuiteConnector
from bot.erp.netsuite.credentials import CertificateCredentials, dump_credentials
from ledger.entries import PreparedEntry, PreparedPosting, Side
from ledger.problems import ProblemCode
from sandbox.faults import FaultKind, FaultOrder
from sandbox.netsuite import permissions
from sandbox.netsuite.account import Approval
from sandbox.netsuite.desk import NewTransaction
from sandbox.netsuite.permissions import INTEGRATION_ROLE
from tests.contract.case import (
    ENTRY_DATE,
    entry,
    entry_on,
    find,
    number,
    post,
    post_one,
    posting,
)
from tests.contract.netsuite_case import PARENT, NetSuiteCase
from tests.support.netsuite import MemoryCredentials, stored

_OUR_ENTRY = EntryQuery(numbers=(number(1),))


def failed_logins(case: NetSuiteCase) -> list[str]:
    attempts = case.sandbox.login_attempts(case.account_id)
    return [attempt.reason for attempt in attempts if attempt.reason is not None]


def with_dimensions(case: NetSuiteCase, dimensions: tuple[tuple[str, str], ...]) -> PreparedEntry:
    lines = tuple(
        PreparedPosting(
            account_id=account,
            account_label=f"account {account}",
            side=side,
            money=posting(account, side, "7.00").money,
            dimensions=dimensions,
        )
        for account, side in (
            (case.accounts.debit, Side.DEBIT),
            (case.accounts.credit, Side.CREDIT),
        )
    )
    return entry(case, postings=lines)


def test_the_connector_satisfies_the_protocol() -> None:
    connector: type[Connector] = NetSuiteConnector
    assert connector.max_postings == 1000


async def test_entries_are_created_by_post_and_nothing_is_ever_changed(
    netsuite: NetSuiteCase,
) -> None:
    connector = netsuite.connector()
    await connector.check_access()
    await post(netsuite, [entry(netsuite, n) for n in (1, 2, 3)], connector=connector)
    await find(connector, _OUR_ENTRY)
    sent = [(r.method, r.path.rpartition("/")[2]) for r in netsuite.sandbox.requests()]
    assert set(sent) == {("POST", "suiteql"), ("POST", "journalEntry")}
    assert sent.count(("POST", "journalEntry")) == 3


async def test_the_number_is_the_external_id_and_begins_the_memo(netsuite: NetSuiteCase) -> None:
    await post_one(netsuite, entry(netsuite, memo="Roll-up"))
    (journal,) = netsuite.sandbox.journals(netsuite.account_id)
    assert (journal.external_id, journal.memo) == (number(1), f"{number(1)} Roll-up")
    assert journal.subsidiary == PARENT


async def test_a_number_that_is_taken_is_looked_up_and_not_refused(netsuite: NetSuiteCase) -> None:
    first = await post_one(netsuite, entry(netsuite))
    again = await post_one(netsuite, entry(netsuite))
    assert isinstance(first, Posted)
    assert isinstance(again, OutcomeUnknown)
    (found,) = await find(netsuite.connector(), _OUR_ENTRY)
    assert found.erp_id == first.erp_id
    assert netsuite.held_numbers() == [number(1)]


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("DUP_RCRD", "A record with the same unique identifier already exists"),
        ("USER_ERROR", "Dieser Datensatz ist bereits vorhanden"),
    ],
)
async def test_a_taken_number_is_known_whatever_the_code_or_the_language(
    netsuite: NetSuiteCase, code: str, detail: str
) -> None:
    words = {"duplicate_code": code, "duplicate_detail": detail}
    netsuite.change_settings(words=words)
    await post_one(netsuite, entry(netsuite))
    assert isinstance(await post_one(netsuite, entry(netsuite)), OutcomeUnknown)


@pytest.mark.parametrize("committed", [True, False])
async def test_a_refusal_in_words_we_do_not_know_counts_only_if_the_entry_is_not_there(
    netsuite: NetSuiteCase, committed: bool
) -> None:
    details = [{"detail": "Ganz etwas anderes.", "o:errorCode": "USER_ERROR"}]
    body = json.dumps({"status": 400, "o:errorDetails": details})
    order = FaultOrder(
        kind=FaultKind.STATUS, match=netsuite.create, status=400, body=body, committed=committed
    )
    netsuite.faults.add(order)
    outcome = await post_one(netsuite, entry(netsuite))
    assert isinstance(outcome, OutcomeUnknown if committed else ErpRejected)
    assert "Ganz etwas anderes" in outcome.problem.message


async def test_a_number_that_another_kind_of_transaction_has_is_found_without_postings(
    netsuite: NetSuiteCase,
) -> None:
    taken = NewTransaction(external_id=number(1), tran_date=ENTRY_DATE.isoformat())
    other = netsuite.sandbox.desk.add_transaction(netsuite.account_id, taken)
    assert isinstance(await post_one(netsuite, entry(netsuite)), OutcomeUnknown)
    (found,) = await find(netsuite.connector(), _OUR_ENTRY)
    assert (found.erp_id, found.postings) == (other.id, ())
    assert await netsuite.connector().fetch_entry(other.id) == found


async def test_a_journal_that_waits_for_approval_in_netsuite_is_not_called_posted(
    netsuite: NetSuiteCase,
) -> None:
    netsuite.change_settings(approval_routing=True)
    outcome = await post_one(netsuite, entry(netsuite))
    assert isinstance(outcome, Posted)
    found = await netsuite.connector().fetch_entry(outcome.erp_id)
    assert found is not None
    assert (found.is_posted, found.is_rejected) == (False, False)
    assert len(found.postings) == 2
    netsuite.decide_by_hand(outcome.erp_id, Approval.REJECTED)
    (rejected,) = await find(netsuite.connector(), _OUR_ENTRY)
    assert (rejected.is_posted, rejected.is_rejected) == (False, True)
    assert rejected.postings == found.postings
    netsuite.decide_by_hand(outcome.erp_id, Approval.APPROVED)
    approved = await netsuite.connector().fetch_entry(outcome.erp_id)
    assert approved is not None
    assert (approved.is_posted, approved.is_rejected) == (True, False)


async def test_a_refused_login_is_tried_once_whatever_there_is_to_send(
    netsuite: NetSuiteCase,
) -> None:
    netsuite.sandbox.credentials.revoke(netsuite.account_id, netsuite.five().token_id)
    outcomes = await post(netsuite, [entry(netsuite, n) for n in range(1, 9)])
    for outcome in outcomes.values():
        assert isinstance(outcome, ErpActionRequired)
        assert outcome.problem.code is ProblemCode.CREDENTIALS_INVALID
    assert failed_logins(netsuite) == ["token_rejected"]
    assert netsuite.held_numbers() == []
    assert netsuite.vault.stored, "a login that is refused wipes nothing"


async def test_connectors_of_one_process_share_what_a_refused_login_taught(
    netsuite: NetSuiteCase,
) -> None:
    netsuite.sandbox.credentials.revoke(netsuite.account_id, netsuite.five().token_id)
    door = netsuite.running.door()
    connectors = [netsuite.connector(door=door) for _ in range(6)]
    asked = [connector.fetch_books() for connector in connectors]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(result, ErpActionRequired) for result in results)
    assert len(failed_logins(netsuite)) == 1


async def test_a_401_amid_a_batch_stays_below_the_five_that_lock_the_user(
    netsuite: NetSuiteCase,
) -> None:
    connector = netsuite.connector()
    await connector.check_access()
    netsuite.sandbox.credentials.revoke(netsuite.account_id, netsuite.five().token_id)
    await post(netsuite, [entry(netsuite, n) for n in range(1, 30)], connector=connector)
    assert 1 <= len(failed_logins(netsuite)) < 5


async def test_refused_credentials_are_tried_again_after_half_an_hour_or_when_asked(
    netsuite: NetSuiteCase,
) -> None:
    connector = netsuite.connector()
    order = FaultOrder(kind=FaultKind.EXPIRED_TOKEN)
    netsuite.faults.add(order)
    with pytest.raises(ErpActionRequired):
        await connector.fetch_books()
    with pytest.raises(ErpActionRequired):
        await connector.fetch_books()
    await connector.check_access()
    netsuite.faults.add(order)
    with pytest.raises(ErpActionRequired):
        await connector.fetch_books()
    netsuite.clock.advance(timedelta(minutes=31).total_seconds())
    await connector.fetch_books()
    assert len(netsuite.faults.applied) == 2


async def test_updated_credentials_work_at_once(netsuite: NetSuiteCase) -> None:
    connector = netsuite.connector()
    await connector.check_access()
    new = netsuite.sandbox.credentials.rotate(netsuite.account_id, netsuite.five().token_id)
    assert isinstance(
        await post_one(netsuite, entry(netsuite), connector=connector), ErpActionRequired
    )
    netsuite.vault.stored = stored(new).stored
    assert isinstance(await post_one(netsuite, entry(netsuite), connector=connector), Posted)


async def test_credentials_of_another_account_are_refused_before_anything_is_sent(
    netsuite: NetSuiteCase,
) -> None:
    other = netsuite.new_account("Other Ltd")
    with pytest.raises(ErpActionRequired, match="belong to account"):
        await netsuite.connector(vault=stored(netsuite.five(other))).check_access()
    assert netsuite.sandbox.requests() == []


async def test_four_at_once_are_within_the_least_limit_an_account_has(
    netsuite: NetSuiteCase,
) -> None:
    netsuite.change_settings(limits={"concurrency": 5, "processing_ms": 5})
    outcomes = await post(netsuite, [entry(netsuite, n) for n in range(1, 41)])
    assert all(isinstance(outcome, Posted) for outcome in outcomes.values())


async def test_what_the_concurrency_limit_blocked_was_surely_not_posted(
    netsuite: NetSuiteCase,
) -> None:
    netsuite.change_settings(limits={"concurrency": 2, "processing_ms": 20})
    connector = netsuite.connector()
    outcomes = await post(netsuite, [entry(netsuite, n) for n in range(1, 21)], connector=connector)
    posted = {n for n, outcome in outcomes.items() if isinstance(outcome, Posted)}
    blocked = [o for o in outcomes.values() if isinstance(o, ErpUnavailable)]
    assert set(netsuite.held_numbers()) == posted
    assert len(posted) + len(blocked) == 20
    assert blocked
    assert all(0 < (error.retry_after_s or 0) <= 15 for error in blocked)


async def test_the_subsidiaries_to_choose_from_have_their_own_currencies(
    netsuite: NetSuiteCase,
) -> None:
    found = await netsuite.connector().list_subsidiaries()
    assert [(s.id, s.currency) for s in found] == [("1", "USD"), ("2", "EUR")]


async def test_each_subsidiary_is_a_company_of_its_own(netsuite: NetSuiteCase) -> None:
    europe = netsuite.running.connector(
        netsuite.company_of(netsuite.account_id, "2"), netsuite.vault
    )
    books = await europe.fetch_books()
    assert books.functional_currency == "EUR"
    assert "Europe" in books.company_name
    await post_one(netsuite, entry(netsuite))
    days = EntryQuery(first_date=ENTRY_DATE, last_date=ENTRY_DATE)
    assert await find(europe, days) == []
    assert len(await find(netsuite.connector(), days)) == 1


async def test_an_entry_in_another_currency_than_the_subsidiary_is_refused_unsent(
    netsuite: NetSuiteCase,
) -> None:
    europe = netsuite.running.connector(
        netsuite.company_of(netsuite.account_id, "2"), netsuite.vault
    )
    netsuite.company = f"netsuite:{netsuite.account_id}:2"
    outcome = await post_one(netsuite, entry(netsuite), connector=europe)
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.code is ProblemCode.CURRENCY_MISMATCH
    assert netsuite.held_numbers() == []


@pytest.mark.parametrize("subsidiary", [None, "3", "99"])
async def test_without_a_usable_subsidiary_nothing_is_sent(
    netsuite: NetSuiteCase, subsidiary: str | None
) -> None:
    company = netsuite.company_of(netsuite.account_id, subsidiary)
    netsuite.company = f"netsuite:{company.external_id}"
    connector = netsuite.running.connector(company, netsuite.vault)
    with pytest.raises(ErpActionRequired) as raised:
        await connector.check_access()
    assert raised.value.problem.code is ProblemCode.COMPANY_UNAVAILABLE
    outcome = await post_one(netsuite, entry(netsuite), connector=connector)
    assert isinstance(outcome, ErpActionRequired)
    assert netsuite.held_numbers() == []


async def test_an_account_without_oneworld_needs_no_subsidiary(netsuite: NetSuiteCase) -> None:
    netsuite.account_id = netsuite.new_account("Single Ltd", one_world=False)
    netsuite.company = f"netsuite:{netsuite.account_id}"
    connector = netsuite.running.connector(
        netsuite.company_of(netsuite.account_id, None), stored(netsuite.five())
    )
    assert await connector.list_subsidiaries() == ()
    assert (await connector.fetch_books()).functional_currency == "USD"
    assert isinstance(await post_one(netsuite, entry(netsuite), connector=connector), Posted)
    assert len(await find(connector, _OUR_ENTRY)) == 1


async def test_books_refuse_accounts_that_take_no_journal_entries(netsuite: NetSuiteCase) -> None:
    books = await netsuite.connector().fetch_books()
    by_id = {account.erp_id: account for account in books.accounts}
    assert [by_id[id_].erp_type for id_ in ("195", "196")] == ["NonPosting", "Stat"]
    assert all(by_id[id_].refusal for id_ in ("120", "195", "196"))
    assert by_id[netsuite.accounts.debit].refusal is None
    outcome = await post_one(netsuite, entry_on(netsuite, "195"))
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.code is ProblemCode.ACCOUNT_REFUSED
    assert outcome.problem.subject == "account 195"


async def test_dimensions_and_custom_segments_are_posted_and_read_back(
    netsuite: NetSuiteCase,
) -> None:
    fund = Segment(key="cseg_fund", name="Fund")
    connector = netsuite.connector(segments=[fund])
    books = await connector.fetch_books()
    assert [d.key for d in books.dimensions] == ["department", "class", "location", "cseg_fund"]
    assert any(not value.is_active for value in books.dimensions[0].values)
    chosen = (("cseg_fund", "2"), ("class", "1"), ("department", "1"))
    prepared = with_dimensions(netsuite, tuple(sorted(chosen)))
    await post_one(netsuite, prepared, connector=connector)
    (found,) = await find(connector, _OUR_ENTRY)
    assert {p.dimensions for p in found.postings} == {tuple(sorted(chosen))}


async def test_a_dimension_that_the_account_asks_for_is_named_when_it_is_missing(
    netsuite: NetSuiteCase,
) -> None:
    netsuite.change_settings(required_dimensions=("department",))
    outcome = await post_one(netsuite, entry(netsuite))
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.code is ProblemCode.DIMENSION_REQUIRED
    assert outcome.problem.subject == "Department"


@pytest.mark.parametrize("as_user_error", [True, False])
async def test_a_role_that_may_not_make_journals_needs_a_person(
    netsuite: NetSuiteCase, as_user_error: bool
) -> None:
    netsuite.change_settings(permission_as_user_error=as_user_error)
    netsuite.sandbox.credentials.change_role(
        netsuite.account_id, INTEGRATION_ROLE, {permissions.JOURNALS: "VIEW"}
    )
    outcome = await post_one(netsuite, entry(netsuite))
    assert isinstance(outcome, ErpActionRequired)
    assert outcome.problem.code is ProblemCode.NO_WRITE_PERMISSION


@pytest.mark.parametrize(
    "missing",
    [
        permissions.SUITEQL,
        permissions.ACCOUNTS,
        permissions.CUSTOMERS,
        permissions.CURRENCY,
        permissions.PERIODS,
        permissions.JOURNALS,
    ],
)
async def test_a_role_that_sees_too_little_is_told_when_connecting(
    netsuite: NetSuiteCase, missing: str
) -> None:
    netsuite.sandbox.credentials.change_role(
        netsuite.account_id, INTEGRATION_ROLE, {missing: "NONE"}
    )
    with pytest.raises(ErpActionRequired) as raised:
        await netsuite.connector().check_access()
    assert raised.value.problem.code is ProblemCode.NO_WRITE_PERMISSION


async def test_a_dimension_that_the_role_does_not_see_is_a_feature_that_is_off(
    netsuite: NetSuiteCase,
) -> None:
    netsuite.sandbox.credentials.change_role(
        netsuite.account_id, INTEGRATION_ROLE, {permissions.CLASSES: "NONE"}
    )
    books = await netsuite.connector().fetch_books()
    assert [dimension.key for dimension in books.dimensions] == ["department", "location"]


async def test_locked_periods_count_as_closed(netsuite: NetSuiteCase) -> None:
    account = netsuite.account()
    for period in account.periods.values():
        period.locked = period.end <= ENTRY_DATE
    netsuite.sandbox.desk.replace(account)
    assert (await netsuite.connector().fetch_books()).lock_date == ENTRY_DATE
    outcome = await post_one(netsuite, entry(netsuite))
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.code is ProblemCode.PERIOD_CLOSED


async def test_a_certificate_connects_without_any_signature_of_the_old_kind(
    netsuite: NetSuiteCase,
) -> None:
    vault, _ = certificate_of(netsuite)
    connector = netsuite.connector(vault=vault)
    await connector.check_access()
    assert isinstance(await post_one(netsuite, entry(netsuite), connector=connector), Posted)
    assert len(token_requests(netsuite)) == 1
    netsuite.clock.advance(timedelta(minutes=56).total_seconds())
    await connector.check_access()
    assert len(token_requests(netsuite)) == 2


async def test_a_revoked_certificate_needs_a_person(netsuite: NetSuiteCase) -> None:
    vault, certificate = certificate_of(netsuite)
    netsuite.sandbox.credentials.revoke_certificate(netsuite.account_id, certificate)
    connector = netsuite.connector(vault=vault)
    outcomes = await post(netsuite, [entry(netsuite, n) for n in (1, 2, 3)], connector=connector)
    codes = {o.problem.code for o in outcomes.values() if isinstance(o, ErpActionRequired)}
    assert codes == {ProblemCode.CREDENTIALS_INVALID}
    assert len(token_requests(netsuite)) == 1


async def test_a_certificates_dead_access_token_is_replaced_after_one_failure(
    netsuite: NetSuiteCase,
) -> None:
    vault, _ = certificate_of(netsuite)
    connector = netsuite.connector(vault=vault)
    await connector.check_access()
    netsuite.faults.add(FaultOrder(kind=FaultKind.EXPIRED_TOKEN, match=netsuite.create))
    refused = await post_one(netsuite, entry(netsuite), connector=connector)
    assert isinstance(refused, ErpActionRequired)
    assert isinstance(await post_one(netsuite, entry(netsuite), connector=connector), Posted)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_sign_in_service_that_is_away_condemns_no_certificate(
    netsuite: NetSuiteCase, status: int
) -> None:
    vault, _ = certificate_of(netsuite)
    order = FaultOrder(kind=FaultKind.STATUS, status=status, body="busy", times=3)
    netsuite.faults.add(order)
    connector = netsuite.connector(vault=vault)
    with pytest.raises(ErpUnavailable):
        await connector.fetch_books()
    netsuite.faults.clear()
    await connector.fetch_books()


async def test_disconnecting_wipes_our_copy_and_says_so_when_used(netsuite: NetSuiteCase) -> None:
    connector = netsuite.connector()
    await connector.disconnect()
    await connector.disconnect()
    assert netsuite.vault.stored is None
    outcome = await post_one(netsuite, entry(netsuite), connector=connector)
    assert isinstance(outcome, ErpActionRequired)
    assert outcome.problem.code is ProblemCode.AUTH_EXPIRED
    assert netsuite.sandbox.requests() == []


async def test_calls_are_reported_without_payloads_and_without_secrets(
    netsuite: NetSuiteCase,
) -> None:
    await post_one(netsuite, entry(netsuite, memo="confidential"))
    call = netsuite.running.calls[-1]
    assert (call.operation, call.subject, call.status) == (
        "netsuite.create_entry",
        number(1),
        204,
    )
    five = netsuite.five()
    seen = repr(netsuite.running.calls)
    assert all(s not in seen for s in ("confidential", five.consumer_secret, five.token_secret))


async def test_the_deep_link_names_the_journal(netsuite: NetSuiteCase) -> None:
    link = urlsplit(netsuite.connector().entry_url("14 5&x"))
    assert link.path == "/netsuite/app/accounting/transactions/journal.nl"
    assert parse_qs(link.query) == {"id": ["14 5&x"]}


async def test_an_id_that_is_no_id_is_absent_and_asks_nothing(netsuite: NetSuiteCase) -> None:
    assert await netsuite.connector().fetch_entry("1 OR 1=1") is None
    assert netsuite.sandbox.requests() == []


def certificate_of(case: NetSuiteCase) -> tuple[MemoryCredentials, str]:
    """Map a certificate, and return a vault with it and its id."""
    made = case.sandbox.credentials.add_certificate(case.account_id, None)
    credentials = CertificateCredentials(**{name: str(value) for name, value in made.items()})
    return MemoryCredentials(stored=dump_credentials(credentials)), credentials.certificate_id


def token_requests(case: NetSuiteCase) -> list[str]:
    return [r.path for r in case.sandbox.requests() if r.path.endswith("/oauth2/v1/token")]
