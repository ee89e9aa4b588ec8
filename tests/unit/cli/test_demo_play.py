"""The demo behaves as an editor does: a change per key, a question a moment later, which the next key cancels."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock, settle
from tierlsp.cli.playing.client import ServerGone
from tierlsp.cli.playing.material import Material
from tierlsp.cli.playing.play import ASK_DELAY_MS, Play
from tierlsp.cli.playing.scene import Line, Scene
from tierlsp.cli.playing.typist import REACTION_MS, Typist
from tierlsp.lsp.documents import Document
from tierlsp.lsp.positions import Encoding

TARGET = "def total(values):\n    result = 0\n    for value in values:\n        result += value\n    return result"
URI = "file:///code/some.py"


class FakeServer:
    """A server in the test's hands, with a document of its own."""

    def __init__(self) -> None:
        self.encoding = Encoding.UTF16
        self.messages: list[str] = []
        self.document = Document(URI, "python", 1)
        self.document.replace_all("above\n\nbelow")
        self.asked: list[tuple[str, Any, asyncio.Future[Any]]] = []
        self.cancelled: list[int] = []
        self.changes = 0
        self.gone: ServerGone | None = None

    def notify(self, method: str, params: Any) -> None:
        assert method == "textDocument/didChange"
        self.changes += 1
        assert params["textDocument"] == {"uri": URI, "version": self.changes + 1}
        for change in params["contentChanges"]:
            self.document.apply(change, self.encoding)

    def ask(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.asked.append((method, params, future))
        return len(self.asked), future

    def cancel(self, id_: int) -> None:
        self.cancelled.append(id_)

    def check(self) -> None:
        if self.gone is not None:
            raise self.gone

    @property
    def questions(self) -> list[Any]:
        return [params for method, params, _ in self.asked if method == "textDocument/inlineCompletion"]

    def answer(self, rest: str | None, model: str = "lookup") -> None:
        """Answer the last question: the cursor's line goes on with `rest`."""
        _, params, future = self.asked[-1]
        items = []
        if rest is not None:
            position = params["position"]
            line = self.document.lines[position["line"]]
            span = {"start": {**position, "character": 0}, "end": position}
            said = {"uri": URI, "outcome": "lookup", "source": "lookup", "model": model}
            command = {"command": "tierlsp.accepted", "title": "", "arguments": [said]}
            items = [{"insertText": line + rest, "range": span, "command": command}]
        future.set_result({"items": items})


class FakeView:
    """A screen that remembers."""

    def __init__(self) -> None:
        self.scenes: list[Scene] = []
        self.told: list[tuple[str, Line]] = []
        self.breaks = False

    def draw(self, scene: Scene) -> None:
        if self.breaks:
            raise BrokenPipeError
        self.scenes.append(scene)

    def tell(self, prefix: str, line: Line) -> None:
        self.told.append((prefix, line))


class Stand:
    """A play with everything around it in the test's hands."""

    def __init__(self, target: str = TARGET, seconds: float = 600.0, speed: float = 1.0) -> None:
        self.clock = FakeClock()
        self.server = FakeServer()
        self.view = FakeView()
        material = Material(Path("/code/some.py"), Path("/code"), "python", ("above",), target, ("below",))
        typist = Typist(7, speed)
        self.play = Play(material, typist, self.server, self.view, self.clock, seconds * 1000.0)
        self.running: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        self.running = asyncio.create_task(self.play.run())
        await settle()

    async def tick(self, ms: float) -> None:
        for _ in range(int(ms)):
            await self.clock.tick(1)

    async def until_asked(self) -> None:
        """Go on to the next question."""
        count = len(self.server.questions)
        for _ in range(20_000):
            if len(self.server.questions) > count:
                return
            await self.clock.tick(1)
        raise AssertionError("no question came")

    @property
    def typed(self) -> str:
        return "\n".join(self.server.document.lines[1:-1])

    @property
    def ghost(self) -> str:
        return self.view.scenes[-1].ghost

    async def end(self) -> None:
        assert self.running is not None
        while not self.running.done():
            await self.clock.tick(50)
        await self.running


async def test_the_whole_text_is_typed_and_nothing_else_changes() -> None:
    stand = Stand()
    await stand.begin()
    await stand.end()
    assert stand.server.document.text == f"above\n{TARGET}\nbelow"
    assert stand.play.score.shares().keys == stand.server.changes


async def test_the_time_is_kept() -> None:
    stand = Stand(seconds=3.0)
    await stand.begin()
    await stand.end()
    assert 3_000 <= stand.play.elapsed_ms < 3_100
    assert 0 < len(stand.typed) < len(TARGET)


async def test_the_question_comes_a_moment_after_the_key() -> None:
    stand = Stand()
    await stand.begin()
    while not stand.server.changes:
        await stand.clock.tick(1)
    pressed_ms = stand.clock.now_ms()
    await stand.until_asked()
    assert stand.clock.now_ms() - pressed_ms == pytest.approx(ASK_DELAY_MS, abs=1)
    assert stand.server.questions[-1] == {
        "textDocument": {"uri": URI},
        "position": {"line": 1, "character": 1},
        "context": {"triggerKind": 2},
    }


async def test_keys_faster_than_the_editor_asks_bring_one_question() -> None:
    stand = Stand(speed=1000.0)
    await stand.begin()
    await stand.end()
    assert len(stand.server.questions) <= 1


async def test_the_next_key_cancels_the_question() -> None:
    stand = Stand()
    await stand.begin()
    await stand.until_asked()
    await stand.until_asked()
    assert stand.server.cancelled == [1]
    assert stand.play.score.figures().withdrawn == 1
    _, _, future = stand.server.asked[0]
    future.set_exception(ServerGone("cancelled"))
    await settle()
    assert stand.ghost == ""
    assert stand.play.score.figures().failed == 0


async def test_a_right_text_stays_while_it_is_typed_along() -> None:
    stand = Stand()
    await stand.begin()
    await stand.until_asked()
    rest = TARGET.split("\n")[0][len(stand.typed) :]
    stand.server.answer(rest)
    await settle()
    assert stand.ghost == rest
    changes = stand.server.changes
    while stand.server.changes == changes:
        await stand.clock.tick(1)
    assert stand.ghost == rest[1:]
    assert stand.play.score.shares().before_next == 2


async def test_a_wrong_text_goes_with_the_next_key() -> None:
    stand = Stand()
    await stand.begin()
    await stand.until_asked()
    stand.server.answer("?????")
    await settle()
    assert stand.ghost == "?????"
    await stand.until_asked()
    assert stand.ghost == ""
    await stand.end()
    assert stand.server.document.text == f"above\n{TARGET}\nbelow"
    assert stand.play.score.figures().taken == 0


async def test_an_empty_answer_clears_what_is_shown() -> None:
    stand = Stand()
    await stand.begin()
    await stand.until_asked()
    stand.server.answer(TARGET.split("\n")[0][len(stand.typed) :])
    await settle()
    await stand.until_asked()
    assert stand.ghost
    stand.server.answer(None)
    await settle()
    assert stand.ghost == ""


async def accepted(stand: Stand) -> float:
    """Answer every question rightly until an answer is taken; return when that was."""
    first_line = TARGET.split("\n")[0]
    while not stand.play.score.taken_count:
        await stand.until_asked()
        if stand.server.asked[-1][0] == "textDocument/inlineCompletion" and len(stand.typed) < len(first_line):
            stand.server.answer(first_line[len(stand.typed) :])
        await settle()
        waited = 0
        while not stand.play.score.taken_count and stand.server.asked[-1][2].done() and waited < REACTION_MS + 50:
            await stand.clock.tick(1)
            waited += 1
            if not stand.server.asked[-1][2].done():
                break
    return stand.clock.now_ms()


async def test_a_right_text_is_taken_after_a_look_and_the_server_is_told() -> None:
    stand = Stand()
    await stand.begin()
    at_ms = await accepted(stand)
    shown_ms = next(line.at_ms for _, line in stand.view.told if line.kind == "lookup")
    assert at_ms - shown_ms >= REACTION_MS
    assert stand.typed == TARGET.split("\n")[0]
    commands = [params for method, params, _ in stand.server.asked if method == "workspace/executeCommand"]
    assert [command["command"] for command in commands] == ["tierlsp.accepted"]
    assert commands[0]["arguments"][0]["outcome"] == "lookup"
    assert stand.view.told[-1][1].kind == "accepted"
    await stand.end()
    assert stand.server.document.text == f"above\n{TARGET}\nbelow"


async def test_after_taking_a_text_the_editor_asks_again() -> None:
    stand = Stand()
    await stand.begin()
    await accepted(stand)
    count = len(stand.server.questions)
    await stand.tick(ASK_DELAY_MS + 1)
    assert len(stand.server.questions) == count + 1


async def test_a_text_that_comes_again_came_up_once() -> None:
    stand = Stand()
    await stand.begin()
    await stand.until_asked()
    line = "def other()"
    stand.server.answer(line[len(stand.typed) :])
    await stand.until_asked()
    stand.server.answer(line[len(stand.typed) :])
    await settle()
    figures = stand.play.score.figures()
    assert figures.shown == 1
    assert figures.rows[0].count == 2


async def test_an_error_is_counted_and_the_typing_goes_on() -> None:
    stand = Stand()
    await stand.begin()
    await stand.until_asked()
    stand.server.asked[-1][2].set_exception(ValueError("broken"))
    await stand.end()
    assert stand.play.score.figures().failed == 1


async def test_a_server_that_is_gone_ends_the_play() -> None:
    stand = Stand()
    await stand.begin()
    await stand.until_asked()
    stand.server.gone = ServerGone("it has ended")
    with pytest.raises(ServerGone, match="it has ended"):
        await stand.end()


async def test_a_screen_that_is_gone_ends_the_play() -> None:
    stand = Stand()
    await stand.begin()
    await stand.until_asked()
    stand.view.breaks = True
    stand.server.answer("x")
    await settle()
    stand.view.breaks = False
    with pytest.raises(BrokenPipeError):
        await stand.end()


async def test_breaking_it_off_keeps_the_score() -> None:
    stand = Stand()
    await stand.begin()
    await stand.until_asked()
    assert stand.running is not None
    stand.running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stand.running
    assert stand.play.score.shares().keys == stand.server.changes
    assert stand.play.elapsed_ms == pytest.approx(stand.clock.now_ms())
    assert stand.server.cancelled == [1]


async def test_the_servers_last_message_is_on_the_screen() -> None:
    stand = Stand()
    await stand.begin()
    stand.server.messages += ["one", "two"]
    await stand.until_asked()
    assert stand.view.scenes[-1].message == "two"
