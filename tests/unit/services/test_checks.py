"""Checks: the guide's order, and for everything wrong one remedy."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.services.checks import (
    SCOPES,
    Patient,
    SlackState,
    UnknownNumber,
    Verdict,
    examine,
)
from bot.services.doctor import Examination
from bot.services.prerequisites import Prerequisites
from bot.views import doctor as view
from ledger.attempts import FailedAttempt
from ledger.books import Books
from ledger.delivery import DeliveryState
from ledger.entries import Role
from ledger.organisation import Company, ConnectionState, Organisation, Provider
from ledger.problems import CATALOGUE, Problem, ProblemCode
from ledger.report import ProblemGroup
from tests.support import sources

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
COMPANY = Company(
    id="c",
    organisation_id="o",
    provider=Provider.QUICKBOOKS,
    external_id="1",
    name="Acme <Inc>",
    functional_currency="USD",
    is_confirmed=True,
    pushes_enabled=True,
    connection=ConnectionState.ACTIVE,
)
HEALTHY = Patient(
    organisation=Organisation(
        id="o", team_id="T", name="Acme", code="A1B2", base_currency="USD", time_zone="UTC"
    ),
    company=COMPANY,
    at=NOW,
    prerequisites=Prerequisites(
        sources=(),
        stale_sources=(),
        needed=2,
        mapped=2,
        missing_roles=(),
        settings_saved=True,
    ),
    problems=(),
    counts={DeliveryState.VERIFIED: 3},
    erp_problem=None,
    books=Books(company_name="Acme", functional_currency="USD"),
    unknown=(),
    failed=(),
    slack=SlackState(scopes=SCOPES, apart_s=1.0),
    is_served=True,
    overdue=0,
    approvers=1,
)
FAILED = FailedAttempt(
    number="INT-A1B2-00001-101226",
    attempt=1,
    started_at=NOW,
    ended_at=NOW,
    outcome="refused",
    note="no_write_permission [trace 1-5f-ab]",
)
CLOSED = ProblemGroup(
    code=ProblemCode.PERIOD_CLOSED,
    title="Period closed",
    remedy=CATALOGUE[ProblemCode.PERIOD_CLOSED].remedy,
    count=3,
    subjects=(),
)


def _needs(**changes: object) -> Patient:
    assert HEALTHY.prerequisites is not None
    return replace(HEALTHY, prerequisites=replace(HEALTHY.prerequisites, **changes))  # type: ignore[arg-type]


def _auth(code: ProblemCode) -> Patient:
    return replace(HEALTHY, erp_problem=Problem(code=code, subject="QuickBooks"))


ILLS = {
    "accounts mapped": _needs(mapped=1),
    "settings configured and active": _needs(missing_roles=(Role.GAINS,)),
    "credentials valid": _auth(ProblemCode.AUTH_EXPIRED),
    "write access to journal entries": replace(HEALTHY, failed=(FAILED,)),
    "pushes enabled": replace(HEALTHY, company=replace(COMPANY, pushes_enabled=False)),
    "functional currency": replace(
        HEALTHY, books=Books(company_name="Acme", functional_currency="EUR")
    ),
    "period locks": replace(HEALTHY, problems=(CLOSED,)),
    "journal numbers": replace(
        HEALTHY, unknown=(UnknownNumber(number="INT-1", erp_id="1", is_accounted=False),)
    ),
    "posted entries": replace(HEALTHY, counts={DeliveryState.DIVERGED: 1}),
    "approvers": replace(HEALTHY, approvers=0),
    "Slack": replace(HEALTHY, slack=SlackState(refusal="invalid_auth")),
    "Slack scopes": replace(HEALTHY, slack=SlackState(scopes=SCOPES - {"im:write"})),
    "clock": replace(HEALTHY, slack=SlackState(scopes=SCOPES, apart_s=-400.0)),
    "engine": replace(HEALTHY, is_served=False),
}


def test_of_a_healthy_one_nothing_is_wrong() -> None:
    assert {finding.verdict for finding in examine(HEALTHY)} == {Verdict.OK}


@pytest.mark.parametrize("check", ILLS)
def test_what_is_wrong_is_the_only_finding_and_has_a_remedy(check: str) -> None:
    wrong = [f for f in examine(ILLS[check]) if f.verdict is Verdict.WRONG]
    assert [finding.check for finding in wrong] == [check]
    assert wrong[0].remedy


def test_the_order_is_the_guides() -> None:
    checks = [finding.check for finding in examine(HEALTHY)]
    assert [check for check in checks if check != "database"] == list(ILLS)


def test_an_erp_that_is_away_is_not_called_wrong() -> None:
    findings = examine(_auth(ProblemCode.ERP_UNREACHABLE))
    assert not [finding for finding in findings if finding.verdict is Verdict.WRONG]


def test_the_scopes_are_the_manifests() -> None:
    manifest = json.loads((sources.PROJECT / "slack_manifest.json").read_text())
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES


def test_the_message_has_date_time_and_trace_of_what_failed_and_escapes_names() -> None:
    patient = replace(HEALTHY, failed=(FAILED,))
    said = view.result(
        Examination(
            organisation=patient.organisation,
            company=COMPANY,
            findings=examine(patient),
            unknown=(),
            dates=(),
            failed=patient.failed,
        )
    )
    assert "2026-11-02 09:00:00 UTC" in said.blocks
    assert "1-5f-ab" in said.blocks
    assert "<Inc>" not in said.blocks
