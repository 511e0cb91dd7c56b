"""The environments of the clients, and how a script is run in one.

`make clients` builds them below `.venv-clients/`; this module only looks and runs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from tests.support import sources
from tests.support.erp_hosts import ErpHosts

MISSING = "The environments of other people's clients are not built here (make clients)"
_FOLDER = sources.PROJECT / ".venv-clients"
_PATIENCE_S = 60
CLIENTS = ("xero", "quickbooks", "netsuite")


def are_built() -> bool:
    """Whether every client's environment is there, whole."""
    return all((_FOLDER / client / ".installed").exists() for client in CLIENTS)


async def run(client: str, order: Mapping[str, object], hosts: ErpHosts) -> dict[str, Any]:
    """Run a client's script with the interpreter of its own environment.

    The script reads `order` from its standard input and answers there with one JSON object. It gets
    no variable of ours but those that lead it to the hosts, and no module of ours (`-I`).
    """
    process = await asyncio.create_subprocess_exec(
        _FOLDER / client / "bin" / "python",
        "-I",
        sources.PROJECT / "tests" / "clients" / f"{client}_script.py",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=hosts.environment(),
    )
    async with asyncio.timeout(_PATIENCE_S):
        answer, complaint = await process.communicate(json.dumps(order).encode())
    assert process.returncode == 0, complaint.decode()
    found: dict[str, Any] = json.loads(answer)
    return found
