"""Imports the HTTP client ahead of its first use."""

from __future__ import annotations


def preload() -> None:
    """Import the HTTP client now. Takes a tenth of a second of processor time; made to be called from a thread.

    Without it the first completion would pay, on the event loop.
    """
    import httpx2  # noqa: F401  # the import is the point
