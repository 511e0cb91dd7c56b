"""Ids and addresses: two spellings of an account, one company per subsidiary."""

from __future__ import annotations

import pytest

from bot.erp.netsuite.account import (
    AccountId,
    NetSuiteAddresses,
    NetSuiteCompany,
    Segment,
    external_id,
    read_external_id,
)

SANDBOX = AccountId("1234567_SB1")


def test_an_account_has_its_own_hosts() -> None:
    addresses = NetSuiteAddresses.of(SANDBOX)
    assert addresses.rest_url == "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest"
    assert addresses.app_url == "https://1234567-sb1.app.netsuite.com"
    assert addresses.token_url == f"{addresses.rest_url}/auth/oauth2/v1/token"


def test_other_addresses_may_stand_in_their_place() -> None:
    local = NetSuiteAddresses.of(SANDBOX, api_url="http://127.0.0.1:1/netsuite", app_url="http://x")
    assert local.rest_url == "http://127.0.0.1:1/netsuite/services/rest"
    assert local.app_url == "http://x"


@pytest.mark.parametrize("subsidiary", [None, "1", "27"])
def test_a_companys_id_is_its_account_and_subsidiary(subsidiary: str | None) -> None:
    text = external_id(SANDBOX, subsidiary)
    assert read_external_id(text) == (SANDBOX, subsidiary)
    addresses = NetSuiteAddresses.of(SANDBOX)
    company = NetSuiteCompany(account=SANDBOX, addresses=addresses, subsidiary_id=subsidiary)
    assert company.external_id == text


@pytest.mark.parametrize("text", ["", ":1", "evil.example", "1234567-sb1:1"])
def test_what_is_no_companys_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="account id"):
        read_external_id(text)


@pytest.mark.parametrize("subsidiary", ["1 OR 1=1", "x", "-1", "\u0661"])
def test_a_subsidiary_is_a_number(subsidiary: str) -> None:
    addresses = NetSuiteAddresses.of(SANDBOX)
    with pytest.raises(ValueError, match="digits only"):
        NetSuiteCompany(account=SANDBOX, addresses=addresses, subsidiary_id=subsidiary)


@pytest.mark.parametrize("key", ["fund", "cseg_x; DROP", "CSEG_FUND", "cseg-x", ""])
def test_a_segments_key_is_a_field_name(key: str) -> None:
    with pytest.raises(ValueError, match="cseg"):
        Segment(key=key, name="Fund")
