"""The file behind a document's URI."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit


def path_of(uri: str) -> str | None:
    """Return the path that `uri` names, in the form that a walk of the disk has, or `None` for anything but a file."""
    if not uri.startswith("file:"):
        return None
    parts = urlsplit(uri)
    path = unquote(parts.path)
    if os.name == "nt":
        # `/c:/x` names `c:\x`, and a host makes a network path.
        path = f"//{parts.netloc}{path}" if parts.netloc else path.lstrip("/")
    return os.path.normpath(path) if path else None
