"""Names to choose from, and the edit that gives one: every place, and no other."""

from __future__ import annotations

import ast
import keyword
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.actions.runs import LOCAL, Answer, bench_of, decision_of, document_of, request_of
from tierlsp.actions.edits import apply_edit
from tierlsp.actions.job import Job
from tierlsp.actions.naming import MOST_NAMES, find, name_at, read_names
from tierlsp.actions.reading import ReplyError
from tierlsp.actions.renaming import renamed
from tierlsp.actions.scope import ScopeError
from tierlsp.actions.types import ActionRequest, Place, RunOutcome, Span
from tierlsp.routing.facts import Kind
from tierlsp.routing.tiers import Tier

TEXT = """\
def area(r, unit=None):
    x = r * r  # x is a square
    print(f"{x} of {x:x}", "x", unit)
    return other(x=x).x


def other(x):
    return x
"""


def names_request(text: str, line: int, column: int, language: str = "python", choice: str = "") -> ActionRequest:
    at = Place(line, column)
    document = document_of(text, language)
    return request_of(Kind.NAMES, document=document, span=Span(at, at), diagnostics=(), choice=choice)


def after(request: ActionRequest) -> str:
    return "\n".join(apply_edit(renamed(request)))


@pytest.mark.parametrize(("column", "name"), [(4, "x"), (5, "x"), (8, "r"), (0, "x")])
def test_the_name_at_the_cursor_or_the_next_on_its_line(column: int, name: str) -> None:
    assert name_at(names_request(TEXT, 1, column)) == name


def test_no_name_is_asked_for_where_there_is_none() -> None:
    with pytest.raises(ScopeError, match="no name"):
        find(names_request(TEXT, 4, 0))
    with pytest.raises(ScopeError, match="no name"):
        find(names_request("return", 0, 2))


@pytest.mark.parametrize(
    "reply",
    [
        "square\nradius_squared",
        "1. `square`\n2. radius_squared",
        "- square,\n- radius_squared",
        "<think>square root?</think>\nsquare\nradius_squared",
        "Here are some names:\n\nsquare\nradius_squared\nclass\nother\nr\ntwo words\n9lives",
    ],
)
def test_a_reply_is_read_line_by_line_and_only_names_that_can_be_used_are_kept(reply: str) -> None:
    request = names_request(TEXT, 1, 4)
    assert read_names(reply, Job(request, find(request))) == ("square", "radius_squared")


@given(st.text())
def test_whatever_is_answered_only_names_come_of_it(reply: str) -> None:
    request = names_request(TEXT, 1, 4)
    try:
        found = read_names(reply, Job(request, find(request)))
    except ReplyError:
        return
    assert len(found) <= MOST_NAMES
    taken = set(re.findall(r"\w+", TEXT)) - {"is", "a", "square"}
    assert all(name.isidentifier() and not keyword.iskeyword(name) and name not in taken for name in found)


def test_a_local_name_changes_in_its_function_alone() -> None:
    assert after(names_request(TEXT, 1, 4, choice="square")) == (
        TEXT.replace("    x = r * r  #", "    square = r * r  #")
        .replace('f"{x} of {x:x}"', 'f"{square} of {square:x}"')
        .replace("other(x=x).x", "other(x=square).x")
    )


def test_a_parameter_keeps_its_default() -> None:
    text = after(names_request(TEXT, 0, 12, choice="scale"))
    assert "def area(r, scale=None):" in text
    assert '"x", scale)' in text


def test_a_function_changes_wherever_it_is_called() -> None:
    text = after(names_request(TEXT, 6, 4, choice="same"))
    assert "return same(x=x).x" in text
    assert "def same(x):" in text


@pytest.mark.parametrize(
    ("language", "before", "expected"),
    [
        ("javascript", "let a = 1; // a\nlog(`a ${a} a`, 'a', b.ab);", "let n = 1; // a\nlog(`a ${n} a`, 'a', b.ab);"),
        ("rust", 'let a = 1;\nprintln!("a {a} {a:?}");', 'let n = 1;\nprintln!("a {n} {n:?}");'),
        ("php", '$a = 1;\necho "a $a";', '$n = 1;\necho "a $n";'),
        ("c", 'int a = 1; /* a */\nputs("a"); a++;', 'int n = 1; /* a */\nputs("a"); n++;'),
    ],
)
def test_in_other_languages_whole_words_in_code_change(language: str, before: str, expected: str) -> None:
    assert after(names_request(before, 0, before.index("a "), language, choice="n")) == expected


JS = """\
const size = 4;

function grow(size, by) {
  const total = size + by; // size
  return box.size + `${size}` + total;
}

function shrink(by) {
  log(total);
  return size - by;
}
"""
RUST = """\
fn grow(size: u32) -> u32 {
    let total = size + 1;
    total
}

fn shrink(total: u32) -> u32 {
    total - 1
}
"""
GO = "func grow(by int) int {\n\ttotal := by + 1\n\treturn total\n}\n\nfunc shrink(by int) int {\n\treturn by\n}\n"


@pytest.mark.parametrize(
    ("language", "text", "line", "name", "first", "end"),
    [
        ("javascript", JS, 2, "size", 2, 6),
        ("javascript", JS, 4, "total", 2, 6),
        ("rust", RUST, 1, "total", 0, 4),
        ("rust", RUST, 5, "total", 5, 8),
        ("go", GO, 1, "total", 0, 4),
        ("go", GO, 0, "by", 0, 4),
    ],
)
def test_elsewhere_a_parameter_or_a_declared_name_changes_in_its_function_alone(
    language: str, text: str, line: int, name: str, first: int, end: int
) -> None:
    lines = text.split("\n")
    column = re.search(rf"(?<![\w.]){name}\b", lines[line]).start()
    new = after(names_request(text, line, column, language, choice="fresh")).split("\n")
    assert (new[:first], new[end:]) == (lines[:first], lines[end:])
    code = "\n".join(new[first:end])
    left = re.sub(r"//.*|\.\w+", "", code)
    assert not re.search(rf"\b{name}\b", left) and "fresh" in code
    assert ("box.size" in code) is ("box.size" in "\n".join(lines[first:end]))


def test_a_name_that_is_not_surely_local_changes_in_the_whole_file() -> None:
    new = after(names_request(JS, 9, 9, "javascript", choice="fresh"))
    assert "const fresh = 4;" in new and "return fresh - by" in new


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("go", "func grow(by item) int {\n\treturn by.size\n}\n\nvar a item", "item"),
        ("typescript", "function grow(by: item) {\n  return by.size;\n}\n\nlet a: item;", "item"),
        ("cpp", "int grow(Item) {\n  return 1;\n}\n\nItem a;", "Item"),
        ("javascript", "function grow(by = step) {\n  return by;\n}\n\nlet step = 1;", "step"),
        ("javascript", "function grow(by) {\n  use(step);\n  let step = 1;\n}\n\nlet step = 1;", "step"),
    ],
)
def test_what_only_looks_like_a_parameter_changes_everywhere(language: str, text: str, name: str) -> None:
    line = next(number for number, each in enumerate(text.split("\n")) if name in each)
    new = after(names_request(text, line, text.split("\n")[line].index(name), language, choice="fresh"))
    assert new == re.sub(rf"\b{name}\b", "fresh", text)


async def test_the_end_says_how_many_places_changed_and_that_others_have_the_word() -> None:
    request = names_request(RUST, 1, 8, "rust", choice="fresh")
    result = await bench_of().run(request)
    assert "in 2 places of" in result.message
    assert "other files were not looked at; the word total stands in this file 2 times more" in result.message


@pytest.mark.parametrize("choice", ["class", "two words", "other", "9", "a;b", "x" * 61, "é"])
def test_a_name_that_cannot_be_given_is_refused(choice: str) -> None:
    with pytest.raises(ScopeError):
        renamed(names_request(TEXT, 1, 4, choice=choice))


NAMES = st.sampled_from(["a", "b", "c"])
STATEMENTS = st.recursive(
    st.one_of(
        st.tuples(NAMES, NAMES).map(lambda pair: f"{pair[0]} = {pair[1]} + 1"),
        NAMES.map(lambda name: f'print(f"{{{name}}} {name}", "{name}", {name}={name})'),
        NAMES.map(lambda name: f"obj.{name} = {name}  # {name}"),
    ),
    lambda inner: st.tuples(NAMES, NAMES, st.lists(inner, min_size=1, max_size=3)).map(
        lambda three: (
            f"def {three[0]}_({three[1]}=1):\n"
            + "\n".join("    " + line for body in three[2] for line in body.splitlines())
        )
    ),
    max_leaves=8,
)


@given(st.lists(STATEMENTS, min_size=1, max_size=6), st.data())
def test_a_renamed_program_is_the_same_program_but_for_the_name(pieces: list[str], data: st.DataObject) -> None:
    text = "\n".join(pieces)
    lines = text.split("\n")
    line = data.draw(st.integers(0, len(lines) - 1))
    request = names_request(text, line, data.draw(st.integers(0, len(lines[line]))), choice="fresh")
    try:
        old = name_at(request)
        new = after(request)
    except ScopeError:
        return
    back = re.sub(r"\bfresh\b", old, new)
    assert ast.dump(ast.parse(back)) == ast.dump(ast.parse(text))


async def test_a_run_ends_in_names_and_the_choice_costs_nothing() -> None:
    answer = Answer("square\nradius_squared", model=LOCAL, tier=Tier.LOCAL)
    bench = bench_of(answer, decision=decision_of(Tier.LOCAL, (LOCAL,)))
    result = await bench.run(names_request(TEXT, 1, 4))
    assert (result.outcome, result.choices, result.edit) == (RunOutcome.DONE, ("square", "radius_squared"), None)
    again = await bench.run(names_request(TEXT, 1, 4, choice="square"))
    assert again.outcome is RunOutcome.DONE
    assert again.edit is not None
    assert again.usd == 0
    assert len(bench.caller.calls) == 1


async def test_no_name_that_can_be_used_is_said_and_ends_the_run() -> None:
    result = await bench_of(Answer("I think class is a good name.")).run(names_request(TEXT, 1, 4))
    assert result.outcome is RunOutcome.UNVERIFIED
    assert "no name" in result.message
