"""The function or class around a line, in many languages."""

from __future__ import annotations

import pytest

from tierlsp.actions.enclosing import definitions_around
from tierlsp.actions.scope import definitions_in
from tierlsp.actions.types import Document
from tierlsp.routing.facts import Scope
from tierlsp.text.languages import language_of

CASES = {
    "python": """\
x = 1

⟦@cache
def f(
    a,
):
    if a:
        return █1
    return 2⟧


def g():
    pass
""",
    "rust": """\
use x;

⟦/// doc
#[inline]
pub fn foo(
    a: i32,
) -> i32 {
    if a > 0 {
        █1
    } else {
        2
    }
}⟧

fn b() {}
""",
    "c": """\
int x;
⟦static int main(int a)
{
    for (;;) {
        f(a);█
    }
    return 0;
}⟧
int y(void) { return 1; }
""",
    "javascript": """\
⟦const a = (x) => {
  return x.map((y) => {
    return y█
  })
}⟧

class A {
}
""",
    "typescript": """\
class A {
⟦  private async m<T>(q: T): Promise<T> {
    if (q) {
      █z()
    }
  }⟧

  n() {}
}
""",
    "go": """\
⟦func (s *S) Foo(a int) error {
\tif a {
\t\treturn nil█
\t}
\treturn nil
}⟧

func b() {}
""",
    "lua": """\
⟦local function f(a)
  if a then
    b()█
  end
end⟧
f()
""",
    "ruby": """\
class A
⟦  def b(c)
    if c
      █1
    end
  end⟧

  def d
  end
end
""",
    "haskell": """\
area :: Int -> Int
⟦area r =
  let x = r
  in █x * 2⟧

other = 3
""",
    "java": """\
public class A {
⟦    @Override
    public String foo(int a)
            throws X {
        return █"a";
    }⟧
}
""",
    "elixir": """\
defmodule A do
⟦  def f(x) do
    █x
  end⟧
end
""",
    "php": """\
<?php
⟦function f($a) {
    return █$a;
}⟧
""",
    "swift": """\
⟦func f(a: Int) -> Int {
    return █a
}⟧
""",
    "kotlin": """\
⟦fun f(a: Int): Int {
    return █a
}⟧
""",
    "zig": """\
⟦pub fn f(a: i32) i32 {
    return █a;
}⟧
""",
    "cpp": """\
⟦void Foo::bar(int a) {
    x();█
}⟧

void other() {}
""",
}


def parts_of(source: str) -> tuple[list[str], int, int, int]:
    """Return the lines, the cursor's line, and the first and end line of what is expected."""
    lines = source.split("\n")
    cursor = next(number for number, line in enumerate(lines) if "█" in line)
    first = next(number for number, line in enumerate(lines) if "⟦" in line)
    end = next(number for number, line in enumerate(lines) if "⟧" in line) + 1
    return [line.replace("█", "").replace("⟦", "").replace("⟧", "") for line in lines], cursor, first, end


@pytest.mark.parametrize("language", CASES)
def test_the_function_around_a_line(language: str) -> None:
    lines, cursor, first, end = parts_of(CASES[language])
    found = next(iter(definitions_around(lines, cursor, cursor + 1, language_of(language))))
    assert (found.first, found.end, found.scope) == (first, end, Scope.SYMBOL)


@pytest.mark.parametrize("language", CASES)
def test_every_line_of_a_function_is_in_it(language: str) -> None:
    lines, _, first, end = parts_of(CASES[language])
    for line in range(first, end):
        found = [(each.first, each.end) for each in definitions_around(lines, line, line + 1, language_of(language))]
        if lines[line].strip() in ("}", "end", "{", ")", ") -> i32 {", "):") or language == "haskell":
            continue
        assert (first, end) in found, f"line {line}: {lines[line]!r}"


def test_classes_are_found_around_functions() -> None:
    source = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n\n\nx = 1"
    document = Document("file:///a.py", None, "python", 1, tuple(source.split("\n")))
    found = list(definitions_in(document, 2, 3))
    assert [(each.first, each.end, each.scope) for each in found] == [(1, 3, Scope.SYMBOL), (0, 6, Scope.CLASS)]
    both = list(definitions_in(document, 2, 6))
    assert [(each.first, each.end) for each in both] == [(0, 6)]


def test_python_that_cannot_be_parsed_is_told_by_its_indentation() -> None:
    document = Document("file:///a.py", None, "python", 1, ("def f(a):", "    x = (", "    return a", "", "y = 1"))
    assert [(each.first, each.end) for each in definitions_in(document, 2, 3)] == [(0, 3)]


def test_nothing_around_lines_at_the_margin() -> None:
    assert list(definitions_around(["x = 1", "y = 2"], 1, 2, language_of("python"))) == []
    assert list(definitions_around([], 0, 1, language_of("python"))) == []
    assert list(definitions_around(["if (a) {", "  b();", "}"], 1, 2, language_of("javascript"))) == []
