"""Which accounts Xero takes no manual journal on: the whole table, and what is not in it."""

from __future__ import annotations

import pytest

from bot.erp.xero.account_rules import refusal

CLOSED = [
    "DEBTORS",
    "CREDITORS",
    "BANKCURRENCYGAIN",
    "UNREALISEDCURRENCYGAIN",
    "TRACKINGTRANSFERS",
    "UNPAIDEXPCLM",
    "WAGEPAYABLES",
]
UNVERIFIED = [
    "REALISEDCURRENCYGAIN",
    "RETAINEDEARNINGS",
    "ROUNDING",
    "HISTORICAL",
    "GST",
    "GSTONIMPORTS",
    "CISASSETS",
    "SOMETHINGNEW",
]


@pytest.mark.parametrize(
    "kind", ["CURRENT", "CURRLIAB", "EXPENSE", "REVENUE", "EQUITY", "FIXED", "PREPAYMENT", "PAYG"]
)
@pytest.mark.parametrize("system_account", [None, ""])
def test_ordinary_accounts_are_open(kind: str, system_account: str | None) -> None:
    assert refusal(account_type=kind, system_account=system_account) is None


@pytest.mark.parametrize(("kind", "remedy"), [("BANK", "clearing"), ("INVENTORY", "same kind")])
def test_bank_and_inventory_are_closed_by_their_type(kind: str, remedy: str) -> None:
    assert remedy in (refusal(account_type=kind, system_account=None) or "")


@pytest.mark.parametrize("system_account", CLOSED)
def test_what_xero_names_as_closed_says_xero_takes_none(system_account: str) -> None:
    reason = refusal(account_type="CURRENT", system_account=system_account)
    assert (reason or "").startswith("Xero takes no manual journal on ")


@pytest.mark.parametrize("system_account", UNVERIFIED)
def test_any_other_system_account_is_refused_too(system_account: str) -> None:
    reason = refusal(account_type="EXPENSE", system_account=system_account)
    assert "system account" in (reason or "")


@pytest.mark.parametrize("system_account", [*CLOSED, *UNVERIFIED])
def test_every_refusal_is_a_sentence_with_one_thing_to_do(system_account: str) -> None:
    reason = refusal(account_type="CURRENT", system_account=system_account) or ""
    assert "create an account of the same kind in Xero" in reason
    assert reason.endswith(".")
