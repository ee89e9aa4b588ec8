"""Where a model server is: base URLs checked, and Ollama's own `OLLAMA_HOST` understood.

**Law:** a base URL in the settings is in normal form, names exactly one host in plain ASCII, and holds no
user name, password, query or fragment. What it looks like is what will be connected to.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from tierlsp.errors import SettingsError

_LONGEST_URL_CHARS = 2048
"""More than any real base URL has, and little enough to show up in no log by its size."""

_UNFIT = re.compile(r"[^!-~]|\\")
"""Anything but printable ASCII, and the backslash, which some parsers take for a slash."""

_HOST_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*")

_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes a host an old-fashioned number such as `127.1` or `0x7f000001`.

System resolvers read these as IPv4 addresses, other readers as names, so they are refused (WHATWG URL, "ends
in a number").
"""


def read_base_url(text: str) -> str:
    """Return `text` in normal form: scheme, host, port if given, path if any, no slash at the end.

    The unspecified addresses `0.0.0.0` and `::`, which only a server can listen on, become those of this
    machine.

    Raises:
        SettingsError: it cannot be used; the message continues a sentence that begins with the setting's
        name.
    """
    if len(text) > _LONGEST_URL_CHARS or _UNFIT.search(text):
        raise SettingsError("is not a URL in plain ASCII without spaces")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise SettingsError("is not a URL that can be read") from None
    _refuse_extras(parts)
    host = _read_host((parts.hostname or "").rstrip("."))
    if port == 0:
        raise SettingsError("has the port 0")
    where = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{where}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def is_loopback(base_url: str) -> bool:
    """Whether `base_url`, in normal form, is on this machine."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ollama_url(text: str) -> str:
    """Return the URL that Ollama's own programs would use for `OLLAMA_HOST=text`.

    They take `host`, `host:port`, `:port`, an IPv6 address with or without brackets, and a URL. Without a
    scheme the port is 11434 unless given; with one it is that of the scheme. The result is not checked, see
    `read_base_url`.
    """
    text = text.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    where, slash, path = rest.partition("/")
    host, port = _split_port(where)
    host = host or "127.0.0.1"
    if not port and not separator:
        port = "11434"
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}{f':{port}' if port else ''}{slash}{path}"


def _refuse_extras(parts: SplitResult) -> None:
    """Refuse what a base URL must not have.

    Raises:
        SettingsError: it has it.
    """
    if parts.scheme not in ("http", "https"):
        raise SettingsError("does not begin with http:// or https://")
    if "@" in parts.netloc:
        raise SettingsError("holds a user name or password, which a URL shows to everybody")
    if parts.query or parts.fragment:
        raise SettingsError("has a part after ? or #")
    if not parts.hostname:
        raise SettingsError("names no host")


def _read_host(host: str) -> str:
    """Return `host` (lower case, no brackets) in normal form.

    Raises:
        SettingsError: no model server can be there, or readers would disagree about where it is.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not _HOST_NAME.fullmatch(host) or _NUMERIC_LABEL.fullmatch(host.rsplit(".", 1)[-1]):
            raise SettingsError("names a host that is neither an IP address nor a host name") from None
        return host
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1"
    # Link-local holds the metadata services of cloud machines, 169.254.169.254 first of all.
    if address.is_link_local or address.is_multicast or (address.version == 4 and address.is_reserved):
        raise SettingsError("names an address at which no model server can be")
    return str(address)


def _split_port(where: str) -> tuple[str, str]:
    """Return host and port of `host`, `host:port`, `:port`, `[v6]`, `[v6]:port` or a bare IPv6 address."""
    if where.startswith("["):
        host, _, rest = where[1:].partition("]")
        return host, rest.removeprefix(":")
    if where.count(":") == 1:
        host, _, port = where.partition(":")
        return host, port
    return where, ""
