"""What only Xero does: requests of many entries, short memories, one grant for several."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.erp.connector import Connector, EntryQuery, Outcome, Posted, Submission
from bot.erp.errors import ErpActionRequired, ErpRejected, ErpUnavailable, OutcomeUnknown
from bot.erp.pacing import Pacer, RateLimit
from bot.erp.xero.api import AT_ONCE
from bot.erp.xero.connector import XeroConnector
from bot.erp.xero.oauth import SCOPES, auth_event_id
from bot.erp.xero.sign_in import XeroSignIn
from ledger.books import ContactKind
from ledger.entries import PreparedPosting, Side
from ledger.problems import ProblemCode
from sandbox.faults import FaultKind, FaultOrder, RequestMatch
from sandbox.gateway import LoggedRequest
from sandbox.xero.grants import DEFAULT_USER, Consent
from sandbox.xero.journal_rules import is_refused
from sandbox.xero.organisation import Limits
from tests.contract.case import (
    ENTRY_DATE,
    entry,
    entry_on,
    entry_with_contact,
    find,
    number,
    post,
    post_one,
    posting,
    submission,
)
from tests.contract.xero_case import XeroCase
from tests.support.xero import CLIENT_ID, GrantBook

_TOO_BROAD = '{"ErrorNumber": 17, "Type": "HighVolumeException", "Message": "Be more exact."}'
_SEARCH = RequestMatch(method="GET", path="/ManualJournals$")


def creates(xero: XeroCase) -> list[LoggedRequest]:
    return [r for r in xero.sandbox.requests() if r.method == "PUT"]


async def send(connector: Connector, claimed: Sequence[Submission]) -> dict[str, Outcome]:
    return {s.entry.number: outcome async for s, outcome in connector.post_entries(claimed)}


def again(xero: XeroCase, *sequences: int) -> list[Submission]:
    """Submissions of entries that were sent before."""
    return [replace(submission(xero, entry(xero, n)), attempt=2) for n in sequences]


def test_the_connector_satisfies_the_protocol() -> None:
    connector: type[Connector] = XeroConnector
    assert connector.max_postings == 200


# ── requests and their keys ──────────────────────────────────────────────────


async def test_entries_travel_fifty_to_a_request_each_with_a_key_and_an_outcome_of_its_own(
    xero: XeroCase,
) -> None:
    bad = entry(xero, 60, postings=entry_on(xero, xero.accounts.unknown).postings)
    batch = [entry(xero, n) for n in range(1, 121) if n != 60]
    outcomes = await post(xero, [*batch, bad])
    assert isinstance(outcomes.pop(bad.number), ErpRejected)
    assert all(isinstance(outcome, Posted) for outcome in outcomes.values())
    assert sorted(xero.held_numbers()) == sorted(outcomes)
    sent = creates(xero)
    assert {r.parameters["summarizeErrors"] for r in sent} == {"false"}
    keys = {r.parameters["idempotency-key"] for r in sent}
    assert len(sent) == len(keys) == 3
    assert all(len(key) <= 128 for key in keys)


async def test_the_same_entries_in_another_order_are_the_same_request(xero: XeroCase) -> None:
    entries = [entry(xero, n) for n in (3, 1, 2)]
    first = await post(xero, entries)
    second = await post(xero, entries[::-1], connector=xero.connector())
    assert first == second
    assert len({r.parameters["idempotency-key"] for r in creates(xero)}) == 1
    assert sorted(xero.held_numbers()) == [number(1), number(2), number(3)]


async def test_a_401_repeats_the_write_with_the_same_key(xero: XeroCase) -> None:
    xero.expire_access()
    await post_one(xero, entry(xero))
    sent = creates(xero)
    assert [r.status for r in sent] == [401, 200]
    assert len({r.parameters["idempotency-key"] for r in sent}) == 1


async def test_an_entry_sent_again_in_other_company_is_looked_for_and_not_doubled(
    xero: XeroCase,
) -> None:
    xero.faults.add(FaultOrder(kind=FaultKind.DROP_REPLY, match=xero.create))
    lost = await post(xero, [entry(xero, n) for n in (1, 2, 3)])
    assert all(isinstance(outcome, OutcomeUnknown) for outcome in lost.values())
    claimed = [*again(xero, 2), submission(xero, entry(xero, 4))]
    outcomes = await send(xero.connector(), claimed)
    assert isinstance(outcomes[number(2)], OutcomeUnknown)
    assert isinstance(outcomes[number(4)], Posted)
    assert xero.held_numbers() == [number(n) for n in (1, 2, 3, 4)]


async def test_an_entry_committed_late_is_seen_before_it_is_sent_again(xero: XeroCase) -> None:
    late = FaultOrder(kind=FaultKind.LATE_COMMIT, match=xero.create, delay_s=xero.settle_s + 60)
    xero.faults.add(late)
    assert isinstance(await post_one(xero, entry(xero)), OutcomeUnknown)
    xero.clock.advance(xero.settle_s + 60)
    await xero.settle()
    outcomes = await send(xero.connector(), again(xero, 1))
    assert isinstance(outcomes[number(1)], OutcomeUnknown)
    assert xero.held_numbers() == [number(1)]


async def test_an_entry_that_is_not_there_is_sent_again_as_a_new_request(xero: XeroCase) -> None:
    xero.faults.add(FaultOrder(kind=FaultKind.DROP_REQUEST, match=xero.create))
    assert isinstance(await post_one(xero, entry(xero)), OutcomeUnknown)
    xero.clock.advance(xero.settle_s)
    outcomes = await send(xero.connector(), again(xero, 1))
    assert isinstance(outcomes[number(1)], Posted)
    assert xero.held_numbers() == [number(1)]


@pytest.mark.parametrize(
    "order",
    [
        FaultOrder(kind=FaultKind.THROTTLE, match=_SEARCH),
        FaultOrder(kind=FaultKind.STATUS, match=_SEARCH, status=400, body=_TOO_BROAD),
        FaultOrder(kind=FaultKind.STATUS, match=_SEARCH, status=502, times=None),
    ],
    ids=["throttled", "refused", "away"],
)
async def test_what_cannot_be_looked_for_is_not_sent_again(
    xero: XeroCase, order: FaultOrder
) -> None:
    xero.faults.add(order)
    outcomes = await send(xero.connector(), again(xero, 1, 2))
    assert all(isinstance(outcome, ErpUnavailable) for outcome in outcomes.values())
    assert creates(xero) == []


async def test_a_key_that_was_used_for_another_body_leaves_the_outcome_unknown(
    xero: XeroCase,
) -> None:
    await post_one(xero, entry(xero))
    assert isinstance(await post_one(xero, entry(xero, memo="another")), OutcomeUnknown)


async def test_a_refused_entry_keeps_its_answer_under_its_key(xero: XeroCase) -> None:
    xero.close_books(ENTRY_DATE)
    assert isinstance(await post_one(xero, entry(xero)), ErpRejected)
    xero.change_settings(period_lock_date=None)
    assert isinstance(await post_one(xero, entry(xero)), ErpRejected)
    mended = replace(submission(xero, entry(xero)), request_key="a new one")
    outcomes = await send(xero.connector(), [mended])
    assert isinstance(outcomes[number(1)], Posted)


# ── searching ────────────────────────────────────────────────────────────────


async def test_an_entry_that_was_moved_to_another_day_is_found_by_its_number(
    xero: XeroCase,
) -> None:
    outcome = await post_one(xero, entry(xero))
    assert isinstance(outcome, Posted)
    xero.change_by_hand(outcome.erp_id, Date="2026-12-24")
    (found,) = await find(xero.connector(), EntryQuery(numbers=(number(1),)))
    assert (found.number, found.entry_date) == (number(1), date(2026, 12, 24))


async def test_where_narrations_cannot_be_searched_the_dates_must_do(xero: XeroCase) -> None:
    await post_one(xero, entry(xero))
    refused = FaultOrder(
        kind=FaultKind.STATUS,
        match=RequestMatch(method="GET", path="/ManualJournals$", nth=2),
        status=400,
        body=_TOO_BROAD,
    )
    xero.faults.add(refused)
    found = await find(xero.connector(), EntryQuery(numbers=(number(1), number(2))))
    assert [e.number for e in found] == [number(1)]
    assert len(xero.faults.applied) == 1


async def test_a_search_for_later_numbers_that_is_refused_proves_nothing(xero: XeroCase) -> None:
    order = FaultOrder(kind=FaultKind.STATUS, match=_SEARCH, status=400, body=_TOO_BROAD)
    xero.faults.add(order)
    query = EntryQuery(number_prefix="INT-T3ST-", from_number="INT-T3ST-00001")
    with pytest.raises(ErpRejected):
        await find(xero.connector(), query)


async def test_a_reversal_made_in_xero_is_no_second_entry_of_ours(xero: XeroCase) -> None:
    await post_one(xero, entry(xero))
    xero.type_by_hand(f"Reversal: [{number(1)}] Roll-up of 2026-10-31", day=ENTRY_DATE)
    assert len(await find(xero.connector(), EntryQuery(numbers=(number(1),)))) == 1
    query = EntryQuery(first_date=ENTRY_DATE, last_date=ENTRY_DATE)
    found = await find(xero.connector(), query)
    assert sorted(e.number or "" for e in found) == ["", number(1)]


async def test_a_copy_made_in_xero_is_a_second_entry_of_ours(xero: XeroCase) -> None:
    await post_one(xero, entry(xero))
    xero.type_by_hand(f"[{number(1)}] Roll-up of 2026-10-31", day=ENTRY_DATE)
    assert len(await find(xero.connector(), EntryQuery(numbers=(number(1),)))) == 2


async def test_a_search_returns_each_entry_once_whatever_finds_it(xero: XeroCase) -> None:
    await post(xero, [entry(xero, n) for n in range(1, 41)])
    query = EntryQuery(number_prefix="INT-T3ST-", from_number="INT-T3ST-00001")
    found = await find(xero.connector(), query)
    assert sorted(e.number or "" for e in found) == [number(n) for n in range(1, 41)]


# ── accounts, tracking, lock dates ───────────────────────────────────────────


async def test_every_account_that_xero_would_refuse_says_so_with_a_remedy(xero: XeroCase) -> None:
    xero.change_settings(refuse_rounding=True, refuse_tax_accounts=True)
    organisation = xero.sandbox.desk.organisation(xero.tenant)
    books = await xero.connector().fetch_books()
    refused = {a.erp_id: a.refusal for a in books.accounts if a.refusal}
    for account in organisation.accounts.values():
        if is_refused(account, organisation.settings):
            assert "refresh" in (refused[account.id] or ""), account.name
        if account.type not in {"BANK", "INVENTORY"} and not account.system_account:
            assert account.id not in refused, account.name


async def test_system_accounts_are_refused_even_where_xero_would_take_them(xero: XeroCase) -> None:
    books = await xero.connector().fetch_books()
    for row in (499, 820, 840, 860, 960):  # realised gains, tax, historical, rounding, retained
        account = books.account(xero.account(row))
        assert account is not None
        assert "system account" in (account.refusal or "")


async def test_an_account_without_a_code_is_posted_by_its_id(xero: XeroCase) -> None:
    account = xero.account(116)
    books = await xero.connector().fetch_books()
    chosen = books.account(account)
    assert chosen is not None
    assert (chosen.code, chosen.refusal) == (None, None)
    assert isinstance(await post_one(xero, entry_on(xero, account)), Posted)


async def test_tracking_categories_are_dimensions_and_travel_with_the_line(xero: XeroCase) -> None:
    connector = xero.connector()
    books = await connector.fetch_books()
    assert [(d.name, [v.name for v in d.values if v.is_active]) for d in books.dimensions] == [
        ("Region", ["North", "Lisbon & Porto"]),
        ("Desk", ["Treasury", "Protocol"]),
    ]
    chosen = ((xero.tracking(1), xero.tracking(1, 3)), (xero.tracking(2), xero.tracking(2, 1)))
    assert {key for key, _ in chosen} == {d.key for d in books.dimensions}
    lines = (
        replace(posting(xero.accounts.debit, Side.DEBIT, "1.00"), dimensions=chosen),
        posting(xero.accounts.credit, Side.CREDIT, "1.00"),
    )
    await post_one(xero, entry(xero, postings=lines), connector=connector)
    (found,) = await find(connector, EntryQuery(numbers=(number(1),)))
    assert [p.dimensions for p in found.postings] == [chosen, ()]


@pytest.mark.parametrize(
    ("period", "year", "lock"),
    [
        (date(2026, 9, 30), date(2025, 12, 31), date(2026, 9, 30)),
        (date(2025, 6, 30), date(2025, 12, 31), date(2025, 12, 31)),
        (None, date(2025, 12, 31), date(2025, 12, 31)),
        (None, None, None),
    ],
)
async def test_the_later_lock_date_counts(
    xero: XeroCase, period: date | None, year: date | None, lock: date | None
) -> None:
    xero.change_settings(period_lock_date=period, end_of_year_lock_date=year)
    assert (await xero.connector().fetch_books()).lock_date == lock


async def test_a_locked_year_is_a_closed_period(xero: XeroCase) -> None:
    xero.change_settings(end_of_year_lock_date=ENTRY_DATE)
    outcome = await post_one(xero, entry(xero))
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.code is ProblemCode.PERIOD_CLOSED
    assert outcome.problem.subject == number(1)


async def test_a_line_with_a_contact_is_never_sent_without_it(xero: XeroCase) -> None:
    outcome = await post_one(xero, entry_with_contact(xero, ContactKind.CUSTOMER))
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.code is ProblemCode.ACCOUNT_REFUSED
    assert creates(xero) == []


async def test_a_refusal_names_the_account_it_is_about(xero: XeroCase) -> None:
    receivable = xero.accounts.receivable
    lines: tuple[PreparedPosting, ...] = (
        replace(posting(receivable, Side.DEBIT, "7.00"), account_label="610 Accounts Receivable"),
        posting(xero.accounts.credit, Side.CREDIT, "7.00"),
    )
    outcome = await post_one(xero, entry(xero, postings=lines))
    assert isinstance(outcome, ErpRejected)
    assert outcome.problem.subject == "610 Accounts Receivable"


# ── limits ───────────────────────────────────────────────────────────────────


async def test_the_days_limit_says_so_and_when_it_ends(xero: XeroCase) -> None:
    xero.change_settings(limits=Limits(per_day=1, processing_s=0))
    connector = xero.connector()
    assert isinstance(await post_one(xero, entry(xero), connector=connector), Posted)
    outcome = await post_one(xero, entry(xero, 2), connector=connector)
    assert isinstance(outcome, ErpUnavailable)
    assert outcome.problem.code is ProblemCode.RATE_LIMITED
    assert 80_000 < (outcome.retry_after_s or 0) <= 86_400
    assert "day" in outcome.problem.message
    later = await post_one(xero, entry(xero, 3), connector=connector)
    assert isinstance(later, ErpUnavailable)
    assert "day" in later.problem.message
    assert xero.held_numbers() == [number(1)]


async def test_at_once_stays_under_what_xero_allows(xero: XeroCase) -> None:
    xero.change_settings(limits=Limits(processing_s=0.01))
    connector = xero.connector(pacer=Pacer(at_once=AT_ONCE))
    await asyncio.gather(*(connector.check_access() for _ in range(6)))
    assert {r.status for r in xero.sandbox.requests()} == {200}


async def test_a_call_that_waited_for_its_turn_uses_the_token_as_it_is_then(
    xero: XeroCase,
) -> None:
    async def wait(_seconds: float) -> None:
        xero.clock.advance(timedelta(minutes=31).total_seconds())

    pacer = Pacer(
        RateLimit(1, 1.0), at_once=1, elapsed=lambda: xero.clock.now().timestamp(), sleep=wait
    )
    await xero.connector(pacer=pacer).check_access()
    assert {r.status for r in xero.sandbox.requests() if "api.xro" in r.path} == {200}


async def test_without_a_pace_xero_throttles(xero: XeroCase) -> None:
    xero.change_settings(limits=Limits(processing_s=0.01))
    connector = xero.connector()
    answers = await asyncio.gather(
        *(connector.check_access() for _ in range(12)), return_exceptions=True
    )
    throttled = [a for a in answers if isinstance(a, ErpUnavailable)]
    assert throttled
    assert {a.problem.code for a in throttled} == {ProblemCode.RATE_LIMITED}


# ── one grant, several organisations ─────────────────────────────────────────


async def test_an_organisation_that_was_disconnected_in_xero_ends_alone(xero: XeroCase) -> None:
    neighbour = await xero.further_organisation(xero.book)
    xero.sandbox.grants.drop(xero.tenant)
    outcome = await post_one(xero, entry(xero))
    assert isinstance(outcome, ErpActionRequired)
    assert outcome.problem.code is ProblemCode.AUTH_EXPIRED
    assert xero.book.cut_off == [xero.tenant]
    assert not xero.vault.ended
    await neighbour.check_access()


async def test_disconnecting_one_organisation_leaves_the_other_and_the_last_ends_the_grant(
    xero: XeroCase,
) -> None:
    neighbour = await xero.further_organisation(xero.book)
    await xero.connector().disconnect()
    assert xero.ended_at_erp()
    assert not xero.vault.ended
    await neighbour.check_access()
    await neighbour.disconnect()
    assert xero.vault.ended == ["disconnected"]
    assert xero.vault.tokens is None


async def test_two_organisations_of_a_grant_refresh_it_once(xero: XeroCase) -> None:
    neighbour = await xero.further_organisation(xero.book)
    xero.expire_access()
    refreshes = xero.faults.add(FaultOrder(kind=FaultKind.SLOW, match=xero.token, times=None))
    await asyncio.gather(xero.connector().check_access(), neighbour.check_access())
    assert refreshes.seen == 1


@pytest.mark.parametrize(("minutes", "ends"), [(29, False), (31, True)])
async def test_a_superseded_refresh_token_works_for_half_an_hour(
    xero: XeroCase, minutes: int, ends: bool
) -> None:
    xero.expire_access()
    xero.faults.add(FaultOrder(kind=FaultKind.DROP_REPLY, match=xero.token))
    with pytest.raises(ErpUnavailable):
        await xero.token_source().token(rejected=xero.stored_access_token())
    xero.clock.advance(timedelta(minutes=minutes).total_seconds())
    if ends:
        with pytest.raises(ErpActionRequired):
            await xero.connector().check_access()
    else:
        await xero.connector().check_access()
    assert bool(xero.vault.ended) is ends


async def test_a_missing_scope_is_a_missing_permission_and_ends_nothing(xero: XeroCase) -> None:
    scope = "openid offline_access accounting.settings.read"
    made = xero.sandbox.grants.begin([xero.tenant], user=DEFAULT_USER, scope=scope)
    assert xero.vault.tokens is not None
    tokens = replace(xero.vault.tokens, access_token=made.access_token)
    xero.book = GrantBook(vault=xero.vault, tenants={xero.tenant})
    xero.vault.tokens = tokens
    with pytest.raises(ErpActionRequired) as raised:
        await xero.connector().check_access()
    assert raised.value.problem.code is ProblemCode.NO_WRITE_PERMISSION
    outcome = await post_one(xero, entry(xero))
    assert isinstance(outcome, ErpActionRequired)
    assert not xero.has_ended()


# ── signing in ───────────────────────────────────────────────────────────────


async def test_a_consent_gives_tokens_and_names_the_organisations_just_chosen(
    xero: XeroCase,
) -> None:
    redirect = "http://localhost:3000/oauth/xero/callback"
    oauth = xero.running.oauth()
    asked = parse_qs(urlsplit(oauth.authorization_url("s t&a=te", redirect)).query)
    assert asked == {
        "client_id": [CLIENT_ID],
        "response_type": ["code"],
        "scope": [SCOPES],
        "redirect_uri": [redirect],
        "state": ["s t&a=te"],
    }
    chosen = xero.sandbox.organisations()[1].tenant
    consent = Consent(user=DEFAULT_USER, tenants=(chosen,), scope=SCOPES, redirect_uri=redirect)
    code = xero.sandbox.grants.authorize(consent)
    tokens = await oauth.exchange(code, redirect)
    assert tokens.access_token not in repr(tokens)
    access_token = tokens.access_token
    everything = await oauth.connections(access_token)
    assert {each.tenant_id for each in everything} == {chosen, xero.tenant}
    event = auth_event_id(access_token)
    (new,) = await oauth.connections(access_token, auth_event_id=event)
    assert (new.tenant_id, new.name) == (chosen, "Second Company Ltd")
    with pytest.raises(ErpActionRequired):
        await oauth.exchange(code, redirect)
    reach = await XeroSignIn(oauth).reach(tokens, None)
    assert {(c.external_id, c.is_chosen) for c in reach.companies} == {
        (chosen, True),
        (xero.tenant, False),
    }
    assert new.connection_id in {c.connection_id for c in reach.companies}
    later = await XeroSignIn(oauth).reach(await oauth.refresh(tokens), None)
    assert reach.subject == later.subject
    assert reach.subject
    await oauth.drop_connection(new.connection_id, access_token=access_token)
    await oauth.drop_connection(new.connection_id, access_token=access_token)
    assert [c.tenant_id for c in await oauth.connections(access_token)] == [xero.tenant]


async def test_wrong_app_keys_are_said_to_be_wrong_and_end_nothing(xero: XeroCase) -> None:
    oauth = xero.running.oauth(client_secret="mistyped")
    assert xero.vault.tokens is not None
    for ask in (oauth.refresh, oauth.revoke):
        with pytest.raises(ErpActionRequired) as raised:
            await ask(xero.vault.tokens)
        assert raised.value.problem.code is ProblemCode.CREDENTIALS_INVALID
    await xero.connector().check_access()


# ── reporting ────────────────────────────────────────────────────────────────


async def test_calls_are_reported_with_their_trace_id_and_without_payloads(
    xero: XeroCase,
) -> None:
    await post(xero, [entry(xero, n, memo="confidential") for n in (1, 2)])
    (call,) = xero.running.calls
    assert (call.operation, call.status) == ("xero.create_entries", 200)
    assert call.subject == f"{number(1)} to {number(2)}"
    assert call.trace_id
    assert "confidential" not in repr(call)
    assert (xero.stored_access_token() or "") not in repr(call)


async def test_the_deep_link_opens_the_journal_also_by_way_of_the_organisation(
    xero: XeroCase,
) -> None:
    outcome = await post_one(xero, entry(xero))
    assert isinstance(outcome, Posted)
    plain = xero.connector().entry_url(outcome.erp_id)
    assert parse_qs(urlsplit(plain).query) == {"invoiceID": [outcome.erp_id]}
    by_organisation = xero.connector(short_code=xero.short_code).entry_url(outcome.erp_id)
    assert parse_qs(urlsplit(by_organisation).query)["shortcode"] == [xero.short_code]
    for url in (plain, by_organisation):
        assert (await xero.running.http.get(url)).status_code == 200
