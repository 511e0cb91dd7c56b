"""How a command starts: nothing is looked through for garbage while modules are imported.

What they make stays until the process ends. The collector's passes over it, while it grows and
once more at the end, take longer than the importing: `docs.python.org/3/library/gc.html#gc.freeze`.
"""

from __future__ import annotations

import gc


def begin_loading() -> None:
    """Collect nothing until :func:`loaded`."""
    gc.disable()


def loaded() -> None:
    """Leave alone for good what was imported, and collect from now on; else change nothing."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
