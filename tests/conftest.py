"""For all tests: nothing is sent past this machine, and properties are not hurried."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Before anything imports it: its failures are told as those of a test.
pytest.register_assert_rewrite("tests.seeded.checking")

_SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKING_UP = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


class NetworkRefused(BaseException):
    """A test reached for another machine. Not an `Exception`, so that no code under test can swallow it."""


def pytest_configure(config: pytest.Config) -> None:
    """Watch every socket of this process, whatever library opens it. A hook cannot be taken out again.

    Properties take the time that they take: a machine that is busy is no failure.
    """
    sys.addaudithook(_refuse_network)
    # On top of what Hypothesis itself does on continuous integration.
    settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("unhurried")


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _SENDING:
        address = arguments[1]
        # A local socket's address is a path; a datagram on a connected socket has none.
        host = address[0] if isinstance(address, tuple) else None
    elif event in _LOOKING_UP:
        host = arguments[0]
    else:
        return
    if host is not None and not _is_this_machine(host):
        raise NetworkRefused(f"{event} {host!r}: tests may talk to this machine only")


def _is_this_machine(host: Any) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
