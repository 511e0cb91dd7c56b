"""What is wrong with settings or database is said in a sentence, and no secret with it."""

import json

import pytest

from tests.integration.cli.conftest import Terminal
from tests.support.databases import SECRET_KEYS


def _refused(terminal: Terminal, *words: str, code: int = 2) -> str:
    result = terminal.run(*words)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr.replace("\n", " ")


def test_a_missing_key_names_the_setting_and_the_command_that_makes_one(
    bare_terminal: Terminal,
) -> None:
    sentence = _refused(bare_terminal, "status")
    assert "INTEGRAL_SECRET_KEYS" in sentence
    assert "integral setup" in sentence


def test_the_doctor_blames_a_missing_key_on_the_settings_and_not_on_the_database(
    bare_terminal: Terminal,
) -> None:
    said = bare_terminal.run("doctor").stdout
    assert "settings: INTEGRAL_SECRET_KEYS is not set" in said
    assert "DATABASE_URL" not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("SLACK_API_URL", "http://slack.com/api/"),
        ("DATABASE_URL", "mysql://user:hunter2@db/x"),
        ("INTEGRAL_SECRET_KEYS", "k1:hunter2"),
        ("QUICKBOOKS_SETTLE_S", "1"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(
    terminal: Terminal, name: str, value: str
) -> None:
    for slack in ("SLACK_SIGNING_SECRET", "SLACK_BOT_TOKEN"):
        terminal.monkeypatch.setenv(slack, "s")
    terminal.monkeypatch.setenv(name, value)
    # Keys are opened after the logging is set up, which a test's process keeps to itself.
    commands = ("status", "setup") if name.endswith("KEYS") else ("status", "setup", "serve")
    for command in commands:
        sentence = _refused(terminal, command)
        assert name in sentence
        assert "hunter2" not in sentence


def test_a_file_of_settings_that_cannot_be_read_is_a_sentence(terminal: Terminal) -> None:
    # Root may read everything but the beginning of its own memory.
    (terminal.folder / ".env").symlink_to("/proc/self/mem")
    for command in ("status", "serve --port 0", "setup"):
        sentence = _refused(terminal, *command.split())
        assert ".env cannot be read" in sentence
        assert "as the user who owns the file" in sentence
    assert ".env cannot be read" in terminal.run("doctor").stdout


def test_a_database_that_was_never_migrated_is_said_with_its_remedy(
    terminal: Terminal,
) -> None:
    terminal.monkeypatch.setenv("DATABASE_URL", f"sqlite:///{terminal.folder}/empty.db")
    assert "integral migrate" in _refused(terminal, "status", code=1)


def test_a_database_out_of_reach_is_said_without_its_password(terminal: Terminal) -> None:
    url = "postgresql://owner:hunter2@127.0.0.1:1/integral"
    terminal.monkeypatch.setenv("DATABASE_URL", url)
    sentence = _refused(terminal, "status", code=1)
    assert "DATABASE_URL" in sentence
    assert "hunter2" not in sentence


def test_serving_without_slack_names_what_is_missing(terminal: Terminal) -> None:
    sentence = _refused(terminal, "serve")
    assert "SLACK_SIGNING_SECRET" in sentence
    assert "SLACK_BOT_TOKEN" in sentence


def test_serving_a_part_that_does_not_exist_names_the_parts(terminal: Terminal) -> None:
    assert "web, worker, clock" in _refused(terminal, "serve", "--only", "everything")


def test_without_an_organisation_a_command_says_how_to_start_one(terminal: Terminal) -> None:
    assert "integral owner-code" in _refused(terminal, "status", code=1)


def test_setup_writes_env_once_and_leaves_it_alone_afterwards(bare_terminal: Terminal) -> None:
    env = bare_terminal.folder / ".env"
    first = bare_terminal.run("setup")
    written = env.read_text(encoding="utf-8")
    second = bare_terminal.run("setup")

    assert first.exit_code == second.exit_code == 0
    assert env.stat().st_mode & 0o777 == 0o600
    assert env.read_text(encoding="utf-8") == written
    assert written.split("\n")[0].split(":")[1] not in first.stdout
    assert "/oauth/quickbooks/callback" in first.stdout
    assert "slack_manifest.json" in first.stdout
    assert "SLACK_SIGNING_SECRET" in first.stdout


def test_setup_says_what_each_service_asks_for_and_where_it_comes_back_to(
    bare_terminal: Terminal,
) -> None:
    shown = bare_terminal.run("setup", "--public-url", "https://books.acme.example/").stdout
    for path in (
        "/slack/events",
        "/slack/oauth_redirect",
        "/slack/signin_redirect",
        "/oauth/quickbooks/callback",
        "/oauth/xero/callback",
    ):
        assert f"https://books.acme.example{path}\n" in shown
    assert "app assessment" in shown
    assert "uncertified" in shown.lower()
    assert "OAuth 2.0 client credentials" in shown
    assert "PUBLIC_URL is not set" not in shown
    steps = ("fill in .env", "`integral serve`", "`integral doctor`", "/integral start")
    last = shown[shown.index("Next:") :]
    assert sorted(steps, key=last.index) == list(steps)
    assert "integral.example.com" not in shown


def test_setup_as_json_has_a_manifest_that_slack_takes_and_no_secret(
    bare_terminal: Terminal,
) -> None:
    found = bare_terminal.json("setup", "--public-url", "https://books.acme.example")
    key = (bare_terminal.folder / ".env").read_text(encoding="utf-8").splitlines()[0]
    assert key.partition(":")[2] not in json.dumps(found)
    assert found["public_url"] == "https://books.acme.example"
    manifest = found["slack_manifest"]
    assert manifest["features"]["slash_commands"][0]["url"] == (
        "https://books.acme.example/slack/events"
    )
    assert bare_terminal.json("setup", "--manifest") == manifest
    assert len(found["owner_code"]) == 23
    assert any("SLACK_BOT_TOKEN" in sentence for sentence in found["still_to_do"])


def test_setup_fills_in_what_is_empty_and_replaces_nothing_unasked(
    bare_terminal: Terminal,
) -> None:
    env = bare_terminal.folder / ".env"
    env.write_text("SLACK_BOT_TOKEN=xoxb-mine\nPUBLIC_URL=https://one.example\n")
    env.chmod(0o644)
    first = bare_terminal.run("setup")
    assert first.exit_code == 0, first.stderr
    assert "now they cannot" in first.stdout
    assert env.stat().st_mode & 0o777 == 0o600
    written = env.read_text(encoding="utf-8")
    assert "SLACK_BOT_TOKEN=xoxb-mine\n" in written
    assert "xoxb-mine" not in first.stdout
    key = next(x for x in written.splitlines() if x.startswith("INTEGRAL_SECRET_KEYS=k1:"))

    refused = bare_terminal.run("setup", "--public-url", "https://two.example")
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    forced = bare_terminal.run("setup", "--public-url", "https://two.example", "--force")
    assert forced.exit_code == 0
    lines = env.read_text(encoding="utf-8").splitlines()
    assert "PUBLIC_URL=https://two.example" in lines
    assert key in lines


@pytest.mark.parametrize("address", ["http://books.example", "https://x.example/path", "books"])
def test_setup_refuses_an_address_that_nobody_could_use(
    bare_terminal: Terminal, address: str
) -> None:
    refused = _refused(bare_terminal, "setup", "--public-url", address)
    assert "PUBLIC_URL" in refused
    assert not (bare_terminal.folder / ".env").exists()


def test_setup_leaves_keys_of_the_environment_where_they_are(bare_terminal: Terminal) -> None:
    bare_terminal.monkeypatch.setenv("INTEGRAL_SECRET_KEYS", SECRET_KEYS)
    assert bare_terminal.run("setup").exit_code == 0
    assert (bare_terminal.folder / ".env").read_text().startswith("INTEGRAL_SECRET_KEYS=\n")


def test_setup_for_socket_mode_asks_for_the_app_token(bare_terminal: Terminal) -> None:
    found = bare_terminal.json("setup", "--socket-mode")
    assert found["slack_manifest"]["settings"]["socket_mode_enabled"] is True
    # Slack sends nowhere then, and nobody else's address may stand in the app.
    assert "https://" not in json.dumps(found["slack_manifest"])
    assert any("SLACK_APP_TOKEN" in sentence for sentence in found["still_to_do"])
    assert not any("SIGNING_SECRET" in sentence for sentence in found["still_to_do"])
    slack = found["services"][0]
    assert "SLACK_APP_TOKEN" in slack["settings"]
    assert not any("/slack/events" in address for address in slack["addresses"].values())
    bare_terminal.monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert bare_terminal.json("setup", "--manifest") == found["slack_manifest"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://203.0.113.5", "no number"),
        ("http://localhost:3000", "Socket Mode"),
        ("http://127.0.0.1:3000", "production keys"),
    ],
)
def test_setup_doubts_an_address_that_a_service_will_not_take(
    bare_terminal: Terminal, address: str, words: str
) -> None:
    found = bare_terminal.json("setup", "--public-url", address)
    assert any(words in sentence for sentence in found["still_to_do"])


def test_an_owner_code_is_printed_and_each_is_another(terminal: Terminal) -> None:
    codes = {terminal.json("owner-code")["code"] for _ in range(2)}
    assert len(codes) == 2
    assert {len(code) for code in codes} == {23}


def test_doctor_names_each_finding_and_fails_when_one_is_bad(terminal: Terminal) -> None:
    result = terminal.run("doctor")
    assert result.exit_code == 1
    assert "ok   database" in result.stdout
    assert "ok   keys" in result.stdout
    assert "FAIL engine: no server runs. Start `integral serve`." in result.stdout
    assert "PUBLIC_URL" in result.stdout


def test_doctor_says_what_is_wrong_with_settings_it_cannot_read(terminal: Terminal) -> None:
    terminal.monkeypatch.setenv("PORT", "many")
    result = terminal.run("doctor", "--json")
    assert result.exit_code == 1
    assert '"check": "settings"' in result.stdout
    assert "PORT" in result.stdout
