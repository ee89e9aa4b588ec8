"""What holds for the filters whatever a model writes, and wherever."""

from __future__ import annotations

from collections import Counter

from hypothesis import Phase, given, settings
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


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(texts, sites())
def test_what_was_shown_is_never_taken_back(text: str, site: Site) -> None:
    """Whatever pieces the text comes in, and wherever it ends. A stop ends it, unless it falls within a piece."""
    before = ""
    for length in range(len(text) + 1):
        growing, final = run(text[:length], site, False), run(text[:length], site, True)
        assert shown(final, True).startswith(before)
        assert shown(growing, False).startswith(before)
        if not growing.stop:
            before = shown(growing, False)


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


LEAST_SHARES = {
    "stopped while it grew": 0.5,
    "some lines shown before its end": 0.45,
    "shown to be more as it grew": 0.07,
    "cut": 0.55,
    "cut, and something is left": 0.4,
    "left as it was": 0.07,
    "several lines made one": 0.4,
}
"""Shares of the cases in which the properties above have something to say; about two thirds of what was measured."""


OFTEN = (
    "keep_one_line",
    "drop_leading_blanks",
    "cut_special_tokens",
    "balance_brackets",
    "trim_blanks",
    "unify_line_ends",
    "unwrap_answer",
    "limit_scope",
)
"""Filters with work in one of thirty cases or more. Chance brings it to the others too seldom to count on; their
golden cases do."""


def test_the_cases_are_such_that_the_properties_say_something() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(texts, sites())
    def count(text: str, site: Site) -> None:
        growing = [run(text[:length], site, False) for length in range(len(text) + 1)]
        shown_while_growing = {shown(cut, False) for cut in growing} - {""}
        final = run(text, site, True)
        one_line = run(text, Site(site.cursor, is_multiline=False), True).text
        seen["all"] += 1
        seen["stopped while it grew"] += any(cut.stop for cut in growing)
        seen["some lines shown before its end"] += bool(shown_while_growing)
        seen["shown to be more as it grew"] += len(shown_while_growing) > 1
        seen["cut"] += final.text != text
        seen["cut, and something is left"] += final.text not in ("", text)
        seen["left as it was"] += bool(text) and final.text == text
        seen["several lines made one"] += bool(one_line) and "\n" in text
        seen.update({name for cut in (final, *growing) if cut.reason for name in cut.reason.split(", ")})

    count()
    shares = {name: seen[name] / seen["all"] for name in LEAST_SHARES}
    assert [f"{name}: {shares[name]:.0%}" for name, least in LEAST_SHARES.items() if shares[name] < least] == []
    assert [name for name in OFTEN if seen[name] < EXAMPLES // 100] == []
