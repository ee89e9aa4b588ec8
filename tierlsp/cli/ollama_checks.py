"""What is unsafe about an Ollama: others can reach it, or it is too old. Ollama asks nobody for a password."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from tierlsp.cli.findings import Finding, Verdict
from tierlsp.settings.addresses import is_loopback

SAFE_VERSION = (0, 17, 1)
"""The first without CVE-2026-7482, by which whoever reaches the server reads its memory."""

SOCKET_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
"""Where Linux lists the sockets of this machine."""

_LISTENING = "0A"


def ollama_findings(name: str, base_url: str, version: str) -> list[Finding]:
    """Return what is unsafe about the Ollama `name` of that version."""
    findings = []
    if is_old(version):
        safe = ".".join(map(str, SAFE_VERSION))
        text = f"Ollama {version} has a hole by which others can read its memory (CVE-2026-7482)"
        findings.append(Finding(name, Verdict.NOTE, text, f"install {safe} or later from https://ollama.com"))
    parts = urlsplit(base_url)
    if not is_loopback(base_url):
        text = f"it is reached over the network at {parts.hostname}, where others can use it and read what it is sent"
        findings.append(Finding(name, Verdict.NOTE, text, "see that only you can reach that address"))
    elif is_open_to_others(_read_tables(), parts.port or 80):
        text = "it listens on every address of this machine, so that others on the network can use it"
        findings.append(Finding(name, Verdict.NOTE, text, "start it with OLLAMA_HOST=127.0.0.1"))
    return findings


def is_old(version: str) -> bool:
    """Whether `version` is known to be before the first safe one. Builds of one's own say `0.0.0`."""
    match = re.match(r"v?([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})", version)
    if match is None:
        return False
    found = tuple(int(number) for number in match.groups())
    return (0, 0, 0) < found < SAFE_VERSION


def is_open_to_others(socket_table: str, port: int) -> bool:
    """Whether anything listens at `port` on another address than the loopback ones, by Linux's table of sockets."""
    for line in socket_table.splitlines():
        fields = line.split()
        if len(fields) < 4 or fields[3] != _LISTENING:
            continue
        address, _, number = fields[1].partition(":")
        with suppress(ValueError):
            if int(number, 16) == port and not _address_of(address).is_loopback:
                return True
    return False


def _address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address that the table writes in hexadecimal, four bytes at a time, the last of them first.

    Raises:
        ValueError: it is none.
    """
    data = bytes.fromhex(text)
    turned = b"".join(data[at : at + 4][::-1] for at in range(0, len(data), 4))
    address = ipaddress.ip_address(turned)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _read_tables() -> str:
    """Return the tables of sockets, empty where there are none."""
    texts = []
    for path in SOCKET_TABLES:
        with suppress(OSError):
            texts.append(path.read_text(encoding="ascii", errors="replace"))
    return "\n".join(texts)
