"""A lookup whose background work is stepped by hand, and the one place where tests ask it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.fakes import FakeClock
from tests.fixture import documents
from tierlsp.completion.lookup import Guess, Lookup
from tierlsp.completion.lookup.lookup import DEFAULT_MAX_BYTES
from tierlsp.text.cursor import cursor_in
from tierlsp.text.lines import split_lines

URI = "file:///work/main.py"


class Stepper:
    """A runner that does nothing until it is told to."""

    def __init__(self) -> None:
        self._tasks: deque[Iterator[None]] = deque()

    @property
    def is_idle(self) -> bool:
        return not self._tasks

    def submit(self, task: Iterator[None], *, is_urgent: bool) -> None:
        if is_urgent:
            self._tasks.appendleft(task)
        else:
            self._tasks.append(task)

    def stop(self) -> None:
        self._tasks.clear()

    def run(self, steps: int = 1_000_000) -> None:
        """Take up to `steps` steps."""
        for _ in range(steps):
            if not self._tasks:
                return
            task = self._tasks[0]
            try:
                next(task)
            except StopIteration:
                self._tasks.remove(task)


class Asked:
    """A lookup, and the runner that it believes to be a thread."""

    def __init__(
        self, *, is_excluded: Callable[[Path], bool] = lambda path: False, max_bytes: int = DEFAULT_MAX_BYTES
    ) -> None:
        self.runner = Stepper()
        self.lookup = Lookup(FakeClock(), is_excluded=is_excluded, max_bytes=max_bytes, runner=self.runner)

    def settle(self) -> None:
        """Do all background work."""
        while self.lookup.stats.is_crawling:
            self.runner.run()

    def open(self, lines: Sequence[str], uri: str = URI) -> None:
        self.lookup.open(uri, lines)
        self.settle()

    def crawl(self, *roots: Path) -> None:
        self.lookup.crawl(roots)
        self.settle()

    def guess(self, lines: Sequence[str], line: int, column: int, uri: str = URI) -> Guess | None:
        return self.lookup.guess(cursor_in(list(lines), line, column, uri=uri))

    def text_after(self, *lines: str, uri: str = "untitled:question") -> str | None:
        """Return the guess after the last of `lines`, asked from a document that is not indexed."""
        guess = self.guess(lines, len(lines) - 1, len(lines[-1]), uri=uri)
        return guess.text if guess else None


def guess_at(source: str) -> Guess | None:
    """Return the guess at the cursor of a fixture, all of whose files are open."""
    asked = Asked()
    found: Guess | None = None
    for document in documents(source):
        lines, _ = split_lines(document.text)
        asked.open(lines, f"file:///work/{document.path}")
    for document in documents(source):
        if document.cursor is not None:
            lines, _ = split_lines(document.text)
            above, _ = split_lines(document.text[: document.cursor])
            found = asked.guess(lines, len(above) - 1, len(above[-1]), f"file:///work/{document.path}")
    return found


def check_guess(source: str, expected: str | None) -> None:
    """Assert what is guessed at the cursor of a fixture, shown or not."""
    guess = guess_at(source)
    assert (guess.text if guess else None) == expected
