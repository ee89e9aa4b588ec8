"""Patterns of paths: the same verdicts as pathspec, which reads them as git does, and never slow."""

import string

import pathspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tierlsp.text.globs import MAX_PATTERN_CHARS, is_matched, parse_glob


def matched(patterns: list[str], path: str) -> bool:
    return is_matched([parse_glob(pattern) for pattern in patterns], path.split("/"))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.pem", "a.pem", True),
        ("*.pem", "x/y/a.pem", True),
        ("*.pem", "a.pem/below", True),
        ("*.pem", "a.pem.txt", False),
        ("/*.pem", "a.pem", True),
        ("/*.pem", "x/a.pem", False),
        ("x/*.pem", "x/a.pem", True),
        ("x/*.pem", "y/x/a.pem", False),
        ("x/*.pem", "x/y/a.pem", False),
        ("**/.env*", ".env", True),
        ("**/.env*", "a/b/.env.local", True),
        ("**/.env*", "a/b/env", False),
        ("**/secrets/**", "secrets/a", True),
        ("**/secrets/**", "x/secrets/a/b", True),
        ("**/secrets/**", "secrets", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b/below", True),
        ("a/**/b", "a/x/y", False),
        ("a/**", "a/x/y", True),
        ("**", "anything", True),
        ("build/", "build/x", True),
        ("build/", "build", False),
        ("build/", "x/build/y", True),
        ("id_?", "id_a", True),
        ("id_?", "id_", False),
        ("id_?", "id_ab", False),
        ("[abc].x", "b.x", True),
        ("[!abc].x", "b.x", False),
        ("[^abc].x", "d.x", True),
        ("[a-c].x", "c.x", True),
        ("[c-a].x", "b.x", False),
        ("[!c-a].x", "b.x", True),
        ("[]a].x", "].x", True),
        ("[a-].x", "-.x", True),
        ("[a\\]b].x", "].x", True),
        ("[abc", "[abc", True),
        ("a**b", "axxb", True),
        ("*a*b*", "xxaxxbxx", True),
        ("*ab*ab", "abab", True),
        ("*ab*ab", "abxab", True),
        ("*ab*ab", "ab", False),
        ("\\*", "*", True),
        ("\\*", "a", False),
        ("\\!x", "!x", True),
        ("\\#x", "#x", True),
        ("a b", "a b", True),
        ("*", ".hidden", True),
        ("*.x", "line\nend.x", True),
        ("*.x", "a.x\n", False),
    ],
)
def test_one_pattern(pattern: str, path: str, expected: bool) -> None:
    assert matched([pattern], path) is expected


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        ([], "a", False),
        (["*.env", "!example.env"], "example.env", False),
        (["*.env", "!example.env"], "x/other.env", True),
        (["!example.env", "*.env"], "example.env", True),
        (["secrets/", "!secrets/public"], "secrets/public", True),
        (["secrets/*", "!secrets/public"], "secrets/public", False),
        (["secrets/*", "!secrets/public"], "secrets/other", True),
    ],
)
def test_the_last_pattern_decides_and_a_directory_takes_all_with_it(
    patterns: list[str], path: str, expected: bool
) -> None:
    assert matched(patterns, path) is expected


@pytest.mark.parametrize(
    "pattern",
    ["", "!", "/", "!/", "//", "# note", "a//b", "./a", "a/./b", "../a", "a/..", "~/x", "~", "a\\", "[[:alpha:]]"],
)
def test_what_could_never_match_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_glob(pattern)


def test_a_pattern_has_a_length_at_most() -> None:
    parse_glob("x" * MAX_PATTERN_CHARS)
    with pytest.raises(ValueError, match="longer"):
        parse_glob("x" * (MAX_PATTERN_CHARS + 1))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 100 + "b", "a" * 255),
        ("**/" + "a/**/" * 45 + "b", "a/" * 128 + "c"),
        ("**/" * 80 + "b", "a/" * 128 + "c"),
        ("[ab]*" * 45 + "c", "ab" * 120),
        ("?*" * 100 + "b", "a" * 255),
    ],
)
def test_no_pattern_takes_forever(pattern: str, path: str) -> None:
    """Each of these takes minutes to ages as one backtracking expression, so an endless test is what a failure is."""
    assert matched([pattern], path) is False


NAMES = st.text("ab.*", min_size=1, max_size=4).filter(lambda name: name not in (".", "..") and "**" not in name)
WORDS = st.text("ab.*?", min_size=1, max_size=4) | st.just("**") | st.sampled_from(["[ab]", "[!a]*", "a[b-z]", "*[.]b"])
PATTERNS = st.builds(
    lambda mark, top, words, end: mark + top + "/".join(words) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/"]),
    st.lists(WORDS, min_size=1, max_size=4),
    st.sampled_from(["", "", "/"]),
)


@settings(max_examples=150)
@given(PATTERNS, st.lists(NAMES, min_size=1, max_size=5))
def test_one_pattern_is_read_as_pathspec_reads_it(pattern: str, names: list[str]) -> None:
    # Alone, a pattern that takes back does nothing. Of what ends in `**/` git takes directories only, as here;
    # pathspec takes files as well.
    assume(not pattern.startswith("!") and not pattern.endswith("**/"))
    try:
        glob = parse_glob(pattern)
    except ValueError:
        assume(False)
    spec = pathspec.GitIgnoreSpec.from_lines([pattern])
    assert is_matched([glob], names) is spec.match_file("/".join(names))


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=8), max_size=5))
def test_any_pattern_is_read_or_refused_with_a_reason(pattern: str, names: list[str]) -> None:
    try:
        glob = parse_glob(pattern)
    except ValueError as error:
        assert str(error)
    else:
        is_matched([glob], names)


@given(st.text(string.ascii_letters + ".-_ é", min_size=1, max_size=12))
def test_plain_text_matches_itself(name: str) -> None:
    assume(name not in (".", ".."))
    assert matched([name], name)
    assert not matched([name], name + "x")
