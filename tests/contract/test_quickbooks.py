"""What only QuickBooks does: number warnings, faults under HTTP 200, subscriptions, signing in."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.erp.connector import Connector, EntryQuery, Posted
from bot.erp.errors import ErpActionRequired, ErpRejected, OutcomeUnknown
from bot.erp.pacing import Pacer
from bot.erp.quickbooks.connector import QuickBooksConnector
from ledger.problems import ProblemCode
from sandbox.quickbooks.grants import HARD_LIFE, SCOPE
from tests.contract.case import ENTRY_DATE, entry, find, number, post, post_one
from tests.contract.quickbooks_case import QuickBooksCase
from tests.support.quickbooks import CLIENT_ID


def test_the_connector_satisfies_the_protocol() -> None:
    connector: type[Connector] = QuickBooksConnector
    assert connector.max_postings == 10_000


async def test_writes_are_single_unmetered_creates_with_their_request_id(
    quickbooks: QuickBooksCase,
) -> None:
    await post(quickbooks, [entry(quickbooks, sequence) for sequence in (1, 2, 3)])
    sent = [r for r in quickbooks.sandbox.requests() if r.method == "POST"]
    assert {r.path for r in sent} == {f"/quickbooks/v3/company/{quickbooks.realm}/journalentry"}
    assert {r.parameters["requestid"] for r in sent} == {f"key-{number(n)}" for n in (1, 2, 3)}
    assert {r.parameters["minorversion"] for r in sent} == {"75"}
    calls = quickbooks.sandbox.desk.calls()
    assert calls[quickbooks.realm] == {"Core": 3}


async def test_a_401_repeats_the_write_with_the_same_request_id(
    quickbooks: QuickBooksCase,
) -> None:
    quickbooks.expire_access()
    await post_one(quickbooks, entry(quickbooks))
    sent = [r for r in quickbooks.sandbox.requests() if r.path.endswith("/journalentry")]
    assert [r.status for r in sent] == [401, 200]
    assert len({r.parameters["requestid"] for r in sent}) == 1


async def test_a_number_that_is_taken_is_looked_up_and_not_refused(
    quickbooks: QuickBooksCase,
) -> None:
    quickbooks.change_settings(warn_duplicate_journal_number=True, requestid_memory_s=0)
    assert isinstance(await post_one(quickbooks, entry(quickbooks)), Posted)
    assert isinstance(await post_one(quickbooks, entry(quickbooks)), OutcomeUnknown)
    found = await find(quickbooks.connector(), EntryQuery(numbers=(number(1),)))
    assert len(found) == 1


async def test_a_request_id_refused_for_another_body_is_unknown(
    quickbooks: QuickBooksCase,
) -> None:
    quickbooks.change_settings(refuse_changed_replay=True)
    await post_one(quickbooks, entry(quickbooks))
    outcome = await post_one(quickbooks, entry(quickbooks, memo="another"))
    assert isinstance(outcome, OutcomeUnknown)


async def test_a_fault_under_http_200_is_a_refusal(quickbooks: QuickBooksCase) -> None:
    quickbooks.change_settings(faults_as_200=True, book_close_date=ENTRY_DATE)
    outcome = await post_one(quickbooks, entry(quickbooks))
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.code is ProblemCode.PERIOD_CLOSED
    assert outcome.trace_id


async def test_an_ended_subscription_needs_a_person(quickbooks: QuickBooksCase) -> None:
    quickbooks.change_settings(subscription_ended=True)
    outcome = await post_one(quickbooks, entry(quickbooks))
    assert isinstance(outcome, ErpActionRequired)
    assert outcome.problem.code is ProblemCode.COMPANY_UNAVAILABLE


async def test_without_a_pace_intuit_throttles(quickbooks: QuickBooksCase) -> None:
    quickbooks.change_settings(limits={"enabled": True, "per_second": 10})
    connector = quickbooks.connector(pacer=Pacer(at_once=64))
    batch = [entry(quickbooks, sequence) for sequence in range(1, 41)]
    outcomes = await post(quickbooks, batch, connector=connector)
    posted = {n for n, outcome in outcomes.items() if isinstance(outcome, Posted)}
    assert set(quickbooks.held_numbers()) == posted
    assert len(posted) < 40


async def test_calls_are_reported_with_their_trace_id_and_without_payloads(
    quickbooks: QuickBooksCase,
) -> None:
    quickbooks.running.calls.clear()
    await post_one(quickbooks, entry(quickbooks, memo="confidential"))
    (call,) = quickbooks.running.calls
    assert (call.operation, call.subject, call.status) == (
        "quickbooks.create_entry",
        number(1),
        200,
    )
    assert call.trace_id
    assert "confidential" not in repr(call)
    assert (quickbooks.stored_access_token() or "") not in repr(call)


async def test_the_deep_link_names_entry_and_company(quickbooks: QuickBooksCase) -> None:
    link = urlsplit(quickbooks.connector().entry_url("14 5&x"))
    assert link.path == "/quickbooks/app/journal"
    assert parse_qs(link.query) == {"txnId": ["14 5&x"], "companyId": [quickbooks.realm]}


async def test_a_code_is_exchanged_once_for_tokens_with_their_own_lifetimes(
    quickbooks: QuickBooksCase,
) -> None:
    redirect = "http://localhost/oauth/quickbooks/callback"
    oauth = quickbooks.running.oauth()
    asked = parse_qs(urlsplit(oauth.authorization_url("s t&a=te", redirect)).query)
    assert asked == {
        "client_id": [CLIENT_ID],
        "response_type": ["code"],
        "scope": [SCOPE],
        "redirect_uri": [redirect],
        "state": ["s t&a=te"],
    }
    code = quickbooks.sandbox.grants.authorize(quickbooks.realm, scope=SCOPE, redirect_uri=redirect)
    tokens = await oauth.exchange(code, redirect)
    assert tokens.hard_expires_at is not None
    assert abs(tokens.hard_expires_at - quickbooks.clock.now() - HARD_LIFE).total_seconds() < 5
    assert tokens.access_token not in repr(tokens)
    with pytest.raises(ErpActionRequired):
        await oauth.exchange(code, redirect)


async def test_wrong_app_keys_are_said_to_be_wrong_and_end_nothing(
    quickbooks: QuickBooksCase,
) -> None:
    quickbooks.expire_access()
    oauth = quickbooks.running.oauth(client_secret="mistyped")
    tokens = quickbooks.running.tokens(quickbooks.vault, oauth=oauth)
    connector = quickbooks.running.connector(quickbooks.realm, tokens)
    outcome = await post_one(quickbooks, entry(quickbooks), connector=connector)
    assert isinstance(outcome, ErpActionRequired)
    assert outcome.problem.code is ProblemCode.CREDENTIALS_INVALID
    assert not quickbooks.has_ended()
