"""The searcher finds what it must, so that its silence means something."""

import base64
import json
from urllib.parse import quote

import pytest

from tests.integration.security.searching import KnownSecrets, Place

SECRET = 'AB11z/Q+9-refresh~token=with&every%kind-of"letter'


def known() -> KnownSecrets:
    secrets = KnownSecrets()
    secrets.add("refresh token", SECRET)
    return secrets


@pytest.mark.parametrize(
    "left",
    [
        SECRET.encode(),
        quote(SECRET, safe="").encode(),
        quote(quote(SECRET, safe=""), safe="").encode(),
        json.dumps({"a": json.dumps({"token": SECRET})}).encode(),
        SECRET.encode().hex().encode(),
        base64.b64encode(SECRET.encode()),
        base64.b64encode(b"id:" + SECRET.encode()),
        base64.b64encode(b"an id:" + SECRET.encode() + b":more"),
        base64.urlsafe_b64encode(b"some id:" + SECRET.encode()),
        SECRET[:24].encode() + b"...",
        "…".encode() + SECRET[-24:].encode(),
    ],
)
def test_a_planted_secret_is_found_in_every_form(left: bytes) -> None:
    (leak, *_) = known().leaks([Place(name="log", content=b"before " + left + b" after")])
    assert (leak.kind, leak.place) == ("refresh token", "log")
    assert SECRET not in repr(leak)


def test_each_line_of_a_key_is_a_secret_of_its_own() -> None:
    secrets = KnownSecrets()
    secrets.add("private key", "-----BEGIN PRIVATE KEY-----\n" + "MIGH" * 12 + "\n-----END")
    assert secrets.leaks([Place(name="log", content=b"x" + b"MIGH" * 12)])
    assert not secrets.leaks([Place(name="log", content=b"-----BEGIN PRIVATE KEY-----")])


def test_a_secret_may_stand_where_it_belongs() -> None:
    place = Place(name="page", content=SECRET.encode(), may_hold=frozenset({"refresh token"}))
    assert known().leaks([place]) == []
    assert known().leaks([Place(name="page", content=b"nothing of the kind")]) == []
