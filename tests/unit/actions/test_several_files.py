"""Answers that change several files: what passes is whole, in the list and inside of the workspace; nothing else is."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.unit.actions.runs import Answer, Bench, bench_of
from tierlsp.actions.edits import apply_edit
from tierlsp.actions.types import ActionRequest, Document, Place, RunOutcome, RunResult, Span
from tierlsp.actions.workspace import Sample
from tierlsp.routing.facts import Kind

AREA = "def area(radius):\n    return 3.14 * radius**2\n\n\ndef other():\n    return 1\n"
SHOP = "from area import area\n\n\ndef price(radius):\n    return 7 * area(radius)\n"
PLAN = "import area\n\n\ndef plan():\n    return area.area(2) + area.area(3)\n"

GOOD = """\
FILE F1
<<<<<<< SEARCH
def area(radius):
=======
def circle_area(radius):
>>>>>>> REPLACE
FILE F2
<<<<<<< SEARCH
from area import area
=======
from area import circle_area
>>>>>>> REPLACE
<<<<<<< SEARCH
    return 7 * area(radius)
=======
    return 7 * circle_area(radius)
>>>>>>> REPLACE
FILE F3
<<<<<<< SEARCH
    return area.area(2) + area.area(3)
=======
    return area.circle_area(2) + area.circle_area(3)
>>>>>>> REPLACE
END
"""


def written(root: Path, name: str, text: str, digest: str = "x") -> Document:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Document(path.as_uri(), path, "python", None, tuple(text.split("\n")), digest=digest)


def workspace(root: Path) -> tuple[ActionRequest, Sample]:
    area = written(root, "area.py", AREA)
    request = ActionRequest(
        "r1",
        Kind.REFACTOR_FILES,
        Document(area.uri, area.path, "python", 3, area.lines),
        Span(Place(0, 4), Place(0, 4)),
        root,
        instruction="rename area to circle_area",
    )
    files = (written(root, "shop.py", SHOP), written(root, "plan.py", PLAN))
    return request, Sample(files=files, paths=("area.py", "shop.py", "plan.py"))


async def run(root: Path, *replies: str) -> tuple[RunResult, Bench]:
    request, sample = workspace(root)
    bench = bench_of(*(Answer(reply) for reply in replies), escalate=False, sample=sample)
    return await bench.run(request), bench


async def test_all_files_are_changed_together_and_shown_first(tmp_path: Path) -> None:
    result, bench = await run(tmp_path, GOOD)
    assert result.outcome is RunOutcome.DONE, result.message
    after = {edit.document.path: apply_edit(edit) for edit in result.edits}
    assert after[tmp_path / "area.py"][0] == "def circle_area(radius):"
    assert after[tmp_path / "shop.py"][0] == "from area import circle_area"
    assert after[tmp_path / "plan.py"][4] == "    return area.circle_area(2) + area.circle_area(3)"
    # Smallest edits: what stays the same is not touched.
    assert sum(len(edit.edits) for edit in result.edits) == 4
    assert result.document is not None
    assert "+from area import circle_area" in result.document
    parts = bench.caller.calls[0].parts
    assert [part.path for part in parts if part.is_stable and part.path] == [
        tmp_path / "area.py",
        tmp_path / "shop.py",
        tmp_path / "plan.py",
    ]


async def test_a_new_file_may_be_made_inside_of_the_workspace(tmp_path: Path) -> None:
    reply = GOOD.replace("END\n", "NEW FILE shapes/circle.py\n```python\nPI = 3.14\n```\nEND\n")
    result, _ = await run(tmp_path, reply)
    assert result.outcome is RunOutcome.DONE, result.message
    assert [(new.path, new.text) for new in result.new_files] == [(tmp_path / "shapes" / "circle.py", "PI = 3.14\n")]
    assert not (tmp_path / "shapes").exists()


async def test_what_is_refused_is_told_to_the_model_once_and_may_be_mended(tmp_path: Path) -> None:
    result, bench = await run(tmp_path, GOOD.replace("FILE F3", "FILE F9"), GOOD)
    assert result.outcome is RunOutcome.DONE, result.message
    assert "F9, which is not in the list" in bench.caller.calls[1].parts[-1].text


REFUSED = {
    "no end": (GOOD.replace("END\n", ""), "no last line END"),
    "a path in place of an identifier": (GOOD.replace("FILE F2", "FILE shop.py"), "another way than by the list"),
    "a path behind": (GOOD.replace("FILE F2", "FILE ../../etc/passwd"), "another way than by the list"),
    "not in the list": (GOOD.replace("FILE F2", "FILE F4"), "not in the list"),
    "no such lines": (
        GOOD.replace("    return 7 * area(radius)\n=", "    return 8 * area(radius)\n="),
        "not in the code",
    ),
    "overlapping": (
        GOOD.replace("FILE F3", "<<<<<<< SEARCH\nfrom area import area\n=======\nimport os\n>>>>>>> REPLACE\nFILE F3"),
        "overlap",
    ),
    "broken code": (GOOD.replace("circle_area(radius):", "circle_area(radius:"), "never closed"),
    "half a block": (GOOD.replace(">>>>>>> REPLACE\nFILE F2", "FILE F2"), "wrong order"),
    "no file": ("Here you are.\nEND\n", "names no file"),
    "left out": (GOOD.replace("    return 7 * circle_area(radius)", "    # ... rest unchanged"), "leaves code out"),
    "hidden": (GOOD.replace("circle_area(radius):", "circle_area(radius):  # \u202e"), "nobody sees"),
    "a merge's mark": (GOOD.replace("def circle_area", "|||||||\ndef circle_area"), "merge"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_an_answer_that_does_not_pass_changes_nothing_and_says_why(tmp_path: Path, name: str) -> None:
    reply, why = REFUSED[name]
    result, _ = await run(tmp_path, reply, reply)
    assert result.outcome is RunOutcome.UNVERIFIED, result.message
    assert why in result.message
    assert not result.edits
    assert not result.new_files
    assert result.document is None


async def test_nothing_to_do_is_an_end_of_its_own(tmp_path: Path) -> None:
    result, _ = await run(tmp_path, "NOTHING: it is named so already")
    assert result.outcome is RunOutcome.NOTHING


BAD_PATHS = [
    "../evil.py", "/etc/evil.py", "a/../../evil.py", "./evil.py", "a//evil.py", "C:/evil.py", "C:\\evil.py",
    "a\\evil.py", "..\\evil.py", "~/evil.py", "$HOME/evil.py", ".git/hooks/evil.py", ".GIT/evil.py", ".github/evil.py",
    ".vscode/evil.py", "git~1/evil.py", "con.py", "NUL.py", "aux/evil.py", "evil.py.", "evil .py ", "evil.py::$DATA",
    "evil.sh", "Makefile", "evil", ".evil.py", "AREA.py", "Area.PY", "area.py", "shop.py/evil.py", "link/evil.py",
    "out/evil.py", "up.py", "evil\u202e.py", "evil\u200b.py", "e\u0301vil.py", "a\x00.py", "-rf.py",
    "conftest.py\nx.py",     "secrets/evil.py", "file:///tmp/evil.py", "http://x/evil.py", "", " ",
    "a/" * 40 + "evil.py", "x" * 300 + ".py",
    "AGENTS.md", ".tierlsp.toml", "evil.code-workspace", "sub/.envrc", "node_modules/.bin/evil.py", "evil.py/",
]  # fmt: skip
"""Where no file may be made."""

WAYS = (
    "NEW FILE {}",
    "NEW FILE `{}`",
    "**NEW FILE: {}**",
    "### NEW FILE {}",
    "FILE {}",
    "FILE: {}",
    "FILE F1 {}\nFILE {}",
    "new file {}",
    "NEW FILE {} ",
    "NEW  FILE {}",
)

BODIES = (
    "PI = 3.14",
    "import os\nos.system('x')",
    "x = '\u202e'",
    "y" * 6_000_000,
    "x = (",
    "# ... existing code unchanged ...",
    "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE",
)


def snapshot(root: Path) -> dict[str, bytes | str]:
    return {
        str(path): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


ANSWERS = 2_000 if os.environ.get("CI") else 300


async def test_no_hostile_answer_takes_effect(tmp_path: Path) -> None:
    root, outside = tmp_path / "work", tmp_path / "outside"
    outside.mkdir()
    (outside / "victim.py").write_text("victim = 1\n", encoding="utf-8")
    request, sample = workspace(root)
    (root / "link").symlink_to(outside)
    (root / "out").symlink_to("..")
    (root / "up.py").symlink_to(outside / "victim.py")
    before = snapshot(tmp_path)
    random = Random(5)
    for number in range(ANSWERS):
        path, way, body = random.choice(BAD_PATHS), random.choice(WAYS), random.choice(BODIES[:3] + BODIES[4:])
        if number % 97 == 0:
            body = BODIES[3]
        fence = random.choice(["```", "````", "~~~"])
        section = f"{way.replace('{}', path)}\n{fence}python\n{body}\n{fence}\n"
        good = GOOD.removesuffix("END\n") if random.random() < 0.5 else ""
        reply = f"{good}{section}END\n" if random.random() < 0.9 else f"{section}{good}END\n"
        bench = bench_of(Answer(reply), Answer(reply), escalate=False, sample=sample)
        result = await bench.run(request)
        # A mark that is none may make the words around an answer; then what is left is the good one, and no file.
        assert not result.new_files, (number, reply[:300])
        for edit in result.edits:
            assert edit.document.path in (root / "area.py", root / "shop.py", root / "plan.py")
        assert result.outcome in (RunOutcome.UNVERIFIED, RunOutcome.DONE, RunOutcome.NOTHING), (number, result.message)
        if result.outcome is RunOutcome.UNVERIFIED:
            assert len(result.message) > 30
    assert snapshot(tmp_path) == before


async def test_a_file_that_is_never_changed_is_never_in_the_list(tmp_path: Path) -> None:
    request, sample = workspace(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "linked.py").symlink_to(tmp_path / ".git" / "area.py")
    inside = written(tmp_path, ".git/area.py", "area = 1\n")
    linked = Document((tmp_path / "linked.py").as_uri(), tmp_path / "linked.py", "python", 1, ("area = 1",))
    bench = bench_of(Answer(GOOD), sample=Sample(files=(inside, linked, *sample.files)))
    result = await bench.run(request)
    assert result.outcome is RunOutcome.DONE and result.guarded == ()
    assert not any(part.path in (inside.path, linked.path) for part in bench.caller.calls[0].parts)


GUARDED = """FILE F4
<<<<<<< SEARCH
Call area.
=======
Call circle_area. And run this.
>>>>>>> REPLACE
END
"""


def with_conventions(root: Path) -> tuple[ActionRequest, Sample]:
    request, sample = workspace(root)
    conventions = replace(written(root, "AGENTS.md", "Call area.\n"), language="markdown")
    # It comes first, as the one with the most words; in the list it comes last.
    return request, Sample(files=(conventions, *sample.files))


async def test_a_protected_file_of_the_list_is_pointed_out_where_the_changes_are_shown(tmp_path: Path) -> None:
    request, sample = with_conventions(tmp_path)
    bench = bench_of(Answer(GOOD.replace("END\n", GUARDED)), sample=sample)
    result = await bench.run(request)
    assert result.outcome is RunOutcome.DONE, result.message
    assert len(result.edits) == 4
    [told] = result.guarded
    assert told.startswith("“AGENTS.md” tells AI assistants what to do")
    assert told in result.message
    assert result.document is not None and f"look closely: {told}" in result.document


async def test_a_protected_file_that_an_answer_leaves_alone_is_no_question(tmp_path: Path) -> None:
    request, sample = with_conventions(tmp_path)
    result = await bench_of(Answer(GOOD), sample=sample).run(request)
    assert result.outcome is RunOutcome.DONE and result.guarded == ()


@pytest.mark.parametrize(
    "name", ["AGENTS.md", "package-lock.json", "x.code-workspace", ".vscode/tasks.json", "a/uv.lock"]
)
async def test_a_model_brings_in_no_protected_file_whatever_it_was_sent(tmp_path: Path, name: str) -> None:
    request, sample = workspace(tmp_path)
    suffix = Path(name).suffix
    others = (written(tmp_path, f"data/area{suffix}", "area\n"),)
    reply = GOOD.replace("END\n", f"NEW FILE {name}\n```\n{{}}\n```\nEND\n")
    bench = bench_of(Answer(reply), escalate=False, sample=Sample(files=(*sample.files, *others)))
    bench.caller.answers.append(Answer(reply))
    result = await bench.run(request)
    assert result.outcome is RunOutcome.UNVERIFIED
    assert result.new_files == () and result.edits == ()


async def test_the_file_at_hand_is_asked_about_before_and_not_again(tmp_path: Path) -> None:
    request, sample = workspace(tmp_path)
    hooks = written(tmp_path, ".husky/area.py", AREA)
    asked = replace(request, document=Document(hooks.uri, hooks.path, "python", 3, hooks.lines))
    bench = bench_of(Answer(GOOD), sample=sample)
    assert (await bench.run(asked)).outcome is RunOutcome.NOT_ALLOWED
    assert bench.caller.calls == []
    result = await bench.run(replace(asked, may_change_protected=True))
    assert (result.outcome, result.guarded) == (RunOutcome.DONE, ())
