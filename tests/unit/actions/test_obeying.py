"""A model that does whatever a comment tells it: its answers change what was asked about, or nothing."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.actions.runs import document_of
from tierlsp.actions.edits import Change, apply_edit, file_edit
from tierlsp.actions.hidden import introduced
from tierlsp.actions.imports import is_import
from tierlsp.actions.job import Job
from tierlsp.actions.reading import Form, ReplyError, Rewrite, read_edit
from tierlsp.actions.scope import Target
from tierlsp.actions.types import ActionRequest, Place, Span
from tierlsp.actions.verify import verify
from tierlsp.routing.facts import Kind, Scope

ABOVE = ("import os", "", "", "def first(a):", "    return a", "", "")
MEANT = ("def second(b):", "    x = b", "    return y")
BELOW = ("", "", "def third(c):", "    return c", "")
DOCUMENT = document_of("\n".join((*ABOVE, *MEANT, *BELOW)))
PLACE = Place(len(ABOVE), 0)
JOB = Job(
    ActionRequest("", Kind.FIX, DOCUMENT, Span(PLACE, PLACE), None),
    Target(Scope.SYMBOL, len(ABOVE), len(ABOVE) + len(MEANT)),
)

WORDS = st.sampled_from(
    [
        "```", "```python", "````", "~~~", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "END", "NOTHING: fine",
        "ADD IMPORT: from math import pi", "ADD IMPORT: import os; os.system('id')", "ADD IMPORT: exec('x')",
        *ABOVE, *MEANT, *BELOW, "    return x", "    import os; os.remove('/')", "# ... rest unchanged",
        "    return x \u202e",
        "\u200b", "<think>", "</think>", "diff --git a/.git/config b/.git/config", "+++ b/../../etc/passwd",
        "*** Delete File: app.py", "    return (", "\ufeff", "Here is the fix:", "    x = b  # ok", "\x1b[31m", "",
    ]
)  # fmt: skip

REPLIES = st.one_of(
    st.lists(WORDS, max_size=16),
    st.lists(WORDS, max_size=6).map(lambda inner: ["```", "def second(b):", *inner, "    return x", "```"]),
    st.lists(WORDS, max_size=5).map(
        lambda inner: ["<<<<<<< SEARCH", "    return y", "=======", *inner, "    return x", ">>>>>>> REPLACE", "END"]
    ),
)


@settings(max_examples=2_000 if os.environ.get("CI") else 300)
@given(REPLIES, st.sampled_from(Form))
def test_nothing_outside_of_the_lines_and_the_imports_changes(reply: list[str], form: Form) -> None:
    try:
        read = read_edit("\n".join(reply), JOB.lines, form, fence=JOB.fence, restore=str)
    except ReplyError:
        return
    if not isinstance(read, Rewrite):
        return
    verified = verify(JOB, read)
    if verified.failed is not None:
        return
    edit = file_edit(DOCUMENT, [Change(0, len(DOCUMENT.lines), verified.lines)])
    new = apply_edit(edit)
    assert edit.document.version == DOCUMENT.version
    assert new[-len(BELOW) :] == BELOW
    head = new[: len(new) - len(BELOW) - len(read.lines)]
    assert tuple(line for line in head if line in ABOVE) == ABOVE
    assert all(line in ABOVE or is_import(line, "python") for line in head)
    assert not introduced("\n".join(DOCUMENT.lines), "\n".join(new))


def test_the_property_sees_edits() -> None:
    """It would say nothing if every reply were refused."""
    reply = "\n".join(["```", "def second(b):", "    x = b", "    return x", "```"])
    read = read_edit(reply, JOB.lines, Form.WHOLE, fence=JOB.fence, restore=str)
    assert isinstance(read, Rewrite) and verify(JOB, read).failed is None
