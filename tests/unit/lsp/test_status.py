"""The status line: what changed arrives, and not more than twice a second."""

from __future__ import annotations

from tests.fakes import FakeClock
from tierlsp.lsp.status import BETWEEN_MS, StatusLine


class Rig:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.state: dict[str, object] = {"n": 0}
        self.sent: list[object] = []
        self.line = StatusLine(self.clock, lambda method, params: self.sent.append(params["n"]), self.read)

    def read(self) -> dict[str, object]:
        return dict(self.state)

    def set(self, value: int) -> None:
        self.state["n"] = value
        self.line.changed()


async def test_the_first_change_goes_out_at_once_and_the_last_always() -> None:
    rig = Rig()
    for value in range(1, 10):
        rig.set(value)
    assert rig.sent == [1]
    await rig.clock.tick(BETWEEN_MS)
    assert rig.sent == [1, 9]


async def test_a_hundred_changes_a_second_are_two_messages_a_second() -> None:
    rig = Rig()
    for value in range(1, 1001):
        rig.set(value)
        await rig.clock.tick(10)
    assert len(rig.sent) <= 10_000 / BETWEEN_MS + 1


async def test_a_state_that_is_as_before_is_not_sent_again() -> None:
    rig = Rig()
    rig.set(1)
    await rig.clock.tick(BETWEEN_MS)
    rig.set(1)
    await rig.clock.tick(BETWEEN_MS)
    assert rig.sent == [1]


async def test_nothing_is_sent_after_the_end() -> None:
    rig = Rig()
    rig.set(1)
    rig.set(2)
    rig.line.close()
    await rig.clock.tick(BETWEEN_MS)
    assert rig.sent == [1]
