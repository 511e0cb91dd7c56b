"""`integral doctor` over an organisation: the guide's order, and the support bundle."""

import json

from bot.services.checks import Verdict
from tests.integration.cli.conftest import Terminal
from tests.support.office import Office


def test_findings_are_those_of_slack_in_the_guides_order(
    terminal: Terminal, office: Office
) -> None:
    result = terminal.run("doctor", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    checks = [each["check"] for each in found]
    start = checks.index("accounts mapped")
    assert checks[start + 1 : start + 5] == [
        "settings configured and active",
        "credentials valid",
        "write access to journal entries",
        "pushes enabled",
    ]
    assert all(each["remedy"] for each in found if each["verdict"] != Verdict.OK)


def test_the_bundle_is_written_without_what_is_secret(terminal: Terminal, office: Office) -> None:
    terminal.run("doctor", "--bundle", "bundle.json")
    text = (terminal.folder / "bundle.json").read_text(encoding="utf-8")
    bundle = json.loads(text)
    assert bundle["organisations"][0]["code"] == office.organisation.code
    assert office.organisation.name not in text
    assert "INTEGRAL_SECRET_KEYS" not in text
