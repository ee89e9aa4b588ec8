"""Names to choose from for what is under the cursor. What follows the choice is in `renaming.py`."""

from __future__ import annotations

import keyword
import re

from tierlsp.actions.fences import fenced
from tierlsp.actions.job import Job, Wording
from tierlsp.actions.problems import where
from tierlsp.actions.reading import without_thoughts
from tierlsp.actions.scope import NEAR, ScopeError, Target, definitions_in
from tierlsp.actions.types import ActionRequest, Document
from tierlsp.routing.facts import Scope
from tierlsp.text.brackets import stretches
from tierlsp.text.languages import language_of
from tierlsp.text.lines import split_lines

MOST_NAMES = 5
"""A question with more answers is not read; most editors show them in one row."""

MOST_LINES = 300
"""Of the definition around the name; of a longer one go the lines near by."""

_LONGEST_CHARS = 60

IDENTIFIER = re.compile(r"[^\W\d]\w*")
_BULLET = re.compile(r"\A\s*(?:[-*•]|\d{1,2}[.)])?\s*[`\"'$]?(?P<name>[^\W\d]\w*)[`\"']?\s*[,;]?\s*\Z")

_WORDS = re.compile(
    r"abstract|and|as|assert|async|await|bool|boolean|break|byte|case|catch|char|class|const|continue|debugger|def"
    r"|default|defer|del|delete|do|double|elif|else|elsif|end|ensure|enum|except|export|extends|extern|false|final"
    r"|finally|float|fn|for|foreach|from|func|function|global|go|goto|if|impl|implements|import|in|include|init|inline"
    r"|instanceof|int|interface|internal|is|lambda|let|local|long|loop|match|mod|module|move|mut|namespace|native|new"
    r"|nil|none|nonlocal|not|null|object|of|operator|or|override|package|pass|pub|private|protected|public|raise|range"
    r"|readonly|ref|register|require|rescue|return|self|short|signed|sizeof|static|string|struct|super|switch"
    r"|synchronized|template|then|this|throw|throws|trait|transient|true|try|type|typedef|typeof|undefined|union|unless"
    r"|unsafe|unsigned|until|use|using|val|var|virtual|void|volatile|when|where|while|with|yield"
)
"""Words that mean something in one language or another: none is a good name in any."""

_RULES = """\
You find good names for one thing in some code. A good name says what the thing is for, not how it is made, is as long
as its reach needs, and is written in the case and the habits of the name that it has now and of the names around.
Answer with five names, the best first, each on a line of its own, and nothing else. Use no name that stands in the code
already."""


def find(request: ActionRequest) -> Target:
    """Return the lines that show what the name under the cursor is for.

    Raises:
        ScopeError: there is no name.
    """
    document = request.document
    line, _ = place_of_name(request)
    for found in definitions_in(document, line, line + 1):
        if found.end - found.first <= MOST_LINES:
            return Target(found.scope, found.first, found.end)
        break
    return Target(Scope.SELECTION, max(0, line - NEAR), min(len(document.lines), line + NEAR + 1))


def name_at(request: ActionRequest) -> str:
    """Return the name under the cursor.

    Raises:
        ScopeError: there is none.
    """
    line, column = place_of_name(request)
    match = IDENTIFIER.match(request.document.lines[line], column)
    assert match is not None
    return match.group()


def place_of_name(request: ActionRequest) -> tuple[int, int]:
    """Return where the name begins that the cursor stands in or before.

    Raises:
        ScopeError: there is none on the line.
    """
    at = request.span.start
    lines = request.document.lines
    if request.scope is not Scope.FILE and at.line < len(lines):
        for match in IDENTIFIER.finditer(lines[at.line]):
            if match.end() >= at.column and not _is_word(match.group(), request.document.language):
                return at.line, match.start()
    raise ScopeError("there is no name at the cursor; put it on the name that you want another one for")


def write(job: Job) -> Wording:
    """Return what is said to the model."""
    request = job.request
    name = name_at(request)
    words = request.instruction.strip()
    wanted = f"\n\nThe person adds: {words}" if words else ""
    code = fenced(job.lines, request.document.language)
    line = request.span.start.line + 1
    task = f"Find names for `{name}` on line {line} of {where(job)}.{wanted}\n\nThe code:\n{code}"
    return Wording(_RULES, task)


def read_names(reply: str, job: Job) -> tuple[str, ...]:
    """Return the names in `reply` that can be used, the best first: whole lines that are a name and nothing else."""
    language = job.request.document.language
    old = name_at(job.request)
    taken = taken_names(job.request.document)
    found: list[str] = []
    for line in split_lines(without_thoughts(reply))[0]:
        match = _BULLET.match(line)
        if match and is_usable(match["name"], old, language) and match["name"] not in taken:
            found.append(match["name"])
    return tuple(dict.fromkeys(found))[:MOST_NAMES]


def taken_names(document: Document) -> frozenset[str]:
    """Return every name that stands in the code of the file, strings with it: one that is there would be two things."""
    text, position, found = "\n".join(document.lines), 0, set[str]()
    for stretch in stretches(text, language_of(document.language)):
        if stretch.mode.is_comment:
            found.update(IDENTIFIER.findall(text, position, stretch.start))
            position = stretch.end
    found.update(IDENTIFIER.findall(text, position))
    return frozenset(found)


def is_usable(name: str, old: str, language: str) -> bool:
    """Whether `name` can stand for `old`: written as the language has names, and no word of its own."""
    if not IDENTIFIER.fullmatch(name) or len(name) > _LONGEST_CHARS or _is_word(name, language):
        return False
    if old.isascii() and not name.isascii():
        return False
    # In Go the first letter says who may use it.
    return language != "go" or name[0].isupper() == old[0].isupper()


def _is_word(name: str, language: str) -> bool:
    return keyword.iskeyword(name) if language == "python" else _WORDS.fullmatch(name) is not None
