"""Replies in pieces, in noise and in the wrong form: whole or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.actions.fences import fence_for
from tierlsp.actions.reading import Form, NothingToDo, ReplyError, Rewrite, read_edit
from tierlsp.actions.restyle import restyled

OLD = ("def f(a):", "    x = a", "    return x")


def read(reply: str, old: tuple[str, ...] = OLD, form: Form = Form.WHOLE, fence: str = "```", restore=str):
    return read_edit(reply, old, form, fence=fence, restore=restore)


CODE = st.lists(
    st.text(st.characters(blacklist_characters="\r\n\x1e", blacklist_categories=("Cs",)), min_size=1, max_size=12),
    min_size=1,
    max_size=8,
).filter(lambda lines: bool(lines[0].strip() and lines[-1].strip()))


@given(CODE)
def test_any_text_comes_through_a_fence_as_it_was(lines: list[str]) -> None:
    from tierlsp.text.lines import split_lines

    if any("SEARCH" in line or len(split_lines(line)[0]) > 1 for line in lines):
        return
    fence = fence_for(lines)
    found = read("\n".join((fence, *lines, fence)), tuple(lines), fence=fence)
    assert found == Rewrite(tuple(lines))


@given(CODE, st.data())
def test_a_reply_cut_inside_of_its_fence_is_refused(lines: list[str], data: st.DataObject) -> None:
    if any("SEARCH" in line or line.strip().startswith("NOTHING") for line in lines):
        return
    fence = fence_for(lines)
    reply = "\n".join((fence, *lines, fence))
    end = data.draw(st.integers(0, len(reply) - 1))
    with pytest.raises(ReplyError):
        read(reply[:end], tuple(lines), fence=fence)


@given(st.text(max_size=300))
def test_no_reply_breaks_the_reader(reply: str) -> None:
    for form in Form:
        try:
            found = read(reply, form=form)
        except ReplyError:
            continue
        assert isinstance(found, Rewrite | NothingToDo)


BLOCKS = "<<<<<<< SEARCH\n    x = a\n=======\n    x = b\n>>>>>>> REPLACE\n"


@given(st.integers(0, len(BLOCKS * 2) + 2))
def test_blocks_cut_anywhere_are_refused(end: int) -> None:
    reply = BLOCKS + BLOCKS.replace("x = a", "return x").replace("x = b", "return b") + "END"
    with pytest.raises(ReplyError):
        read(reply[:end], form=Form.BLOCKS)


def test_secrets_are_put_back_over_all_texts_of_a_reply_at_once() -> None:
    asked: list[str] = []

    def restore(text: str) -> str:
        asked.append(text)
        return text.replace("SECRET", "s3cr3t")

    old = ("a = 's3cr3t'", "b = 1")
    found = read("<<<<<<< SEARCH\na = 'SECRET'\n=======\na = ['SECRET']\n>>>>>>> REPLACE\nEND", old, restore=restore)
    assert found == Rewrite(("a = ['s3cr3t']", "b = 1"))
    assert sum("['SECRET']" in text for text in asked) == 1


def test_control_characters_cannot_move_text_from_one_block_to_another() -> None:
    with pytest.raises(ReplyError, match="control"):
        read("```\na\n\x1e\nb\n```")


@pytest.mark.parametrize("mark", ["```", "~~~~", "```python"])
def test_kinds_of_fences(mark: str) -> None:
    end = mark.rstrip("python") if mark.startswith("`") else mark
    assert read(f"{mark}\ndef f(a):\n    return a\n{end}") == Rewrite(("def f(a):", "    return a"))


def test_a_shift_only_where_more_lines_then_agree() -> None:
    old = ("    a = 1", "    b = 2")
    assert restyled(("a = 1", "b = 3"), old) == ("    a = 1", "    b = 3")
    assert restyled(("c = 1", "d = 3"), old) == ("c = 1", "d = 3")
    assert restyled(("        a = 1", "        b = 3"), old) == ("    a = 1", "    b = 3")


def test_tabs_only_where_the_file_has_them() -> None:
    assert restyled(("if a:", "    b()", "        c()"), ("if a:", "\tb()")) == ("if a:", "\tb()", "\t\tc()")
    assert restyled(("if a:", "    b()"), ("if a:", "  b()")) == ("if a:", "    b()")
