"""What others can use of some code, and where imports go."""

from __future__ import annotations

import pytest

from tierlsp.actions.edits import lines_after
from tierlsp.actions.imports import adding, can_add_imports, import_lines, is_import
from tierlsp.actions.names import count_public_names


@pytest.mark.parametrize(
    ("language", "code", "count"),
    [
        (
            "python",
            "def f():\n    def g():\n        x\n\ndef _h():\n    x\n\nclass A:\n    def m(self):\n        x",
            3,
        ),
        ("rust", "pub fn a() {\n}\nfn b() {\n}\npub struct C {\n}", 2),
        ("go", "func A() {\n}\n\nfunc b() {\n}\n\nfunc (s *S) C() {\n}", 2),
        ("typescript", "export function a() {\n}\nfunction b() {\n}\nexport class C {\n}", 2),
        ("java", "public class A {\n    public void b() {\n    }\n    private void c() {\n    }\n}", 2),
        ("c", "int a(void)\n{\n}\nstatic int b(void)\n{\n}", 1),
        ("elixir", "def a(x) do\nend\ndefp b(x) do\nend", 1),
        ("python", "x = 1\nif x:\n    print(x)", 0),
        ("", "anything", 0),
    ],
)
def test_public_names_are_counted(language: str, code: str, count: int) -> None:
    assert count_public_names(code.split("\n"), language) == count


@pytest.mark.parametrize(
    ("language", "statement"),
    [
        ("python", "import os"), ("python", "from a.b import c as d, e"), ("javascript", "import a from 'a';"),
        ("typescript", 'import type { A } from "./a"'),
        ("javascript", "const a = require('a');"), ("go", 'import "fmt"'),
        ("rust", "use std::fmt::{self, Debug};"), ("java", "import static a.b.C.*;"), ("c", "#include <stdio.h>"),
        ("csharp", "using System.Linq;"), ("kotlin", "import a.b.C"), ("haskell", "import qualified Data.Map as M"),
    ],
)  # fmt: skip
def test_imports_are_known(language: str, statement: str) -> None:
    assert can_add_imports(language) and is_import(statement, language)


@pytest.mark.parametrize(
    ("language", "statement"),
    [
        ("python", "import os, sys; x()"), ("javascript", "import('a')"), ("javascript", "import a from 'a'; evil()"),
        ("rust", "use a; fn b() {}"), ("java", "import a.b; class C {}"), ("c", "#include <a>\nint x;"),
        ("go", 'import "a"; func init() {}'), ("unknown", "import a"), ("javascript", "const a = b();"),
        ("c", '#include "a" int x'), ("python", "import " + "a" * 400),
    ],
)  # fmt: skip
def test_what_only_begins_like_an_import_is_none(language: str, statement: str) -> None:
    assert not is_import(statement, language)


@pytest.mark.parametrize(
    ("language", "before", "statement", "after"),
    [
        ("python", "import os\n\nx = 1", "import sys", "import os\nimport sys\n\nx = 1"),
        ("python", "from a import (\n    b,\n    c,\n)\n\nx",
         "import d", "from a import (\n    b,\n    c,\n)\nimport d\n\nx"),
        ("python", '"""Doc\n\nmore."""\nx = 1', "import d", '"""Doc\n\nmore."""\n\nimport d\n\nx = 1'),
        ("python", "#!/usr/bin/env python\n# (c)\n\nx = 1",
         "import d", "#!/usr/bin/env python\n# (c)\n\nimport d\n\n\nx = 1"),
        ("python", "x = 1", "import d", "import d\n\nx = 1"),
        ("javascript", "import {\n  a,\n} from 'a';\nx()", "import b from 'b';",
         "import {\n  a,\n} from 'a';\nimport b from 'b';\nx()"),
        ("java", "package a;\n\nclass B {}", "import c.D;", "package a;\n\nimport c.D;\n\nclass B {}"),
        ("rust", "//! Doc\n\nfn f() {}", "use a::B;", "//! Doc\n\nuse a::B;\n\nfn f() {}"),
        ("c", "/* a\n b */\nint x;", "#include <a.h>", "/* a\n b */\n\n#include <a.h>\n\nint x;"),
    ],
)  # fmt: skip
def test_where_an_import_goes(language: str, before: str, statement: str, after: str) -> None:
    lines = before.split("\n")
    change = adding(lines, (statement,), language)
    assert change is not None
    assert "\n".join(lines_after(lines, [change])).replace("\n\n\n", "\n\n") == after.replace("\n\n\n", "\n\n")


def test_what_is_there_is_not_added() -> None:
    assert adding(["import os", "x"], ("import os",), "python") is None
    assert import_lines(["import os", "x", "import y"], "python") == [0, 2]
