"""The vault: secrets open with their key, at their place, undamaged, or not at all."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.vault import Place, Vault, VaultError

OLD = "old:" + base64.b64encode(bytes(range(32))).decode()
NEW = "new:" + base64.b64encode(bytes(range(1, 33))).decode()
HERE = Place("companies", "secret", "company-1")


@given(st.text())
def test_a_secret_opens_at_its_place(secret: str) -> None:
    vault = Vault.from_text(NEW)
    assert vault.decrypt(vault.encrypt(secret, HERE), HERE) == secret


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("companies", "secret", "company-2"),
        Place("companies", "name", "company-1"),
        Place("slack_installations", "secret", "company-1"),
    ],
)
def test_a_secret_opens_nowhere_else(elsewhere: Place) -> None:
    vault = Vault.from_text(NEW)
    with pytest.raises(VaultError, match="damaged or belongs elsewhere"):
        vault.decrypt(vault.encrypt("secret", HERE), elsewhere)


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    before, both, after = map(Vault.from_text, (OLD, f"{NEW}, {OLD}", NEW))
    stored = before.encrypt("secret", HERE)
    assert both.decrypt(stored, HERE) == "secret"
    assert not both.is_current(stored)
    renewed = both.encrypt("secret", HERE)
    assert both.is_current(renewed)
    assert after.decrypt(renewed, HERE) == "secret"
    with pytest.raises(VaultError, match="key that is not configured"):
        after.decrypt(stored, HERE)


def test_the_same_secret_is_never_stored_alike() -> None:
    vault = Vault.from_text(NEW)
    assert vault.encrypt("secret", HERE) != vault.encrypt("secret", HERE)


@given(st.integers(min_value=0, max_value=30), st.characters(codec="ascii"))
def test_a_damaged_secret_does_not_open(position: int, letter: str) -> None:
    vault = Vault.from_text(NEW)
    stored = vault.encrypt("secret", HERE)
    start = len("new:")
    damaged = stored[: start + position] + letter + stored[start + position + 1 :]
    # Base64 has two ways to write the last two of its letters.
    if damaged.translate(str.maketrans("+/", "-_")) != stored:
        with pytest.raises(VaultError):
            vault.decrypt(damaged, HERE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no-colon",
        "id:",
        "id:not base64!",
        "id:" + base64.b64encode(b"short").decode(),
        f"{NEW},{NEW}",
        "bad id:" + NEW.partition(":")[2],
    ],
)
def test_keys_that_cannot_be_used_are_refused_without_showing_them(text: str) -> None:
    with pytest.raises(VaultError) as refusal:
        Vault.from_text(text)
    assert NEW.partition(":")[2] not in str(refusal.value)
    assert "not base64" not in str(refusal.value)
