"""The last net: what looks like a secret is not written, by its name or by its form."""

import pytest

from bot.logs import HIDDEN, redact


@pytest.mark.parametrize(
    "name",
    [
        "token", "access_token", "client_secret", "password", "Authorization", "cookie",
        "signature", "api_key", "request_key", "refresh", "database_url",
    ],
)  # fmt: skip
def test_a_value_with_a_secrets_name_is_hidden(name: str) -> None:
    assert redact(None, "info", {name: "abc"})[name] == HIDDEN
    nested = redact(None, "info", {"headers": {name: "abc"}})
    assert nested["headers"][name] == HIDDEN


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-12-34-abcdef",
        "xapp-1-A-2-b",
        "Bearer eyJhbGciOi.J9.e30",
        "int_" + "a" * 43,
        "postgresql://owner:hunter2@db/name".removeprefix("postgresql://").split("@")[0],
    ],
)
def test_a_text_with_a_secrets_form_is_hidden_wherever_it_stands(secret: str) -> None:
    text = f"could not open postgresql://{secret}@db" if ":" in secret else f"sent {secret} away"
    line = redact(None, "info", {"event": text, "details": [text]})
    assert secret not in repr(line)


def test_what_is_no_secret_stays() -> None:
    line = {"event": "token.refreshed", "tokens": 3, "key": "run:1", "url": "https://host/path"}
    assert redact(None, "info", dict(line)) == line
