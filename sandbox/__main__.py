"""`python -m sandbox`: the sandbox's command line."""

from __future__ import annotations

import gc


def main() -> None:
    """Load everything, without looking through it for garbage, and run what is asked for.

    What is imported stays to the end: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.disable()
    from sandbox.commands import run  # noqa: PLC0415 - when nothing is looked through

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
