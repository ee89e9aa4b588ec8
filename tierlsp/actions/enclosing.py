"""The function or class around some lines, told by indentation and brackets in any language.

It looks up and down from the lines and never at the whole file. Where it cannot tell, it finds nothing, and the
caller does with fewer lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tierlsp.routing.facts import Scope
from tierlsp.text.blocks import code_of, continues_block, ends_block
from tierlsp.text.brackets import CLOSERS, unmatched
from tierlsp.text.language import Blocks, Language
from tierlsp.text.lines import indent_width, is_blank

LINES_AROUND = 2_000
"""Lines looked at above and below. Longer functions are not sent whole anyway (`catalogue.py`)."""

_HEADER_LINES = 12
"""Lines that a signature may be spread over."""

_LINE_CHARS = 400
"""Characters of a line that may define something; longer ones are data or made by machines, and cost too much."""

_CLASS = re.compile(
    r"(?:^|[\s(])(?:class|interface|struct|enum|trait|impl|object|module|namespace|record|union|protocol|extension"
    r"|actor|defmodule|instance|contract)\b(?!\s*[=:,.)])"
)
_FUNCTION = re.compile(
    r"(?:^|[\s(])(?:def|defp|defmacro|fn|func|fun|function|sub|proc|method|constructor|init|macro|task)\b[\s(*]"
    r"|(?:^|\s)(?:let|const|var|val|static|readonly)?\s*[\w.$]+\s*[:=].*(?:=>|\bfunction\b).*[{(]?\s*$"
)
_NAMED_CALL = re.compile(r"^(?P<before>(?:[\w$<>\[\],.?*&:~@!]+\s+)*[*&]*)(?P<name>[\w$:~]+)\s*(?:<[^>]*>)?\s*\(")
"""`int main(`, `void Foo::bar(`, `foo(`: a definition in languages without a word for it, if a block follows."""
_BEFORE_BLOCK = re.compile(r"\s*(?:\{|:(?!:)|->|(?:throws|where|const|noexcept|override|final|requires)\b)")
"""How the line below a signature begins: with the block, or with what may stand before it."""
_INTERFACE = re.compile(r"\b(?:interface|protocol|trait)\b")
_CONTROL_WORDS = (
    "if for while switch catch else do try match return when with foreach until unless loop case elif elsif elseif "
    "await yield throw using lock synchronized assert sizeof typeof new delete in and or not print super"
)
_CONTROL = frozenset(_CONTROL_WORDS.split())
_ABOVE = re.compile(r"\s*(?:@|#\[|///|//!|\[[A-Z]|/\*\*|\*|\*/|--\s*\||\"\"\")")
"""Lines directly above a definition that belong to it: decorators, attributes, its description."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, method or class: its lines from `first` to `end`, the latter not included."""

    first: int
    """With decorators and attributes."""
    header: int
    """Where its name stands."""
    end: int
    scope: Scope
    """`SYMBOL` or `CLASS`."""


def definitions_around(lines: Sequence[str], first: int, end: int, language: Language) -> Iterator[Definition]:
    """Yield the definitions that hold all of the lines `first` to `end`, the innermost first."""
    header = _on_header(lines, first, language)
    if header is None:
        header = _header_above(lines, first, language)
    while header is not None:
        scope = _scope_of(lines, header, language)
        if scope is not None:
            found = _definition(lines, header, scope, language)
            if found.end >= end and found.first <= first:
                yield found
        header = _header_above(lines, header, language)


def definition_at(lines: Sequence[str], header: int, language: Language) -> Definition | None:
    """Return the definition whose name stands on line `header`; `None` if none begins there."""
    scope = scope_of_line(lines[header], language)
    return None if scope is None else _definition(lines, header, scope, language)


def scope_of_line(line: str, language: Language) -> Scope | None:
    """Return what `line` begins to define, `None` if it is no definition or nothing is known of it."""
    if len(line) > _LINE_CHARS or language.is_prose:
        return None
    code = code_of(line, language)
    if not code or code[0] in CLOSERS:
        return None
    word = re.match(r"\w+", code)
    if word and word.group() in _CONTROL:
        return None
    if _CLASS.search(code) and not _FUNCTION.match(code):
        return Scope.CLASS
    if _FUNCTION.search(code):
        return Scope.SYMBOL
    call = _NAMED_CALL.match(code) if language.blocks is Blocks.BRACES else None
    if call and call["name"] not in _CONTROL and not code.endswith((";", ",")):
        return Scope.SYMBOL
    return None


def begins_definition(lines: Sequence[str], at: int, language: Language) -> bool:
    """Whether the line `at` begins a definition.

    What is written like a call (`foo(…)`) is one if a block follows, or where it stands in an interface.
    """
    if scope_of_line(lines[at], language) is None:
        return False
    code = code_of(lines[at], language)
    if _CLASS.search(code) or _FUNCTION.search(code):
        return True
    return _block_follows(lines, at, language) or _is_in_interface(lines, at)


def _block_follows(lines: Sequence[str], at: int, language: Language) -> bool:
    """Whether a block opens behind the brackets that the line `at` opens, be it on the next line."""
    depth = 0
    for below in range(at, min(len(lines), at + _HEADER_LINES)):
        code = code_of(lines[below], language)
        for place, char in enumerate(code):
            depth += (char == "(") - (char == ")")
            if char == ")" and depth <= 0:
                following = lines[below + 1] if below + 1 < len(lines) else ""
                return "{" in code[place:] or _BEFORE_BLOCK.match(following) is not None
    return False


def _is_in_interface(lines: Sequence[str], at: int) -> bool:
    width = indent_width(lines[at])
    above = (lines[line] for line in range(at - 1, max(-1, at - LINES_AROUND), -1) if not is_blank(lines[line]))
    header = next((line for line in above if indent_width(line) < width), "")
    return _INTERFACE.search(header[:_LINE_CHARS]) is not None


def _scope_of(lines: Sequence[str], header: int, language: Language) -> Scope | None:
    """Return what the line `header`, which opens a block, defines."""
    found = scope_of_line(lines[header], language)
    is_margin = indent_width(lines[header]) == 0
    if found is None and language.blocks is Blocks.INDENT and is_margin and language.name not in {"python", "yaml"}:
        # `area r = …`, `let area r =`: languages whose functions need no word.
        return Scope.SYMBOL
    return found


def _on_header(lines: Sequence[str], line: int, language: Language) -> int | None:
    """Return the header that `line` is part of: itself, the signature's first line, or the one below a decorator."""
    if line < len(lines) and scope_of_line(lines[line], language) is not None and _has_body(lines, line, language):
        return line
    below = line
    while below < min(len(lines) - 1, line + _HEADER_LINES) and _ABOVE.match(lines[below]):
        below += 1
    if below != line and scope_of_line(lines[below], language) is not None:
        return below
    return None


def _has_body(lines: Sequence[str], header: int, language: Language) -> bool:
    """Whether a block follows `header`, and not the next statement at its level."""
    return _body_end(lines, header, language) > header + 1 or "{" in lines[header]


def _header_above(lines: Sequence[str], line: int, language: Language) -> int | None:
    """Return the line that opens the block which `line` stands in, or the first line of its signature."""
    if line >= len(lines):
        return None
    width = _width_at(lines, line)
    for above in range(line - 1, max(-1, line - LINES_AROUND), -1):
        text = lines[above]
        if is_blank(text) or indent_width(text) >= width:
            continue
        if _is_comment(text, language):
            continue
        return _first_of_signature(lines, above, language)
    return None


def _width_at(lines: Sequence[str], line: int) -> int:
    """Return the indentation at `line`; that of the next line with text where it is blank."""
    for below in range(line, min(len(lines), line + _HEADER_LINES)):
        if not is_blank(lines[below]):
            return indent_width(lines[below])
    return next((indent_width(text) for text in reversed(lines[:line]) if not is_blank(text)), 0)


def _is_comment(line: str, language: Language) -> bool:
    return not code_of(line, language) or line.lstrip().startswith(("#if", "#else", "#endif", "#define", "* "))


def _first_of_signature(lines: Sequence[str], line: int, language: Language) -> int:
    """Return the first line of the signature that ends at `line`: `) -> X {` and a lone `{` have it above."""
    text = lines[line].strip()
    if not (text[:1] in tuple(CLOSERS) or text == "{" or text.startswith("where")):
        return line
    width = indent_width(lines[line])
    for above in range(line - 1, max(-1, line - 1 - _HEADER_LINES * 4), -1):
        head = lines[above]
        if is_blank(head):
            break
        if indent_width(head) == width and head.strip()[:1] not in tuple(CLOSERS):
            return above
        if indent_width(head) < width:
            break
    return line


def _definition(lines: Sequence[str], header: int, scope: Scope, language: Language) -> Definition:
    first = header
    width = indent_width(lines[header])
    while first > 0 and _ABOVE.match(lines[first - 1]) and indent_width(lines[first - 1]) - width in (0, 1):
        first -= 1
    return Definition(first, header, _body_end(lines, header, language), scope)


def _body_end(lines: Sequence[str], header: int, language: Language) -> int:
    """Return the line after the block that `header` opens."""
    width = indent_width(lines[header])
    last = header
    for line in range(header + 1, min(len(lines), header + LINES_AROUND)):
        text = lines[line]
        if is_blank(text):
            continue
        if indent_width(text) > width:
            last = line
            continue
        if indent_width(text) < width:
            break
        if _goes_on(text, language) or (line <= header + _HEADER_LINES and _is_signature(lines, header, line)):
            last = line
            if ends_block(text, language) and not unmatched(text, language).openers:
                break
            continue
        break
    return last + 1


def _goes_on(text: str, language: Language) -> bool:
    """Whether a line at the level of the header still belongs to its block."""
    return ends_block(text, language) or continues_block(text, language) or text.strip()[:1] in ("{", *CLOSERS)


def _is_signature(lines: Sequence[str], header: int, line: int) -> bool:
    """Whether the brackets opened on `header` are still open right before `line`, or a `where` goes on."""
    depth = 0
    for text in lines[header:line]:
        depth += text.count("(") - text.count(")")
        if depth <= 0:
            return lines[line].strip().startswith("where")
    return True
