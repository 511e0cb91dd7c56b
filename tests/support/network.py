"""A guard that keeps every test on this machine.

Once installed it lives as long as the process: Python offers no way to remove an audit hook, so no
test can lift it. Programs written in C that open sockets themselves (libpq) are not seen.
"""

import ipaddress
import sys

_LOCAL_NAMES = {"", "localhost", "testserver"}


class NetworkBlockedError(AssertionError):
    """A test tried to leave this machine. Not an OSError: no client may take it for an outage."""


def _is_local(host: object) -> bool:
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_outside(event: str, args: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        # A unix socket's address is text or bytes and never leaves the machine.
        if isinstance(address, tuple) and not _is_local(address[0]):
            raise NetworkBlockedError(f"tests may reach loopback only, not {address[0]!r}")
    elif event == "socket.getaddrinfo" and not _is_local(args[0]):
        raise NetworkBlockedError(f"tests may resolve local names only, not {args[0]!r}")


def block_outside() -> None:
    """Refuse connections and look-ups beyond loopback for the rest of this process."""
    sys.addaudithook(_refuse_outside)
