"""Settings are refused with the setting's name when they are dangerous, and read from files."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings

LOOPBACK = "http://127.0.0.1:9000"
OUTSIDE = Settings.model_construct().outside_addresses()
SANDBOX = dict.fromkeys(OUTSIDE, LOOPBACK) | {"SLACK_API_URL": f"{LOOPBACK}/api/"}


@pytest.fixture(autouse=True)
def empty_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def read(**environment: str) -> Settings:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        return Settings()


def refusal(**environment: str) -> str:
    with pytest.raises(ValidationError) as caught:
        read(**environment)
    return str(caught.value)


def test_a_secret_may_stand_in_a_file_that_the_environment_names(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-of-the-file\n")
    settings = read(SLACK_BOT_TOKEN_FILE=str(tmp_path / "token"))
    assert settings.slack_bot_token
    assert settings.slack_bot_token.get_secret_value() == "xoxb-of-the-file"


def test_a_secret_may_stand_in_a_file_that_dotenv_names(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("signing")
    Path(".env").write_text(f"SLACK_SIGNING_SECRET_FILE={tmp_path / 'secret'}\n")
    assert read().signing_secrets == ("signing",)


def test_a_named_file_that_is_missing_is_refused_by_its_setting() -> None:
    with pytest.raises(Exception, match="SLACK_BOT_TOKEN_FILE: /nowhere"):
        read(SLACK_BOT_TOKEN_FILE="/nowhere")


def test_the_environment_wins_over_dotenv() -> None:
    Path(".env").write_text("PORT=4000\nINTEGRAL_SECRET_KEYS=\n")
    assert read(PORT="5000").port == 5000
    assert read().port == 4000
    assert read().integral_secret_keys is None


def test_two_signing_secrets_are_accepted_while_one_is_changed() -> None:
    assert read(SLACK_SIGNING_SECRET="new, old").signing_secrets == ("new", "old")
    assert "SLACK_SIGNING_SECRET" in refusal(SLACK_SIGNING_SECRET="a,b,c")


@pytest.mark.parametrize(
    "address", ["http://erp.example", "ftp://127.0.0.1", "erp.example", "https://u:p@h"]
)
def test_an_outside_address_is_https_or_loopback(address: str) -> None:
    assert "must be" in refusal(XERO_API_URL=address)


@pytest.mark.parametrize(
    "address", ["https://erp.example/", "http://127.0.0.1:8", "http://[::1]:8"]
)
def test_https_and_loopback_addresses_are_taken_without_their_closing_slash(address: str) -> None:
    assert read(XERO_API_URL=address).xero_api_url == address.rstrip("/")


def test_slacks_address_ends_in_api() -> None:
    assert read(SLACK_API_URL=f"{LOOPBACK}/slack/api").slack_api_url == f"{LOOPBACK}/slack/api/"
    assert "/api/" in refusal(SLACK_API_URL=LOOPBACK)


def test_the_public_address_has_no_path() -> None:
    assert read(PUBLIC_URL="https://bot.example/").public_url == "https://bot.example"
    assert "no path" in refusal(PUBLIC_URL="https://bot.example/integral")


def test_quickbooks_hosts_follow_its_environment() -> None:
    sandbox = read(QUICKBOOKS_ENVIRONMENT="sandbox")
    assert sandbox.quickbooks_api_address == "https://sandbox-quickbooks.api.intuit.com"
    assert read().quickbooks_api_address == "https://quickbooks.api.intuit.com"


def test_the_sandbox_clock_is_taken_when_every_outside_address_is_loopback() -> None:
    assert read(**SANDBOX, INTEGRAL_CLOCK_URL=LOOPBACK).integral_clock_url == LOOPBACK


@pytest.mark.parametrize("name", sorted(SANDBOX))
def test_the_sandbox_clock_is_refused_beside_any_real_service(name: str) -> None:
    real = {k: v for k, v in SANDBOX.items() if k != name} | {"INTEGRAL_CLOCK_URL": LOOPBACK}
    assert name in refusal(**real)


def test_settling_times_are_shortened_only_beside_a_sandbox() -> None:
    assert "QUICKBOOKS_SETTLE_S" in refusal(QUICKBOOKS_SETTLE_S="5")
    assert "NETSUITE_SETTLE_S" in refusal(NETSUITE_SETTLE_S="5", XERO_API_URL=LOOPBACK)
    assert read(XERO_SETTLE_S="5", XERO_API_URL=LOOPBACK).xero_settle_s == 5
    assert read(XERO_SETTLE_S="1200").xero_settle_s == 1200


def test_no_secret_is_shown_by_a_refusal_or_by_the_settings() -> None:
    assert "xoxb-1" not in refusal(SLACK_BOT_TOKEN="xoxb-1", PORT="none")
    assert "xoxb-1" not in repr(read(SLACK_BOT_TOKEN="xoxb-1"))
    assert "SLACK_BOT_TOKEN" not in os.environ
