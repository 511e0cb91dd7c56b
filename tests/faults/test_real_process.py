"""A real process of a run is gone when its part is over, whatever happened to it."""

import signal
import subprocess
import sys
from contextlib import nullcontext

import pytest

from tests.faults.real_process import sure_to_end

STUBBORN = (
    "import signal, sys\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('up', flush=True)\n"
    "while True: signal.pause()\n"
)


@pytest.mark.parametrize("raised", [None, AssertionError, KeyboardInterrupt])
@pytest.mark.parametrize("is_stopped", [False, True])
def test_a_process_that_will_not_end_is_killed_also_when_something_is_raised(
    raised: type[BaseException] | None, *, is_stopped: bool
) -> None:
    command = (sys.executable, "-S", "-E", "-c", STUBBORN)
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == b"up\n"
    with (
        nullcontext() if raised is None else pytest.raises(raised),
        sure_to_end(process, grace_s=0.01),
    ):
        if is_stopped:
            process.send_signal(signal.SIGSTOP)
        if raised is not None:
            raise raised
    assert process.returncode == -signal.SIGKILL


def test_a_process_that_ends_when_told_to_is_not_killed() -> None:
    process = subprocess.Popen((sys.executable, "-S", "-E", "-c", "import signal; signal.pause()"))
    with sure_to_end(process, grace_s=15):
        pass
    assert process.returncode == -signal.SIGTERM
