"""Documents that are made to be read: a Markdown file in the user's cache, shown by the editor."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from pathlib import Path

from tierlsp.settings.paths import cache_dir, write_private

logger = logging.getLogger(__name__)

MOST_PAGES = 40
"""Kept at a time; the oldest go first. A person reads the last few, and each is some kilobytes of their code."""


def write_page(name: str, text: str, directory: Callable[[], Path] = cache_dir) -> Path:
    """Write `text` into a new file that only the user can read, and return its path.

    Args:
        name: the beginning of the file's name, as an editor shows it in a tab; letters and dashes.
        text: Markdown that is safe to show.
        directory: gives the user's cache directory.

    Raises:
        OSError: it cannot be written.
        SettingsError: the user has no home directory.
    """
    pages = directory() / "pages"
    # The name cannot be guessed, so nobody can have put a link in its place.
    page = pages / f"{name}-{secrets.token_hex(4)}.md"
    write_private(page, text, replace=False)
    _forget_oldest(pages)
    return page


def _forget_oldest(pages: Path) -> None:
    try:
        found = sorted(pages.glob("*.md"), key=lambda page: page.stat().st_mtime)
        for page in found[:-MOST_PAGES]:
            page.unlink()
    except OSError as error:
        logger.info("old pages are left in place: %s", error.strerror)
