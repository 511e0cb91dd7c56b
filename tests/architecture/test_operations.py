"""What operators are given fits the product: alerts, dashboard, runbook, image, hosts, parts."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.cli.commands import app
from bot.erp.netsuite.account import AccountId, NetSuiteAddresses
from bot.erp.transport import ErpCall
from bot.metrics import Metrics
from bot.settings import Settings
from tests.architecture.test_documents import _HEADING, _anchor
from tests.support import sources

OPS = sources.PROJECT / "ops"
DOCS = sources.PROJECT / "docs"
_METRIC = re.compile(r"\bintegral_\w+")
_SELECTION = re.compile(r'(\w+)=~?"([^"]*)"')


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((OPS / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in _rules())
    board = json.loads((OPS / "grafana-dashboard.json").read_text(encoding="utf-8"))
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def _shown() -> str:
    """Everything that `/metrics` can show, each with one value."""
    metrics = Metrics()
    metrics.slack_ack(0.1)
    metrics.api_request(200)
    metrics.api_rows("added", 1)
    metrics.ticked("wake", failed=False)
    call = ErpCall(
        operation="xero.create", subject="s", seconds=1, status=200, limits={"xero.day": 1}
    )
    metrics.erp_call(call)
    holdings = metrics.holdings
    holdings.process(version="1", roles="worker")
    holdings.part("database", is_up=True)
    holdings.entries({"approved": 1}, {"approved": 1})
    holdings.connections({("xero", "ended"): 1})
    holdings.waiting(run_overdue_s=1, messages=1, message_age_s=1)
    holdings.queue({"waiting": 1}, {"waiting": 1.0}, stuck=1)
    return metrics.text().decode()


def test_every_metric_of_alerts_and_dashboard_is_shown() -> None:
    shown = set(re.findall(r"^(integral_\w+)", _shown(), re.MULTILINE))
    used = {name for expression in _expressions() for name in _METRIC.findall(expression)}
    assert used <= shown
    assert len(used) > 15


def test_every_metric_is_watched_or_drawn() -> None:
    families = set(re.findall(r"^# TYPE (integral_\w+)", _shown(), re.MULTILINE))
    families = {name for name in families if not name.endswith("_created")}
    used = " ".join(_expressions())
    assert [name for name in sorted(families) if name not in used] == []


def test_labels_of_expressions_are_those_of_the_metrics() -> None:
    labels = set(re.findall(r'(\w+)="', _shown())) | {"job"}
    used = {label for text in _expressions() for label, _ in _SELECTION.findall(text)}
    assert used <= labels


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: rule["alert"])
def test_an_alert_has_a_summary_a_severity_and_its_runbook_section(rule: dict[str, Any]) -> None:
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["for"]
    path, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = _HEADING.findall((sources.PROJECT / path).read_text(encoding="utf-8"))
    assert anchor in map(_anchor, headings)


def test_no_alert_or_panel_is_named_twice() -> None:
    names = [rule["alert"] for rule in _rules()]
    board = json.loads((OPS / "grafana-dashboard.json").read_text(encoding="utf-8"))
    titles = [panel["title"] for panel in board["panels"]]
    assert len(names) == len(set(names))
    assert len(titles) == len(set(titles)) == len({panel["id"] for panel in board["panels"]})


# --- The container image and the Procfile --------------------------------------------


def _instructions() -> list[tuple[str, str]]:
    text = (sources.PROJECT / "Containerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def _copied() -> set[str]:
    return {name for word, rest in _instructions() if word == "COPY" for name in rest.split()[:-1]}


def test_the_image_copies_what_exists_and_every_package() -> None:
    copied = _copied()
    assert [name for name in copied if not (sources.PROJECT / name).exists()] == []
    assert {"ledger", "bot", "scheduler", "storage", "sandbox", "requirements.lock"} <= copied
    assert not {".env", ".data", "tests"} & copied


def test_the_image_is_built_from_what_it_copies_and_nothing_else() -> None:
    lines = (sources.PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == _copied()
    assert [rule for rule in rules[1:] if not rule.startswith("!")] == ["**/__pycache__"]


def test_the_image_runs_as_nobody_special_and_starts_the_server() -> None:
    found = dict(_instructions())
    assert found["USER"] == "integral"
    words = json.loads(found["ENTRYPOINT"]) + json.loads(found["CMD"])
    assert words == ["integral", "serve"]
    settings = dict(pair.split("=", 1) for pair in shlex.split(found["ENV"]))
    fields = {name.lower(): value for name, value in settings.items()}
    assert set(fields) <= set(Settings.model_fields)
    started = Settings.model_validate(fields)
    # A worker or a clock has no other port for the check of its health.
    assert started.health_port == started.port
    command = found["HEALTHCHECK"].partition("CMD ")[2]
    compile(json.loads(command)[2], "healthcheck", "exec")


def test_the_procfile_starts_every_part_with_options_that_exist() -> None:
    lines = (sources.PROJECT / "Procfile").read_text(encoding="utf-8").splitlines()
    parts = dict(line.split(": ", 1) for line in lines)
    assert set(parts) == {"web", "worker", "clock"}
    for part, command in parts.items():
        program, *words = shlex.split(command)
        assert program == "integral"
        assert words[words.index("--only") + 1] == part
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


# --- Hosts -----------------------------------------------------------------------------


def _hosts_called() -> set[str]:
    """The hosts of every outside address, with both QuickBooks environments."""
    found: set[str] = set()
    for environment in ("production", "sandbox"):
        settings = Settings.model_validate(
            {"quickbooks_environment": environment, "integral_secret_keys": SecretStr("k")}
        )
        addresses = settings.outside_addresses().values()
        found |= {urlsplit(address).hostname or "" for address in addresses if address}
    account = NetSuiteAddresses.of(AccountId("123456"), api_url=None, app_url=None)
    for address in (account.api_url, account.app_url):
        host = urlsplit(address).hostname or ""
        found.add(host.replace("123456", "*"))
    return found


def test_every_host_that_the_settings_name_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    text = (DOCS / "outbound-hosts.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`([\w*-]+(?:\.[\w-]+)+)`", text)) - {"*.slack.com"}
    assert listed == _hosts_called()


def test_every_setting_that_the_list_names_exists() -> None:
    text = (DOCS / "outbound-hosts.md").read_text(encoding="utf-8")
    named = {name.lower() for name in re.findall(r"`([A-Z]+(?:_[A-Z]+)*_URL)`", text)}
    assert named <= set(Settings.model_fields)
    outside = {name.lower() for name in Settings().outside_addresses()}
    assert outside <= named
