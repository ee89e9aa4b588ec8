"""Tests that a model writes: into the file where the project keeps them, in its framework, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.actions.runs import Answer, bench_of
from tierlsp.actions.edits import apply_edit
from tierlsp.actions.plan import Known, make_plan
from tierlsp.actions.testing_layout import framework_of, layout_of
from tierlsp.actions.types import ActionRequest, Document, Place, RunOutcome, RunResult, Span
from tierlsp.actions.workspace import Sample, is_test_path
from tierlsp.routing.facts import Kind

SOURCE = "def area(radius):\n    return 3.14 * radius**2\n"
TESTS = "from area import area\n\n\ndef test_zero():\n    assert area(0) == 0\n"
MORE = TESTS + "\n\ndef test_one():\n    assert area(1) == 3.14\n"


def document(root: Path, name: str, text: str, language: str = "python", version: int | None = None) -> Document:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Document(path.as_uri(), path, language, version, tuple(text.split("\n")), digest="" if version else "x")


def request_of(root: Path, name: str = "src/area.py", language: str = "python") -> ActionRequest:
    at = Span(Place(0, 4), Place(0, 4))
    return ActionRequest("r1", Kind.TESTS, document(root, name, SOURCE, language, 3), at, root)


async def run(root: Path, sample: Sample, *replies: str, request: ActionRequest | None = None) -> RunResult:
    bench = bench_of(*(Answer(reply) for reply in replies), escalate=False, sample=sample)
    return await bench.run(request or request_of(root))


def fenced(text: str) -> str:
    return f"```python\n{text}```\n"


async def test_tests_are_added_to_the_file_that_has_some(tmp_path: Path) -> None:
    there = document(tmp_path, "tests/test_area.py", TESTS)
    result = await run(tmp_path, Sample(tests=(there,), paths=("tests/test_area.py",)), fenced(MORE))
    assert result.outcome is RunOutcome.DONE, result.message
    [edit] = result.edits
    assert "\n".join(apply_edit(edit)) == MORE
    assert "1 test into tests/test_area.py" in result.message
    assert "were not run" in result.message


async def test_without_any_a_new_file_is_made_where_others_are(tmp_path: Path) -> None:
    other = document(tmp_path, "tests/unit/test_shop.py", TESTS)
    sample = Sample(tests=(other,), paths=("src/area.py", "tests/unit/test_shop.py"))
    result = await run(tmp_path, sample, fenced(TESTS))
    assert result.outcome is RunOutcome.DONE, result.message
    [new] = result.new_files
    assert new.path == tmp_path / "tests/unit/test_area.py"
    assert new.text == TESTS
    assert not new.path.exists()


REFUSED = {
    "a test less": (fenced("from area import area\n\n\ndef test_two():\n    assert area(2)\n"), "takes away test_zero"),
    "no test more": (fenced(TESTS + "\nX = 1\n"), "adds no test"),
    "does not parse": (fenced(MORE + "def test_x(:\n"), "parser"),
    "words": ("Sure, just test it by hand.", "no code in a fence"),
    "left out": (fenced(MORE + "\n# ... existing tests unchanged ...\n"), "leaves code out"),
    "hidden": (fenced(MORE + "x = '\u202e'\n"), "nobody sees"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_does_not_pass_changes_nothing(tmp_path: Path, name: str) -> None:
    reply, why = REFUSED[name]
    there = document(tmp_path, "tests/test_area.py", TESTS)
    result = await run(tmp_path, Sample(tests=(there,), paths=("tests/test_area.py",)), reply, reply)
    assert result.outcome is RunOutcome.UNVERIFIED, result.message
    assert why in result.message
    assert not result.edits and not result.new_files


async def test_a_file_of_tests_and_a_file_of_no_project_have_no_tests(tmp_path: Path) -> None:
    result = await run(tmp_path, Sample(), request=request_of(tmp_path, "tests/test_area.py"))
    assert "ask in the code that is to be tested" in result.message
    lonely = replace(request_of(tmp_path), root=None)
    assert "file of the project" in (await run(tmp_path, Sample(), request=lonely)).message


async def test_a_new_file_of_tests_never_lands_on_another_or_behind_a_link(tmp_path: Path) -> None:
    root = tmp_path / "work"
    request = request_of(root)
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "tests").symlink_to(outside)
    result = await run(root, Sample(), fenced(TESTS), fenced(TESTS), request=request)
    assert result.outcome is RunOutcome.UNVERIFIED
    assert not list(outside.iterdir())


@pytest.mark.parametrize(
    ("path", "language", "others", "wanted"),
    [
        ("src/area.py", "python", (), "tests/test_area.py"),
        ("src/area.py", "python", ("src/shop_test.py",), "src/area_test.py"),
        ("area.go", "go", (), "area_test.go"),
        ("pkg/area.go", "go", ("pkg/shop_test.go",), "pkg/area_test.go"),
        ("src/cart.ts", "typescript", (), "src/cart.test.ts"),
        ("src/cart.ts", "typescript", ("src/shop.spec.ts",), "src/cart.spec.ts"),
        ("src/cart.ts", "typescript", ("src/__tests__/shop.test.ts",), "src/__tests__/cart.test.ts"),
        ("app/src/main/java/x/Cart.java", "java", (), "app/src/test/java/x/CartTest.java"),
        ("lib/cart.rb", "ruby", ("spec/shop_spec.rb",), "spec/cart_spec.rb"),
    ],
)
def test_tests_go_where_the_project_keeps_them(path: str, language: str, others: tuple[str, ...], wanted: str) -> None:
    layout = layout_of(path, language, Sample(paths=(path, *others)))
    assert layout is not None
    assert layout.new_path == wanted
    assert layout.existing is None


@pytest.mark.parametrize(
    ("family", "text", "wanted"),
    [
        ("python", "import unittest", "unittest"),
        ("python", "", "pytest"),
        ("javascript", '{"devDependencies": {"vitest": "2"}}', "vitest"),
        ("javascript", '{"devDependencies": {"jest": "29"}}', "jest"),
        ("java", "org.junit.jupiter", "JUnit 5"),
        ("java", "import org.junit.Test;", "JUnit 4"),
        ("go", "", "go test"),
    ],
)
def test_the_framework_is_the_projects_own(family: str, text: str, wanted: str) -> None:
    config = Document("file:///x", Path("/x"), "", None, (text,))
    assert framework_of(family, Sample(configs=(config,))) == wanted


@pytest.mark.parametrize("path", ["tests/test_a.py", "a_test.go", "a.spec.ts", "x/ATest.java", "spec/a_spec.rb"])
def test_files_of_tests_are_known_by_their_names(path: str) -> None:
    assert is_test_path(path)


@pytest.mark.parametrize("path", ["src/latest.py", "contest.go", "tests/conftest.py", "tests/__init__.py", "a.ts"])
def test_other_files_are_not(path: str) -> None:
    assert not is_test_path(path)


def test_the_price_in_the_menu_covers_the_longest_workspace(tmp_path: Path) -> None:
    """Law: nothing is spent beyond what was shown."""
    long = "\n".join(f"area = {'x9#' * 90}{number}" for number in range(400))
    texts = {"AGENTS.md": long, "CONTRIBUTING.md": long, ".editorconfig": long}
    sample = Sample(
        files=tuple(document(tmp_path, f"src/f{n}.py", "def area():\n" + long) for n in range(12)),
        tests=(document(tmp_path, "tests/test_area.py", long),),
        conventions=tuple(document(tmp_path, name, text, "") for name, text in texts.items()),
        paths=("src/area.py", "tests/test_area.py"),
    )
    for kind in (Kind.TESTS, Kind.REFACTOR_FILES):
        request = replace(request_of(tmp_path), kind=kind, instruction="rename it")
        offered = make_plan(request, Known()).facts
        run = make_plan(request, Known(sample=sample)).facts
        assert run.highest_prompt_tokens <= offered.highest_prompt_tokens, kind
        assert run.max_output_tokens <= offered.max_output_tokens
