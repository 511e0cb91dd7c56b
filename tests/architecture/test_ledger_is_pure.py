"""The ledger is pure: the standard library only, and of that nothing that does I/O or waits."""

import sys
from pathlib import Path

import pytest

from tests.support import sources

# Not `http` and `urllib`: their constants and parsers are pure; what connects is named here.
WITH_EFFECTS = {
    "asyncio", "http.client", "http.server", "logging", "multiprocessing", "random", "secrets",
    "select", "selectors", "shutil", "smtplib", "socket", "socketserver", "sqlite3", "ssl",
    "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid",
}  # fmt: skip


@pytest.mark.parametrize("path", sources.modules("ledger"), ids=sources.name_of)
def test_the_ledger_imports_pure_standard_modules_only(path: Path) -> None:
    strangers = [
        f"{name} (line {line})"
        for name, line in sources.imported_names(path)
        if name in WITH_EFFECTS
        or (name.partition(".")[0] not in sys.stdlib_module_names | {"ledger"})
    ]
    assert not strangers
