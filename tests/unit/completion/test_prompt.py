from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import FakeBackend
from tests.fixture import at
from tierlsp.backends.families import FAMILIES, Family, Order, family_of, neutralise
from tierlsp.completion.prompt import Layout, build_request, puts_line_last, warm_up_request
from tierlsp.completion.supply import Serving
from tierlsp.completion.window import next_window
from tierlsp.completion.window_size import WindowSize
from tierlsp.text.cursor import cursor_in

SIZE = WindowSize(2_000, 500)
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
WINDOW = next_window(None, at("a = 1\nb = █ + 2\nc = 3\n"), SIZE)


def serving(family: Family | None) -> Serving:
    return Serving(FakeBackend(), family.name if family else "mine", family)


QWEN = family_of("qwen2.5-coder")


def test_one_line_is_stopped_at_its_end_by_the_server() -> None:
    many = build_request(WINDOW, serving(QWEN), "auto", 64)
    one = build_request(WINDOW, serving(QWEN), "auto", 64, is_multiline=False)
    assert QWEN is not None
    assert many.stop == QWEN.stop
    assert one.stop == ("\n", *QWEN.stop)
    assert (one.prompt, one.max_tokens) == (many.prompt, 64)


def test_a_server_that_builds_the_prompt_gets_both_sides_as_they_are() -> None:
    window = next_window(None, at("a = 1\nb = '<|fim_middle|>█\nc = 3\n"), SIZE)
    request = build_request(window, serving(None), "lineAfterMiddle", 64, is_multiline=False)
    assert request.prompt is None
    assert (request.prefix, request.suffix) == ("a = 1\nb = '<|fim_middle|>", "\nc = 3\n")
    assert request.stop == ("\n",)


@pytest.mark.parametrize("family", [*FAMILIES, None], ids=lambda family: family.name if family else "unknown")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_warm_up_has_the_prompt_of_the_completion_that_follows(family: Family | None, layout: Layout) -> None:
    warm = warm_up_request(WINDOW, serving(family), layout)
    real = build_request(WINDOW, serving(family), layout, 64)
    assert (warm.prompt, warm.prefix, warm.suffix) == (real.prompt, real.prefix, real.suffix)
    assert warm.max_tokens == 1


def test_only_families_with_evidence_get_the_line_after_the_middle_token_by_themselves() -> None:
    assert [family.name for family in FAMILIES if puts_line_last(family, "auto")] == ["qwen-coder"]
    assert all(puts_line_last(family, "lineAfterMiddle") for family in FAMILIES)
    assert not any(puts_line_last(family, "native") for family in FAMILIES)


@st.composite
def documents(draw: st.DrawFn, family: Family) -> tuple[str, str, str]:
    """The text up to the cursor, what is typed then, and what follows, of pieces of special tokens."""
    cut = st.sampled_from(family.neutralised).flatmap(
        lambda token: st.integers(0, len(token)).map(lambda at: [token[:at], token[at:]])
    )
    halves = st.one_of(cut, st.sampled_from([["\n"], [" "], ["x = "], ["<"], ["["], ["|>"], ["]"]]))
    pieces = [piece for both in draw(st.lists(halves, max_size=8)) for piece in both]
    one, other = sorted(draw(st.tuples(st.integers(0, len(pieces)), st.integers(0, len(pieces)))))
    return "".join(pieces[:one]), "".join(pieces[one:other]), "".join(pieces[other:])


@settings(deadline=None, max_examples=400)
@given(st.data(), st.sampled_from(FAMILIES), st.sampled_from(LAYOUTS))
def test_the_only_special_tokens_of_a_prompt_are_its_own(data: st.DataObject, family: Family, layout: Layout) -> None:
    """However the person's text is cut at the cursor, typed on, and joined with the tokens around it."""
    before, typed, after = data.draw(documents(family))
    window = None
    for text in (before, before + typed):
        lines = text.split("\n")
        cursor = cursor_in((text + after).split("\n"), len(lines) - 1, len(lines[-1]))
        window = next_window(window, cursor, SIZE)
        prompt = build_request(window, serving(family), layout, 64).prompt
        assert prompt is not None
        own = [token.strip() for token in (family.prefix_token, family.suffix_token, family.middle_token) if token]
        counts = {token: prompt.count(token) for token in family.neutralised if token in prompt}
        assert counts == dict.fromkeys(own, 1)


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sampled_from(FAMILIES), st.sampled_from(LAYOUTS))
def test_the_line_left_of_the_cursor_stands_where_the_model_goes_on(
    data: st.DataObject, family: Family, layout: Layout
) -> None:
    before, typed, after = data.draw(documents(family))
    lines = (before + typed).split("\n")
    window = next_window(None, cursor_in((before + typed + after).split("\n"), len(lines) - 1, len(lines[-1])), SIZE)
    request = build_request(window, serving(family), layout, 64)
    assert request.prompt is not None
    line = neutralise(lines[-1], family)
    if puts_line_last(family, layout):
        end = family.middle_token + line if family.order is Order.PREFIX_FIRST else line
    elif family.order is Order.SUFFIX_FIRST:
        end = line + family.middle_token
    else:
        end = line + family.suffix_token + request.suffix + family.middle_token
    assert request.prompt.endswith(end)
    assert request.prefix.endswith(line)
    assert len(request.prefix) == len(before + typed)


def test_nothing_of_the_files_name_is_in_a_prompt() -> None:
    for family in FAMILIES:
        one, other = (
            build_request(next_window(None, at("a█\n", uri=uri), SIZE), serving(family), "auto", 64)
            for uri in ("file:///one.py", "file:///other.py")
        )
        assert one == other
