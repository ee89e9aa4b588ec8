"""Tests that stand in the file that they test: added there, and nothing else of the file is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.actions.runs import Answer, bench_of
from tierlsp.actions.edits import apply_edit
from tierlsp.actions.inner_tests import module_of_tests, why_not_tests
from tierlsp.actions.types import ActionRequest, Document, Place, RunOutcome, RunResult, Span
from tierlsp.actions.workspace import Sample
from tierlsp.routing.facts import Kind

CODE = "pub fn area(r: f64) -> f64 {\n    3.14 * r * r // }\n}\n"
MODULE = """\
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero() {
        assert_eq!(area(0.0), 0.0, "}");
    }
}
"""
MORE = MODULE[:-2] + "\n    #[test]\n    fn one() {\n        assert_eq!(area(1.0), 3.14);\n    }\n}\n"


async def run(text: str, *replies: str, language: str = "rust", line: int = 0) -> RunResult:
    path = Path("/project/src/area.rs")
    document = Document(path.as_uri(), path, language, 3, tuple(text.split("\n")))
    request = ActionRequest("r1", Kind.TESTS, document, Span(Place(line, 8), Place(line, 8)), Path("/project"))
    bench = bench_of(*(Answer(f"```\n{reply}```\n") for reply in replies), escalate=False, sample=Sample())
    return await bench.run(request)


def after(result: RunResult) -> str:
    assert result.outcome is RunOutcome.DONE, result.message
    [edit] = result.edits
    assert edit.document.version == 3
    return "\n".join(apply_edit(edit))


async def test_the_module_that_is_there_is_extended() -> None:
    result = await run(CODE + "\n" + MODULE + "\nfn other() {}\n", MORE)
    assert after(result) == CODE + "\n" + MORE + "\nfn other() {}\n"
    assert "1 test into src/area.rs" in result.message


async def test_without_one_it_is_made_at_the_end() -> None:
    result = await run(CODE + "\n\n", MODULE)
    assert after(result) == CODE + "\n" + MODULE


async def test_a_file_without_a_line_end_at_its_end_gets_one() -> None:
    assert after(await run(CODE.rstrip("\n"), MODULE)) == CODE + "\n" + MODULE


REFUSED = {
    "code before": ("pub fn evil() {}\n" + MORE, "outside of its tests"),
    "code behind": (MORE + "pub fn evil() {}\n", "outside of its tests"),
    "code on the last line": (MORE[:-1] + " fn evil() {}\n", "outside of its tests"),
    "a second module": (MORE + MODULE, "not one module"),
    "no mark": (MORE.replace("#[cfg(test)]\n", ""), "not one module"),
    "a test less": (MORE.replace("fn zero", "fn nought"), "takes away zero"),
    "no test more": (MODULE.replace("0.0, 0.0", "0.0, 0.1"), "adds no test"),
    "a statement": ("use std::fmt;\n" + MORE, "outside of its tests"),
    "not closed": (MORE[:-2], "braces are not closed"),
    "an attribute": ("#![allow(warnings)]\n" + MORE, "outside of its tests"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_an_answer_with_anything_else_changes_nothing(name: str) -> None:
    reply, why = REFUSED[name]
    result = await run(CODE + "\n" + MODULE, reply, reply)
    assert result.outcome is RunOutcome.UNVERIFIED, result.message
    assert why in result.message
    assert not result.edits and not result.new_files


async def test_in_the_tests_themselves_there_is_nothing_to_test() -> None:
    text = CODE + "\n" + MODULE
    result = await run(text, line=text.split("\n").index("    fn zero() {"))
    assert "ask in the code that is to be tested" in result.message


@pytest.mark.parametrize(
    ("language", "code", "tests"),
    [
        ("zig", "pub fn area(r: f64) f64 {\n    return r;\n}\n", 'test "it is r" {\n    try ok(area(1) == 1);\n}\n'),
        ("d", "int area(int r) {\n    return r;\n}\n", "unittest {\n    assert(area(1) == 1);\n}\n"),
    ],
)
async def test_blocks_of_tests_are_added_at_the_end(language: str, code: str, tests: str) -> None:
    assert after(await run(code, tests, language=language)) == code + "\n" + tests
    evil = tests + "int evil() {\n}\n"
    assert (await run(code, evil, evil, language=language)).outcome is RunOutcome.UNVERIFIED


def test_a_module_in_a_string_or_deeper_is_none() -> None:
    text = 'const X: &str = "\n#[cfg(test)]\nmod tests {}";\nmod a {\n#[cfg(test)]\nmod tests {}\n}\n'
    assert module_of_tests(text.split("\n")[3:]) is None
    assert module_of_tests((CODE + MODULE).split("\n")) == (3, 12)
    assert why_not_tests(MODULE.split("\n"), "rust") is None
