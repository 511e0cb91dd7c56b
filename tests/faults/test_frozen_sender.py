"""A sender that is stopped just after its claim, and goes on late, doubles nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.organisation import Provider
from tests.faults.databases import Databases
from tests.faults.erp_side import ErpSide, running_erp
from tests.faults.one_run import Runner, pushed_month
from tests.faults.plan import DrawnTear, Plan, Shape, Story, undisturbed
from tests.faults.tearing import TearKind

_FROZEN = DrawnTear(TearKind.FREEZE_CLAIMED, 0)


@pytest.fixture(scope="module")
def erp() -> Iterator[ErpSide]:
    with running_erp() as running:
        yield running


def _plan(provider: Provider) -> Plan:
    """A push whose first sender is frozen, into an ERP that forgets its own keys at once."""
    plan = undisturbed(Shape(provider, 4, Story.ONE), month=pushed_month())
    return replace(plan, tears=((_FROZEN,),), is_forgetful=True)


@pytest.mark.long(12)
@pytest.mark.parametrize(
    ("provider", "database"),
    [
        (Provider.QUICKBOOKS, "sqlite"),
        pytest.param(Provider.QUICKBOOKS, "postgres", marks=pytest.mark.postgres),
        pytest.param(Provider.XERO, "postgres", marks=pytest.mark.postgres),
        pytest.param(Provider.NETSUITE, "postgres", marks=pytest.mark.postgres),
    ],
)
def test_a_sender_frozen_past_its_claim_doubles_nothing(
    erp: ErpSide, tmp_path: Path, provider: Provider, database: str
) -> None:
    databases = Databases.open(database, tmp_path)
    runner = Runner(
        erp=erp, databases={database: databases}, folder=tmp_path, kept=tmp_path / "kept"
    )
    verdict = runner.push(_plan(provider), databases)
    assert verdict.findings == ()
    assert (verdict.entries, verdict.torn) == (4, 1)
