"""Texts as models write them, good and bad, and places to write them into: strategies for the property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from tierlsp.completion.site import Site
from tierlsp.text.cursor import cursor_in
from tierlsp.text.languages import LANGUAGES

PIECES = (
    "a",
    "b",
    "foo",
    "bar",
    "self",
    "self.",
    "x1",
    "0, ",
    "return ",
    "return x",
    "if x:",
    "if (x) {",
    "else:",
    "} else {",
    "end",
    "then",
    "do",
    "def f():",
    "class A:",
    "foo(",
    "foo(a, b)",
    "vec![",
    "Vec<String>",
    "</div>",
    "<div>",
    "std::",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "});",
    ",",
    ";",
    ":",
    ".",
    "=",
    "==",
    "+",
    '"',
    "'",
    "`",
    '"""',
    "\\",
    "#",
    "//",
    "--",
    "/*",
    "*/",
    " ",
    "  ",
    "    ",
    "\t",
    "\n",
    "\n",
    "\n",
    "\n    ",
    "\n        ",
    "\n  ",
    "\n\t",
    "\n\n",
    "\r",
    "\r\n",
    "<",
    "<|",
    "<|im_end|>",
    "<|fim_",
    "</s>",
    "<s>",
    "<EOT>",
    "[PREFIX]",
    "[SUF",
    "<fim",
    "<｜",
    "\n+++++ a.py",
    "+++",
    "```",
    "```python\n",
    "\n```",
    "``",
    "<think>",
    "</think>",
    "<thi",
    "Here is the code:\n",
    "Here is",
    "Sure!",
    "S",
    "\n\nThis code returns x.",
    "# a/b.py\n",
    "// src/a.ts\n",
    "#\n",
    "<!-- a/b.html -->\n",
    "foo(a, b)\n    bar(c, d)\n    ",
    "total += value\n",
    "    return total\n",
    "very very very very very very ",
    "日本",
    "é",
    "😀",
    "\u2028",
    "\x0c",
    "\x00",
)
"""What the filters look for, its beginnings, and what looks like it."""

LINES = (
    "",
    "    ",
    "x = 1",
    "    x = 1",
    "        y = foo(x, b)",
    "total += value",
    "    return total",
    "    total = foo(a, [b, 'c'])",
    "return x",
    "foo(a, b)",
    "bar(c, d)",
    "  foo(a, b);",
    "  b: 1",
    "if x:",
    "    else:",
    "        else:",
    "if (x) {",
    "}",
    "  });",
    "    end",
    "end",
    "<div>",
    "</div>",
    "# a note",
    "self.total = self.total + very very very very very",
)
"""Lines as they stand in the documents, above and below and elsewhere, so that what is written is many whole lines."""

_pieces = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)

_lines = st.lists(st.sampled_from(LINES), min_size=2, max_size=8).map("\n".join)

texts = st.one_of(_pieces, _lines, st.tuples(_pieces, _lines).map("\n".join), st.tuples(_lines, _pieces).map("".join))

DOCUMENTS = (
    "█",
    "x = █\n",
    "def f():\n    █\n    return total\n",
    "def f():\n    total += value\n    return █",
    "class A:\n    def f(self):\n        if x:\n            █\n        else:\n            return x\n",
    "foo(█)\n",
    "foo(a, █, b)\nfoo(a, b)\n",
    'print("█")\n',
    "if (x) {\n    foo(a, b);\n    █\n}\n",
    "app.get(function () {\n  █\n});\n",
    "foo(\n    a,\n    █\n\nbar\n",
    "<div>\n  █\n</div>\n",
    "local function f()\n  if x then█\nend\n",
    "a:\n  b: 1\n  █\n  return: x\n",
    "# foo █\nbar\n",
    '"""\n█\n"""\n',
    "x = [█]  # ]\n",
    "    return x\n    return x\n    █",
    "foo(a, b)\nbar(c, d)\n█foo\n",
    "let x: Vec<█> = a;\n",
    "x = █, b)\n",
    "return foo(a, █ + b;\n",
)

LANGUAGE_IDS = ("", "unknown", "typescriptreact", *sorted(LANGUAGES))


@st.composite
def sites(draw: st.DrawFn) -> Site:
    """A cursor in one of the documents, or in one that is put together like the texts; one line or several."""
    document = draw(st.one_of(st.sampled_from(DOCUMENTS), st.tuples(_pieces, _pieces).map("█".join)))
    before, _, after = document.partition("█")
    lines = (before + after).replace("\r", "").split("\n")
    before = before.replace("\r", "")
    cursor = cursor_in(
        lines,
        before.count("\n"),
        len(before.rpartition("\n")[2]),
        uri="file:///work/a/b.py",
        language=draw(st.sampled_from(LANGUAGE_IDS)),
    )
    return Site(cursor, draw(st.booleans()))
