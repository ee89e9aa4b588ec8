"""What other files say of names: definitions, uses, tables; told in many languages, and the right one of several."""

from __future__ import annotations

from pathlib import Path

import pytest

from tierlsp.actions.excerpts import MEMBERS, PLACES, chosen, excerpts_of
from tierlsp.actions.import_paths import import_paths, is_imported
from tierlsp.actions.schema import tables_named
from tierlsp.actions.types import Document
from tierlsp.actions.workspace import Excerpt, Sort, Wanted, words_of
from tierlsp.text.language_ids import language_id_of


def document(name: str, text: str) -> Document:
    path = Path("/project") / name
    return Document(path.as_uri(), path, language_id_of(path.name), None, tuple(text.split("\n")))


def found(files: dict[str, str], wanted: Wanted) -> tuple[Excerpt, ...]:
    every = [each for name, text in files.items() for each in excerpts_of(document(name, text), name, wanted)]
    return chosen(every, wanted)


def defined(name: str, text: str, word: str, language: str) -> list[str]:
    wanted = Wanted(defined=(word,), language=language)
    return ["\n".join(each.lines) for each in found({name: text}, wanted)]


DEFINITIONS = {
    "python function": ("a.py", "import x\n\n@cached\ndef area(r):\n    return r\n", "python", "@cached\ndef area(r):"),
    "python constant": ("a.py", "area = 3\n", "python", "area = 3"),
    "python class": ("a.py", "class area(Base):\n    x: int\n", "python", "class area(Base):\n    x: int"),
    "python method": ("a.py", "class A:\n    async def area(self):\n        pass\n", "python", "async def area(self):"),
    "typescript": ("a.ts", "/** It. */\nexport function area(r) {\n  return r;\n}\n", "typescript", "/** It. */"),
    "typescript type": ("a.ts", "export type area = {\n  r: number;\n};\n", "typescript", "export type area = {"),
    "arrow in javascript": ("a.mjs", "export const area = (r) => {\n  return r;\n};\n", "javascript", "const area ="),
    "jsx from tsx": ("a.tsx", "export class area {\n}\n", "javascriptreact", "export class area {\n}"),
    "go method": ("a.go", "// area is it.\nfunc (c *C) area() int {\n\treturn 1\n}\n", "go", "// area is it.\nfunc (c"),
    "go type": ("a.go", "type area struct {\n\tr int\n}\n", "go", "type area struct {\n\tr int\n}"),
    "go constant": ("a.go", "const area = 1\n", "go", "const area = 1"),
    "rust": ("a.rs", "/// It.\n#[inline]\npub fn area(r: f64) -> f64 {\n    r\n}\n", "rust", "/// It.\n#[inline]"),
    "rust trait": ("a.rs", "pub trait area {\n    fn x(&self);\n}\n", "rust", "pub trait area {\n    fn x(&self);\n}"),
    "java": ("A.java", "class A {\n    int area(int r) {\n        return 1;\n    }\n}\n", "java", "int area(int r)"),
    "java from kotlin": ("A.java", "public record area(int r) {\n}\n", "kotlin", "public record area(int r)"),
    "c function": ("a.c", "static double area(const Circle *c)\n{\n    return 1;\n}\n", "c", "static double area("),
    "c prototype": ("a.h", "/* It. */\ndouble area(double r);\n", "c", "/* It. */\ndouble area(double r);"),
    "c macro": ("a.h", "#define area(r) ((r) * 3)\n", "c", "#define area(r) ((r) * 3)"),
    "c type": ("a.h", "typedef struct {\n    int r;\n} area;\n", "cpp", "typedef struct {\n    int r;\n} area;"),
    "c++ member": ("a.cpp", "double S::area() const {\n    return 1;\n}\n", "cpp", "double S::area() const {"),
    "c#": ("A.cs", "class A {\n    public int area(int r) {\n        return 1;\n    }\n}\n", "csharp", "int area("),
    "ruby": ("a.rb", "# It.\ndef area(r)\n  r\nend\n", "ruby", "# It.\ndef area(r)\n  r\nend"),
    "php": ("a.php", "<?php\nfunction area($r) {\n  return $r;\n}\n", "php", "function area($r) {"),
    "swift": ("a.swift", "public func area(r: Int) -> Int {\n  r\n}\n", "swift", "public func area(r: Int)"),
}  # fmt: skip


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_is_found_with_what_describes_it(name: str) -> None:
    file, text, language, wanted = DEFINITIONS[name]
    [shown] = defined(file, text, "area", language)
    assert wanted in shown


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("a.py", "x = area(1)\nareas = 2\nif area:\n    pass\n", "python"),
        ("a.py", "# def area(): no\n", "python"),
        ("a.ts", "import { area } from './b';\narea(1);\n", "typescript"),
        ("a.c", "int main(void)\n{\n    return area(1);\n}\n", "c"),
        ("a.md", "# area\n\ndef area(r):\n", "python"),
        ("a.rb", "def area(r)\nend\n", "python"),
        ("a.py", "def f():\n    if x:\n            def area():\n                pass\n", "python"),
    ],
)
def test_what_is_no_definition_for_this_code_is_not_found(name: str, text: str, language: str) -> None:
    assert defined(name, text, "area", language) == []


def test_of_a_long_function_the_signature_and_the_description_are_shown() -> None:
    text = 'def area(\n    r: float,\n) -> float:\n    """Return it.\n\n    In metres.\n    """\n' + "    x = 1\n" * 20
    [shown] = defined("a.py", text, "area", "python")
    assert "-> float:" in shown and "In metres." in shown and "x = 1" not in shown


def test_of_a_long_class_the_members_are_shown() -> None:
    methods = "".join(f"    def m{number}(self) -> int:\n        return {number}\n\n" for number in range(40))
    [shown] = defined("a.py", f'class area:\n    """It."""\n\n    size: int = 0\n\n{methods}', "area", "python")
    assert "size: int = 0" in shown and "def m3(self) -> int:" in shown and "return 3" not in shown
    assert shown.count("\n") < MEMBERS + 4


def test_a_definition_with_a_key_in_it_is_left_out() -> None:
    """The gate would not know half a key."""
    text = 'area = """-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"""\n'
    assert defined("a.py", text, "area", "python") == []


AREA = "def area(r):\n    return r\n"


def test_of_several_files_the_imported_one_is_meant() -> None:
    files = {f"{name}/shapes.py": AREA for name in ("old", "lib", "src")}
    wanted = Wanted(defined=("area",), language="python", imported=frozenset({"lib/shapes"}), beside="src/app.py")
    assert [each.name_below for each in found(files, wanted)] == ["lib/shapes.py"]


def test_without_an_import_the_nearest_is_meant_and_of_many_none() -> None:
    wanted = Wanted(defined=("area",), language="python", beside="src/app.py")
    files = {f"{name}/shapes.py": AREA for name in ("old", "src", "tests/test_x")}
    assert found(files, wanted)[0].name_below == "src/shapes.py"
    assert found({f"{number}/shapes.py": AREA for number in range(4)}, wanted) == ()


def test_uses_come_from_files_that_import_the_code_and_tests_come_last() -> None:
    wanted = Wanted(used=("pay",), language="python", beside="shop/pay.py")
    files = {
        "other/pay.py": "def run():\n    pay(1)\n",
        "tests/test_pay.py": "from shop.pay import pay\n\n\ndef test():\n    assert pay(1)\n",
        "shop/web.py": "def view(request):\n    x = 1\n    y = 2\n    return pay(request)\n",
        "app.py": "from shop.pay import pay\n\npay(2)  # twice\n",
    }
    uses = found(files, wanted)
    assert [each.name_below for each in uses] == ["shop/web.py", "app.py", "tests/test_pay.py"]
    # The function that calls is named.
    assert uses[0].lines == ("def view(request):", "    y = 2", "    return pay(request)")


def test_comments_imports_and_other_definitions_are_no_uses() -> None:
    wanted = Wanted(used=("pay",), language="python", beside="a.py")
    text = "from x import pay\n# pay here\ndef pay():\n    pass\n"
    assert found({"b.py": text}, wanted) == ()


def test_a_file_with_many_uses_shows_some() -> None:
    wanted = Wanted(used=("pay",), language="go", beside="a.go")
    assert len(found({"b.go": "pay(1)\nx\nx\nx\n" * 50}, wanted)) == PLACES


IMPORTS = [
    ("python", "from .cart import (\n    total,\n)", "shop/pay.py", "shop/cart.py"),
    ("python", "from ..lib import cart", "shop/web/pay.py", "shop/lib/cart.py"),
    ("python", "import shop.cart as c", "pay.py", "src/shop/cart.py"),
    ("python", "from shop import cart", "pay.py", "shop/__init__.py"),
    ("typescript", 'import { a } from "./cart";', "src/pay.ts", "src/cart.ts"),
    ("typescript", 'import type { a } from "../cart/index.js";', "src/web/pay.ts", "src/cart/index.ts"),
    ("javascript", 'const { a } = require("./cart");', "pay.js", "cart.js"),
    ("typescriptreact", 'import x from "@/shop/cart";', "src/pay.tsx", "src/shop/cart.tsx"),
    ("go", 'import (\n\t"fmt"\n\t"example.com/app/shop/cart"\n)', "pay.go", "shop/cart/total.go"),
    ("rust", "use crate::shop::{cart::Cart, other};", "src/pay.rs", "src/shop/cart.rs"),
    ("rust", "pub mod cart;", "src/main.rs", "src/cart.rs"),
    ("java", "import com.shop.cart.Total;", "src/Pay.java", "src/main/java/com/shop/cart/Total.java"),
    ("kotlin", "import com.shop.cart.*", "Pay.kt", "src/com/shop/cart/Total.kt"),
    ("c", '#include "lib/cart.h"', "src/pay.c", "include/lib/cart.h"),
    ("cpp", '#include "cart.hpp"', "src/pay.cpp", "src/cart.cpp"),
    ("csharp", "using Shop.Cart;", "Pay.cs", "src/Shop/Cart/Total.cs"),
    ("php", "use App\\Shop\\Cart;", "Pay.php", "App/Shop/Cart.php"),
    ("ruby", "require_relative './lib/cart'", "pay.rb", "lib/cart.rb"),
]


@pytest.mark.parametrize(("language", "text", "beside", "name"), IMPORTS)
def test_an_import_is_known_by_the_end_of_its_path(language: str, text: str, beside: str, name: str) -> None:
    imported = import_paths(text.split("\n"), language, beside)
    assert is_imported(name, imported)
    assert not is_imported("elsewhere/basket.py", imported)


def test_a_file_of_the_same_name_elsewhere_is_not_imported() -> None:
    imported = import_paths(['import { a } from "./cart";'], "typescript", "src/pay.ts")
    assert not is_imported("other/cart.ts", imported)


def test_the_names_of_a_statement_are_those_of_its_tables() -> None:
    text = 'SELECT * FROM shop.orders o, "Items" i JOIN [users] u ON 1 = 1 WHERE a IN (SELECT b FROM c2)'
    assert set(tables_named([text])) == {"orders", "items", "users", "c2"}
    assert tables_named(["UPDATE t1 SET a = 1", "INSERT INTO t2 VALUES (1)"]) == ("t1", "t2")


def test_tables_are_found_in_any_file_in_the_order_of_their_migrations() -> None:
    files = {
        "m/2.sql": "ALTER TABLE orders ADD x int;\n",
        "m/1.sql": "create table if not exists shop.Orders (\n  id int\n);\ncreate table other (id int);\n",
        "m/3.py": 'op.execute("CREATE TABLE orders_old (id int)")\nX = """\nCREATE VIEW orders AS SELECT 1;\n"""\n',
    }
    tables = found(files, Wanted(tables=("orders",), language="sql"))
    assert [each.sort for each in tables] == [Sort.TABLE] * 3
    assert [each.lines[0] for each in tables] == [
        "create table if not exists shop.Orders (", "CREATE VIEW orders AS SELECT 1;", "ALTER TABLE orders ADD x int;",
    ]  # fmt: skip
    assert tables[0].lines[-1] == ");"


def test_what_a_function_defines_itself_is_not_looked_for() -> None:
    code = ["def pay(cart, rate):", "    price = cart.total() * RATE  # Discount", '    return Money(price, "Euro")']
    assert set(words_of(code, "python")) == {"pay", "total", "RATE", "Money"}
    assert "rate" in words_of(code, "python", ["from rates import rate"])
    assert words_of(["x := rebate + len(y)"], "go") == ("rebate",)


@pytest.mark.parametrize("line", ["(" * 4_000, "create index " + "a " * 3_000, "x" * 9_000 + "=", "a b " * 2_000 + ";"])
def test_lines_made_to_take_long_do_not(line: str) -> None:
    """Lines are cut or left out before an expression sees them: this ends, or the suite's time limit speaks."""
    text = "\n".join([line, line[:399], line[:999]] * 20)
    wanted = Wanted(defined=("a",), used=("b",), tables=("a",), language="c")
    assert isinstance(found({"a.c": text}, wanted), tuple)
    assert isinstance(words_of(text.split("\n"), "c"), tuple)
