"""`integral serve` in a child of the runner: the real command, without its seconds of importing.

The child has what the runner has imported; from the command's entry point on, everything is the
product's own.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import bot.app
import bot.cli.commands
import bot.wiring.process  # noqa: F401 - the child finds all three imported
from bot.cli import main
from tests.faults.children import Child, Json


def serve_in_child(
    *, part: str | None, environment: Mapping[str, str], folder: Path, name: str
) -> Child:
    """Start it; its log is ``NAME.log`` in the folder.

    Args:
        part: What it does alone (``web``, ``worker`` or ``clock``), or none for everything.
        environment: All of its environment.
        folder: Where it works.
        name: Of its log, also for those that come after it.
    """

    def work() -> Json:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["integral", "serve", *(("--only", part) if part is not None else ())]
        try:
            main()
        except SystemExit as ended:
            # Told to stop, it ends with 0; what else it says is in its log.
            if ended.code:
                raise
        return {}

    return Child.start(work, folder=folder, name=name)
