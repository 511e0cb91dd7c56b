"""What a person pastes: every fault has its own sentence, and no secret shows anywhere."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.erp.netsuite.credentials import (
    CERTIFICATE_FIELDS,
    TOKEN_FIELDS,
    CertificateCredentials,
    CredentialsError,
    NetSuiteCredentials,
    dump_credentials,
    find_faults,
    load_credentials,
)
from tests.unit.erp.netsuite.test_auth import EC, RSA

KEY, SECRET, TOKEN, TOKEN_SECRET = (digit * 60 + "cdef" for digit in "1234")
GOOD = {
    "account_id": "1234567_SB1",
    "consumer_key": KEY,
    "consumer_secret": SECRET,
    "token_id": TOKEN,
    "token_secret": TOKEN_SECRET,
}
SECRETS = ("consumer_secret", "token_secret")
HEXADECIMAL = tuple(name for name in GOOD if name != "account_id")


def fault(**changed: str) -> str:
    faults = find_faults(TOKEN_FIELDS, GOOD | changed)
    assert list(faults) == list(changed)
    (sentence,) = faults.values()
    return sentence


def test_five_sound_values_have_no_fault() -> None:
    assert find_faults(TOKEN_FIELDS, GOOD) == {}
    assert NetSuiteCredentials(**GOOD).account.host == "1234567-sb1"


@pytest.mark.parametrize("name", HEXADECIMAL)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: f" {v}", "has white space in it"),
        (lambda v: f"{v}\n", "has white space in it"),
        (lambda v: f"{v[:30]}\u00a0{v[30:]}", "has white space in it"),
        (lambda v: v[:-1], "is cut short: it has 63 of 64 characters"),
        (lambda v: f"{v}0", "is too long: it has 65 characters"),
        (lambda v: f"{v[:-1]}g", "has characters other than 0-9 and a-f"),
        (lambda _: "", "is missing"),
    ],
)
def test_each_fault_of_a_key_is_told_in_its_own_words(
    name: str, change: object, words: str
) -> None:
    assert callable(change)
    sentence = fault(**{name: change(GOOD[name])})
    assert words in sentence
    assert "Setup →" in sentence


@pytest.mark.parametrize(
    "value", ["1234567", "1234567_SB1", "1234567-sb2", "TSTDRV1234567", "tstdrv9876543"]
)
def test_either_form_of_an_account_id_is_taken(value: str) -> None:
    realm = NetSuiteCredentials(**(GOOD | {"account_id": value})).account_id
    assert realm == value.upper().replace("-", "_")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "is missing"),
        (" 1234567", "white space"),
        ("1234567 ", "white space"),
        ("evil.example.com/", "not an account id"),
        ("1234567.evil.example", "not an account id"),
        ("1234567@evil", "not an account id"),
        ("1234567#", "not an account id"),
        ("1234567_", "not an account id"),
        ("-1234567", "not an account id"),
        ("١٢٣٤٥٦٧", "not an account id"),
        ("https://1234567.app.netsuite.com", "not an account id"),
        ("12345\u017fb1", "not an account id"),
    ],
)
def test_what_is_no_account_id_never_becomes_a_host(value: str, words: str) -> None:
    assert words in fault(account_id=value)


@given(st.text(max_size=40))
def test_whatever_is_taken_for_an_account_id_is_a_plain_host_label(text: str) -> None:
    if not find_faults(TOKEN_FIELDS, GOOD | {"account_id": text}):
        host = NetSuiteCredentials(**(GOOD | {"account_id": text})).account.host
        assert set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert not host.startswith("-")
        assert not host.endswith("-")


def test_every_wrong_field_is_told_at_once() -> None:
    assert list(find_faults(TOKEN_FIELDS, {})) == list(GOOD)


def test_one_value_in_two_fields_is_noticed() -> None:
    assert "Token Secret is the same as Consumer Secret" in fault(token_secret=SECRET)


@given(st.sampled_from(SECRETS), st.text(min_size=6))
def test_no_fault_quotes_a_value(name: str, value: str) -> None:
    value = f"hunter2{value}"
    faults = find_faults(TOKEN_FIELDS, GOOD | {name: value})
    assert "hunter2" not in repr(faults)


def test_wrong_credentials_cannot_be_built() -> None:
    with pytest.raises(CredentialsError) as raised:
        NetSuiteCredentials(**(GOOD | {"token_id": "short"}))
    assert list(raised.value.faults) == ["token_id"]
    assert "short" not in str(raised.value).replace("cut short", "")


def test_repr_shows_ids_in_part_and_no_secret() -> None:
    shown = repr(NetSuiteCredentials(**GOOD))
    assert "1111…cdef" in shown
    assert "3333…cdef" in shown
    assert "2222" not in shown
    assert "4444" not in shown
    assert KEY not in shown


def test_credentials_survive_being_stored() -> None:
    kept = NetSuiteCredentials(**GOOD)
    assert load_credentials(dump_credentials(kept)) == kept
    assert load_credentials(dump_credentials(RSA)) == RSA


def test_a_certificates_last_day_may_be_said_and_credentials_without_one_still_load() -> None:
    dated = replace(RSA, valid_until="2028-06-30")
    assert load_credentials(dump_credentials(dated)) == dated
    assert "valid_until='2028-06-30'" in repr(dated)
    before = json.loads(dump_credentials(RSA))
    del before["valid_until"]
    assert load_credentials(json.dumps(before)) == RSA


@pytest.mark.parametrize("text", ["{}", '{"kind": "other"}', "", '{"kind": "token"}'])
def test_damaged_storage_is_an_error_that_says_no_secret(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        load_credentials(text)


def test_a_certificate_shows_no_private_key() -> None:
    assert "PRIVATE" not in repr(EC)
    assert "custcertificate-1"[:4] in repr(EC)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("client_id", KEY[:-2], "is cut short: it has 62"),
        ("certificate_id", "", "is missing"),
        ("certificate_id", "with space", "white space"),
        ("certificate_id", "x", "not the id of a certificate"),
        ("private_key", "", "is missing"),
        ("private_key", "hunter2", "not an unencrypted private key in PEM form"),
        ("private_key", RSA.private_key[:-100], "or it is cut short"),
        ("valid_until", "30 June 2028", "is not a day such as 2028-06-30"),
    ],
)
def test_each_fault_of_a_certificate_is_told(name: str, value: str, words: str) -> None:
    values = {field.name: getattr(RSA, field.name) for field in CERTIFICATE_FIELDS}
    faults = find_faults(CERTIFICATE_FIELDS, values | {name: value})
    assert list(faults) == [name]
    assert words in faults[name]
    with pytest.raises(CredentialsError):
        CertificateCredentials(**(values | {name: value}))
