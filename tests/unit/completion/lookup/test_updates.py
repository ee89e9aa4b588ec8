"""The index answers for the lines as they are, whatever edits led to them, and whoever carried the edits out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.completion.lookup.asking import URI, Asked
from tierlsp.completion.lookup import Guess, context, document, documents, tape

LONGEST = 40
"""Stands in for `MAX_LINE_CHARS`, so that a failing case can be read."""

LINES = (
    "",
    "    ",
    "def load(path):",
    "    return open(path, mode)",
    "    return open(path,  other)",
    "  data = open(path, mode)",
    "data = open(path, other)",
    "if data:",
    "    data = load(path)",
    ")",
    "x" * (LONGEST + 1),
)


@pytest.fixture(autouse=True, scope="module")
def short_lines() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (tape, context, document):
            patch.setattr(module, "MAX_LINE_CHARS", LONGEST)
        yield


line = st.sampled_from(LINES)
text = st.lists(line, max_size=14)


@st.composite
def edits(draw: st.DrawFn) -> tuple[list[str], list[tuple[int, int, list[str]]], list[list[str]]]:
    """A text, edits of it, and the text after each of them."""
    lines = draw(text)
    first = list(lines)
    made: list[tuple[int, int, list[str]]] = []
    stages: list[list[str]] = []
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, len(lines)))
        removed = draw(st.integers(0, min(4, len(lines) - start)))
        added = draw(st.lists(line, max_size=4))
        lines = [*lines[:start], *added, *lines[start + removed :]]
        made.append((start, removed, added))
        stages.append(lines)
    return first, made, stages


def answers(asked: Asked, lines: list[str]) -> list[Guess | None]:
    """What is guessed at the end of a few beginnings of each line, and on a new line at the end."""
    found: list[Guess | None] = []
    for at, whole in enumerate(lines):
        for column in sorted({0, len(whole) // 2, len(whole)}):
            found.append(asked.guess(lines, at, column))
    return found


def fresh(lines: list[str]) -> list[Guess | None]:
    asked = Asked()
    asked.open(lines)
    return answers(asked, lines)


@settings(max_examples=150, deadline=None)
@given(edits())
def test_edits_lead_to_the_answers_of_the_text_they_lead_to(
    case: tuple[list[str], list[tuple[int, int, list[str]]], list[list[str]]],
) -> None:
    first, made, stages = case
    asked = Asked()
    asked.open(first)
    for edit in made:
        asked.lookup.change(URI, *edit)
    assert answers(asked, stages[-1]) == fresh(stages[-1])


@settings(max_examples=80, deadline=None)
@given(edits(), st.data())
def test_so_they_do_when_guesses_come_in_between(
    case: tuple[list[str], list[tuple[int, int, list[str]]], list[list[str]]], data: st.DataObject
) -> None:
    first, made, stages = case
    asked = Asked()
    asked.open(first)
    for edit, lines in zip(made, stages, strict=True):
        asked.lookup.change(URI, *edit)
        if lines:
            at = data.draw(st.integers(0, len(lines) - 1))
            asked.guess(lines, at, len(lines[at]))
    assert answers(asked, stages[-1]) == fresh(stages[-1])


@settings(max_examples=120, deadline=None)
@given(edits(), st.data())
def test_so_they_do_when_the_worker_has_the_document_meanwhile(
    case: tuple[list[str], list[tuple[int, int, list[str]]], list[list[str]]], data: st.DataObject
) -> None:
    first, made, stages = case
    with pytest.MonkeyPatch.context() as patch:
        # Everything but single lines goes to the worker, a line at a time, and any dead token wears a tape out.
        patch.setattr(documents, "INLINE_LINES", 1)
        patch.setattr(documents, "MAX_COMPARED_LINES", 0)
        patch.setattr(document, "STEP_CHARS", 1)
        patch.setattr(document, "_COMPACT_FROM_TOKENS", 0)
        asked = Asked()
        asked.lookup.open(URI, first)
        for edit, lines in zip(made, stages, strict=True):
            asked.runner.run(data.draw(st.integers(0, 6)))
            asked.lookup.change(URI, *edit)
            if lines and data.draw(st.booleans()):
                asked.guess(lines, 0, len(lines[0]))
        asked.settle()
        assert answers(asked, stages[-1]) == fresh(stages[-1])


@settings(max_examples=60, deadline=None)
@given(text, text)
def test_a_new_full_text_leads_to_its_own_answers(old: list[str], new: list[str]) -> None:
    asked = Asked()
    asked.open(old)
    asked.open(new)
    assert answers(asked, new) == fresh(new)


def test_a_worn_tape_is_written_anew_and_edits_meanwhile_are_kept() -> None:
    names = ("alpha", "beta", "gamma")
    lines = [f"{name} = call({name})" for name in names]
    asked = Asked()
    asked.open(lines)
    turn = edits_to_come = 50
    while edits_to_come:
        at = turn % len(names)
        lines[at] = f"{names[at]} = call({turn})"
        asked.lookup.change(URI, at, 1, [lines[at]])
        turn += 1
        assert turn < 5_000, "the tape is never written anew"
        # The last edits come while the worker writes; it has not begun yet.
        edits_to_come -= asked.lookup.stats.is_crawling
    worn_bytes = asked.lookup.stats.size_bytes
    assert answers(asked, lines) == fresh(lines)
    asked.settle()
    assert asked.lookup.stats.size_bytes < worn_bytes / 2
    assert answers(asked, lines) == fresh(lines)


def test_an_edit_between_the_workers_last_look_and_the_hand_over_is_kept() -> None:
    tasks: list[Iterator[None]] = []
    handed: list[Callable[[], None]] = []
    open_documents = documents.Documents(tasks.append, handed.append, max_bytes=1 << 30)
    open_documents.open(URI, [f"line_{number}" for number in range(documents.INLINE_LINES + 1)])
    assert open_documents.get(URI) is None
    for _ in tasks.pop():
        pass
    open_documents.change(URI, 3, 1, ["edited", "and more"])
    assert open_documents.get(URI) is None
    handed.pop()()
    document = open_documents.get(URI)
    assert document is not None
    assert list(document.snapshot())[2:6] == ["line_2", "edited", "and more", "line_4"]


def test_a_text_too_large_for_the_memory_is_left_out_and_does_no_harm() -> None:
    asked = Asked(max_bytes=200_000)
    lines = [f"value_{number} = call({number}, other)" for number in range(5_000)]
    asked.open(lines)
    asked.lookup.change(URI, 2, 1, ["value = call("])
    assert asked.guess(lines, 2, 5) is None
    assert asked.lookup.stats.size_bytes <= 200_000


def test_closing_while_the_worker_has_the_document_forgets_it() -> None:
    asked = Asked()
    asked.lookup.open(URI, [f"value_{number} = call({number}, other)" for number in range(500)])
    asked.runner.run(3)
    asked.lookup.close(URI)
    asked.lookup.open(URI, ["nothing = here"])
    asked.settle()
    assert asked.text_after("value_7 = call(") is None
    assert asked.text_after("nothing = ") == "here"
