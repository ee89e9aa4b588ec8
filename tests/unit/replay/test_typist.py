"""The person who types."""

import pytest

from bench.replay.buffer import buffer_of
from bench.replay.material import Material
from bench.replay.typist import Key, Person, Typist
from tests.unit.replay.stretches import STRETCHES

CAREFUL = Person(slip_share=0.0)


def keys_of(material: Material, person: Person, seed: int = 1) -> tuple[list[Key], list[str]]:
    buffer, typist, keys = buffer_of(material), Typist(material, person, seed), []
    while (key := typist.next_key(buffer)) is not None:
        if key.name != "move":
            key.press(buffer)
        keys.append(key)
    return keys, [line.rstrip() for line in buffer.lines]


@pytest.mark.parametrize("material", STRETCHES, ids=lambda material: material.name)
@pytest.mark.parametrize("seed", range(5))
def test_what_is_typed_is_the_file(material: Material, seed: int) -> None:
    assert keys_of(material, Person(), seed)[1] == list(material.lines)


@pytest.mark.parametrize("material", STRETCHES, ids=lambda material: material.name)
def test_the_indentation_that_the_editor_puts_in_is_not_typed(material: Material) -> None:
    keys = keys_of(material, CAREFUL)[0]
    stretch = material.lines[material.first : material.last + 1]
    signs = sum(len(line.strip()) for line in stretch)
    assert sum(key.name == "text" for key in keys) == signs
    assert sum(key.name == "enter" for key in keys) == len(stretch) - 1


def test_every_slip_is_taken_back() -> None:
    careful, hasty = (keys_of(STRETCHES[0], person)[0] for person in (CAREFUL, Person(slip_share=0.2)))
    more = len(hasty) - len(careful)
    added = sum(key.name == "backspace" for key in hasty) - sum(key.name == "backspace" for key in careful)
    assert added > 20
    assert more == 2 * added


def test_gaps_have_the_median_that_is_asked_for() -> None:
    gaps = sorted(key.gap_ms for material in STRETCHES for key in keys_of(material, CAREFUL)[0])
    assert 115.0 <= gaps[len(gaps) // 2] <= 150.0
