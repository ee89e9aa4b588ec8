"""Brackets are found in code, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.text.brackets import CODE, Mode, is_only, scan, unmatched
from tierlsp.text.languages import LANGUAGES, language_of


def found(text: str, language: str, mode: Mode = CODE) -> str:
    return "".join(char for _, char in scan(text, language_of(language), mode).brackets)


@pytest.mark.parametrize(
    ("language", "text", "brackets"),
    [
        ("python", "f(a[0], {b})", "([]{})"),
        ("python", "f('(', \")\")", "()"),
        ("python", "f('\\'(')", "()"),
        ("python", "f()  # :)", "()"),
        ("python", '"""\n(\n""" [', "["),
        ("python", "'it is open (\n)", ")"),
        ("python", "raise Error('a (\nf[0]\n'b'", "([]"),
        ("python", "f('a \\\n(') (", "()("),
        ("typescript", "`${a(\n)}` (", "("),
        ("typescript", "a // (\n(", "("),
        ("typescript", "a /* (\n( */ (", "("),
        ("rust", "fn f<'a>(x: &'a str) { '(' }", "(){}"),
        ("rust", "'\\'' (", "("),
        ("c", "putchar('\\x28'); (", "();(".replace(";", "")),
        ("lua", "-- (\n--[[ (\n( ]] (", "("),
        ("lua", "[[ ( ]] (", "("),
        ("shellscript", "echo ${#a} # (", "{}"),
        ("sql", "select (1) -- (", "()"),
        ("html", "it's (fine", "("),
        ("unknown", "it's (fine) // (", "()"),
    ],
)
def test_strings_and_comments_have_no_brackets(language: str, text: str, brackets: str) -> None:
    assert found(text, language) == brackets


@pytest.mark.parametrize(
    ("text", "end", "is_comment"),
    [("f(", "", False), ("'a", "'", False), ("# a", "\n", True), ('"""a\n', '"""', False), ("'a\n", "", False)],
)
def test_the_end_of_the_text_is_known(text: str, end: str, is_comment: bool) -> None:
    mode = scan(text, language_of("python")).mode
    assert (mode.end, mode.is_comment) == (end, is_comment)


def test_a_text_can_begin_in_a_string() -> None:
    mode = scan('print("', language_of("python")).mode
    assert found('(") (', "python", mode) == ")("


def test_partners_outside_are_told_from_those_inside() -> None:
    found = unmatched("a) [b] {c (", language_of("python"))
    assert found.closers == ((1, ")"),)
    assert [char for _, char in found.openers] == ["{", "("]


def test_a_string_left_open_leaves_the_bracket_before_it_open() -> None:
    found = unmatched("raise Error('a)\nf()\n", language_of("python"))
    assert (found.closers, found.openers, found.mode) == ((), ((11, "("),), CODE)


def test_a_slip_of_the_pen_settles_nothing_and_closes_nothing() -> None:
    found = unmatched("f(a] b)", language_of("python"))
    assert not found.closers
    assert not found.openers


def test_only_means_all_and_at_least_one() -> None:
    assert is_only(" ) ;", ");")
    assert not is_only("  ", ");")
    assert not is_only(")x", ");")


@given(st.text(alphabet="ab()[]{}\"'`#/*-\\\n <>", max_size=60), st.sampled_from(sorted(LANGUAGES)), st.data())
def test_what_is_found_in_a_text_is_found_in_every_longer_one(text: str, language: str, data: st.DataObject) -> None:
    """Only the bracket at the very end may yet become a character or a comment's mark."""
    length = data.draw(st.integers(0, len(text)))
    early = [bracket for bracket in scan(text[:length], language_of(language)).brackets if bracket[0] < length - 1]
    late = scan(text, language_of(language)).brackets
    assert early == [bracket for bracket in late if bracket[0] < length - 1]
