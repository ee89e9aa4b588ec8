"""File URIs and the paths that they name."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

_LOCAL_HOSTS = frozenset({"", "localhost"})
"""The hosts that stand for this machine (RFC 8089)."""


def path_of(uri: str) -> Path | None:
    """Return the absolute path that `uri` names, or `None` where it names no file of this machine.

    `#` and `?` are taken as part of the name: some editors do not encode them, and a file URI has neither
    query nor fragment. A name that is not UTF-8 comes back as Python holds such names (`os.fsdecode`).
    """
    scheme, separator, rest = uri.partition(":")
    if not separator or scheme.lower() != "file":
        return None
    if rest.startswith("//"):
        host, _, path = rest[2:].partition("/")
        if host.lower() not in _LOCAL_HOSTS:
            return None
        rest = f"/{path}"
    if not rest.startswith("/"):
        return None
    try:
        decoded = os.fsdecode(unquote_to_bytes(rest))
    except UnicodeError:
        # A lone surrogate, which no URI may hold.
        return None
    return None if "\0" in decoded else Path(decoded)
