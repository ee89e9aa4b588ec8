"""What a model answered to a request for an edit, read without guessing.

Two forms, of which the action asks for one:

- *whole*: the new text of all lines that were shown, in one fence. The form that small models get right; the end of
  the fence shows that nothing is missing.
- *blocks*: search and replace, each anchor with whole lines of the code shown, and a last line `END`. For code that
  would be long to write again.

**Law:** an answer is used whole or not at all: no end mark, an anchor that is missing or stands twice, a second fence:
refused, with a sentence that a person and the model can both use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tierlsp.actions.edits import Change, EditError, lines_after, trimmed
from tierlsp.actions.restyle import restyled
from tierlsp.errors import TierlspError
from tierlsp.text.lines import is_blank, split_lines


class Form(StrEnum):
    """How an edit is written."""

    WHOLE = "whole"
    BLOCKS = "blocks"


class ReplyError(TierlspError):
    """An answer that cannot be used."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """New lines for all that was shown, and import statements to add."""

    lines: tuple[str, ...]
    imports: tuple[str, ...] = ()
    why: str = ""
    """The reasons that the model gave beside the code, where it was asked for them."""


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """The model found nothing to change."""

    reason: str


_THOUGHTS = re.compile(r"\A\s*<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_OPEN_THOUGHTS = re.compile(r"\A\s*<(?:think|thinking|reasoning)>", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(?P<marks>`{3,}|~{3,})(?P<info>[^`]*)\Z")
_IMPORT = re.compile(r"\s*(?:[-*]\s+)?`?ADD IMPORT:\s*(?P<statement>\S.*?)`?\s*\Z")
_WHY = re.compile(r"\s*(?:[-*]\s+)?WHY:\s*(?P<why>\S.*?)\s*\Z")
_NOTHING = re.compile(r"\s*NOTHING(?:\s*:\s*(?P<reason>.*))?\s*\Z")
_SEARCH = re.compile(r"\s*<{5,9} ?SEARCH\s*\Z")
_DIVIDER = re.compile(r"={5,9}\s*\Z")
_REPLACE = re.compile(r"\s*>{5,9} ?REPLACE\s*\Z")
_END = re.compile(r"\s*END\.?\s*\Z")

_MARK = "\n\x1e\n"
"""Between texts that are handed over as one; a character that no source has."""


def is_block_mark(line: str) -> bool:
    """Whether `line` would be taken for a mark of the form *blocks*."""
    return any(pattern.match(line) for pattern in (_SEARCH, _DIVIDER, _REPLACE))


def read_edit(
    reply: str, old: Sequence[str], form: Form, *, fence: str, restore: Callable[[str], str]
) -> Rewrite | NothingToDo:
    """Return what `reply` makes of the lines `old`.

    Args:
        reply: The whole answer, with the placeholders that stand for secrets.
        old: The lines that were shown.
        form: What was asked for. Blocks are taken for either; one fence is taken only where it was asked for.
        fence: The fence that was asked for. Shorter ones do not count where it is longer than usual.
        restore: Puts secrets back in place of placeholders; may raise.

    Raises:
        ReplyError: it cannot be used; the sentence says why.
    """
    lines = split_lines(without_thoughts(reply))[0]
    if any(_SEARCH.match(line) for line in lines):
        return read_blocks(lines, old, restore)
    outside, bodies, is_open = _fenced(lines, fence)
    nothing = nothing_in(outside)
    if nothing and not bodies and not is_open:
        return nothing
    if form is Form.BLOCKS:
        if _imports_in(outside) and not bodies:
            # All that is missing may be a name from elsewhere: then no line of the code changes.
            return read_blocks(lines, old, restore)
        raise ReplyError("the answer has no search and replace blocks")
    if is_open:
        raise ReplyError("the answer breaks off: its fence is not closed")
    if not bodies:
        raise ReplyError("the answer has no code in a fence of the length that was asked for")
    if len(bodies) > 1:
        raise ReplyError(f"the answer has {len(bodies)} fences, and which of them is meant cannot be told")
    imports, text = _restored([_imports_in(outside), bodies[0]], restore)
    new = restyled(trimmed(text, old), old)
    return Rewrite(new, tuple(line for line in imports if line), _why(outside))


def _why(outside: Sequence[str]) -> str:
    return "; ".join(match["why"] for line in outside if (match := _WHY.match(line)))


def nothing_in(lines: Sequence[str]) -> NothingToDo | None:
    """Return what a model says that finds nothing to do; `None` if no line says so."""
    match = next((match for line in lines if (match := _NOTHING.match(line))), None)
    return NothingToDo((match["reason"] or "").strip()) if match else None


def without_thoughts(reply: str) -> str:
    """Return `reply` without the thoughts that some models write first."""
    rest = _THOUGHTS.sub("", reply, count=1)
    if _OPEN_THOUGHTS.match(rest):
        raise ReplyError("the answer breaks off in the model's thoughts")
    return rest


def _restored(texts: Sequence[Sequence[str]], restore: Callable[[str], str]) -> list[list[str]]:
    """Return the lines of all `texts` with secrets put back, counted over all of them together."""
    joined = _MARK.join("\n".join(text) for text in texts)
    if joined.count("\x1e") != len(texts) - 1:
        raise ReplyError("the answer holds control characters")
    return [split_lines(text)[0] for text in restore(joined).split(_MARK)]


def _imports_in(lines: Sequence[str]) -> list[str]:
    """Return the import statements that stand outside of the code, each once."""
    found = (match["statement"] for line in lines if (match := _IMPORT.match(line)))
    return list(dict.fromkeys(found))


def _fenced(lines: Sequence[str], fence: str) -> tuple[list[str], list[list[str]], bool]:
    """Return the lines outside of fences, those inside of each, and whether the last fence is not closed."""
    least = len(fence) if len(fence) > 3 else 3
    outside: list[str] = []
    bodies: list[list[str]] = []
    marks = ""
    for line in lines:
        match = _FENCE.match(line)
        if marks:
            if match and match["marks"].startswith(marks) and is_blank(match["info"]):
                marks = ""
            else:
                bodies[-1].append(line)
        elif match and len(match["marks"]) >= least:
            marks = match["marks"]
            bodies.append([])
        else:
            outside.append(line)
    if marks:
        bodies.pop()
    return outside, bodies, bool(marks)


def read_blocks(lines: Sequence[str], old: Sequence[str], restore: Callable[[str], str]) -> Rewrite:
    """Return what search and replace blocks make of `old`.

    Raises:
        ReplyError: they cannot be used; the sentence says why.
    """
    outside: list[str] = []
    blocks = list(_blocks(lines, outside))
    ends = [line for line in outside if not is_blank(line) and not _FENCE.match(line)]
    if not ends or not _END.match(ends[-1]):
        raise ReplyError("the answer has no last line END, so part of it may be missing")
    for search, _ in blocks:
        if all(is_blank(line) for line in search):
            raise ReplyError("a search block is empty, so where its text goes cannot be told")
    texts = [_imports_in(outside), *(replace for _, replace in blocks)]
    imports, *replaces = _restored(texts, restore)
    changes: list[Change] = []
    for (search, written), replace in zip(blocks, replaces, strict=True):
        (anchor,) = _restored([search], restore)
        changes.append(_change(old, anchor, replace if written else []))
    try:
        new = lines_after(old, changes)
    except EditError as error:
        raise ReplyError("two search blocks overlap, so which is meant cannot be told") from error
    return Rewrite(new, tuple(line for line in imports if line), _why(outside))


def _blocks(lines: Sequence[str], outside: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield search and replacement of each block, and put what stands between them into `outside`.

    Raises:
        ReplyError: a block is not whole, or has a mark too many.
    """
    search: list[str] = []
    replace: list[str] | None = None
    is_inside = False
    for line in lines:
        if not is_inside:
            if _SEARCH.match(line):
                is_inside, search, replace = True, [], None
            elif _REPLACE.match(line):
                raise ReplyError("a search and replace block of the answer has no beginning")
            else:
                outside.append(line)
        elif _REPLACE.match(line) and replace is not None:
            is_inside = False
            yield search, replace
        elif _DIVIDER.match(line) and replace is None:
            replace = []
        elif is_block_mark(line):
            raise ReplyError("a search and replace block of the answer has its marks in a wrong order")
        else:
            (search if replace is None else replace).append(line)
    if is_inside:
        raise ReplyError("the answer breaks off inside of a search and replace block")


def _change(old: Sequence[str], search: Sequence[str], replace: Sequence[str]) -> Change:
    """Return the change that a block makes, where its anchor stands exactly once."""
    anchor = trimmed(search, ["x"])
    shown = next(line.strip() for line in anchor if not is_blank(line))[:60]
    for same in (_exactly, _but_for_trailing_blanks, _but_for_indentation):
        places = _places(old, anchor, same)
        if len(places) > 1:
            raise ReplyError(f"the lines to replace, beginning with “{shown}”, stand {len(places)} times in the code")
        if places:
            first, end = places[0], places[0] + len(anchor)
            new = trimmed(replace, ["x"]) if len(anchor) < len(search) else tuple(replace)
            if same is _but_for_indentation:
                new = _reindented(new, anchor, old[first:end])
            return Change(first, end, new)
    raise ReplyError(f"the lines to replace, beginning with “{shown}”, are not in the code")


def _places(
    old: Sequence[str], anchor: Sequence[str], same: Callable[[Sequence[str], Sequence[str]], bool]
) -> list[int]:
    size = len(anchor)
    return [first for first in range(len(old) - size + 1) if same(old[first : first + size], anchor)]


def _exactly(left: Sequence[str], right: Sequence[str]) -> bool:
    return list(left) == list(right)


def _but_for_trailing_blanks(left: Sequence[str], right: Sequence[str]) -> bool:
    return all(one.rstrip() == other.rstrip() for one, other in zip(left, right, strict=True))


def _but_for_indentation(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether both say the same, one of them moved to the side as a whole."""
    return all(one.strip() == other.strip() for one, other in zip(left, right, strict=True))


def _reindented(new: tuple[str, ...], anchor: Sequence[str], found: Sequence[str]) -> tuple[str, ...]:
    """Return `new` moved as the anchor must be moved to stand where it was found.

    Raises:
        ReplyError: the anchor's lines are moved by different widths, so how the new ones are meant cannot be told.
    """
    pairs = {
        (one[: len(one) - len(one.lstrip())], other[: len(other) - len(other.lstrip())])
        for one, other in zip(anchor, found, strict=True)
        if not is_blank(one)
    }
    more = {there.removesuffix(here) for here, there in pairs if there.endswith(here)}
    less = {here.removesuffix(there) for here, there in pairs if here.endswith(there)}
    if len(more) == 1 and all(there.endswith(here) for here, there in pairs):
        (extra,) = more
        return tuple(line if is_blank(line) else extra + line for line in new)
    if len(less) == 1 and all(here.endswith(there) for here, there in pairs):
        (extra,) = less
        if all(is_blank(line) or line.startswith(extra) for line in new):
            return tuple(line.removeprefix(extra) for line in new)
    raise ReplyError("the lines to replace are indented in another way than the code")
