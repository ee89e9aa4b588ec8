"""How blocks begin, go on and end, in many languages."""

from __future__ import annotations

import pytest

from tierlsp.text.blocks import can_be_continued, code_of, continues_block, ends_block, opens_block
from tierlsp.text.languages import language_of


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("python", "    def f(self):  # the first"),
        ("python", "x = ["),
        ("python", ") -> int:"),
        ("typescript", "const f = () =>"),
        ("typescript", "foo(function () {"),
        ("rust", "    Some(x) =>"),
        ("go", "\tcase 1:"),
        ("c", "} else"),
        ("cpp", "public:"),
        ("lua", "if a then"),
        ("lua", "local f = function(a, b)"),
        ("ruby", "items.each do |item|"),
        ("ruby", "def f"),
        ("elixir", "def f(x) do"),
        ("shellscript", "for i in *; do"),
        ("yaml", "key:"),
        ("yaml", "text: |"),
        ("html", '<div class="a">'),
        ("sql", "BEGIN"),
        ("haskell", "main = do"),
        ("makefile", "all: build".replace(" build", "")),
        ("vim", "function! F() abort"),
        ("unknown", "begin"),
    ],
)
def test_a_line_that_opens_a_block_is_known(language: str, line: str) -> None:
    assert opens_block(line, language_of(language))


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("python", ""),
        ("python", "# if x:"),
        ("python", "x: int"),
        ("python", "f = lambda x:"),
        ("python", "s = 'if x:'"),
        ("typescript", "foo();"),
        ("html", "<br>"),
        ("html", "<img/>"),
        ("html", "</div>"),
        ("lua", "f(x)"),
        ("yaml", "key: value"),
        ("markdown", "Note:"),
    ],
)
def test_other_lines_open_nothing(language: str, line: str) -> None:
    assert not opens_block(line, language_of(language))


@pytest.mark.parametrize(
    ("language", "line", "ends"),
    [
        ("c", "  }", True),
        ("typescript", "});", True),
        ("typescript", "}, [a]);", False),
        ("typescript", "} else {", False),
        ("lua", "end,", True),
        ("lua", "end)", True),
        ("lua", "ending()", False),
        ("html", "</div>", True),
        ("shellscript", "fi", True),
        ("python", ")", True),
        ("python", "end", False),
        ("unknown", "end = 5", False),
    ],
)
def test_a_line_that_does_nothing_but_end_a_block_is_known(language: str, line: str, ends: bool) -> None:
    assert ends_block(line, language_of(language)) is ends


@pytest.mark.parametrize(
    ("language", "line", "continues"),
    [
        ("python", "else:", True),
        ("python", "elif x:", True),
        ("python", "elsewhere()", False),
        ("c", "} else {", True),
        ("c", "}", False),
        ("typescript", "} catch (error) {", True),
        ("cpp", "public:", True),
        ("cpp", "public int x;", False),
        ("lua", "elseif x then", True),
        ("ruby", "rescue Error", True),
    ],
)
def test_a_line_that_carries_a_block_on_is_known(language: str, line: str, continues: bool) -> None:
    assert continues_block(line, language_of(language)) is continues


def test_only_some_blocks_have_an_else() -> None:
    python = language_of("python")
    assert can_be_continued("    for a in b:", "    else:", python)
    assert not can_be_continued("def f():", "else:", python)
    assert can_be_continued("anything", "} else {", language_of("c"))


@pytest.mark.parametrize(
    ("language", "opener", "line", "can"),
    [
        ("c", "    } else {", "    } else {", False),
        ("c", "    } else {", "    } else if (a) {", False),
        ("c", "    } else if (a) {", "    } else {", True),
        ("python", "else:", "elif a:", False),
        ("python", "else:", "finally:", True),
        ("lua", "else", "elseif a then", False),
        ("lua", "elseif a then", "else", True),
        ("c", "else_value = 1;", "} else {", True),
    ],
)
def test_nothing_branches_off_after_the_last_branch(language: str, opener: str, line: str, can: bool) -> None:
    assert can_be_continued(opener, line, language_of(language)) is can


def test_a_comment_is_no_code() -> None:
    assert code_of("  a = '#'  # b", language_of("python")) == "a = '#'"
    assert code_of("// only", language_of("c")) == ""
