"""How much one look at a repository or a folder may take: somebody else may have made it, and a person waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from tierlsp.clock import Clock
from tierlsp.errors import RepositoryError, TierlspError

logger = logging.getLogger(__name__)

MOST_MS = 10_000.0
"""How long is looked. A packed tree of 80,000 files with its index took 2.1 s of one core (measured 2026-11)."""

MOST_BYTES = 400_000_000
"""Unpacked in all."""

MOST_STEPS = 1_000_000
"""Entries of trees and of the index: ten times those of the largest public source trees."""

BY_GIT = "in a terminal, `tierlsp run review --changes` and `git diff --cached | tierlsp run commit -` have git read it"
"""What to do about a repository in a form that is not read here: git itself is asked by commands alone."""


@dataclass(slots=True)
class Bounds:
    """What is left for one look. It is used in one thread, and may be stopped from another."""

    clock: Clock
    until_ms: float
    left_bytes: int = MOST_BYTES
    left_steps: int = MOST_STEPS
    stopped: threading.Event = field(default_factory=threading.Event)
    what: str = "the repository"
    mend: str = "run `git status`, which makes git's index fit the files, and then this again"
    """What is looked through, and what to do where that takes too long."""

    def step(self, count: int = 1) -> None:
        """Count entries that are looked at.

        Raises:
            RepositoryError: that was too much, it took too long, or nobody waits any more.
        """
        self.left_steps -= count
        if self.left_steps < 0:
            raise RepositoryError(f"{self.what} has too many files to be looked through")
        # Some hundreds of entries take a millisecond.
        if count > 1 or self.left_steps % 256 == 0:
            self.check()

    def spend(self, count: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            RepositoryError: as `step`.
        """
        self.left_bytes -= count
        if self.left_bytes < 0:
            raise RepositoryError("the repository's objects are too large to be looked through")
        self.check()

    def check(self) -> None:
        """Look at the clock.

        Raises:
            RepositoryError: it took too long, or nobody waits any more.
        """
        if self.stopped.is_set():
            raise RepositoryError(f"the look at {self.what} was stopped")
        if self.clock.now_ms() > self.until_ms:
            raise RepositoryError(f"{self.what} could not be looked through in {MOST_MS / 1000:.0f} s; {self.mend}")


def bounds_from(clock: Clock) -> Bounds:
    """Return the bounds of a look that begins now."""
    return Bounds(clock, clock.now_ms() + MOST_MS)


def folder_bounds_from(clock: Clock) -> Bounds:
    """Return the bounds of a look at a folder that begins now."""
    return replace(bounds_from(clock), what="the folder", mend="name a smaller one")


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Read `what` of a repository inside of this: bytes that somebody made can have a library fail in any way.

    Raises:
        RepositoryError: something else than an error of ours was raised.
    """
    try:
        yield
    except TierlspError:
        raise
    except Exception as error:
        logger.info("%s of a repository cannot be read: %s %s", what, type(error).__name__, error)
        raise RepositoryError(
            f"{what} of the repository cannot be read; `git fsck` says what is wrong with it"
        ) from error
