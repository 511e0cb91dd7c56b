"""Delivery hurries only where every ERP that is set up is a sandbox on this machine."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.services.delivery import Pace
from bot.settings import Settings
from bot.wiring.cases import _WITHOUT_PROXY, _pace

LOCAL = "http://127.0.0.1:9"
QUICKBOOKS = {
    "quickbooks_client_id": "id",
    "quickbooks_api_url": LOCAL,
    "quickbooks_settle_s": 2,
}
XERO = {"xero_client_id": "id", "xero_api_url": LOCAL, "xero_settle_s": 2}
NETSUITE = {"netsuite_api_url": LOCAL, "netsuite_settle_s": 2}


@pytest.mark.parametrize(
    ("settings", "is_hurried"),
    [
        ({}, False),
        (QUICKBOOKS, True),
        (XERO, True),
        (NETSUITE, True),
        (QUICKBOOKS | XERO | NETSUITE, True),
        (QUICKBOOKS | {"xero_client_id": "id"}, False),
        (XERO | {"quickbooks_client_id": "id"}, False),
        (QUICKBOOKS | {"quickbooks_settle_s": 120}, False),
    ],
)
def test_one_real_erp_takes_the_usual_time(settings: dict[str, Any], is_hurried: bool) -> None:
    chosen = Settings.model_validate({"integral_secret_keys": SecretStr("k"), **settings})
    assert (_pace(chosen) != Pace()) is is_hurried


def test_the_environments_proxy_is_for_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    client = httpx.AsyncClient(mounts=_WITHOUT_PROXY)
    direct = client._transport
    for address in ("http://localhost:1", "https://127.0.0.1:1", "http://[::1]:1"):
        assert client._transport_for_url(httpx.URL(address)) is direct, address
    assert client._transport_for_url(httpx.URL("https://api.xero.com")) is not direct
