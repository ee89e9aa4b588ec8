"""Patterns of paths as in a `.gitignore`, matched in time that no pattern and no path can blow up.

Patterns come from repositories that nobody has looked at yet, and so do the names they are matched against.
Turned into one backtracking regular expression, `*a*a*a*a*a*b` takes the better part of a minute on a name of
200 letters; here each part of a path is matched by an expression that cannot backtrack into an earlier star,
and `**` by counting states.

A path is a sequence of names. Case is the caller's: fold pattern and names alike before they come here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_PATTERN_CHARS = 250
"""Longer than any pattern that a person writes, short enough that a list of them does not hold up an editor."""

_ANY_NAME = re.compile(".*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Glob:
    """One pattern, ready to match."""

    text: str
    """The pattern as it was written."""
    is_negated: bool
    """Whether it takes back what earlier patterns matched (a leading `!`)."""
    is_for_directories: bool
    """Whether it matches directories only (a trailing `/`)."""
    parts: tuple[re.Pattern[str] | None, ...]
    """One expression for each name of a path; `None` is `**`, any number of names."""

    def matching_depths(self, names: Sequence[str]) -> set[int]:
        """Return the depths (1 is the first name alone) at which the path so far matches."""
        depths: set[int] = set()
        last = len(self.parts)
        states = self._spread({0})
        for depth, name in enumerate(names, 1):
            states = self._spread(self._after(name, states))
            if last in states and (depth < len(names) or not self.is_for_directories):
                depths.add(depth)
        return depths

    def matches(self, names: Sequence[str], *, is_directory: bool) -> bool:
        """Whether the whole path `names` matches; what is said of the directories on it does not count."""
        if self.is_for_directories and not is_directory:
            return False
        parts = self.parts
        if len(parts) == 2 and parts[0] is None and parts[1] is not None:
            # Most patterns are one name at any depth.
            return parts[1].fullmatch(names[-1]) is not None
        if None not in parts and len(parts) != len(names):
            return False
        states = self._spread({0})
        for name in names:
            states = self._spread(self._after(name, states))
            if not states:
                return False
        return len(parts) in states

    def _after(self, name: str, states: Iterable[int]) -> set[int]:
        """Return the parts that may come next after `name`, when one of `states` was to come."""
        following: set[int] = set()
        for state in states:
            if state == len(self.parts):
                continue
            part = self.parts[state]
            if part is None:
                following.add(state)
            elif part.fullmatch(name):
                following.add(state + 1)
        return following

    def _spread(self, states: set[int]) -> set[int]:
        """Add to `states` what a `**` that stands for no name leads to."""
        # No `**` follows another, so one step is enough.
        return states | {state + 1 for state in states if state < len(self.parts) and self.parts[state] is None}


def is_matched(globs: Sequence[Glob], names: Sequence[str]) -> bool:
    """Whether `globs` match the path `names` or one of the directories on it.

    Of several patterns that match the same thing the last one decides, as in git; what lies in a matched
    directory cannot be taken back.
    """
    verdicts: dict[int, bool] = {}
    for glob in globs:
        for depth in glob.matching_depths(names):
            verdicts[depth] = not glob.is_negated
    return any(verdicts.values())


def parse_glob(text: str) -> Glob:
    """Return the pattern that `text` is.

    Without a slash, or with one at its end only, it matches at any depth; otherwise from the top. `*`, `?`
    and `[a-z]` stay within one name, `**` between slashes is any number of names, a backslash takes the
    meaning from what follows.

    Raises:
        ValueError: it could never match, or not what its writer meant; the message continues "the pattern …".
    """
    if len(text) > MAX_PATTERN_CHARS:
        raise ValueError(f"is longer than {MAX_PATTERN_CHARS} characters")
    if text.startswith("#"):
        raise ValueError("is a comment")
    is_negated = text.startswith("!")
    body = text[1:] if is_negated else text
    is_for_directories = body.endswith("/")
    body = body.removesuffix("/")
    is_anchored = "/" in body
    words = body.removeprefix("/").split("/")
    _refuse_unmatchable(words)
    if not is_anchored:
        words.insert(0, "**")
    if words[-1] == "**":
        # What ends in `/**` matches what is inside, not the directory itself.
        words.append("*")
    # Any number of names, and then any number of names, is any number of names.
    words = [word for index, word in enumerate(words) if word != "**" or words[index - 1 : index] != ["**"]]
    parts = tuple(None if word == "**" else _compile_name(word) for word in words)
    return Glob(text, is_negated, is_for_directories, parts)


def _refuse_unmatchable(words: list[str]) -> None:
    """Refuse what no path has.

    Raises:
        ValueError: one of `words` can match no name.
    """
    if words == [""]:
        raise ValueError("is empty")
    if words[0] == "~":
        raise ValueError("begins with ~, which does not stand for the home directory here,")
    for word in words:
        if word == "":
            raise ValueError("has two slashes in a row")
        if word in (".", ".."):
            raise ValueError(f'has the part "{word}", which matches nothing,')


def _compile_name(word: str) -> re.Pattern[str]:
    """Return the expression for one name.

    Between two stars the leftmost place where the text fits is as good as any other, so an atomic group takes
    it and never comes back: the time is at most the name's length times the pattern's.

    Raises:
        ValueError: it ends in a lone backslash, or has a class such as `[[:alpha:]]`.
    """
    chunks = _chunks_of(word)
    if len(chunks) == 1:
        return re.compile(chunks[0], re.DOTALL)
    if not any(chunks):
        return _ANY_NAME
    middle = "".join(f"(?>.*?{chunk})" for chunk in chunks[1:-1] if chunk)
    return re.compile(f"{chunks[0]}{middle}.*{chunks[-1]}", re.DOTALL)


def _chunks_of(word: str) -> list[str]:
    """Return the expressions for what stands before, between and after the stars of `word`.

    Raises:
        ValueError: as `_compile_name`.
    """
    chunks = [""]
    index = 0
    while index < len(word):
        char = word[index]
        index += 1
        if char == "*":
            chunks.append("")
        elif char == "?":
            chunks[-1] += "."
        elif char == "\\":
            if index == len(word):
                raise ValueError("ends in a lone backslash")
            chunks[-1] += re.escape(word[index])
            index += 1
        elif char == "[" and (end := _end_of_set(word, index)):
            chunks[-1] += _compile_set(word[index:end])
            index = end + 1
        else:
            chunks[-1] += re.escape(char)
    return chunks


def _end_of_set(word: str, start: int) -> int:
    """Return where the `]` is that ends the set whose inside begins at `start`; 0 if none does."""
    index = start
    if word[index : index + 1] in ("!", "^"):
        index += 1
    # A `]` that comes first stands for itself.
    index += word[index : index + 1] == "]"
    while index < len(word):
        if word[index] == "]":
            return index
        index += 2 if word[index] == "\\" else 1
    return 0


def _compile_set(inside: str) -> str:
    """Return the expression for one character of the set `[inside]`.

    Raises:
        ValueError: it has a class such as `[:alpha:]`.
    """
    if "[:" in inside:
        raise ValueError("has a class such as [:alpha:], which is not understood,")
    is_inverted = inside[0] in "!^"
    chars = re.findall(r"\\?(.)", inside[is_inverted:], re.DOTALL)
    ranges: list[str] = []
    index = 0
    while index < len(chars):
        low = high = chars[index]
        if chars[index + 1 : index + 2] == ["-"] and index + 2 < len(chars):
            high = chars[index + 2]
            index += 2
        index += 1
        if low <= high:
            ranges.append(f"{re.escape(low)}-{re.escape(high)}")
    if not ranges:
        return "." if is_inverted else "(?!)"
    return f"[{'^' if is_inverted else ''}{''.join(ranges)}]"
