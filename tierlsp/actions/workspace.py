"""What an action may know of the workspace besides the file at hand: asked for by name, given as texts.

Who reads the disk is somebody else (`Reads`); here is what is wanted of it, and what of it is of use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from tierlsp.actions.types import ActionRequest, Document
from tierlsp.text.brackets import stretches
from tierlsp.text.languages import language_of
from tierlsp.text.lines import is_blank

CONVENTION_FILES = ("AGENTS.md", "CONTRIBUTING.md", ".editorconfig")
"""Where a project says how its code is to be written. They are text for the model and change no setting of ours."""

CONFIG_FILES = (
    "pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "package.json", "Cargo.toml", "go.mod", "pom.xml",
    "build.gradle", "build.gradle.kts",
)  # fmt: skip
"""Where it says how its tests are run."""

MOST_WORDS = 120
"""Names that are looked for at once."""

_WORD = re.compile(r"[^\W\d]\w{2,}")

_CALLS = re.compile(r"\s*(?:[(<{!]|::)")
"""What follows a name that is called, made, or looked into."""

_ASSIGNED = re.compile(r"\b([^\W\d]\w*)\s*(?::=|=(?!=)|:\s|,\s*[^\W\d]\w*\s*:=| (?:in|range)\b)")

_COMMON_TEXT = """
abstract and args assert async await bool boolean break byte case catch char class const continue data def default
del delete double elif else enum err error except export extends false final finally float for foreach from func
function global goto implements import include index int interface item items key let list long match mod module
name namespace new nil none not null object pass print private protected public raise require return self short
static str string struct super switch template text this throw throws true try type typeof undefined union unsigned
use using val value var vec virtual void while with yield
"""
_COMMON = frozenset(_COMMON_TEXT.split())
"""Words of languages, and names that every file has."""


class Sort(StrEnum):
    """What an excerpt says of a name."""

    TABLE = "table"
    DEFINITION = "definition"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of another file that say something of a name."""

    sort: Sort
    name: str
    path: Path
    name_below: str
    """The path below the workspace, with slashes."""
    language: str
    lines: tuple[str, ...]
    is_bound: bool = False
    """Whether the file at hand imports that one, or for a use that one the file at hand."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of the workspace."""

    words: tuple[str, ...] = ()
    """Files with one of these words as a whole are wanted, those with the most first."""
    folder: Path | None = None
    """Every file below it is wanted, whatever it holds."""
    tests_for: str = ""
    """The stem of the file at hand: test files are wanted, those named after it first."""
    most_files: int = 40
    has_conventions: bool = True
    """Whether it matters how the project writes code."""
    defined: tuple[str, ...] = ()
    """Names whose definitions are wanted, the most used first."""
    used: tuple[str, ...] = ()
    """Names whose uses are wanted."""
    tables: tuple[str, ...] = ()
    """Tables whose statements are wanted, in lower case."""
    imported: frozenset[str] = frozenset()
    """What the code imports (`import_paths`)."""
    language: str = ""
    """Of the code: only files whose definitions it can use are of interest."""
    beside: str = ""
    """The path of the file at hand below the root, with slashes."""

    @property
    def names(self) -> frozenset[str]:
        """All names of which files must have one to be looked at."""
        return frozenset((*self.defined, *self.used, *self.tables))

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self.names or self.words or self.folder or self.tests_for or self.has_conventions)

    def is_beside(self, name: str) -> bool:
        """Whether the file `name` stands in the folder of the one at hand."""
        return name.rpartition("/")[0] == self.beside.rpartition("/")[0]

    def distance(self, name: str) -> tuple[bool, int, str]:
        """Return how far the file `name` is from the one at hand, for sorting: tests last, then by folders."""
        return is_test_path(name) and not is_test_path(self.beside), -folders_in_common(name, self.beside), name


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found. No file that is excluded, hidden, ignored, or behind a link is in it."""

    files: tuple[Document, ...] = ()
    """Those that were asked for, without the file at hand; the best first."""
    tests: tuple[Document, ...] = ()
    """Files of tests, the nearest first."""
    conventions: tuple[Document, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    """What other files say of the names that were asked for, the best of each sort first."""
    configs: tuple[Document, ...] = ()
    paths: tuple[str, ...] = ()
    """Of all files that were found, below the root, with slashes."""
    is_cut: bool = False
    """Whether there is more than was looked at."""


class Reads(Protocol):
    """Reads the workspace, off the loop, within bounds of time and length."""

    async def __call__(self, request: ActionRequest, wanted: Wanted) -> Sample:
        """Return what is there; nothing of what cannot be read."""


async def read_nothing(request: ActionRequest, wanted: Wanted) -> Sample:
    """Return an empty sample: there is no workspace."""
    return Sample()


_LOCAL_TEXT = """
abs all any append assertEqual bin callable chr close copy dict dir enumerate expect filter find first float format
frozenset get getattr hasattr hash hex id input insert isinstance issubclass iter join keys last len length list log
map max min new next object oct open ord pop pow print printf println push range repr reversed round set setattr slice
sorted sprintf str String sum super toString tuple type unwrap values vars zip
"""
_OF_LANGUAGES = frozenset(_LOCAL_TEXT.split())
"""What languages bring along: nobody looks for their definitions."""

_SAYS_IMPORTS = frozenset(
    {"python", "javascript", "javascriptreact", "typescript", "typescriptreact", "rust", "dart", "elm", "haskell"}
)
"""Languages in which nothing of another file is used without being imported, called, or a type."""


def words_of(lines: Sequence[str], language_id: str, imports: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names that `lines` use and may not define, outside of strings and comments, the most used first.

    Variables of their own are left out: a name counts if it is imported, called, or written like a type or a constant;
    in languages that use names of other files without importing them, also if nothing is assigned to it.

    Args:
        lines: the code.
        language_id: LSP's identifier.
        imports: the import statements of its file.
    """
    text = "\n".join(line[:1000] for line in lines)
    imported = frozenset(_WORD.findall("\n".join(imports)))
    assigned = frozenset(_ASSIGNED.findall(text))
    may_be_any = language_id not in _SAYS_IMPORTS
    counts: dict[str, int] = {}
    begin = 0
    for stretch in (*stretches(text, language_of(language_id)), None):
        end = len(text) if stretch is None else stretch.start
        for match in _WORD.finditer(text, begin, end):
            word = match.group()
            if word.lower() in _COMMON or word in _OF_LANGUAGES:
                continue
            is_named = word in imported or word[0].isupper() or _CALLS.match(text, match.end()) is not None
            if is_named or (may_be_any and word not in assigned):
                counts[word] = counts.get(word, 0) + 1
        begin = end if stretch is None else stretch.end
    return tuple(sorted(counts, key=lambda word: -counts[word])[:MOST_WORDS])


def pattern_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of `words` as a whole; `None` for no words."""
    escaped = [re.escape(word) for word in words if word]
    return re.compile(rf"(?<!\w)(?:{'|'.join(escaped)})(?!\w)") if escaped else None


def is_test_path(path: str) -> bool:
    """Whether a file below the root is one of tests, by its name or where it is."""
    *folders, name = path.lower().split("/")
    stem = name.partition(".")[0]
    if re.search(r"(?:^test_|_test$|_spec$|_tests$)", stem) or re.search(r"\.(?:test|spec)\.", name):
        return True
    if stem in ("conftest", "__init__", "setup", "index", "mod", "fixtures", "helpers"):
        return False
    if path.rsplit("/", 1)[-1].partition(".")[0].endswith(("Test", "Tests", "IT", "Spec")):
        return True
    return any(folder in ("__tests__", "spec") for folder in folders)


def nearness(path: str, stem: str, beside: str) -> tuple[int, int]:
    """Return how far a test file is from the file that is tested: by its name first, then by folders in common."""
    name = path.rsplit("/", 1)[-1].lower()
    is_named = bool(stem) and stem.lower() in (*re.split(r"[^a-z0-9]+", name), name.partition(".")[0])
    squeezed = re.sub(r"[^a-z0-9]", "", name.partition(".")[0])
    is_like = bool(stem) and re.sub(r"[^a-z0-9]", "", stem.lower()) in squeezed
    return (0 if is_named else 1 if is_like else 2, -folders_in_common(path, beside))


def folders_in_common(path: str, beside: str) -> int:
    """Return how many folders two paths below the root share, from the root on."""
    common = 0
    for one, other in zip(path.split("/")[:-1], beside.split("/")[:-1], strict=False):
        if one != other:
            break
        common += 1
    return common


def is_empty(document: Document) -> bool:
    """Whether nothing stands in a document."""
    return all(is_blank(line) for line in document.lines)
