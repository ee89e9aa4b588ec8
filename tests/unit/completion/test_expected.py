"""The next request's place: told as soon as the text changes, to an editor that has done what was expected."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes import FakeClock
from tierlsp.completion.expected import SETTLE_MS, Expected
from tierlsp.text.cursor import Cursor, cursor_in


def place(version: int, column: int = 0) -> Cursor:
    return cursor_in(["x = 1"], 0, column, uri="file:///a.py", version=version)


class Rig:
    """Expects requests, and remembers which places it was told of."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.told: list[Cursor] = []
        self.asked_for = 0
        """How often the likely place was worked out."""
        self.expected = Expected(self.clock, self.told.append)

    def change(self, cursor: Cursor) -> None:
        """Take a change without the time that makes its request expected."""

        def likely() -> Cursor:
            self.asked_for += 1
            return cursor

        self.expected.changed(likely)

    async def key(self, cursor: Cursor) -> None:
        self.change(cursor)
        await self.clock.tick(SETTLE_MS)

    async def proven(self) -> Rig:
        await self.key(place(1))
        self.expected.asked(place(1))
        return self


async def test_nothing_is_told_before_the_editor_has_done_what_was_expected() -> None:
    rig = Rig()
    await rig.key(place(1))
    assert rig.told == []
    rig.expected.asked(place(1))
    assert rig.told == []


async def test_an_editor_that_asked_where_it_was_expected_is_trusted_with_the_next_change() -> None:
    rig = await Rig().proven()
    for version in range(2, 5):
        await rig.key(place(version))
        assert rig.told[-1] == place(version)
        rig.expected.asked(place(version))
    assert len(rig.told) == 3


async def test_an_editor_that_asked_elsewhere_is_not_trusted() -> None:
    rig = await Rig().proven()
    await rig.key(place(2))
    rig.expected.asked(place(2, column=3))
    await rig.key(place(3))
    assert rig.told == [place(2)]


async def test_a_request_for_another_version_was_not_the_expected_one() -> None:
    rig = Rig()
    await rig.key(place(1))
    rig.expected.asked(place(2))
    await rig.key(place(3))
    assert rig.told == []


async def test_without_versions_nothing_can_be_proven() -> None:
    rig = Rig()
    for _ in range(3):
        await rig.key(replace(place(1), version=None))
        rig.expected.asked(replace(place(1), version=None))
    assert rig.told == []


async def test_trust_that_was_lost_is_won_again_by_one_request() -> None:
    rig = await Rig().proven()
    await rig.key(place(2))
    rig.expected.asked(place(2, column=3))
    await rig.key(place(3))
    rig.expected.asked(place(3))
    await rig.key(place(4))
    assert rig.told == [place(2), place(4)]


async def test_a_change_that_no_request_follows_ends_the_trust() -> None:
    rig = await Rig().proven()
    await rig.key(place(2))
    await rig.key(place(3))
    await rig.key(place(4))
    assert rig.told == [place(2)]


async def test_the_place_is_worked_out_when_the_change_has_settled_and_not_before() -> None:
    rig = await Rig().proven()
    rig.change(place(2))
    await rig.clock.tick(SETTLE_MS / 2)
    assert (rig.asked_for, rig.told) == (1, [])
    await rig.clock.tick(SETTLE_MS / 2)
    assert (rig.asked_for, rig.told) == (2, [place(2)])


async def test_a_request_in_the_same_breath_needs_no_expecting_and_costs_no_trust() -> None:
    rig = await Rig().proven()
    rig.change(place(2))
    rig.expected.asked(place(2, column=4))
    await rig.clock.tick(10 * SETTLE_MS)
    assert rig.told == []
    await rig.key(place(3))
    assert rig.told == [place(3)]


async def test_of_changes_in_one_breath_the_last_one_counts() -> None:
    rig = await Rig().proven()
    rig.change(place(2))
    rig.change(place(3))
    await rig.clock.tick(10 * SETTLE_MS)
    assert rig.told == [place(3)]
    assert rig.asked_for == 2


async def test_a_change_that_leads_nowhere_is_not_followed() -> None:
    rig = await Rig().proven()
    rig.change(place(2))
    rig.expected.changed(None)
    await rig.clock.tick(10 * SETTLE_MS)
    assert rig.told == []
    await rig.key(place(3))
    assert rig.told == [place(3)]


async def test_a_second_request_after_the_expected_one_costs_no_trust() -> None:
    rig = await Rig().proven()
    rig.expected.asked(place(1, column=5))
    await rig.key(place(2))
    assert rig.told == [place(2)]


async def test_what_is_forgotten_must_be_proven_anew() -> None:
    rig = await Rig().proven()
    rig.change(place(2))
    rig.expected.forget()
    await rig.clock.tick(10 * SETTLE_MS)
    assert rig.told == []
    await rig.key(place(3))
    assert rig.told == []
    rig.expected.asked(place(3))
    await rig.key(place(4))
    assert rig.told == [place(4)]


async def test_a_place_that_was_forgotten_proves_nothing() -> None:
    rig = Rig()
    await rig.key(place(1))
    rig.expected.forget()
    rig.expected.asked(place(1))
    await rig.key(place(2))
    assert rig.told == []
