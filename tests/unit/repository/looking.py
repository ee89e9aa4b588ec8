"""One look at a repository, as the server and a command have it."""

from __future__ import annotations

from pathlib import Path

from tests.fakes import FakeClock
from tierlsp.actions.ports import Gathered
from tierlsp.actions.types import Document
from tierlsp.assemble.chosen import Files
from tierlsp.assemble.staged import staged
from tierlsp.assemble.uncommitted import uncommitted
from tierlsp.privacy.exclude import Exclusion
from tierlsp.repository.bounds import bounds_from


def changes(root: Path, *opened: Document, exclude: tuple[str, ...] = (), revision: str = "") -> Gathered:
    files = Files(root, Exclusion(exclude), {each.path: each for each in opened if each.path is not None})
    return uncommitted(files, bounds_from(FakeClock()), revision)


def shown(found: Gathered) -> dict[str, list[tuple[int, int, tuple[str, ...]]]]:
    """Return what changed, by the file's name."""
    return {
        portion.document.path.name: [(each.first, each.end, each.removed) for each in portion.changes or ()]
        for portion in found.portions
        if portion.document.path is not None
    }


def diff(root: Path, message: Path | None = None, exclude: tuple[str, ...] = ()) -> list[str]:
    return list(staged(root, message, Exclusion(exclude), bounds_from(FakeClock())).diff)
