"""Which closing brackets are wanted at a cursor: those that are open and that nothing behind it closes."""

from __future__ import annotations

import pytest

from tests.fixture import at
from tierlsp.text.cursor import WINDOW_BELOW
from tierlsp.text.nesting import Wanted, wanted_closers


@pytest.mark.parametrize(
    ("source", "closers"),
    [
        # On the line.
        ("f(█", ")"),
        ("f(█)", ""),
        ("f(g(█)", ")"),
        ("f(g(█))", ""),
        ("f([{█", "}])"),
        ("f(')', █", ")"),
        ("f(a)█", ""),
        # Closed by the lines below.
        ("f(█\n)", ""),
        ("f({█\n})", ""),
        ("f(g(█)\n)", ""),
        ("f(█\n    a, b)\nc", ""),
        # In a string that ends right of the cursor, or is still to be ended.
        ("f('a█')", ""),
        ("f(g('a█')", ")"),
        ("f('a█ (b)')", ""),
        ("f('a█, b)", ""),
        ("f('a█' + ')'", ")"),
        # A string left open ends with its line, and the bracket before it stays open.
        ("raise Error('a█\nb = 1", ")"),
        ("raise Error('a\n█", ")"),
        ("raise Error('a)\n    █\nb = f(1)", ")"),
        ("raise Error('a\n    b(█\n", "))"),
        ("raise Error('a\n)\nf(█", ")"),
        # The line below closes something further out.
        ("    f(█\n)", ")"),
        ("f(█\ng()", ")"),
        # Opened above.
        ("f(\n    a,\n    █", ")"),
        ("f(\n    a,\n    █\n)", ""),
        ("f(\n    a,\n    █\n\ng()", ")"),
        ("f(\n    a,\n    █)", ""),
        ("def f():\n    if (a and\n            b█\n", ")"),
    ],
)
def test_python(source: str, closers: str) -> None:
    assert wanted_closers(at(source)).closers == closers


@pytest.mark.parametrize(
    ("source", "closers"),
    [
        ("class A {\n  f() {\n    █\n}", "}"),
        ("class A {\n  f() {\n    █\n  }\n}", ""),
        ("class A {\n  f() {\n    if (x) {\n      █\n  }\n}", "}"),
        ("class A {\n  f() {\n    █", "}}"),
        ("f(() => {\n  █\n});", ""),
        ("f(() => {\n  █\n", "})"),
        ("f(() => {\n  g();\n█\n});", ""),
        ("f();\n█", ""),
        # What is closed above is not open.
        ("f(() => {\n});\ng({\n  █", "})"),
        # A string left open, in a block.
        ("f(() => {\n  throw Error('a█\n});", ")"),
        ("f(() => {\n  throw Error('a\n  g(█\n});", "))"),
        ("f(`a${█}`)", ""),
    ],
)
def test_javascript(source: str, closers: str) -> None:
    assert wanted_closers(at(source, language="javascript")).closers == closers


def test_the_end_of_a_block_by_a_word_is_the_start_of_a_line_too() -> None:
    source = "autocmd(function(█)\n  f()\nend)"
    assert wanted_closers(at(source, language="lua")) == Wanted("", is_all=True)


def test_where_brackets_need_no_partner_only_those_of_the_line_count() -> None:
    assert wanted_closers(at("case x in\n  █\nesac", language="shellscript")) == Wanted("", is_all=False)
    assert wanted_closers(at("echo $(ls █)", language="shellscript")) == Wanted("", is_all=True)


def test_beyond_the_lines_at_hand_nothing_is_claimed() -> None:
    below = "\nf()" * (WINDOW_BELOW + 1)
    assert wanted_closers(at(f"g(\n    █{below}")).is_all is False
    assert wanted_closers(at("    f()\n" * 500 + "    █")).is_all is False
