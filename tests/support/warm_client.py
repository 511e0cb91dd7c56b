"""What `warm_python()` runs: has a forked process do what this one was started for.

That process gets this one's streams, folder, environment and signals, and this one ends as it
does. It must import next to nothing: starting quickly is what it is for.
"""

import json
import os
import signal
import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket

_HANDED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)


def main() -> None:
    """Ask for the process, hand on signals, and end as it ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDED_ON)
    with_owner = socket(AF_UNIX, SOCK_STREAM)
    # Beside this program's file; `pathlib` would take as long to import as all the rest.
    with_owner.connect(sys.argv[0].rpartition("/")[0] + "/socket")
    place = {"folder": os.getcwd(), "environment": {**os.environ}}  # noqa: PTH109 - as above
    asked = json.dumps({"words": sys.argv[1:], **place})
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    with_owner.sendmsg([f"{len(asked.encode()):8}".encode()], [(SOL_SOCKET, SCM_RIGHTS, streams)])
    with_owner.sendall(asked.encode())
    process = int(with_owner.recv(8))
    for number in _HANDED_ON:
        signal.signal(number, lambda given, _frame: _hand_on(process, given))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDED_ON)
    ended = with_owner.recv(8)
    if not ended:
        sys.exit("the warm process is gone")
    code = os.waitstatus_to_exitcode(int(ended))
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _hand_on(process: int, number: int) -> None:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return  # It has ended, as this one does next.


if __name__ == "__main__":
    main()
