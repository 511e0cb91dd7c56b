"""`integral demo`: says what to type next, stops when told to, keeps its data, forgets it."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import httpx
import pytest

from sandbox.quickbooks import HARBOR_STREET
from tests.support.demo import run_demo, running_demo


@pytest.mark.long(20)
def test_it_answers_keeps_its_data_over_a_stop_and_forgets_it_when_told(
    tmp_path: Path, empty_url: str
) -> None:
    folder = tmp_path / "demo"
    python = sys.executable if empty_url.startswith("sqlite") else ""

    with running_demo(folder, database=empty_url, python=python) as demo:
        assert httpx.get(demo.page).is_success
        typed = {"user": "ada", "channel": "finance", "text": "/integral help"}
        answer = httpx.post(f"{demo.page}/control/slack/command", json=typed, timeout=20)
        assert answer.json()["error"] == ""
        assert "Your data from before is here" not in demo.said
        second = run_demo(tmp_path, "--data-dir", str(folder))
        assert "A demo runs on" in second.stderr
    with running_demo(folder, database=empty_url) as demo:
        assert "Your data from before is here" in demo.said
        books = httpx.get(f"{demo.page}/control/quickbooks/{HARBOR_STREET}/journals").json()
        assert [journal["DocNumber"] for journal in books["journals"]] == ["1042"]
    run_demo(tmp_path, "--data-dir", str(folder), "--reset")

    assert not folder.exists()


def test_a_busy_port_is_said_with_the_option_that_chooses_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run_demo(tmp_path, "--data-dir", str(tmp_path), "--port", str(port))

    assert refused.returncode == 1
    assert f"Port {port} is in use" in refused.stderr
    assert f"--port {port + 1}" in refused.stderr
