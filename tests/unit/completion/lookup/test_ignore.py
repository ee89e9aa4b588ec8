"""`.gitignore` files are read as git reads them, and none of them can hold up the crawl."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TypeVar

import pathspec
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tierlsp.completion.lookup.ignore import MAX_PATTERNS, MAX_RULES_BYTES, STEP_CHARS, Rules, is_ignored, rules_in
from tierlsp.text import globs
from tierlsp.text.globs import Glob

T = TypeVar("T")


def last(steps: Generator[None, None, T]) -> T:
    """Take all steps and return what comes of them."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def rules_of(directory: Path, text: str | bytes) -> Rules | None:
    (directory / ".gitignore").write_bytes(text if isinstance(text, bytes) else text.encode())
    return last(rules_in(str(directory)))


def ignored(rules: Sequence[Rules | None], path: str, *, is_directory: bool = False) -> bool:
    """Whether `path` or a directory that it lies in is ignored, asked from above as the walk does it."""
    given = tuple(rule for rule in rules if rule is not None)
    top = given[0].directory if given else "/"
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        is_inner = depth < len(parts)
        here = f"{top}/{'/'.join(parts[:depth])}"
        having_a_say = tuple(rule for rule in given if here.startswith(rule.directory + "/"))
        if last(is_ignored(having_a_say, here, is_directory=is_directory or is_inner)):
            return True
    return False


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("*.log\n!kept.log", "a/kept.log", False),
        ("!kept.log\n*.log", "a/kept.log", True),
        ("# *.log", "a.log", False),
        ("\\#x", "#x", True),
        ("\\!x", "!x", True),
        ("a.txt   ", "a.txt", True),
        ("a.txt\\   ", "a.txt ", True),
        ("a.txt\\   ", "a.txt", False),
        ("a.txt\\\\   ", "a.txt", False),
        ("a.txt\t", "a.txt", False),
        ("a.txt\r\nb.txt\r\n", "b.txt", True),
        ("a.txt\x0cb.txt", "b.txt", False),
        ("\ufeffa.txt", "a.txt", True),
        ("made/", "x/made/a.py", True),
        ("made/", "x/made", False),
        ("/made", "x/made", False),
        ("x/made", "y/x/made", False),
        ("**/x/made", "y/x/made", True),
        ("x/**/made", "x/made", True),
        ("x/*\n!x/kept", "x/kept/a.py", False),
        ("x/\n!x/kept", "x/kept", True),
        ("[a-c]?.py", "bz.py", True),
        ("[!a-c]?.py", "bz.py", False),
    ],
)
def test_one_file(tmp_path: Path, text: str, path: str, expected: bool) -> None:
    assert ignored([rules_of(tmp_path, text)], path) is expected


def test_names_that_are_no_text_can_be_named(tmp_path: Path) -> None:
    assert ignored([rules_of(tmp_path, b"caf\xe9.py\n")], "caf\udce9.py")


def test_a_pattern_that_is_not_understood_leaves_the_others_in_force(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "a.py\n!\n[[:alpha:]].py\na//b\n" + "x" * 251 + "\nb.py\n")
    assert [ignored([rules], path) for path in ("a.py", "b.py", "c.py")] == [True, True, False]


def test_a_file_of_no_patterns_and_one_too_large_say_nothing(tmp_path: Path) -> None:
    assert rules_of(tmp_path, "") is rules_of(tmp_path, "# a\n\n") is None
    assert rules_of(tmp_path, "a\n" * (MAX_RULES_BYTES // 2)) is not None
    assert rules_of(tmp_path, "a\n" * (MAX_RULES_BYTES // 2) + "a") is None


def test_what_comes_after_the_most_patterns_is_left_out(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "".join(f"a{number}\n" for number in range(MAX_PATTERNS + 1)))
    assert ignored([rules], f"a{MAX_PATTERNS - 1}")
    assert not ignored([rules], f"a{MAX_PATTERNS}")


HOSTILE = ["*a" * 120 + "b", "*" + "[ab]" * 60 + "b*", "**/" + "a/**/" * 45 + "b"]


def test_a_hostile_file_is_read_and_asked_in_many_small_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pattern is bounded by itself (`test_globs.py`); here, how many come between two pauses."""
    lines = [pattern for pattern in HOSTILE for _ in range(130)]
    rules = rules_of(tmp_path, "\n".join(lines))
    assert rules is not None
    asked = 0
    matches: Callable[..., bool] = globs.Glob.matches

    def count(self: Glob, names: Sequence[str], *, is_directory: bool) -> bool:
        nonlocal asked
        asked += len(self.text)
        return matches(self, names, is_directory=is_directory)

    monkeypatch.setattr(globs.Glob, "matches", count)
    longest = before = 0
    for _ in is_ignored((rules, rules), str(tmp_path / ("a/" * 60 + "a" * 200)), is_directory=False):
        longest, before = max(longest, asked - before), asked
    assert asked == 2 * sum(map(len, lines))
    assert longest <= STEP_CHARS + globs.MAX_PATTERN_CHARS
    assert sum(1 for _ in rules_in(str(tmp_path))) == len(lines)


NAMES = st.text("ab.#! ", min_size=1, max_size=3).filter(lambda name: name.strip(". ") != "")
WORDS = st.text("ab.*?", min_size=1, max_size=3) | st.sampled_from(["**", "[ab]", "[!a]*", "\\#a", "\\!b", "é"])
LINES = st.builds(
    lambda mark, top, words, end: mark + top + "/".join(words) + end,
    st.sampled_from(["", "", "", "!", "#"]),
    st.sampled_from(["", "", "/"]),
    st.lists(WORDS, min_size=1, max_size=3),
    st.sampled_from(["", "", "/", " ", "\r"]),
)


def is_read_alike(line: str) -> bool:
    """Whether pathspec reads a line as git does, and nothing in it is refused here on purpose."""
    bare = line.removeprefix("!").rstrip("\r ").strip("/")
    # Of what ends in `**/` git takes directories only, as here; pathspec takes files as well.
    return not line.rstrip("\r ").endswith("**/") and not {"", ".", ".."} & set(bare.split("/"))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES.filter(is_read_alike), max_size=5), st.lists(NAMES, min_size=1, max_size=4))
def test_a_file_is_read_as_pathspec_reads_it(tmp_path: Path, lines: list[str], names: list[str]) -> None:
    rules = rules_of(tmp_path, "\n".join(lines))
    spec = pathspec.GitIgnoreSpec.from_lines([line.removesuffix("\r") for line in lines])
    *above, own = [
        last(rules.verdict(f"{tmp_path}/{'/'.join(names[:depth])}", is_directory=depth < len(names))) if rules else None
        for depth in range(1, len(names) + 1)
    ]
    if any(verdict is not None for verdict in above):
        # Then nobody asks about the path, and pathspec weighs what git does not.
        event("decided above")
        return
    event(f"decided: {own}")
    assert own is spec.check_file("/".join(names)).include


def names_and_lines(seed: int) -> tuple[list[str], list[str], list[str]]:
    """Return the lines of an outer and an inner file, and paths to ask about."""
    rng = random.Random(seed)
    names = ["a", "b", "ab", "a.b", "#a", "!b", "a ", "ba.ab"]
    words = [*names[:4], "*", "?", "a*", "*.b", "**", "[ab]", "[!a]*", "\\#a", "\\!b", "a\\ ", "a  ", "\\a", "*a*b"]

    def line() -> str:
        mark, top, end = rng.choice(["", "", "", "!", "#"]), rng.choice(["", "", "/"]), rng.choice(["", "", "/", "\r"])
        return mark + top + "/".join(rng.choices(words, k=rng.choice([1, 1, 2, 3]))) + end

    paths = ["/".join(rng.choices(names, k=rng.randint(1, 4))) for _ in range(40)]
    return [line() for _ in range(6)], [line() for _ in range(3)], sorted(set(paths))


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("seed", range(20))
def test_nested_files_are_read_as_git_reads_them(tmp_path: Path, seed: int) -> None:
    outer_lines, inner_lines, paths = names_and_lines(seed)
    inner_directory = tmp_path / "a"
    inner_directory.mkdir()
    outer = rules_of(tmp_path, "\n".join(outer_lines))
    inner = rules_of(inner_directory, "\n".join(inner_lines))
    environment = {"GIT_CONFIG_NOSYSTEM": "1", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}

    def git(*arguments: str, given: str = "") -> str:
        command = ["git", "-C", str(tmp_path), *arguments]
        return subprocess.run(command, input=given, env=environment, text=True, capture_output=True).stdout

    git("init", "-q")
    for path in paths:
        (tmp_path / path).mkdir(parents=True, exist_ok=True)
    directories = {path for path in paths if any((tmp_path / path).iterdir())}
    for path in set(paths) - directories:
        (tmp_path / path).rmdir()
        (tmp_path / path).touch()
    by_git = set(git("check-ignore", "-z", "--no-index", "--stdin", given="\0".join(paths)).split("\0")) - {""}
    assert by_git == {path for path in paths if ignored([outer, inner], path, is_directory=path in directories)}
