"""Programs that some tests need beside Python, and where this machine has them.

It must not start anything: it only looks.
"""

import os
import shutil
from pathlib import Path

NO_POSTGRES = "PostgreSQL's server programs are not installed here (Debian: postgresql)"
NO_CHROMIUM = "Chromium is not installed here (Debian: chromium; else set CHROMIUM to its path)"

_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def postgres_programs() -> Path | None:
    """The folder that holds `initdb` and `pg_ctl`, the newest version first, or None."""
    # Debian keeps the server's programs off the PATH, one folder for each major version.
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    found = [folder for folder in debian if (folder / "initdb").exists()]
    if found:
        return max(found, key=lambda folder: float(folder.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def chromium() -> Path | None:
    """The browser's program, from CHROMIUM or the PATH, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named)
    paths = (shutil.which(name) for name in _CHROMIUM_NAMES)
    return next((Path(path) for path in paths if path), None)
