"""What an answer must pass before it becomes an edit."""

from __future__ import annotations

import builtins
import tomllib
from pathlib import Path

import pytest

from tests.unit.actions.runs import document_of, problem
from tierlsp.actions.hidden import hidden_in, introduced, lines_with_hidden
from tierlsp.actions.job import Job
from tierlsp.actions.reading import Rewrite
from tierlsp.actions.scope import Target
from tierlsp.actions.shape import shape_mistake
from tierlsp.actions.syntax import _GRAMMARS, MOST_CHARS, Region, check_syntax, grammar_for
from tierlsp.actions.types import ActionRequest, Place, Span
from tierlsp.actions.verify import Check, verify
from tierlsp.routing.facts import Kind, Scope
from tierlsp.text.languages import language_of

LEFT_OUT = [
    "# ... rest of the code", "# ...", "// ... existing code ...",
    "// rest of the function unchanged", "...rest unchanged",
    "/* rest of the file remains the same */", "-- rest of the code here", "<!-- existing code -->", "# …", "…",
    "# The rest of the code stays the same", "// previous code omitted for brevity", "# same code as above", "[...]",
    "// other methods remain unchanged", "# (remaining code unchanged)", "; rest of code", "// unchanged code above",
]  # fmt: skip

CODE = [
    "    ...", "x[...]", "# loops over the rest", "# all other names", "f(...args)", "const {a, ...rest} = b;",
    "# the same as in `load`", "// existing rows come first", "case ...:", "return [...a, ...b];", "# Sure enough",
    "here = is_code(lines)", "=" * 20, "# ----", "i_have_fixed = 1", "<T>", "--flag",
]  # fmt: skip


@pytest.mark.parametrize("line", LEFT_OUT)
def test_words_in_place_of_code_are_seen(line: str) -> None:
    assert shape_mistake(["a"], ["b", line], language_of("python")), line
    assert shape_mistake(["a", line], ["b", line], language_of("python")) is None, "it stood there before"


@pytest.mark.parametrize("line", CODE)
def test_code_is_not_taken_for_such_words(line: str) -> None:
    assert shape_mistake(["a"], ["b", line], language_of("python")) is None, line


@pytest.mark.parametrize("line", ["Here is the fixed code:", "Sure, this works", "```", "~~~", "</s>", "<|im_end|>"])
def test_words_around_code_are_seen_in_code_and_not_in_prose(line: str) -> None:
    assert shape_mistake(["a"], ["b", line], language_of("rust"))
    assert shape_mistake(["a"], ["b", line], language_of("markdown")) is None


@pytest.mark.parametrize("code", [0x202A, 0x202E, 0x2066, 0x2069, 0x200B, 0x200F, 0xE0001, 0xE007F, 0xFEFF, 0x1B, 0x9B])
def test_hidden_characters_may_stay_and_may_not_come(code: int) -> None:
    char = chr(code)
    assert introduced("a", f"a{char}") == [f"U+{code:04X}"]
    assert introduced(f"a{char}", f"b{char}") == []
    assert introduced(f"a{char}", f"b{char}{char}") == [f"U+{code:04X}"]


@pytest.mark.parametrize("text", ["שלום = 1", "مرحبا", "👩‍💻", "👨‍👩‍👧", "🏳️‍🌈", "é", "日本", "naïve", "\ta"])
def test_real_scripts_hide_nothing(text: str) -> None:
    assert not hidden_in(text)


def test_a_joiner_between_letters_hides() -> None:
    assert introduced("", "pass\u200dword") == ["U+200D"]
    assert lines_with_hidden(["\ufeffa", "b\u202e", "c"]) == [1]


def job_of(text: str, first: int, end: int, language: str = "python", **changes) -> Job:
    span = Span(Place(first, 0), Place(first, 0))
    request = ActionRequest("", Kind.FIX, document_of(text, language), span, None, **changes)
    return Job(request, Target(Scope.SELECTION, first, end))


def test_only_the_lines_and_the_imports_change() -> None:
    """**Law:** an edit changes only the lines that were asked about, and the imports."""
    job = job_of("import os\n\na = 1\nb = 2\nc = 3", 3, 4)
    found = verify(job, Rewrite(("b = pi",), ("from math import pi",)))
    assert found.failed is None
    assert found.lines == ("import os", "from math import pi", "", "a = 1", "b = pi", "c = 3")
    assert [verdict.check for verdict in found.verdicts] == list(Check)


def test_a_fix_that_is_only_an_import_passes() -> None:
    found = verify(job_of("a = pi", 0, 1), Rewrite(("a = pi",), ("from math import pi",)))
    assert found.failed is None
    assert found.lines == ("from math import pi", "", "a = pi")


def test_imports_inside_of_the_lines_that_change() -> None:
    found = verify(job_of("import os\na = pi", 0, 2), Rewrite(("import os", "a = pi + 0"), ("from math import pi",)))
    assert found.lines == ("import os", "from math import pi", "a = pi + 0")


@pytest.mark.parametrize(
    "statement",
    ["import os; x()", "x()", "from __future__ import annotations", "import a\nb()", "import", "# import a"],
)
def test_what_is_no_import_is_not_added(statement: str) -> None:
    found = verify(job_of("a = 1", 0, 1), Rewrite(("a = 2",), (statement,)))
    assert found.failed is not None and found.failed.check is Check.SHAPE


def test_hidden_characters_in_an_import_are_seen() -> None:
    found = verify(job_of("a = 1", 0, 1, "javascript"), Rewrite(("a = 2",), ('import { a } from "./a\u200b";',)))
    assert found.failed is not None


def test_every_verdict_is_one_sentence() -> None:
    for new in ("a = 2", "", "a = (", "# ... rest of the code", "a\u202e = 1"):
        for verdict in verify(job_of("a = 1", 0, 1), Rewrite((new,))).verdicts:
            assert verdict.text and "\n" not in verdict.text and not verdict.text.endswith(".")


@pytest.mark.parametrize(
    ("language", "old", "new", "name"),
    [
        ("python", "def f(a):\n    return 1", "def f(a, b):\n    return 1", "f"),
        (
            "python",
            "class A:\n    def m(self):\n        return 1",
            "class A:\n    def m(self, x):\n        return 1",
            "A.m",
        ),
        ("rust", "pub fn f(a: i32) -> i32 {\n    a\n}", "pub fn f(a: i64) -> i32 {\n    a\n}", "f"),
        ("go", "func F(a int) {\n\tx()\n}", "func F(a int, b int) {\n\tx()\n}", "F"),
        ("go", "type A interface {\n\tF(a int) error\n}", "type A interface {\n\tF(a string) error\n}", "F"),
        ("cpp", "A::A(int a)\n    : b(a)\n{\n}", "A::A(int a, int c)\n    : b(a)\n{\n}", "A::A"),
        ("typescript", "export function f(a: A) {\n  x();\n}", "export function g(a: A) {\n  x();\n}", "f"),
    ],
)
def test_public_signatures_are_kept_unless_asked(language: str, old: str, new: str, name: str) -> None:
    lines = tuple(new.split("\n"))
    count = old.count("\n") + 1
    failed = verify(job_of(old, 0, count, language), Rewrite(lines)).failed
    assert failed is not None and failed.check is Check.SCOPE and name in failed.text
    assert verify(job_of(old, 0, count, language, instruction="change it"), Rewrite(lines)).failed is None
    line = next(at for at, text in enumerate(old.split("\n")) if f"{name.rpartition('.')[2]}(" in text)
    assert verify(job_of(old, 0, count, language, diagnostics=(problem(line),)), Rewrite(lines)).failed is None


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("python", "def _f(a):\n    return 1", "def _f(a, b):\n    return 1"),
        ("rust", "fn f(a: i32) {\n}", "fn f(a: i64) {\n}"),
        ("go", "func f(a int) {\n}", "func f(a int, b int) {\n}"),
        ("python", "def f( a ):\n    return 1", "def f(a):\n    return 2"),
    ],
)
def test_what_only_this_code_uses_may_change(language: str, old: str, new: str) -> None:
    assert verify(job_of(old, 0, old.count("\n") + 1, language), Rewrite(tuple(new.split("\n")))).failed is None


@pytest.mark.parametrize(
    ("language", "old", "new", "line"),
    [
        # A call on a line of its own is no definition, in languages without semicolons either.
        ("go", "func F(a []int) {\n\tappend(a, 1)\n}", "func G(a []int) {\n\ta = append(a, 1)\n}", 1),
        (
            "javascript",
            "export function f(a) {\n  run((b) => {\n    b;\n  })\n}",
            "export function g(a) {\n  x()\n}",
            1,
        ),
        ("python", "def f(a):\n    def _g():\n        x\n    return _g", "def f(a, b):\n    return 1", 1),
        (
            "python",
            "class A:\n    def m(self): x\n    def n(self): y",
            "class A:\n    def m(self): x\n    def o(self): y",
            1,
        ),
    ],
)
def test_a_problem_elsewhere_leaves_a_signature_as_it_is(language: str, old: str, new: str, line: int) -> None:
    job = job_of(old, 0, old.count("\n") + 1, language, diagnostics=(problem(line),))
    failed = verify(job, Rewrite(tuple(new.split("\n")))).failed
    assert failed is not None and failed.check is Check.SCOPE


@pytest.mark.parametrize(("language", "head"), [("go", "func f(a []int) {"), ("kotlin", "fun f(a: Int) {")])
def test_a_call_on_a_line_of_its_own_may_be_mended(language: str, head: str) -> None:
    old, new = f"{head}\n\tRefresh(a)\n}}", f"{head}\n\tRefresh(a, 1)\n}}"
    assert verify(job_of(old, 0, 3, language), Rewrite(tuple(new.split("\n")))).failed is None


def syntax(language: str, old: str, new: str, region: Region | None = None):
    before, after = old.split("\n"), new.split("\n")
    return check_syntax(before, after, region or Region(0, len(before), len(after)), language)


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("python", "x = 1", "x = ("),
        ("json", '{"a": 1}', '{"a": 1,}'),
        ("toml", "a = 1", "a = "),
        ("javascript", "f(1);", "f(1;"),
        ("rust", "fn f() { a() }", "fn f() { a( }"),
        ("go", "func f() { g(`a`) }", "func f() { g(`a) }"),
        ("c", "/* a */ int a;", "/* a  int a;"),
    ],
)
def test_a_new_mistake_is_seen(language: str, good: str, bad: str) -> None:
    assert syntax(language, good, good.replace("a", "b")).passed
    assert not syntax(language, good, bad).passed
    assert syntax(language, bad, good).passed


def test_a_mistake_that_the_grammar_does_not_show_is_one_all_the_same() -> None:
    """The end of a statement is a token that the tree of Go hides."""
    old = "package a\n\nvar x int\n\nvar y int\n"
    new = "package a\n\nvar x int var z int\n\nvar y int\n"
    assert not syntax("go", old, new, Region(2, 3, 3)).passed
    assert syntax("go", new, old, Region(2, 3, 3)).passed
    # A file need not end with a line end.
    assert syntax("go", "package a\n\nvar x int", "package a\n\nvar y int").passed


def test_fewer_mistakes_than_before_are_still_mistakes() -> None:
    old, new = "f(1;\ng(2;\n", "f(1);\ng(2;\n"
    assert not syntax("javascript", old, new, Region(0, 2, 2)).passed
    assert syntax("javascript", old, new, Region(0, 1, 1)).passed


def test_the_extra_brings_the_grammar_of_every_language_that_has_one() -> None:
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    extra = tomllib.loads(text)["project"]["optional-dependencies"]["grammars"]
    brought = {each.partition(">")[0].replace("-", "_") for each in extra}
    assert brought == {"tree_sitter", *(package for package, _ in _GRAMMARS.values())}


def test_what_cannot_be_checked_is_told_as_such() -> None:
    assert "no grammar of zig is installed" in syntax("zig", "f()", "g()").text
    assert "not checked" in syntax("shellscript", "a", "b").text
    long = "x = 1\n" * (MOST_CHARS // 6 + 1)
    assert "the file is long" in syntax("python", long, long + "y = 2").text


def test_without_tree_sitter_brackets_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: object, **more: object) -> object:
        if name == "tree_sitter":
            raise ImportError(name)
        return real(name, *rest, **more)

    assert grammar_for("javascript") is not None
    monkeypatch.setattr(builtins, "__import__", missing)
    assert grammar_for("javascript") is None
    assert not syntax("javascript", "f(1);", "f(1;").passed


def test_a_mistake_elsewhere_does_not_stand_in_the_way_and_a_second_one_does() -> None:
    old = "a = 1\nb = 2\nc = (\n"
    assert syntax("python", old, "a = 1\nb = 3\nc = (\n", Region(1, 2, 2)).passed
    assert not syntax("python", old, "a = 1\nb = )\nc = (\n", Region(1, 2, 2)).passed
    assert syntax("python", "a = )\nb = (\n", "a = 1\nb = (\n", Region(0, 1, 1)).passed


@pytest.mark.parametrize("text", ["(" * 3000, "[" * 100_000, "\0", "x = '\\ud800'", "-" * 5000 + "1"])
def test_text_made_to_break_parsers_breaks_nothing(text: str) -> None:
    for language in ("python", "json", "toml", "javascript", "rust"):
        syntax(language, "a", text)
