"""What stands for the secrets of one run in what models read and write.

A placeholder is a word of letters and digits, such as `HiddenSecretk7m4q2x9t3w6`: short, valid wherever a secret can
stand, and told by its beginning even where a model has changed it. Its second half is drawn for the run, so that no
file can hold it beforehand.

**Law:** a secret goes back only into an edit of the file it came from, and no more often than it stood there.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tierlsp.errors import AlteredPlaceholder
from tierlsp.privacy.hidden import code_point
from tierlsp.privacy.placeholder_words import (
    BEGINNING,
    LIKE_OURS,
    LIKE_OURS_AT_END,
    MARK_AT_END,
    MARK_PAIRS,
    PAIRS,
    draw,
    folded,
    has_remains,
    overlap,
    touches_word,
    words_like_ours,
)

SHOWN = "[secret]"
"""What a person sees in place of a secret."""

_LINE_NUMBERS = "0123456789 \t|:+->"
"""What a prompt puts in front of a line."""

_MIN_GLUED_CHARS = 8
"""A secret at least this long is replaced inside of words, too."""


@dataclass(slots=True)
class _Secret:
    """A secret and what stands for it."""

    value: str
    word: str
    is_glued: bool = False
    """Whether it stood somewhere with letters or digits around it."""


_Occurrence = tuple[str, str, str]
"""A placeholder with what stands before and behind it on its lines."""


@dataclass(slots=True)
class _File:
    """What was replaced in one file."""

    occurrences: Counter[_Occurrence] = field(default_factory=Counter)

    def add(self, found: Counter[_Occurrence]) -> None:
        """Note what was replaced in a stretch of it.

        Stretches overlap, and are sent more than once, so the same line in two of them is one. Where a file really has
        a line twice, and never twice in one stretch, an edit with both is refused: that errs on the safe side.
        """
        self.occurrences |= found

    def count(self, word: str) -> int:
        """Return how often `word` may stand in an edit of it."""
        return sum(count for (_, found, _), count in self.occurrences.items() if found == word)


class Placeholders:
    """The secrets of one run. Not safe in two threads at once."""

    def __init__(self) -> None:
        self._by_value: dict[str, _Secret] = {}
        self._by_word: dict[str, _Secret] = {}
        self._files: dict[str, _File] = {}
        self._nonce = draw(MARK_PAIRS)
        self._mark = re.compile(rf"\[(U\+[0-9A-F]{{4,6}}):{self._nonce}\]")
        self._marks: dict[str, str] = {}
        """The marks that were made, and the characters that they are for."""
        self._known_words: set[str] = set()
        """Words of the person's own that look like placeholders, folded."""

    def learn(self, value: str) -> None:
        """Take `value` for a secret from now on."""
        if value and value not in self._by_value:
            word = BEGINNING + draw(PAIRS)
            self._by_value[value] = self._by_word[word] = _Secret(value, word)

    def has_placeholder(self, text: str) -> bool:
        """Whether one of this run stands in `text`, as it does in a model's earlier answer."""
        return BEGINNING in text and any(word in text for word in self._by_word)

    def hide(self, text: str, hidden: Sequence[int], path: str | None, *, is_models: bool = False) -> tuple[str, int]:
        """Replace every secret that is known, and mark the characters at `hidden`.

        Args:
            text: As it is in the file.
            hidden: Places of characters that nobody sees.
            path: The file that it is from.
            is_models: Whether a model wrote it, which may have changed placeholders in it.

        Returns:
            What may be shown to a model, and how many secrets were replaced.
        """
        pieces: list[str] = []
        found: Counter[_Occurrence] = Counter()
        position = 0
        replaced = 0
        for start, end, word in self._spans(text, hidden):
            pieces += [text[position:start], word]
            found[_occurrence(text, start, end, word)] += 1
            replaced += word in self._by_word
            position = end
        pieces.append(text[position:])
        if not is_models:
            # The drawn part tells that a word is none of the person's own, as when an answer is quoted.
            own = words_like_ours(" ".join(pieces[::2]))
            self._known_words |= {word for word in own if not has_remains(word, self._drawn)}
        if path is not None:
            self._files.setdefault(path, _File()).add(found)
        return "".join(pieces), replaced

    def restore(self, texts: Sequence[str], path: str | None) -> tuple[str, ...]:
        """Put back what was replaced, in the new texts of one edit of the file at `path`.

        Raises:
            AlteredPlaceholder: a placeholder is from another file, stands there more often than its secret stood in the
                file, or has been changed.
        """
        file = self._files.get(path or "", _File())
        counts: Counter[str] = Counter()
        restored = tuple(self._restore(text, counts) for text in texts)
        for word, count in counts.items():
            allowed = file.count(word)
            if count > allowed:
                raise AlteredPlaceholder(_why_refused(allowed))
        return restored

    def scrub(self, text: str) -> str:
        """Return `text` fit to be shown: no placeholder, changed or not, and no secret of this run."""
        spans = [(start, end) for start, end, _ in self._spans(text, ())]
        spans += [(match.start(), match.end()) for match in LIKE_OURS.finditer(text) if self._is_ours(match.group())]
        pieces: list[str] = []
        position = 0
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start >= position:
                pieces += [text[position:start], SHOWN]
            position = max(position, end)
        pieces.append(text[position:])
        return self._mark.sub(r"[\1]", "".join(pieces))

    def held_back(self, text: str) -> int:
        """Return how many characters at the end of `text` must wait for more, since a secret may begin there."""
        longest = max((overlap(text, needle) for needle in [*self._by_word, *self._by_value]), default=0)
        like = LIKE_OURS_AT_END.search(text) if self._by_word else None
        mark = MARK_AT_END.search(text) if self._marks else None
        return max(longest, *(len(text) - match.start() for match in (like, mark) if match), 0)

    @property
    def _drawn(self) -> list[str]:
        """What was drawn by lot for this run."""
        drawn = [word.removeprefix(BEGINNING) for word in self._by_word]
        return [*drawn, self._nonce] if self._marks else drawn

    def _spans(self, text: str, hidden: Sequence[int]) -> list[tuple[int, int, str]]:
        """Return what is to be replaced by what, in order and apart from each other."""
        found: list[tuple[int, int, str]] = []
        for secret in list(self._by_value.values()):
            for start in _places(text, secret.value):
                end = start + len(secret.value)
                is_glued = touches_word(text, start, end)
                if is_glued and len(secret.value) < _MIN_GLUED_CHARS:
                    continue
                secret.is_glued = secret.is_glued or is_glued
                found.append((start, end, secret.word))
        spans = self._apart(text, found)
        inside = {index for start, end, _ in spans for index in range(start, end)} if hidden else set()
        for index in hidden:
            if index not in inside:
                mark = f"[{code_point(text[index])}:{self._nonce}]"
                self._marks[mark] = text[index]
                spans.append((index, index + 1, mark))
        return sorted(spans)

    def _apart(self, text: str, found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
        """Return `found` with those that overlap made one: secrets can share an end and a beginning."""
        spans: list[tuple[int, int, str]] = []
        for start, end, word in sorted(found, key=lambda span: (span[0], -span[1])):
            if not spans or start >= spans[-1][1]:
                spans.append((start, end, word))
            elif end > spans[-1][1]:
                first = spans.pop()[0]
                self.learn(text[first:end])
                whole = self._by_value[text[first:end]]
                whole.is_glued = whole.is_glued or touches_word(text, first, end)
                spans.append((first, end, whole.word))
        for (_, end, word), (start, _, following) in itertools.pairwise(spans):
            if end == start:
                self._by_word[word].is_glued = self._by_word[following].is_glued = True
        return spans

    def _restore(self, text: str, counts: Counter[str]) -> str:
        """Put everything back, and count it.

        Raises:
            AlteredPlaceholder: something has been changed.
        """
        pieces: list[str] = []
        rest: list[str] = []
        position = 0
        for start, end, word, original in self._occurrences(text):
            counts[word] += 1
            pieces += [text[position:start], original]
            rest += [text[position:start], " "]
            position = end
        pieces.append(text[position:])
        rest.append(text[position:])
        self._refuse_altered("".join(rest))
        return "".join(pieces)

    def _occurrences(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        """Yield where something stands for something else, from left to right: start, end, itself, what it is for."""
        for match in re.finditer(rf"{BEGINNING}[a-z0-9]{{{2 * PAIRS}}}|{self._mark.pattern}", text):
            word = match.group()
            secret = self._by_word.get(word)
            if word in self._marks:
                yield match.start(), match.end(), word, self._marks[word]
            elif secret and (secret.is_glued or not touches_word(text, match.start(), match.end())):
                yield match.start(), match.end(), word, secret.value

    def _refuse_altered(self, rest: str) -> None:
        """Refuse a text in which, without its placeholders, there are remains of some.

        Raises:
            AlteredPlaceholder: there are.
        """
        if not self._by_word and not self._marks:
            return
        if any(self._is_ours(word) for word in LIKE_OURS.findall(rest)) or has_remains(rest, self._drawn):
            raise AlteredPlaceholder(
                "The model changed a placeholder that stands for a secret, so its edit is not used; "
                "try again or choose another model."
            )

    def _is_ours(self, word: str) -> bool:
        """Whether `word`, which begins as placeholders do, is none that the person's own texts have."""
        return bool(self._by_word) and folded(word) not in self._known_words


def _places(text: str, value: str) -> Iterator[int]:
    """Yield where `value` stands in `text`."""
    start = text.find(value)
    while start >= 0:
        yield start
        start = text.find(value, start + len(value))


def _occurrence(text: str, start: int, end: int, word: str) -> _Occurrence:
    """Return what tells this place from others: its line, without a number or a mark that a prompt puts in front."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    before = text[line_start:start].lstrip(_LINE_NUMBERS)
    return before, word, text[end : line_end if line_end >= 0 else len(text)].rstrip()


def _why_refused(allowed: int) -> str:
    """Return the sentence for a placeholder that stands where it must not, or too often."""
    if allowed:
        return "The model repeated a placeholder that stands for a secret, so its edit is not used; try again."
    return (
        "The model wrote a placeholder into a file that its secret is not from, so its edit is not used; "
        "put the secret there by hand if it belongs there."
    )
