"""What a file of the workspace says of names: how it defines them, and where it uses them.

Told line by line, in any language, by the rules that also find the function around a cursor; no grammars. Only lines
with one of the names are looked at, so that a workspace of thousands of files is read in a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tierlsp.actions.enclosing import Definition, definition_at, definitions_around, scope_of_line
from tierlsp.actions.import_paths import import_paths, is_imported
from tierlsp.actions.imports import import_lines
from tierlsp.actions.key_blocks import key_blocks, without_split_blocks
from tierlsp.actions.names import name_defined
from tierlsp.actions.schema import makes_table, tables_of
from tierlsp.actions.types import Document
from tierlsp.actions.workspace import Excerpt, Sort, Wanted, pattern_of
from tierlsp.routing.facts import Scope
from tierlsp.text.blocks import code_of
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import indent_width, is_blank

SHORT_LINES = 8
"""A function up to here is shown whole: it says more than its name, and is not longer than a description."""

SHORT_CLASS_LINES = 20
"""A class up to here is shown whole."""

MEMBERS = 24
"""Lines of the members of a longer class."""

ABOVE_LINES = 6
"""Of comments and decorators above a definition: its description."""

SIGNATURE_LINES = 6
"""That a signature may be spread over."""

DOCSTRING_LINES = 4
"""Of a description below the signature."""

PLACES = 4
"""Of one file that use a name: who calls it with what is clear after some."""

_LINE_CHARS = 400
"""Longer lines are data or made by machines."""

_DEEPEST = 8
"""Columns by which a definition may be indented: a method, not what is defined inside of a function."""

_TOGETHER = (
    frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact", "vue", "svelte"}),
    frozenset({"c", "cpp", "objective-c", "objective-cpp", "cuda-cpp"}),
    frozenset({"java", "kotlin", "scala", "groovy"}),
    frozenset({"csharp", "fsharp", "vb"}),
)
"""Languages that use each other's definitions."""

_VALUE = re.compile(
    r"(?:(?:export|declare|pub(?:\([^)]*\))?|public|private|protected|internal|static|final|inline|constexpr|extern"
    r"|unsafe|default)\s+)*"
    r"(?:const|let|var|val|type|typedef|typealias|static|alias|#\s*define|using)\s+(?:mut\s+)?(?P<name>\w+)"
)
"""A constant or the name of a type at the left margin."""

_PYTHON_VALUE = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(?::[^=]+)?=(?!=)")
_TYPEDEF_END = re.compile(r"(?:\}|typedef\b.*[\s*])\s*(?P<name>\w+)\s*;")
_PROTOTYPE = re.compile(r"(?!return\b|else\b)[A-Za-z_][\w\s*&:<>,]*[\s*&](?P<name>\w+)\s*\([^;{}]*\)[\w\s]*;")
"""A function that C declares."""

_BARE_CALL = re.compile(r"[\w.]+\s*\(.*\)")
"""A statement, where statements end without a mark."""

_FIELD = re.compile(
    r"\s*(?:(?:public|private|protected|readonly|static|final|pub|val|var|let|const|mut)\s+)*"
    r"(?:[#\w]+\??\s*:(?!:)\s*\S|[\w.<>\[\],?*&:]+(?:\s+[\w.<>\[\],?*&:]+)*\s+[*&]?\w+\s*(?:=[^=].*)?;)"
)
_QUOTES = ('"""', "'''", 'r"""')


def are_together(one: str, other: str) -> bool:
    """Whether code of one language can use what is defined in the other."""
    return one == other or any(one in family and other in family for family in _TOGETHER)


def excerpts_of(
    document: Document, name: str, wanted: Wanted, there: frozenset[str] | None = None
) -> Iterator[Excerpt]:
    """Yield what a document says of the names that are wanted.

    Args:
        document: the file.
        name: its path below the workspace, with slashes.
        wanted: what is looked for.
        there: those of the names that it has, where somebody has looked.
    """
    if document.path is None:
        return
    for table, lines in tables_of(document, wanted.tables):
        yield Excerpt(Sort.TABLE, table, document.path, name, document.language, lines)
    if language_of(document.language).is_prose or not are_together(document.language, wanted.language):
        return
    if wanted.defined:
        is_bound = is_imported(name, wanted.imported)
        for word, lines in _definitions(document, _those(wanted.defined, there)):
            yield Excerpt(Sort.DEFINITION, word, document.path, name, document.language, lines, is_bound)
    if wanted.used:
        places = list(_uses(document, _those(wanted.used, there)))
        if places:
            imports = import_paths(document.lines, document.language, name)
            is_bound = is_imported(wanted.beside, imports)
            for word, lines in places:
                yield Excerpt(Sort.CALLER, word, document.path, name, document.language, lines, is_bound)


def _those(words: Sequence[str], there: frozenset[str] | None) -> Sequence[str]:
    return words if there is None else [word for word in words if word in there]


def defined_names(document: Document, most_lines: int = 4_000) -> frozenset[str]:
    """Return the names that a file defines itself, as far as its first lines tell."""
    language = language_of(document.language)
    found = (_name_on(line, language) for line in document.lines[:most_lines] if line and not is_blank(line))
    return frozenset(name for name in found if name)


def _definitions(document: Document, words: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the names among `words` that a document defines, each with the lines that say most of it."""
    language, pattern = language_of(document.language), pattern_of(words)
    wanted = frozenset(words)
    done = 0
    for number, line in enumerate(document.lines):
        if number < done or pattern is None or len(line) > _LINE_CHARS or not pattern.search(line):
            continue
        if indent_width(line) > _DEEPEST or (name := _name_on(line, language)) not in wanted:
            continue
        first, end, shown = _lines_of(document.lines, number, language)
        if not key_blocks(document.lines, first, end):
            done = number + 1 if scope_of_line(line, language) is Scope.SYMBOL else end
            yield name, shown


def _name_on(line: str, language: Language) -> str:
    """Return the name that a line defines; empty where it defines none."""
    if len(line) > _LINE_CHARS:
        return ""
    is_margin = indent_width(line) == 0
    if scope_of_line(line, language) is not None:
        if _BARE_CALL.fullmatch(code_of(line, language)):
            return ""
        return re.split(r"::|\.", name_defined(line, language))[-1]
    if not is_margin:
        return ""
    if language.name == "python":
        match = _PYTHON_VALUE.match(line)
    elif language.name in ("c", "cpp"):
        code = code_of(line, language)
        match = _TYPEDEF_END.match(code) or _PROTOTYPE.match(code) or _VALUE.match(code)
    else:
        match = _VALUE.match(line)
    return match["name"] if match else ""


def _lines_of(lines: Sequence[str], number: int, language: Language) -> tuple[int, int, tuple[str, ...]]:
    """Return where the definition on line `number` begins and ends, and which of its lines are shown."""
    found = definition_at(lines, number, language)
    if found is None and lines[number].startswith("}"):
        # `} Cart;`: the name of a type in C stands behind its fields.
        begin = next(
            (at for at in range(number - 1, max(-1, number - SHORT_CLASS_LINES), -1) if lines[at][:1].isalpha()), number
        )
        return begin, number + 1, tuple(lines[begin : number + 1])
    first = _first_with_description(lines, number, language)
    if found is None:
        # A value, or a declaration.
        end = _end_of_brackets(lines, number, SHORT_LINES)
        return first, end, tuple(lines[first:end])
    most = SHORT_CLASS_LINES if found.scope is Scope.CLASS else SHORT_LINES
    if found.end - number <= most:
        return first, found.end, tuple(lines[first : found.end])
    head = _head_end(lines, number, found.end)
    shown = lines[first:head]
    if found.scope is Scope.CLASS:
        shown = [*shown, *_members(lines, head, found, language)]
    return first, found.end, tuple(shown)


def _first_with_description(lines: Sequence[str], number: int, language: Language) -> int:
    """Return the first of the comments and decorators directly above line `number`."""
    first, width = number, indent_width(lines[number])
    marks = (*language.line_comments, "@", "#[", "/*", "*", "[")
    while first > max(0, number - ABOVE_LINES):
        above = lines[first - 1]
        text = above.strip()
        if not text.startswith(marks) or abs(indent_width(above) - width) > 1 or text.startswith("#!"):
            break
        first -= 1
    return first


def _head_end(lines: Sequence[str], number: int, most: int) -> int:
    """Return the line after a signature and the description below it."""
    end = _end_of_brackets(lines, number, SIGNATURE_LINES)
    if end < most and (quotes := next((each for each in _QUOTES if lines[end].strip().startswith(each)), "")):
        begin, mark = end, quotes[-3:]
        end += 1
        if lines[begin].count(mark) < 2:
            while end < min(most, begin + DOCSTRING_LINES) and mark not in lines[end - 1][(end - 1 == begin) * 99 :]:
                end += 1
    return min(end, most)


def _end_of_brackets(lines: Sequence[str], number: int, most: int) -> int:
    """Return the line after the one on which the round brackets opened on line `number` are closed."""
    depth = 0
    for end in range(number, min(len(lines), number + most)):
        depth += lines[end].count("(") - lines[end].count(")")
        if depth <= 0:
            return end + 1
    return min(len(lines), number + most)


def _members(lines: Sequence[str], head: int, found: Definition, language: Language) -> list[str]:
    """Return the lines that begin the members of a class: its fields, and how its methods are called."""
    body = [at for at in range(head, found.end) if not is_blank(lines[at])]
    inner = min((indent_width(lines[at]) for at in body), default=0)
    if inner <= indent_width(lines[found.header]):
        deeper = [indent_width(lines[at]) for at in body if indent_width(lines[at]) > indent_width(lines[found.header])]
        inner = min(deeper, default=0)
    kept: list[str] = []
    for at in body:
        line = lines[at]
        if indent_width(line) != inner or len(line) > _LINE_CHARS:
            continue
        if scope_of_line(line, language) is not None:
            kept += lines[at : _end_of_brackets(lines, at, SIGNATURE_LINES)]
        elif _FIELD.match(line):
            kept.append(line)
    return kept[:MEMBERS]


def _uses(document: Document, words: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the places that use one of `words`, each with the line around it and that of the function it is in."""
    language, pattern = language_of(document.language), pattern_of(words)
    if pattern is None:
        return
    imports = frozenset(import_lines(document.lines, document.language))
    counts: dict[str, int] = {}
    done = 0
    for number, line in enumerate(document.lines):
        if number < done or number in imports or len(line) > _LINE_CHARS or not pattern.search(line):
            continue
        match = pattern.search(code_of(line, language))
        if match is None or _name_on(line, language) == match.group():
            continue
        word = match.group()
        counts[word] = counts.get(word, 0) + 1
        if counts[word] > PLACES:
            continue
        first, end = max(done, number - 1), min(len(document.lines), number + 2)
        first, end = without_split_blocks(document.lines, first, end)
        done = end
        while end > number + 1 and is_blank(document.lines[end - 1]):
            end -= 1
        while first < number and is_blank(document.lines[first]):
            first += 1
        if first <= number < end:
            yield word, (*_header(document.lines, number, first, language), *document.lines[first:end])


def _header(lines: Sequence[str], number: int, first: int, language: Language) -> tuple[str, ...]:
    """Return the first line of the function around line `number`, if it is not shown anyhow."""
    found = next(definitions_around(lines, number, number + 1, language), None)
    if found is None or found.header >= first or key_blocks(lines, found.header, found.header + 1):
        return ()
    return (lines[found.header],)


def chosen(found: Sequence[Excerpt], wanted: Wanted) -> tuple[Excerpt, ...]:
    """Return those of `found` that are most likely meant, in the order in which they help.

    Of a name that several files define, those of imported files, else the nearest; a name that many define without
    being imported says nothing. Of uses, those of files that import the code, else all; tests last.
    """
    return (*_tables(found), *_meant(found, wanted), *_nearest_uses(found, wanted))


MOST_PLACES = 3
"""Files that define a name: of more, none is likely to be the one."""

SHOWN_PLACES = 2
"""Of a name: a header and its source."""


def _tables(found: Sequence[Excerpt]) -> list[Excerpt]:
    """Return statements on tables, those that make them first, in the order of their files: migrations have dates."""
    tables = [each for each in found if each.sort is Sort.TABLE]
    return sorted(tables, key=lambda each: (not makes_table(each.lines[0]), each.name_below))


def _meant(found: Sequence[Excerpt], wanted: Wanted) -> list[Excerpt]:
    by_name: dict[str, list[Excerpt]] = {}
    for each in found:
        if each.sort is Sort.DEFINITION:
            by_name.setdefault(each.name, []).append(each)
    kept: list[Excerpt] = []
    for word in wanted.defined:
        places = by_name.get(word, [])
        meant = [each for each in places if each.is_bound]
        if not meant and len({each.path for each in places}) <= MOST_PLACES:
            meant = places
        kept += sorted(meant, key=lambda each: wanted.distance(each.name_below))[:SHOWN_PLACES]
    return _each_once(kept)


def _nearest_uses(found: Sequence[Excerpt], wanted: Wanted) -> list[Excerpt]:
    uses = [each for each in found if each.sort is Sort.CALLER]
    bound = [each for each in uses if each.is_bound or wanted.is_beside(each.name_below)]
    return sorted(bound or uses, key=lambda each: wanted.distance(each.name_below))


def _each_once(excerpts: Sequence[Excerpt]) -> list[Excerpt]:
    """Return `excerpts` without those whose lines another one of the same file shows too."""
    kept: list[Excerpt] = []
    shown: dict[Path, set[str]] = {}
    for each in sorted(excerpts, key=lambda each: -len(each.lines)):
        have = shown.setdefault(each.path, set())
        if not set(each.lines) <= have:
            kept.append(each)
            have.update(each.lines)
    order = {id(each): at for at, each in enumerate(excerpts)}
    return sorted(kept, key=lambda each: order[id(each)])
