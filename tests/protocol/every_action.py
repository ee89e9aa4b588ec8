"""Every action with each of its choices and extents: how it is asked for, the answer to it, and what must come of it.

In all texts `{folder}` stands for the folder below the workspace in which a run has its files; as a `uri` for that of
this folder, as `{workspace}` does for that of the workspace, a repository in which something is staged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.protocol.test_actions import MENDED, PROBLEM, SPAN, TEXT, fenced


class Gives(StrEnum):
    """What comes of an action, and by which way the person gets it."""

    EDIT = "edit"
    """An edit of the document at hand."""
    FILES = "files"
    """Edits of several files, shown before they are made."""
    NEW_FILE = "new file"
    OTHER_FILE = "other file"
    """An edit of a file that is not open."""
    TEXT = "text"
    """A page."""
    CHOICES = "choices"
    """A list to choose from, then an edit."""
    MESSAGE = "message"
    """A commit's message where git asks for it."""
    FINDINGS = "findings"
    """Diagnostics, and a page."""


CHANGES = frozenset({Gives.EDIT, Gives.FILES, Gives.NEW_FILE, Gives.OTHER_FILE, Gives.CHOICES, Gives.MESSAGE})
"""What ends in `workspace/applyEdit`."""

CHECKED = frozenset({Gives.EDIT, Gives.FILES, Gives.NEW_FILE, Gives.OTHER_FILE})
"""Code, which is read and verified before it is offered."""


@dataclass(frozen=True)
class Row:
    """One way to ask for an action."""

    name: str
    gives: Gives
    argument: Mapping[str, Any]
    """Of `tierlsp.run`; the document's URI is added."""
    good: str
    """The answer that is right."""
    said: str
    """In the end's message when all goes well."""
    text: str = ""
    """Of the document, which is open; without one there is none."""
    after: str = ""
    """The same when all has gone well."""
    file: str = "area.py"
    language: str = "python"
    beside: Mapping[str, str] = field(default_factory=dict)
    """Files that are on disk and not open."""
    beside_after: Mapping[str, str] = field(default_factory=dict)
    """The same when all has gone well, and new ones."""
    page: str = ""
    """On the page."""
    finding: str = ""
    """In the message of the one diagnostic, and the file that it is in."""
    choice: str = ""
    inside: int = 4
    """A line that the answer is about: who types there meanwhile stops an edit."""
    elsewhere: int = 0
    """A line in front of which another one is of no concern."""
    tier: str = "cheap"
    wrong: str = ""
    """An answer that is not in the form that was asked for; empty where any text is an answer."""
    half: str = ""
    """One that cannot be read to its end."""
    unmatched: str = ""
    """One that is about code which is not there."""
    broken: str = ""
    """One whose code does not parse."""
    like: str = ""
    """The row whose way it goes to the provider and in the editor, so that not all of it is tried again."""

    @property
    def has_document(self) -> bool:
        """Whether a document is open that the run is about."""
        return bool(self.text)

    def __str__(self) -> str:
        return self.name


AREA = TEXT.replace("raduis", "radius")
PROSE = "I looked at it, and it is a fine piece of code."
SHORT = "def area(radius):\n    return math.pi * radius * radius"
BROKEN = fenced("def area(radius:\n    return 1")
HALF = "```python\ndef area(radius):\n    return"
UNMATCHED = "<<<<<<< SEARCH\n    return volume(radius)\n=======\n    return 1\n>>>>>>> REPLACE\nEND\n"
AT_NAME = {"start": {"line": 3, "character": 10}, "end": {"line": 3, "character": 10}}
AT_START = {"start": {"line": 0, "character": 15}, "end": {"line": 0, "character": 15}}


def edit(name: str, code: str, said: str, *, text: str = AREA, old: str = "", **more: Any) -> Row:
    """Return the row of an action that rewrites the function in `text`, which is `old`."""
    old = old or text.partition("\n\n\n")[2].partition("\n\n\n")[0]
    argument = {"range": SPAN, "diagnostics": []} | more.pop("argument")
    rest = {"wrong": PROSE, "half": HALF, "unmatched": UNMATCHED, "broken": BROKEN} | more
    return Row(name, Gives.EDIT, argument, fenced(code), said, text=text, after=text.replace(old, code), **rest)


def refactored(choice: str, code: str, *, text: str = AREA) -> Row:
    """Return the row of one of the choices of *refactor*."""
    argument = {"action": "refactor", "choice": choice}
    return edit(
        f"refactor {choice}", code, "refactored {folder}/area.py", text=text, argument=argument, like="refactor"
    )


def page(name: str, action: str, **argument: Any) -> Row:
    """Return the row of an action that is answered by a page."""
    words = "It computes the area of a circle."
    said = "planned by" if action == "plan" else "explained by" if action == "explain" else "answered by"
    asked = {"action": action, "range": SPAN, "diagnostics": []} | argument
    like = "explain" if "choice" in argument else ""
    return Row(name, Gives.TEXT, asked, words, said, text=TEXT, after=TEXT, page=words, like=like)


_SHOP = "def price():\n    return 1 / 0\n"
_NEW = "  # {folder}"
"""What makes a text one that was never judged before."""
_HERE = TEXT.replace("raduis ** 2", f"raduis ** 2{_NEW}").replace("print(area(2))", f"print(area(2)){_NEW}")
_THERE = _SHOP.replace("1 / 0", f"1 / 0{_NEW}")
_FINDING = {
    "severity": "error",
    "category": "bug",
    "confidence": 80,
    "file": "{folder}/area.py",
    "line": 5,
    "evidence": f"    return math.pi * raduis ** 2{_NEW}",
    "message": "the parameter is called radius, so every call fails",
    "fix": "    return math.pi * radius ** 2",
}
_IN_SHOP = {
    "file": "{folder}/shop.py",
    "line": 2,
    "evidence": f"    return 1 / 0{_NEW}",
    "message": "it divides by zero, so every call fails",
    "fix": "    return 1",
}


def found(action: str, extent: str) -> Row:
    """Return the row of a review or an audit, of the document at hand or of files that are found."""
    is_here = extent == "file"
    finding = _FINDING if is_here else _FINDING | _IN_SHOP
    finding |= {"cwe": 682} if action == "audit" else {}
    name = "area.py" if is_here else "shop.py"
    return Row(
        f"{action} {extent}",
        Gives.FINDINGS,
        {"action": action, "scope": extent, "diagnostics": []} | ({} if is_here else {"uri": "{folder}"}),
        f"{json.dumps(finding)}\nEND",
        "1 error",
        text=_HERE if is_here else "",
        after=_HERE if is_here else "",
        beside={} if is_here else {"shop.py": _THERE},
        beside_after={} if is_here else {"shop.py": _THERE},
        page="every call fails",
        finding=name,
        wrong=PROSE,
        half=json.dumps(finding)[:-9],
        unmatched=json.dumps(finding | {"evidence": "os.system(argv[1])"}) + "\nEND",
        tier="premium",
        like={"review folder": "review changes", "audit changes": "review changes", "audit folder": "audit file"}.get(
            f"{action} {extent}", ""
        ),
    )


def blocks(*files: tuple[str, str, str]) -> str:
    """Return an answer that replaces code in files, each by its name in the answer."""
    body = "".join(f"FILE {name}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n" for name, old, new in files)
    return f"{body}END\n"


_USES = "from area import area\n\nprice = 7 * area(2)\n"
_RENAMED = {"action": "refactorFiles", "instruction": "rename area to circle_area", "diagnostics": []}
_DEFINES = "def area(radius):\n    return math.pi * radius ** 2"
_ALL_FILES = blocks(
    ("F1", _DEFINES, _DEFINES.replace("area", "circle_area")),
    ("F1", "print(area(2))", "print(circle_area(2))"),
    ("F2", _USES[:-1], _USES[:-1].replace("area(", "circle_area(").replace("import area", "import circle_area")),
)
_TESTS = "from area import area\n\n\ndef test_area():\n    assert area(0) == 0\n"
_MORE_TESTS = f"{_TESTS}\n\ndef test_one():\n    assert area(1) > 3\n"
_BUFFER = "\n# the message\ndiff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-a\n+b\n"
_DIFF = _BUFFER.partition("# the message\n")[2]
_MESSAGE = "Name it right\n\nWhy not"
_QUERY = 'QUERY = "SELECT a FROM b, c WHERE b.x = c.x"\n'
_OLD_STYLE = 'def label(radius):\n    return "radius %s" % radius'
_TWO_STEPS = "def area(radius):\n    square = radius ** 2\n    return math.pi * square"

OWN = """
[actions.shorten]
title = "Make it shorter"
prompt = "Make it shorter."
answer = "edit"
[actions.tell]
title = "Tell what it is for"
prompt = "What is it for?"
"""
"""Actions of the person's own, one of each kind of answer."""

ROWS: tuple[Row, ...] = (
    edit("fix", MENDED, "fixed 1 problem", text=TEXT, argument={"action": "fix", "diagnostics": [PROBLEM]}),
    edit(
        "refactor",
        SHORT,
        "refactored {folder}/area.py",
        argument={"action": "refactor", "instruction": "without a power"},
    ),
    refactored("simplify", SHORT),
    refactored(
        "extract", "def square(side):\n    return side ** 2\n\n\ndef area(radius):\n    return math.pi * square(radius)"
    ),
    refactored(
        "inline",
        "def area(radius):\n    return math.pi * radius ** 2",
        text=AREA.replace("def area(radius):\n    return math.pi * radius ** 2", _TWO_STEPS),
    ),
    refactored(
        "modernise",
        _OLD_STYLE.replace('"radius %s" % radius', 'f"radius {radius}"'),
        text=f"import math\n\n\n{_OLD_STYLE}\n\n\nprint(label(math.pi))\n",
    ),
    refactored("types", "def area(radius: float) -> float:\n    return math.pi * radius ** 2"),
    refactored(
        "errors",
        'def area(radius):\n    if radius < 0:\n        raise ValueError("no radius is negative")\n'
        "    return math.pi * radius ** 2",
    ),
    edit(
        "docs",
        'def area(radius):\n    """Return the area of a circle."""\n    return math.pi * radius ** 2',
        "described the code in {folder}/area.py",
        argument={"action": "docs"},
    ),
    edit(
        "sql",
        _QUERY[:-1].replace("b, c WHERE b.x", "b JOIN c ON b.x"),
        "improved the SQL in {folder}/area.py",
        text=f"{_QUERY}LIMIT = 3\n",
        old=_QUERY[:-1],
        argument={"action": "sql", "range": AT_START},
        broken=fenced('QUERY = "SELECT a FROM b JOIN c ON b.x = c.x'),
        inside=0,
        elsewhere=1,
    ),
    edit("own edit", SHORT, "did shorten in {folder}/area.py", argument={"action": "shorten"}),
    Row(
        "tests new",
        Gives.NEW_FILE,
        {"action": "tests", "range": SPAN, "diagnostics": []},
        fenced(_TESTS[:-1]),
        "wrote 1 test into the new file",
        text=AREA,
        after=AREA,
        beside_after={"test_area.py": _TESTS},
        wrong=PROSE,
        half=HALF,
        broken=BROKEN,
    ),
    Row(
        "tests more",
        Gives.OTHER_FILE,
        {"action": "tests", "range": SPAN, "diagnostics": []},
        fenced(_MORE_TESTS[:-1]),
        "test_area.py",
        text=AREA,
        after=AREA,
        beside={"test_area.py": _TESTS},
        beside_after={"test_area.py": _MORE_TESTS},
        wrong=PROSE,
        half=HALF,
        unmatched=UNMATCHED,
        broken=BROKEN,
    ),
    Row(
        "refactorFiles",
        Gives.FILES,
        _RENAMED | {"range": SPAN},
        _ALL_FILES,
        "changes 2 files",
        text=AREA,
        after=AREA.replace("area(", "circle_area("),
        inside=3,
        beside={"shop.py": _USES},
        beside_after={"shop.py": _USES.replace("area(", "circle_area(").replace("import area", "import circle_area")},
        wrong=PROSE,
        half=_ALL_FILES[:-20],
        unmatched=blocks(("F1", "    return volume(radius)", "    return 1")),
        broken=blocks(("F1", "def area(radius):", "def area(radius:")),
        tier="premium",
    ),
    Row(
        "refactorFiles changes",
        Gives.FILES,
        _RENAMED | {"scope": "changes", "uri": "{folder}"},
        blocks(("F2", "    return 1 / 0", "    return 1")),
        "changes 1 file",
        beside={"shop.py": _SHOP},
        beside_after={"shop.py": _SHOP.replace("1 / 0", "1")},
        wrong=PROSE,
        half=_ALL_FILES[:-20],
        unmatched=blocks(("F2", "    return volume(radius)", "    return 1")),
        broken=blocks(("F2", "def price():", "def price(:")),
        tier="premium",
    ),
    page("explain", "explain"),
    page("explain problem", "explain", choice="problem", diagnostics=[PROBLEM]),
    page("ask", "ask", instruction="In which unit is the radius?"),
    page("plan", "plan", instruction="read it from a file"),
    page("own text", "tell"),
    *(found(action, extent) for action in ("review", "audit") for extent in ("file", "changes", "folder")),
    Row(
        "names",
        Gives.CHOICES,
        {"action": "names", "tier": "cheap", "range": AT_NAME, "diagnostics": []},
        "metres\nlength",
        "renamed radius to metres",
        text=AREA,
        after=AREA.replace("radius", "metres"),
        choice="metres",
        wrong="What a nice name it has!",
    ),
    Row(
        "commit",
        Gives.MESSAGE,
        {"action": "commit", "diagnostics": []},
        _MESSAGE,
        "message written by",
        text=_BUFFER,
        after=f"{_MESSAGE}\n{_BUFFER}",
        file="COMMIT_EDITMSG",
        language="git-commit",
        inside=0,
        elsewhere=8,
        wrong="x" * 300,
    ),
    Row(
        "commit diff",
        Gives.TEXT,
        {"action": "commit", "diagnostics": []},
        _MESSAGE,
        "message written by",
        text=_DIFF,
        after=_DIFF,
        file="staged.diff",
        language="diff",
        page="Name it right",
        inside=0,
        wrong="x" * 300,
    ),
    Row(
        "commit staged",
        Gives.TEXT,
        {"action": "commit", "uri": "{workspace}"},
        _MESSAGE,
        "message written by",
        page="Name it right",
        wrong="x" * 300,
    ),
)
"""Every action of the catalogue with each of its choices and extents, and one of the person's own of each kind."""
