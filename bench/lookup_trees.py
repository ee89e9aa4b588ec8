"""The source trees that the embedded completer is measured on, and random places in them."""

from __future__ import annotations

import random
import sysconfig
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tierlsp.completion.lookup.filetypes import text_of
from tierlsp.completion.lookup.tape import MAX_LINE_CHARS
from tierlsp.completion.lookup.walk import newest_files

REPORT_TREES = ("stdlib/asyncio", "stdlib/email", "stdlib/unittest", "site/hypothesis", "site/mypy", "site/_pytest")
"""What is reported on by default: three parts of the running Python's library, three packages of `.[dev]`."""

FIT_TREES = (
    "stdlib/distutils",
    "stdlib/idlelib",
    "stdlib/lib2to3",
    "stdlib/multiprocessing",
    "stdlib/tkinter",
    "stdlib/xml",
    "site/anyio",
    "site/cattrs",
    "site/httpx2",
    "site/markdown_it",
    "site/packaging",
    "site/setuptools",
)
"""What the confidence and its gates are fitted to; none of it is reported on. Those not installed are left out."""

SELECTION = """\
Trees: hand-written Python packages of 0.2 to 8 MB that come with Python or with `.[dev]`, named before measuring.
Left out beforehand: packages that are tables or hold generated copies (encodings, pydoc_data, rich, idna, pygments),
and pip (vendored copies of others). Each tree is indexed alone. The fit sees none of the reported trees.
Places: lines drawn uniformly from a tree's lines that are not blank and not a whole-line comment, a column drawn
uniformly between the line's first character and its last one (so that something is left to complete)."""

_COMMENT_MARKS = ("#", "//", "/*", "* ", "--")
_MIN_SHARED_CHARS = 20


@dataclass(frozen=True, slots=True)
class Tree:
    """A source tree as the index sees it."""

    name: str
    root: Path
    files: dict[Path, list[str]]
    """The lines of each file."""
    size_bytes: int

    @property
    def shared(self) -> float:
        """The share of lines of 20 characters and more that another file of the tree holds too."""
        holders: dict[str, set[Path]] = defaultdict(set)
        lines = [
            (path, line.strip())
            for path, all_lines in self.files.items()
            for line in all_lines
            if len(line.strip()) >= _MIN_SHARED_CHARS
        ]
        for path, line in lines:
            holders[line].add(path)
        return sum(len(holders[line]) > 1 for _, line in lines) / max(1, len(lines))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A column in a line of a file."""

    path: Path
    line: int
    column: int


def find_trees(names: Sequence[str]) -> list[tuple[str, Path]]:
    """Return the directories of the trees `names` that are installed here."""
    homes = {"stdlib": Path(sysconfig.get_path("stdlib")), "site": Path(sysconfig.get_path("purelib"))}
    found = []
    for name in names:
        home, _, package = name.partition("/")
        if (homes[home] / package).is_dir():
            found.append((name, homes[home] / package))
    return found


def read_tree(name: str, root: Path) -> Tree:
    """Read the files of `root` that the index takes."""
    walk = newest_files([root])
    files: dict[Path, list[str]] = {}
    size = 0
    while True:
        try:
            next(walk)
        except StopIteration as stop:
            found = stop.value
            break
    for file in found:
        data = Path(file.path).read_bytes()
        text = text_of(data)
        if text is not None and text.strip():
            files[Path(file.path)] = text.replace("\r\n", "\n").split("\n")
            size += len(data)
    return Tree(name, root, dict(sorted(files.items())), size)


def draw_places(tree: Tree, count: int, seed: int) -> list[Place]:
    """Draw places at which something is left to complete, sorted by file and line."""
    lines = [
        (path, number)
        for path, all_lines in tree.files.items()
        for number, line in enumerate(all_lines)
        if line.strip() and len(line) <= MAX_LINE_CHARS and not line.lstrip().startswith(_COMMENT_MARKS)
    ]
    # Not for secrets: the same seed gives the same places.
    rng = random.Random(f"{seed} {tree.name}")
    places = []
    for path, number in rng.choices(lines, k=count):
        line = tree.files[path][number]
        first = len(line) - len(line.lstrip())
        places.append(Place(path, number, rng.randrange(first, len(line.rstrip()))))
    return sorted(places)
