"""The locks say what to install, checked by hash, and never from where."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support import sources

LOCKS = [sources.PROJECT / "requirements.lock", sources.PROJECT / "requirements-dev.lock"]
CLIENT_LOCKS = sorted((sources.PROJECT / "tests" / "clients").glob("*.lock"))
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)(?: ; [^\\]+)?$")
_HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def _requirements(lock: Path) -> list[list[str]]:
    """Each requirement: its pin, then its hashes."""
    joined = lock.read_text(encoding="utf-8").replace("\\\n", "\n").splitlines()
    groups: list[list[str]] = []
    for line in filter(None, map(str.strip, joined)):
        if line.startswith("--hash"):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _pins(lock: Path) -> dict[str, str]:
    found = (_PIN.match(pin) for pin, *_ in _requirements(lock))
    return {match[1]: match[2] for match in found if match}


@pytest.mark.parametrize("lock", [*LOCKS, *CLIENT_LOCKS], ids=sources.name_of)
def test_every_line_is_a_pin_or_a_hash(lock: Path) -> None:
    for pin, *hashes in _requirements(lock):
        assert _PIN.match(pin), "an address, a path, an option or a comment"
        assert hashes, f"{pin} has no hash"
        assert all(map(_HASH.match, hashes))


def test_both_locks_agree() -> None:
    runtime, development = map(_pins, LOCKS)
    assert runtime.items() <= development.items()


def test_the_lock_holds_every_declared_dependency() -> None:
    project = tomllib.loads((sources.PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = [re.split(r"[\[<>=~!; ]", line)[0] for line in project["project"]["dependencies"]]
    development = [
        re.split(r"[\[<>=~!; ]", line)[0] for line in project["dependency-groups"]["dev"]
    ]
    assert set(runtime) <= _pins(LOCKS[0]).keys()
    assert set(development) <= _pins(LOCKS[1]).keys()
