"""What stands for the secrets of one run in what models read and write.

A placeholder is a word of letters and digits, such as `HiddenSecretk7m4q2x9t3w6`: short, valid wherever a secret can
stand, and told by its beginning even where a model has changed it. Its second half is drawn for the run, so that no
file can hold it beforehand.

**Law:** a secret goes back only into an edit of the file it came from, and no more often than it stood there.
"""

from __future__ import annotations

import itertools
import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tierlsp.errors import AlteredPlaceholder
from tierlsp.privacy.hidden import code_point

BEGINNING = "HiddenSecret"
"""How every placeholder begins."""

SHOWN = "[secret]"
"""What a person sees in place of a secret."""

_LETTERS = "bcdfghjkmnpqrtvwxz"
_DIGITS = "23456789"
_PAIRS = 6
"""Pairs of a letter and a digit in a placeholder: 43 bits, and no word or number in any file looks like it."""

_MARK_PAIRS = 3

_REMAINDER_CHARS = 6
"""So many of the drawn characters in a row are left by any single change, and tell what it was before."""

_MIN_GLUED_CHARS = 8
"""A secret at least this long is replaced inside of words, too."""

_NOT_ALNUM = re.compile(r"[^a-z0-9]+")


@dataclass(slots=True)
class _Secret:
    """A secret and what stands for it."""

    value: str
    word: str
    is_glued: bool = False
    """Whether it stood somewhere with letters or digits around it."""


@dataclass(slots=True)
class _File:
    """What was said of one file."""

    texts: dict[str, Counter[str]] = field(default_factory=dict)
    """Stretches of its text, none inside another, each with how often what stands for something occurs in it."""

    def add(self, text: str, counts: Counter[str]) -> None:
        """Note that `text` is part of it."""
        if any(text in other for other in self.texts):
            return
        self.texts = {other: known for other, known in self.texts.items() if other not in text}
        self.texts[text] = counts

    def count(self, word: str) -> int:
        """Return how often `word` may stand in an edit of it."""
        return sum(counts[word] for counts in self.texts.values())


class Placeholders:
    """The secrets of one run. Not safe in two threads at once."""

    def __init__(self) -> None:
        self._by_value: dict[str, _Secret] = {}
        self._by_word: dict[str, _Secret] = {}
        self._files: dict[str, _File] = {}
        self._nonce = _draw(_MARK_PAIRS)
        self._mark = re.compile(rf"\[U\+([0-9A-F]{{4,6}}):{self._nonce}\]")
        self._has_marks = False
        self._known_words: set[str] = set()
        """Words of the person's own that look like placeholders, folded."""

    def learn(self, value: str) -> None:
        """Take `value` for a secret from now on."""
        if value and value not in self._by_value:
            word = BEGINNING + _draw(_PAIRS)
            self._by_value[value] = self._by_word[word] = _Secret(value, word)

    def has_placeholder(self, text: str) -> bool:
        """Whether one of this run stands in `text`, as it does in a model's earlier answer."""
        return BEGINNING in text and any(word in text for word in self._by_word)

    def hide(self, text: str, hidden: Sequence[int], path: str | None) -> tuple[str, int]:
        """Replace every secret that is known, and mark the characters at `hidden`.

        Args:
            text: As it is in the file.
            hidden: Places of characters that nobody sees.
            path: The file that it is from.

        Returns:
            What may be shown to a model, and how many secrets were replaced.
        """
        self._known_words |= {word for word in _words_like_ours(text) if word not in self._folded_words}
        pieces: list[str] = []
        counts: Counter[str] = Counter()
        position = 0
        replaced = 0
        for start, end, word in self._spans(text, hidden):
            pieces += [text[position:start], word]
            counts[word] += 1
            replaced += word in self._by_word
            position = end
        pieces.append(text[position:])
        if path is not None:
            self._files.setdefault(path, _File()).add(text, counts)
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
        spans += [(match.start(), match.end()) for match in _LIKE_OURS.finditer(text) if self._is_ours(match.group())]
        pieces: list[str] = []
        position = 0
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start >= position:
                pieces += [text[position:start], SHOWN]
            position = max(position, end)
        pieces.append(text[position:])
        return self._mark.sub(r"[U+\1]", "".join(pieces))

    def held_back(self, text: str) -> int:
        """Return how many characters at the end of `text` must wait for more, since a secret may begin there."""
        longest = max((_overlap(text, needle) for needle in [*self._by_word, *self._by_value]), default=0)
        like = _LIKE_OURS_AT_END.search(text) if self._by_word else None
        mark = _MARK_AT_END.search(text) if self._has_marks else None
        return max(longest, *(len(text) - match.start() for match in (like, mark) if match), 0)

    @property
    def _folded_words(self) -> set[str]:
        return {word.lower() for word in self._by_word}

    def _spans(self, text: str, hidden: Sequence[int]) -> list[tuple[int, int, str]]:
        """Return what is to be replaced by what, in order and apart from each other."""
        found: list[tuple[int, int, str]] = []
        for secret in list(self._by_value.values()):
            for start in _places(text, secret.value):
                end = start + len(secret.value)
                is_glued = _is_glued(text, start, end)
                if is_glued and len(secret.value) < _MIN_GLUED_CHARS:
                    continue
                secret.is_glued = secret.is_glued or is_glued
                found.append((start, end, secret.word))
        spans = self._apart(text, found)
        self._has_marks = self._has_marks or bool(hidden)
        inside = {index for start, end, _ in spans for index in range(start, end)} if hidden else set()
        spans += [
            (index, index + 1, f"[{code_point(text[index])}:{self._nonce}]") for index in hidden if index not in inside
        ]
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
                whole.is_glued = whole.is_glued or _is_glued(text, first, end)
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
        for match in re.finditer(rf"{BEGINNING}[a-z0-9]{{{2 * _PAIRS}}}|{self._mark.pattern}", text):
            word = match.group()
            secret = self._by_word.get(word)
            if match[1]:
                yield match.start(), match.end(), word, chr(int(match[1], 16))
            elif secret and (secret.is_glued or not _is_glued(text, match.start(), match.end())):
                yield match.start(), match.end(), word, secret.value

    def _refuse_altered(self, rest: str) -> None:
        """Refuse a text in which, without its placeholders, there are remains of some.

        Raises:
            AlteredPlaceholder: there are.
        """
        if not self._by_word and not self._has_marks:
            return
        if any(self._is_ours(word) for word in _LIKE_OURS.findall(rest)) or self._has_remains(rest):
            raise AlteredPlaceholder(
                "The model changed a placeholder that stands for a secret, so its edit is not used; "
                "try again or choose another model."
            )

    def _is_ours(self, word: str) -> bool:
        """Whether `word`, which begins as placeholders do, is none that the person's own texts have."""
        return bool(self._by_word) and _folded(word) not in self._known_words

    def _has_remains(self, text: str) -> bool:
        """Whether a good part of what was drawn for a placeholder stands in `text`, however it is split."""
        folded = _folded(text)
        if self._has_marks and self._nonce in folded:
            return True
        for word in self._by_word:
            drawn = word[len(BEGINNING) :]
            if any(drawn[at : at + _REMAINDER_CHARS] in folded for at in range(len(drawn) - _REMAINDER_CHARS + 1)):
                return True
        return False


_LIKE_OURS = re.compile(rf"{BEGINNING}[A-Za-z0-9]*+|(?i:hidden[ _-]?secret[ _-]?[a-z][0-9])[A-Za-z0-9]*+")
"""A word that begins as placeholders do; in another case or split only if what was drawn seems to follow."""

_LIKE_OURS_AT_END = re.compile(rf"{BEGINNING}[A-Za-z0-9]*+\Z")

_MARK_AT_END = re.compile(r"\[(?:U(?:\+[0-9A-F]{0,6}+(?::[a-z0-9]{0,6}+)?)?)?\Z")

_COMMON_TO_ALL = ("idden", "IDDEN")
"""One of these is in every word like ours that anybody writes."""


def _words_like_ours(text: str) -> set[str]:
    """Return the words of `text` that begin as placeholders do, folded."""
    # The search for a word is fast, and nearly always says no.
    if not any(part in text for part in _COMMON_TO_ALL):
        return set()
    return {_folded(word) for word in _LIKE_OURS.findall(text)}


def _folded(text: str) -> str:
    """Return the letters and digits of `text` alone, in one case and one width."""
    return _NOT_ALNUM.sub("", unicodedata.normalize("NFKC", text).casefold())


def _draw(pairs: int) -> str:
    """Return pairs of a letter and a digit, drawn by lot."""
    return "".join(secrets.choice(_LETTERS) + secrets.choice(_DIGITS) for _ in range(pairs))


def _places(text: str, value: str) -> Iterator[int]:
    """Yield where `value` stands in `text`."""
    start = text.find(value)
    while start >= 0:
        yield start
        start = text.find(value, start + len(value))


def _overlap(text: str, needle: str) -> int:
    """Return how many characters at the end of `text` are the beginning of `needle`."""
    tail = text[-len(needle) :]
    at = tail.find(needle[0])
    while at >= 0:
        if needle.startswith(tail[at:]):
            return len(tail) - at
        at = tail.find(needle[0], at + 1)
    return 0


def _is_glued(text: str, start: int, end: int) -> bool:
    """Whether a letter or digit stands right before or behind."""
    return text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()


def _why_refused(allowed: int) -> str:
    """Return the sentence for a placeholder that stands where it must not, or too often."""
    if allowed:
        return "The model repeated a placeholder that stands for a secret, so its edit is not used; try again."
    return (
        "The model wrote a placeholder into a file that its secret is not from, so its edit is not used; "
        "put the secret there by hand if it belongs there."
    )
