"""Languages whose unit tests stand in the file that they test: where, and that an answer holds nothing but tests.

Rust has a module for them, of which there is one; Zig and D have blocks, which are added at the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tierlsp.text.brackets import stretches
from tierlsp.text.languages import language_of


@dataclass(frozen=True, slots=True)
class Inner:
    """How the tests of a language stand in a file."""

    framework: str
    outside: re.Pattern[str]
    """A line outside of all braces, with `{}` for what stands in them; there may be no other."""
    example: str
    """What they look like, for a model."""
    has_module: bool = False
    """Whether all tests of a file stand in one module."""


INNER: Mapping[str, Inner] = {
    "rust": Inner(
        "cargo test",
        re.compile(r"#\[cfg\(test\)\](?:\s*mod\s+\w+\s*\{\})?|mod\s+\w+\s*\{\}"),
        "the module `#[cfg(test)]` `mod tests { use super::*; … }`",
        has_module=True,
    ),
    "zig": Inner("zig test", re.compile(r"test\s*\w*\s*\{\}"), 'blocks `test "what it shows" { … }`'),
    "d": Inner("dmd -unittest", re.compile(r"(?:@\w+\s+)*unittest\s*(?:\{\})?|\{\}"), "blocks `unittest { … }`"),
}
"""By language."""

_CFG_TEST = re.compile(r"\s*#\[cfg\(test\)\]")
_MODULE = re.compile(r"(?:#\[cfg\(test\)\]\s*)?mod\s+\w+\s*\{")
_FUNCTION = re.compile(r"\bfn\s+(\w+)")


def module_of_tests(lines: Sequence[str]) -> tuple[int, int] | None:
    """Return the first and the end line of the module of tests in a Rust file; `None` if it has none."""
    depths = list(_depths(lines, "rust"))
    for number, line in enumerate(lines):
        if depths[number] or not _CFG_TEST.match(line):
            continue
        head = next((at for at in range(number, min(len(lines), number + 4)) if _MODULE.search(lines[at])), None)
        if head is None:
            continue
        closed = (at + 1 for at in range(head, len(lines)) if at + 1 == len(lines) or depths[at + 1] == 0)
        return number, next(closed)
    return None


def why_not_tests(lines: Sequence[str], language: str) -> str | None:
    """Return why `lines` are not tests alone, as a sentence; `None` if they are."""
    inner = INNER[language]
    outside, is_closed = _outside(lines, language)
    if not is_closed:
        return "the answer breaks off: its braces are not closed"
    other = next((line for line in outside if not inner.outside.fullmatch(line)), None)
    if other is not None:
        return f"the answer has code outside of its tests: “{other[:60]}”"
    if inner.has_module and "".join("".join(outside).split()).count("#[cfg(test)]mod") != 1:
        return "the answer is not one module of tests under #[cfg(test)]"
    if inner.has_module and sum(line.endswith("{}") for line in outside) != 1:
        return "the answer is not one module of tests under #[cfg(test)]"
    return None


def lost_function(old: Sequence[str], new: Sequence[str]) -> str:
    """Return a function of `old` that `new` lacks; empty if it has all."""
    have = set(_FUNCTION.findall("\n".join(new)))
    return next((name for name in _FUNCTION.findall("\n".join(old)) if name not in have), "")


def _code(lines: Sequence[str], language: str) -> list[str]:
    """Return `lines` with blanks in place of strings and comments, so that their brackets can be counted."""
    text = "\n".join(lines)
    clean, begin = "", 0
    for stretch in stretches(text, language_of(language)):
        hidden = text[stretch.start : stretch.end]
        clean += text[begin : stretch.start] + "".join(char if char == "\n" else " " for char in hidden)
        begin = stretch.end
    return (clean + text[begin:]).split("\n")


def _outside(lines: Sequence[str], language: str) -> tuple[list[str], bool]:
    """Return the lines outside of all braces, with `{}` for what stands in them, and whether all are closed."""
    text, depth = "", 0
    for char in "\n".join(_code(lines, language)):
        if char == "{":
            text += "" if depth else "{}"
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif not depth:
            text += char
    return [line.strip() for line in text.split("\n") if line.strip()], depth == 0


def _depths(lines: Sequence[str], language: str) -> Iterator[int]:
    """Yield for each line how many braces are open where it begins."""
    depth = 0
    for line in _code(lines, language):
        yield depth
        depth = max(0, depth + line.count("{") - line.count("}"))
