"""The message of a commit: from a diff whose files the gate sees one by one, put where git asks for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.actions.runs import Answer, bench_of, document_of, request_of
from tierlsp.actions.commit import LONGEST_SUBJECT, MOST_CHARS, diffs_in, read_message
from tierlsp.actions.edits import EditError, apply_edit
from tierlsp.actions.moving import moved_edit
from tierlsp.actions.plan import Known, make_plan
from tierlsp.actions.reading import ReplyError
from tierlsp.actions.scope import ScopeError
from tierlsp.actions.types import ActionRequest, RunOutcome
from tierlsp.routing.facts import Kind

DIFF = """\
diff --git a/src/a.py b/src/a.py
index 1..2 100644
--- a/src/a.py
+++ b/src/a.py
@@ -1 +1 @@
-old = 1
+new = 1
diff --git a/old.txt b/old.txt
deleted file mode 100644
--- a/old.txt
+++ /dev/null
@@ -1 +0,0 @@
-gone
diff --git a/a.png b/b c.png
similarity index 100%
rename from a.png
rename to b c.png
"""
COMMENTS = f"# Please enter the commit message\n# ------------------------ >8 ------------------------\n{DIFF}"


def commit_request(text: str = DIFF, name: str = "x.diff", language: str = "diff") -> ActionRequest:
    return request_of(Kind.COMMIT, document=document_of(text, language, name), diagnostics=())


def message_request(text: str = f"\n{COMMENTS}") -> ActionRequest:
    return commit_request(text, ".git/COMMIT_EDITMSG", "git-commit")


def test_each_file_is_a_part_of_its_own() -> None:
    names = ["src/a.py", "old.txt", "b c.png"]
    assert [diff.path for diff in diffs_in(DIFF.split("\n"))] == names
    parts = make_plan(commit_request(), Known()).parts
    assert [part.path for part in parts[1:-1]] == [Path("/project") / name for name in names]


def test_a_file_that_is_too_long_is_named_and_not_sent() -> None:
    long = "diff --git a/l.txt b/l.txt\n--- a/l.txt\n+++ b/l.txt\n" + "+word\n" * MOST_CHARS
    parts = make_plan(commit_request(long + DIFF), Known()).parts
    assert sum(len(part.text) for part in parts) < MOST_CHARS
    assert any("l.txt: " in part.text for part in parts)
    assert any("new = 1" in part.text for part in parts)


@pytest.mark.parametrize(("text", "name"), [("x = 1", "a.py"), ("no", "x.diff")])
def test_without_a_diff_it_says_where_one_comes_from(text: str, name: str) -> None:
    with pytest.raises(ScopeError, match="git diff --cached"):
        make_plan(commit_request(text, name, "plaintext"), Known())


@pytest.mark.parametrize(
    ("reply", "lines"),
    [
        ("Name it right", ("Name it right",)),
        ("```\nName it right\n\nWhy not\n```\n", ("Name it right", "", "Why not")),
        ("Here is the message:\n\nName it right\nWhy not", ("Name it right", "", "Why not")),
        ("<think>hm</think>Name it right\n# left out", ("Name it right",)),
    ],
)
def test_a_message_is_read(reply: str, lines: tuple[str, ...]) -> None:
    assert read_message(reply) == lines


@pytest.mark.parametrize("reply", ["", "```\n```", "# only", "x" * (LONGEST_SUBJECT + 1), "Name\u202eit"])
def test_what_is_no_message_is_refused(reply: str) -> None:
    with pytest.raises(ReplyError):
        read_message(reply)


async def test_in_the_buffer_of_git_the_message_stands_above_the_comments() -> None:
    result = await bench_of(Answer("Name it right\n\nWhy not")).run(message_request())
    assert result.outcome is RunOutcome.DONE
    assert result.edit is not None
    assert "\n".join(apply_edit(result.edit)) == f"Name it right\n\nWhy not\n\n{COMMENTS}"


async def test_a_message_that_was_begun_is_shown_to_the_model_and_replaced() -> None:
    bench = bench_of(Answer("Name it right"))
    result = await bench.run(message_request(f"Nam\n{COMMENTS}"))
    assert "Nam\n" in bench.caller.calls[0].parts[-1].text
    assert result.edit is not None
    assert "\n".join(apply_edit(result.edit)) == f"Name it right\n\n{COMMENTS}"


@pytest.mark.parametrize("draft", ["", "\n", "Nam\n", "Nam\n\nwhy\n"])
async def test_what_is_typed_into_the_draft_meanwhile_stops_the_message(draft: str) -> None:
    request = message_request(f"{draft}{COMMENTS}")
    edit = (await bench_of(Answer("Name it right")).run(request)).edit
    assert edit is not None
    first, *rest = request.document.lines
    # As an editor tells of it: a key on the first line, or a line above it.
    for lines, moved in ((f"Mine{first}", *rest), (0, 1, 1)), (("Mine", first, *rest), (0, 1, 2)):
        now = replace(request.document, version=8, lines=lines)
        with pytest.raises(EditError):
            moved_edit(edit, [moved], now)
    # Below it nothing is written, so there anybody may type.
    below = replace(request.document, version=8, lines=(*request.document.lines[:-1], "# mine", ""))
    at = len(request.document.lines) - 1
    assert "\n".join(apply_edit(moved_edit(edit, [(at, 1, 2)], below))).startswith("Name it right\n\n# Please")


async def test_of_a_diff_the_message_is_text() -> None:
    result = await bench_of(Answer("Name it right")).run(commit_request())
    assert (result.text, result.edit) == ("Name it right", None)
    assert "Name it right" in (result.document or "")


async def test_in_a_file_that_no_editor_has_open_nothing_is_changed() -> None:
    request = message_request()
    closed = replace(request, document=replace(request.document, version=None))
    result = await bench_of(Answer("Name it right")).run(closed)
    assert (result.text, result.edit) == ("Name it right", None)


async def test_an_answer_that_is_no_message_ends_the_run_without_one() -> None:
    result = await bench_of(Answer("x" * 300)).run(commit_request())
    assert result.outcome is RunOutcome.UNVERIFIED
    assert result.text is None
