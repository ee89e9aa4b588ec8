"""What an action may know of the workspace besides the file at hand: asked for by name, given as texts.

Who reads the disk is somebody else (`Reads`); here is what is wanted of it, and what of it is of use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tierlsp.actions.types import ActionRequest, Document
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


@dataclass(frozen=True, slots=True)
class Sample:
    """What was found. No file that is excluded, hidden, ignored, or behind a link is in it."""

    files: tuple[Document, ...] = ()
    """Those that were asked for, without the file at hand; the best first."""
    tests: tuple[Document, ...] = ()
    """Files of tests, the nearest first."""
    conventions: tuple[Document, ...] = ()
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


def words_of(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the names that `lines` use, those used most first."""
    counts: dict[str, int] = {}
    for line in lines:
        for word in _WORD.findall(line[:1000]):
            if word.lower() not in _COMMON:
                counts[word] = counts.get(word, 0) + 1
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
    common = 0
    for one, other in zip(path.split("/")[:-1], beside.split("/")[:-1], strict=False):
        if one != other:
            break
        common += 1
    return (0 if is_named else 1 if is_like else 2, -common)


def is_empty(document: Document) -> bool:
    """Whether nothing stands in a document."""
    return all(is_blank(line) for line in document.lines)
