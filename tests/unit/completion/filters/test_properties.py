"""What holds for the filters whatever a model writes, and wherever."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.completion.filters.texts import sites, texts
from tierlsp.completion.filters import PIPELINE, run
from tierlsp.completion.filters.base import Cut
from tierlsp.completion.filters.settle_start import START, settle_start
from tierlsp.completion.site import Site

EXAMPLES = 400
"""Enough to find again each of the faults that were found in making the filters; a few seconds."""


def shown(cut: Cut, is_final: bool) -> str:
    """What the engine shows: whole lines while the text grows, all of it once it is over."""
    return cut.text if is_final or cut.stop else cut.text[: max(0, cut.text.rfind("\n"))]


EACH = [apply for apply in (*PIPELINE, *START) if apply is not settle_start]


@settings(max_examples=EXAMPLES, deadline=None)
@given(texts, sites(), st.data())
def test_what_was_shown_is_never_taken_back(text: str, site: Site, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text)), label="first length")
    second = data.draw(st.integers(first, len(text)), label="second length")
    is_final = data.draw(st.booleans(), label="final")
    early = run(text[:first], site, False)
    late = run(text[:second], site, is_final)
    assert shown(late, is_final).startswith(shown(early, False))


@settings(max_examples=EXAMPLES, deadline=None)
@given(texts, sites())
def test_a_stop_is_seen_again_at_the_end(text: str, site: Site) -> None:
    """The engine asks once more, with the text up to the stop, and must get the same."""
    for length in range(len(text) + 1):
        early = run(text[:length], site, False)
        if early.stop:
            assert run(text[:length], site, True).text == early.text
            return


@settings(max_examples=EXAMPLES, deadline=None)
@given(texts, sites())
def test_what_has_passed_the_filters_passes_them_again(text: str, site: Site) -> None:
    once = run(text, site, True).text
    assert run(once, site, True).text == once


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(texts, st.text()), sites(), st.booleans())
def test_no_filter_ever_raises_or_adds_anything(text: str, site: Site, is_final: bool) -> None:
    for apply in EACH:
        cut = apply(text, site, is_final)
        assert len(cut.text) <= len(text)
        if is_final or cut.stop:
            assert cut.reason == (apply.__name__ if cut.stop or cut.text != text else None)


@settings(max_examples=EXAMPLES, deadline=None)
@given(texts, sites())
def test_one_line_is_one_line(text: str, site: Site) -> None:
    result = run(text, Site(site.cursor, is_multiline=False), True).text
    assert "\n" not in result
    assert "\r" not in result
