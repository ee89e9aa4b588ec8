from dataclasses import replace

from tests.unit.completion.lookup.asking import guess_at
from tierlsp.completion.lookup.confidence import LINE_GATE, Evidence, line_confidence, prefix_confidence

MIDDLING = Evidence("range(10)", matched=6, share=0.7, voters=4)


def test_more_evidence_makes_a_guess_surer_and_a_longer_text_less_sure() -> None:
    for confidence in (line_confidence, prefix_confidence):
        sure = confidence(MIDDLING)
        assert confidence(replace(MIDDLING, matched=12)) > sure
        assert confidence(replace(MIDDLING, share=1.0)) > sure
        assert confidence(replace(MIDDLING, voters=9)) > sure
        assert confidence(replace(MIDDLING, text="range(10) if found else None")) < sure
        assert 0.0 < sure < 1.0


def test_one_short_match_alone_is_not_shown() -> None:
    assert line_confidence(Evidence("range(10)", matched=2, share=1.0, voters=1)) < LINE_GATE
    guess = guess_at("rows = load(path, 7)\n\nnames = load(█")
    assert guess is not None
    assert guess.text == "path, 7)"
    assert not guess.is_confident


def test_a_line_that_several_places_agree_on_is_shown() -> None:
    guess = guess_at("""\
    for name in names:
        print(name)
    for name in names:
        print(name)
    for name in names:
        print(name)
    for name in names:
        print(█""")
    assert guess is not None
    assert (guess.text, guess.is_confident) == ("name)", True)
    assert guess.share > 0.9
    assert guess.match_tokens > 6


def test_places_that_differ_are_not_shown_as_a_whole() -> None:
    lines = [f"    self.assertEqual(result, {number})" for number in range(30)]
    guess = guess_at("\n".join(lines) + "\n    self.assertEqual(result, █")
    assert guess is not None
    assert not guess.is_confident
    assert guess.share < 0.5


def test_what_they_agree_on_is_shown_if_it_is_long_enough() -> None:
    lines = [f"    self.assertEqual(result, {number})" for number in range(30)]
    guess = guess_at("\n".join(lines) + "\n    self.assertEq█")
    assert guess is not None
    assert (guess.text, guess.is_confident) == ("ual(result,", True)
    short = guess_at("\n".join(lines) + "\n    self.assertEqual(re█")
    assert short is not None
    assert not short.is_confident


def test_a_beginning_is_not_offered_before_a_suffix_it_would_not_meet() -> None:
    lines = [f"    self.assertEqual(result, {number})" for number in range(30)]
    guess = guess_at("\n".join(lines) + "\n    self.assertEq█)")
    assert guess is not None
    assert not guess.is_confident
