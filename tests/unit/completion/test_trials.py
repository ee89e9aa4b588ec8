"""The fate of the texts that were shown: each is judged once, and stays away from where it was not wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.completion.trials import (
    ACCEPTED_CHARS,
    DISMISSED_CHARS,
    MAX_DISMISSED,
    MAX_OPEN,
    PLACE_LINES,
    Trials,
    Verdict,
)
from tierlsp.text.cursor import Cursor, cursor_in

URI = "file:///a.py"
AREA = "def area(r):\n    █\n\nprint(area(2))\n"
LINE = "return 3.14 * r"


def at(text: str, uri: str = URI) -> Cursor:
    """Return the cursor where `text` has its `█`."""
    before, _, after = text.partition("█")
    lines = (before + after).split("\n")
    return cursor_in(lines, before.count("\n"), len(before.rpartition("\n")[2]), uri=uri)


def typed(text: str, uri: str = URI) -> Cursor:
    """Return the cursor once `text` stands where the text was shown."""
    return at(AREA.replace("█", text + "█"), uri)


def showing(text: str, *, is_model: bool = True) -> Trials:
    trials = Trials()
    trials.shown(at(AREA), text, is_model=is_model)
    return trials


def turned_down(text: str, instead: str) -> Trials:
    """Return the trials after `instead` was typed where `text` was shown."""
    trials = showing(text)
    assert len(trials.judge(typed(instead))) == 1
    return trials


def test_a_text_that_comes_in_one_go_was_taken() -> None:
    assert showing(LINE).judge(typed(LINE)) == [Verdict(1.0, is_accepted=True, is_model=True)]


def test_a_text_typed_key_by_key_was_right_and_not_taken() -> None:
    trials = showing(LINE, is_model=False)
    for length in range(len(LINE)):
        assert trials.judge(typed(LINE[:length])) == []
    assert trials.judge(typed(LINE)) == [Verdict(1.0, is_accepted=False, is_model=False)]


@pytest.mark.parametrize(("chars", "is_accepted"), [(ACCEPTED_CHARS - 1, False), (ACCEPTED_CHARS, True)])
def test_the_rest_of_a_text_is_taken_from_more_characters_than_a_key_brings(chars: int, is_accepted: bool) -> None:
    trials = showing(LINE)
    assert trials.judge(typed(LINE[:-chars])) == []
    assert trials.judge(typed(LINE)) == [Verdict(1.0, is_accepted, is_model=True)]


def test_a_text_is_judged_once() -> None:
    trials = showing(LINE)
    assert len(trials.judge(typed(LINE))) == 1
    assert trials.judge(typed(LINE)) == []
    refused = turned_down(LINE, "yield 1")
    assert refused.judge(typed("yield 12")) == []


def test_a_slip_of_the_finger_says_nothing_and_more_of_it_says_no() -> None:
    trials = showing(LINE)
    assert trials.judge(typed("ret" + "x" * (DISMISSED_CHARS - 1))) == []
    assert trials.judge(typed("ret")) == []
    assert not trials.keeps_away(at(AREA), LINE)
    assert trials.judge(typed("ret" + "x" * DISMISSED_CHARS)) == [Verdict(3 / len(LINE), False, is_model=True)]
    assert trials.keeps_away(at(AREA), LINE)


@pytest.mark.parametrize(("instead", "along"), [("\n", 0), ("ret\n", 3), ("rex\n    ", 2)])
def test_a_line_end_where_the_text_has_none_says_no(instead: str, along: int) -> None:
    trials = showing(LINE)
    assert trials.judge(typed(instead)) == [Verdict(along / len(LINE), False, is_model=True)]


def test_what_the_editor_closes_by_itself_is_not_typed_another_way() -> None:
    trials = showing("print(x)")
    assert trials.judge(at(AREA.replace("█", "print(█)"))) == []
    assert trials.judge(at(AREA.replace("█", "print(x)█"))) == [Verdict(1.0, False, is_model=True)]


def test_only_the_first_line_is_judged() -> None:
    trials = showing(f"{LINE} * r\n\nprint()")
    assert trials.judge(typed(f"{LINE} * r")) == [Verdict(1.0, True, is_model=True)]
    assert turned_down("if r:\n    pass", "yield").keeps_away(at(AREA), "if r:\n    return")


def test_line_ends_before_the_first_line_belong_to_it() -> None:
    trials = showing("\n    x = 1\n    y = 2")
    assert trials.judge(typed("\n")) == []
    assert trials.judge(typed("\n    x")) == []
    assert trials.judge(typed("\n    x = 1")) == [Verdict(1.0, True, is_model=True)]
    assert showing("\n\n    x = 1").judge(typed("\n\n    x = 1")) == [Verdict(1.0, True, is_model=True)]


def test_another_place_or_document_says_nothing_of_a_text() -> None:
    trials = showing(LINE)
    assert trials.judge(typed("yield 1", uri="file:///b.py")) == []
    assert trials.judge(at("def other():\n    yield 1█\n")) == []
    assert trials.judge(typed(LINE)) == [Verdict(1.0, True, is_model=True)]


def test_what_continues_a_shown_text_is_the_same_text() -> None:
    trials = showing(LINE)
    trials.shown(typed("ret"), LINE[3:], is_model=True)
    trials.shown(typed("return"), LINE[6:], is_model=True)
    assert trials.judge(typed(LINE)) == [Verdict(1.0, True, is_model=True)]


def test_a_continuation_that_goes_further_takes_the_shorter_ones_place() -> None:
    trials = showing("return", is_model=False)
    trials.shown(typed("ret"), "urn 1", is_model=True)
    assert trials.judge(typed("return")) == []
    assert trials.judge(typed("return 1")) == [Verdict(1.0, False, is_model=True)]


def test_another_text_at_the_same_place_is_judged_by_itself() -> None:
    trials = showing("return 1")
    trials.shown(typed("ret"), "ry()", is_model=False)
    assert trials.judge(typed("retry()")) == [
        Verdict(3 / 8, False, is_model=True),
        Verdict(1.0, True, is_model=False),
    ]
    assert trials.keeps_away(at(AREA), "return 1")
    assert not trials.keeps_away(at(AREA), "retry()")


def test_a_few_texts_are_open_at_a_time_the_newest_ones() -> None:
    for others, is_open in ((MAX_OPEN - 1, True), (MAX_OPEN, False)):
        trials = showing(LINE)
        for number in range(others):
            trials.shown(at(AREA, f"file:///{number}.py"), LINE, is_model=True)
        assert bool(trials.judge(typed(LINE))) is is_open
        assert len(trials.judge(typed(LINE, "file:///0.py"))) == 1


def test_nothing_is_kept_away_before_it_was_turned_down() -> None:
    trials = showing(LINE)
    assert not trials.keeps_away(at(AREA), LINE)
    trials.judge(typed(LINE))
    assert not trials.keeps_away(at(AREA), LINE)


def test_a_text_stays_away_until_the_person_types_further_along_it() -> None:
    trials = turned_down(LINE, "revise()")
    assert trials.keeps_away(at(AREA), LINE)
    assert trials.keeps_away(typed("re"), LINE[2:])
    assert not trials.keeps_away(typed("ret"), LINE[3:])


def test_another_text_may_come_where_one_was_turned_down() -> None:
    trials = turned_down(LINE, "yield")
    assert not trials.keeps_away(at(AREA), "pass")
    assert not trials.keeps_away(at(AREA), LINE + " * r")


@pytest.mark.parametrize(("changed", "is_away"), [(PLACE_LINES, False), (PLACE_LINES + 1, True)])
def test_a_place_is_recognised_by_some_lines_above_it(changed: int, is_away: bool) -> None:
    above = [f"line {number}" for number in range(PLACE_LINES + 1)]
    trials = Trials()
    trials.shown(at("\n".join([*above, "█"])), LINE, is_model=True)
    trials.judge(at("\n".join([*above, "yield█"])))
    assert trials.keeps_away(at("\n".join([*above, "█"])), LINE)
    above[-changed] = "changed"
    assert trials.keeps_away(at("\n".join([*above, "█"])), LINE) is is_away


def test_a_bounded_number_of_texts_is_kept_away_the_ones_seen_last() -> None:
    trials = Trials()
    texts = [f"text {number}" for number in range(MAX_DISMISSED + 1)]
    for text in texts[:-1]:
        trials.shown(at(AREA), text, is_model=True)
        trials.judge(typed("other"))
    assert trials.keeps_away(at(AREA), texts[0])
    trials.shown(at(AREA), texts[-1], is_model=True)
    trials.judge(typed("other"))
    away = [text for text in texts if trials.keeps_away(at(AREA), text)]
    assert away == [texts[0], *texts[2:]]


@given(text=st.text("ab(", min_size=1, max_size=8), keys=st.text("ab(", min_size=1, max_size=14))
def test_typing_gives_one_verdict_that_says_how_far_it_went_along(text: str, keys: str) -> None:
    trials = showing(text)
    verdicts: list[Verdict] = []
    for length in range(1, len(keys) + 1):
        verdicts += trials.judge(typed(keys[:length]))
    along = max(length for length in range(len(text) + 1) if keys.startswith(text[:length]))
    if along == len(text):
        assert verdicts == [Verdict(1.0, False, is_model=True)]
    elif len(keys) - along >= DISMISSED_CHARS:
        assert verdicts == [Verdict(along / len(text), False, is_model=True)]
        assert trials.keeps_away(at(AREA), text)
    else:
        assert verdicts == []
