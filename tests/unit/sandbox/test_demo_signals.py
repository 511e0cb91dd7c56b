"""The demo ends in order at Ctrl-C, also where a shell started it with interrupts ignored."""

import signal
from argparse import ArgumentParser
from pathlib import Path

from sandbox.demo import add_arguments, demo


def test_a_demo_started_in_the_background_hears_interrupts(tmp_path: Path) -> None:
    parser = ArgumentParser()
    add_arguments(parser)
    reset = parser.parse_args(["--reset", "--data-dir", str(tmp_path / "none")])
    before = [(each, signal.getsignal(each)) for each in (signal.SIGINT, signal.SIGTERM)]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert demo(reset) == 0
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        for number, handler in before:
            signal.signal(number, handler)
