"""How a project tests: with which framework, and in which file the tests of a file belong.

Told from the names of its files, from its settings and from tests that are there. Nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from tierlsp.actions.types import Document
from tierlsp.actions.workspace import Sample, is_test_path, nearness

_JAVASCRIPT = ("javascript", "javascriptreact", "typescript", "typescriptreact")

_FRAMEWORKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "python": (
        (r"\[tool\.pytest|\[pytest\]|\bpytest\b", "pytest"),
        (r"\bunittest\b", "unittest"),
    ),
    "javascript": (
        (r"\bvitest\b", "vitest"),
        (r"\bjest\b", "jest"),
        (r"\bmocha\b", "mocha"),
        (r"\bnode:test\b", "node:test"),
    ),
    "go": (),
    "rust": (),
    "java": ((r"junit-jupiter|org\.junit\.jupiter", "JUnit 5"), (r"\bjunit\b", "JUnit 4"), (r"\btestng\b", "TestNG")),
    "kotlin": ((r"\bkotest\b", "Kotest"), (r"junit-jupiter|org\.junit\.jupiter", "JUnit 5")),
    "csharp": ((r"\bxunit\b", "xUnit"), (r"\bnunit\b", "NUnit"), (r"\bMSTest\b", "MSTest")),
    "ruby": ((r"\brspec\b", "RSpec"), (r"\bminitest\b", "minitest")),
}
"""By language: what tells a framework, and its name; the first that is found counts."""

_USUAL: Mapping[str, str] = {
    "python": "pytest",
    "javascript": "node:test",
    "go": "go test",
    "rust": "cargo test",
    "java": "JUnit 5",
    "kotlin": "JUnit 5",
    "csharp": "xUnit",
    "ruby": "minitest",
    "php": "PHPUnit",
}
"""Where nothing tells."""

TEST_BEGINS: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(r"\s*(?:async\s+)?def\s+test"),
    "javascript": re.compile(r"\s*(?:it|test)(?:\.\w+)*\s*\("),
    "go": re.compile(r"func\s+(?:Test|Benchmark|Example|Fuzz)\w*\("),
    "rust": re.compile(r"\s*#\[(?:\w+::)?test\b"),
    "java": re.compile(r"\s*@(?:Test|ParameterizedTest|RepeatedTest)\b"),
    "kotlin": re.compile(r"\s*(?:@(?:Test|ParameterizedTest)\b|(?:test|should|it)\s*\()"),
    "csharp": re.compile(r"\s*\[(?:Fact|Theory|Test|TestCase|TestMethod)\b"),
    "ruby": re.compile(r"\s*(?:it\s|def\s+test_|test\s)"),
    "zig": re.compile(r"\s*test\b"),
    "d": re.compile(r"\s*(?:@\w+\s+)*unittest\b"),
    "php": re.compile(r"\s*(?:public\s+)?function\s+test|\s*#\[Test\]"),
}
"""How a test begins."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where and how the code of one file is tested."""

    framework: str
    existing: Document | None
    """The file that has its tests already."""
    new_path: str
    """Where its tests go if there are none: below the root, with slashes."""
    example: Document | None
    """A file of tests whose style can be followed."""


def family_of(language_id: str) -> str:
    """Return the name under which a language's habits are known."""
    return "javascript" if language_id in _JAVASCRIPT else language_id


def layout_of(path: str, language_id: str, sample: Sample) -> Layout | None:
    """Return how the file at `path`, below the root, is tested; `None` where that cannot be told.

    Args:
        path: with slashes.
        language_id: of the file.
        sample: what is known of the workspace, with its tests, the nearest first.
    """
    family = family_of(language_id)
    stem = PurePosixPath(path).name.partition(".")[0]
    nearest = sample.tests[0] if sample.tests else None
    existing = nearest if nearest is not None and _is_named_after(_name(nearest), stem) else None
    new = _new_path(path, stem, family, sample)
    if not new:
        return None
    example = next((each for each in sample.tests if each is not existing), None)
    return Layout(framework_of(family, sample), existing, new, example)


def framework_of(family: str, sample: Sample) -> str:
    """Return the name of the framework that the tests of a language use."""
    marks = _FRAMEWORKS.get(family, ())
    for documents in (sample.tests, sample.configs):
        text = "\n".join("\n".join(each.lines) for each in documents)
        for pattern, name in marks:
            if re.search(pattern, text):
                return name
    for pattern, name in marks:
        if any(re.search(pattern, each.rpartition("/")[2]) for each in sample.paths):
            return name
    return _USUAL.get(family, "the framework that is usual for this language")


def count_tests(lines: Sequence[str], language_id: str) -> int:
    """Return how many tests begin in `lines`; 0 where nobody knows how one looks."""
    pattern = TEST_BEGINS.get(family_of(language_id))
    return 0 if pattern is None else sum(pattern.match(line) is not None for line in lines)


def _name(document: Document) -> str:
    return document.path.name if document.path is not None else ""


def _is_named_after(name: str, stem: str) -> bool:
    """Whether a test file called `name` is that of the file `stem`."""
    squeezed = re.sub(r"[^a-z0-9]", "", name.partition(".")[0].lower())
    own = re.sub(r"[^a-z0-9]", "", stem.lower())
    return bool(own) and squeezed in {f"test{own}", f"{own}test", f"{own}tests", f"{own}spec", f"tests{own}", own}


def _new_path(path: str, stem: str, family: str, sample: Sample) -> str:
    """Return where tests of the file at `path` go; empty where nobody knows."""
    here, suffix = PurePosixPath(path).parent, PurePosixPath(path).suffix
    found = sorted(
        (each for each in sample.paths if each.endswith(suffix) and is_test_path(each)),
        key=lambda each: nearness(each, stem, path),
    )
    near = PurePosixPath(found[0]) if found else None
    if family == "go":
        return str(here / f"{stem}_test.go")
    if family in ("java", "kotlin") and "/main/" in f"/{path}":
        return str(PurePosixPath(f"/{path}".replace("/main/", "/test/", 1)[1:]).parent / f"{stem}Test{suffix}")
    directory = near.parent if near is not None else _usual_directory(family, here)
    if directory is None:
        return ""
    if near is not None and str(near.parent) == "." and str(here) == ".":
        directory = here
    name = _like(near.name if near is not None else "", stem, suffix, family)
    if family == "javascript" and near is not None and near.parent.name not in ("__tests__", "test", "tests", "spec"):
        # Tests stand beside what they test.
        directory = here
    return str(directory / name)


def _usual_directory(family: str, here: PurePosixPath) -> PurePosixPath | None:
    if family in ("python", "php"):
        return PurePosixPath("tests")
    if family == "ruby":
        return PurePosixPath("test")
    return here if family in ("javascript", "java", "kotlin", "csharp") else None


def _like(name: str, stem: str, suffix: str, family: str) -> str:
    """Return how the tests of `stem` are called, in the way of a test file called `name`."""
    head = name.partition(".")[0]
    if family == "javascript":
        infix = "spec" if ".spec." in name else "test"
        return f"{stem}.{infix}{suffix}"
    if family in ("java", "kotlin", "php"):
        return f"{stem[:1].upper()}{stem[1:]}Test{suffix}"
    if family == "csharp":
        return f"{stem}Tests{suffix}"
    if head.endswith("_spec"):
        return f"{stem}_spec{suffix}"
    return (
        f"{stem}_test{suffix}" if head.endswith("_test") or (family == "ruby" and not head) else f"test_{stem}{suffix}"
    )
