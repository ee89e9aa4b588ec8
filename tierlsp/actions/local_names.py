"""Whether a name is local to the function around it, in languages without a parser here: by brackets and indentation.

Only what is sure enough counts: a parameter, or a name whose first place in the function declares it.
"""

from __future__ import annotations

import re

from tierlsp.actions.scope import definitions_in
from tierlsp.actions.types import Document
from tierlsp.routing.facts import Scope
from tierlsp.text.brackets import stretches
from tierlsp.text.languages import language_of

_DECLARES = r"\b(?:let|const|var|val|local|my)\s+(?:mut\s+)?[$@]?{name}(?!\w)|(?<![\w.]){name}\s*:="
"""A declaration by a word or a sign that is for nothing else."""


def local_function(document: Document, name: str, line: int) -> tuple[int, int] | None:
    """Return the lines of the function in which `name`, used on `line`, is local; `None` where that is not sure.

    The second is not included. Functions in functions count with the outermost that has the name.
    """
    around = [each for each in definitions_in(document, line, line + 1) if each.scope is Scope.SYMBOL]
    for each in sorted(around, key=lambda each: each.first):
        code = _code("\n".join(document.lines[each.header : each.end]), document.language)
        if _is_parameter(code, name, document.language) or _is_declared_first(code, name):
            return each.first, each.end
    return None


def _code(text: str, language_id: str) -> str:
    """Return `text` with blanks for strings and comments."""
    pieces, position = [], 0
    for stretch in stretches(text, language_of(language_id)):
        pieces += [text[position : stretch.start], " " * (stretch.end - stretch.start)]
        position = stretch.end
    return "".join((*pieces, text[position:]))


def _is_parameter(code: str, name: str, language_id: str) -> bool:
    """Whether `name` stands in the brackets of a definition where a parameter does, not as a type or a default."""
    if name[:1].isupper():
        # A type that stands there alone looks the same.
        return False
    if language_id == "go":
        # Its types stand behind the names, without a sign between.
        return re.search(rf"[(,]\s*{re.escape(name)}\s+[\w*\[.]", code.partition("{")[0]) is not None
    start = code.find("(")
    depth, end = 0, start
    for end in range(max(start, 0), len(code)):
        depth += (code[end] in "([{<") - (code[end] in ")]}>")
        if depth == 0:
            break
    inside = re.sub(r"=[^,]*", "", code[start + 1 : end]) if start >= 0 else ""
    # Behind a colon stands a type.
    is_type = re.search(rf":\s*[^,]*(?<!\w){re.escape(name)}(?!\w)", inside)
    is_named = re.search(rf"(?<![\w.]){re.escape(name)}\s*(?:[,:?]|$)", inside)
    return is_type is None and is_named is not None


def _is_declared_first(code: str, name: str) -> bool:
    """Whether the first place of `name` behind the first line declares it."""
    first = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", code)
    declared = re.search(_DECLARES.format(name=re.escape(name)), code)
    return first is not None and declared is not None and declared.start() <= first.start() < declared.end()
