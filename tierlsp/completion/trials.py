"""What became of the texts that were shown: typed along, taken, or typed over.

Editors do not say that a person has turned a text down. It shows in what is typed: some characters that go another
way. From it follow what share of texts is taken, and which text must stay away from the place where it was not wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

from cachetools import LRUCache

from tierlsp.completion.anchor import Anchor, anchor_of, typed_since
from tierlsp.text.cursor import Cursor
from tierlsp.text.overlap import common_head

DISMISSED_CHARS = 4
"""Characters typed another way that say no. A slip of the finger is noticed after one to three."""

MAX_OPEN = 4
"""Texts whose fate is open at a time; the oldest is forgotten. More than two are met only while jumping about."""

MAX_DISMISSED = 128
"""Texts that are kept away, the ones seen longest ago forgotten first: a morning's worth."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate of one text."""

    share: float
    """How much of its first line came to stand in the document, from 0 to 1."""
    is_accepted: bool
    """Whether it came in one go, rather than key by key."""
    is_model: bool
    """Whether the model wrote it, and not the embedded completer."""


@dataclass(slots=True)
class _Trial:
    """A text that is shown, from the place where it was shown first. Followed at every key, so changed in place."""

    anchor: Anchor
    above: tuple[str, ...]
    """What tells its place from others, should it be turned down."""
    uri: str
    line: str
    """Its first line that is not empty, with the line ends before it."""
    is_model: bool
    line_ends: int
    """How many line ends it has in all: taken whole, it moves the cursor as far down."""
    along: int = 0
    """How much of it stood in the document when that was last looked at."""


ACCEPTED_CHARS = 3
"""Characters at a time that no key brings: the text was taken."""

_Place = tuple[tuple[str, ...], str]
"""The lines above, and the line as the text would make it."""


PLACE_LINES = 6
"""Lines above by which the place of a text that was turned down is recognised.

More than for completions: where two places look alike, the text should be shown at the other one. Three lines are
`return NULL;` and two closing brackets, of which one C file has dozens.
"""


class Trials:
    """The texts whose fate is open, and those that are kept away."""

    def __init__(self) -> None:
        self._open: list[_Trial] = []
        self._dismissed: LRUCache[_Place, int] = LRUCache(MAX_DISMISSED)

    def shown(self, cursor: Cursor, text: str, *, is_model: bool) -> None:
        """Say that `text` is shown at `cursor`. What continues a text that is shown already is the same text."""
        line = _first_line(text)
        for trial in self._open:
            typed = typed_since(trial.anchor, cursor, 1) if trial.uri == cursor.uri else None
            if typed is not None and (typed.text + line).startswith(trial.line):
                trial.line, trial.is_model = typed.text + line, is_model
                return
        self._open = [
            *self._open[-MAX_OPEN + 1 :],
            _Trial(anchor_of(cursor), _above(cursor.above), cursor.uri, line, is_model, text.count("\n")),
        ]

    def judge(self, cursor: Cursor) -> list[Verdict]:
        """Return the verdicts that the text at `cursor` allows, each once."""
        if not self._open:
            return []
        verdicts: list[Verdict] = []
        still_open: list[_Trial] = []
        for trial in self._open:
            typed = typed_since(trial.anchor, cursor, trial.line_ends + 1) if trial.uri == cursor.uri else None
            if typed is None:
                still_open.append(trial)
                continue
            verdict = self._verdict(trial, typed.text)
            if verdict is None:
                trial.along = common_head(typed.text, trial.line)
                still_open.append(trial)
            else:
                verdicts.append(verdict)
        self._open = still_open
        return verdicts

    def keeps_away(self, cursor: Cursor, text: str) -> bool:
        """Whether the person has turned `text` down here, and not typed further along it since."""
        if not self._dismissed:
            return False
        turned_down = self._dismissed.get((_above(cursor.above), cursor.prefix + _first_line(text)))
        return turned_down is not None and len(cursor.prefix) <= turned_down

    def _verdict(self, trial: _Trial, typed: str) -> Verdict | None:
        """Return what became of `trial` now that `typed` stands behind its place; `None` if that is still open."""
        along = common_head(typed, trial.line)
        if along == len(trial.line):
            return Verdict(1.0, along - trial.along >= ACCEPTED_CHARS, trial.is_model)
        if len(typed) - along >= DISMISSED_CHARS or "\n" in typed[along:]:
            self._dismiss(trial, along)
            return Verdict(along / len(trial.line), False, trial.is_model)
        return None

    def _dismiss(self, trial: _Trial, along: int) -> None:
        anchor = trial.anchor
        self._dismissed[(trial.above, anchor.prefix + trial.line)] = len(anchor.prefix) + along


def _above(lines: tuple[str, ...]) -> tuple[str, ...]:
    return lines[-PLACE_LINES:]


def _first_line(text: str) -> str:
    """Return the first line of `text`, with the line ends that it begins with."""
    start = len(text) - len(text.lstrip("\n"))
    end = text.find("\n", start)
    return text if end < 0 else text[:end]
