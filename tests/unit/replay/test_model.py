"""What stands in for the model: its tokens and its answers."""

import pytest

from bench.replay.material import Material
from bench.replay.oracle import Oracle, Site, spoken
from bench.replay.tokens import common_tokens, tokens_of
from tests.unit.replay.stretches import STRETCHES


def sites(material: Material) -> list[Site]:
    return [
        Site(line, material.lines[line][:column], True)
        for line in range(material.first, material.last + 1)
        for column in range(len(material.lines[line]))
    ]


def test_tokens_are_the_text() -> None:
    text = "<|fim_prefix|>def foo_bar(value):\n    return 1234 ** value  # naïve\n\n[SUFFIX]x"
    assert "".join(tokens_of(text)) == text
    assert {"<|fim_prefix|>", "[SUFFIX]", "\n    "} <= set(tokens_of(text))


def test_a_key_at_the_end_changes_the_last_tokens_only() -> None:
    before, after = tokens_of("    return self.tot"), tokens_of("    return self.tota")
    assert len(after) - common_tokens(before, after) <= 2


@pytest.mark.parametrize("material", STRETCHES, ids=lambda material: material.name)
def test_answers_depend_on_the_place_alone(material: Material) -> None:
    forwards, backwards = Oracle(material, 0.35, 1), Oracle(material, 0.35, 1)
    backwards.line = material.last
    places = sites(material)
    assert [forwards.answer(site) for site in places] == [backwards.answer(site) for site in places[::-1]][::-1]


@pytest.mark.parametrize(("accuracy", "low", "high"), [(0.35, 0.25, 0.65), (0.6, 0.5, 0.9), (1.0, 1.0, 1.0)])
def test_the_share_of_right_lines_follows_the_accuracy(accuracy: float, low: float, high: float) -> None:
    right = total = 0
    for material in STRETCHES:
        for seed in range(3):
            oracle = Oracle(material, accuracy, seed)
            for site in sites(material):
                total += 1
                right += oracle.answer(site).split("\n")[0] == material.lines[site.line][len(site.typed) :]
    assert low <= right / total <= high


def test_half_of_the_wrong_answers_are_wrong_from_their_first_sign() -> None:
    at_once = wrong = 0
    for material in STRETCHES:
        for seed in range(40):
            oracle = Oracle(material, 0.0, seed)
            for line in range(material.first, material.last + 1):
                target = material.lines[line].lstrip()
                if target:
                    indent = material.lines[line][: -len(target)]
                    said = oracle.answer(Site(line, indent, True)).split("\n")[0]
                    wrong += said != target
                    at_once += said[:1] != target[0]
    assert 0.45 <= at_once / wrong <= 0.55


def test_a_request_is_found_where_the_person_is_and_where_they_will_be() -> None:
    material = STRETCHES[0]
    oracle = Oracle(material, 1.0, 1)
    for line in range(material.first, material.last + 1):
        prefix = "\n".join(material.lines[: line + 1])[:-1]
        if material.lines[line]:
            assert oracle.site_of(prefix) == Site(line, material.lines[line][:-1], True)


def test_a_slip_is_not_the_truth() -> None:
    material = STRETCHES[0]
    prefix = "\n".join([*material.lines[: material.first], "qq"])
    assert not Oracle(material, 1.0, 1).site_of(prefix).is_true


def test_a_stop_text_ends_the_answer_and_costs_a_token() -> None:
    assert list(spoken("a b\nc", ("\n",), 64)) == ["a", " b", ""]
    assert list(spoken("a b c", (), 2)) == ["a", " b"]
