"""A diff is read as git means it."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.text.unified_diff import read_diff

DIFF = """\
diff --git a/src/a.py b/src/a.py
index 111..222 100644
--- a/src/a.py
+++ b/src/a.py
@@ -1,4 +1,5 @@ def head():
 one
-two
+TWO
+and more
 three
 four
@@ -10 +11,0 @@
-gone
diff --git a/old.py b/old.py
deleted file mode 100644
--- a/old.py
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git a/pic.png b/pic.png
Binary files a/pic.png and b/pic.png differ
diff --git "a/\\303\\244 b.py" "b/\\303\\244 b.py"
new file mode 100644
--- /dev/null
+++ "b/\\303\\244 b.py"
@@ -0,0 +1,2 @@
+--- not a head
++++ nor this
\\ No newline at end of file
"""


def test_files_and_lines_are_those_of_the_new_tree() -> None:
    first, second = read_diff(DIFF)
    assert first.path == "src/a.py"
    assert [(change.first, change.end, change.removed) for change in first.changes] == [
        (1, 3, ("two",)),
        (10, 10, ("gone",)),
    ]
    assert second.path == "ä b.py"
    assert second.changes[0].added == ("--- not a head", "+++ nor this")


@pytest.mark.parametrize("text", ["hello", "@@ -1 +1 @@\n-a\n+b\n"])
def test_what_is_no_diff_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"diff|hunk"):
        read_diff(text)


def test_an_empty_diff_has_no_files() -> None:
    assert read_diff("") == []


LINES = st.lists(st.sampled_from(["", "a", "b", "-- x", "++ y", "@@ -1 +1 @@", "+++ z", "\\ no"]), max_size=25)


@given(LINES, LINES)
def test_the_lines_that_a_diff_calls_new_are_new(old: list[str], new: list[str]) -> None:
    text = "\n".join(difflib.unified_diff(old, new, "a/x", "b/x", lineterm=""))
    files = read_diff(text)
    assert bool(files) == (old != new)
    for change in files[0].changes if files else ():
        assert tuple(new[change.first : change.end]) == change.added
    # What is left of the new text without its new lines, and of the old without its gone ones, is the same.
    if files:
        fresh = {number for change in files[0].changes for number in range(change.first, change.end)}
        gone = [line for change in files[0].changes for line in change.removed]
        kept = [line for number, line in enumerate(new) if number not in fresh]
        assert sorted([*kept, *gone]) == sorted(old)
