"""The points at which a run is cancelled, from the first question to the person to the edit that is on its way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.protocol.cell import Cell
from tests.protocol.client import DEADLINE_S, Message
from tests.protocol.every_action import CHECKED, Gives, Row
from tests.protocol.failure_classes import Failure, Spent, always
from tests.protocol.room import Room
from tests.protocol.waiting import until
from tests.servers.chat_faults import ChatFault, hang
from tests.servers.chat_wires import Wire
from tests.servers.loopback import Exchange

PIECE = "It computes"
"""What has come of an answer that stops in the middle."""


async def headers(exchange: Exchange, wire: Wire) -> None:
    """Begin an answer, and send nothing of it."""
    await exchange.start_chunked(wire.content_type)
    await exchange.until_gone()


async def middle(exchange: Exchange, wire: Wire) -> None:
    """Send a part of an answer, and no more of it."""
    await exchange.start_chunked(wire.content_type)
    await exchange.chunk(wire.head() + wire.piece(PIECE))
    await exchange.until_gone()


@dataclass(frozen=True)
class Point:
    """Where a run is when it is cancelled."""

    name: str
    at: str = ""
    """The server's request that the editor has and has not answered."""
    serve: Callable[[Exchange, Wire], Any] | None = None
    """What the provider does with the question that is on its way then."""
    answers_before: int = 0
    """Questions that have been answered then, each with something that is of no use."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    why_not: Callable[[Row], str] = always

    def __str__(self) -> str:
        return self.name


def _not_chosen(row: Row) -> str:
    return "" if row.gives in (Gives.CHOICES, Gives.FILES) else "the person is asked nothing about its result"


def _not_repaired(row: Row) -> str:
    return "" if row.gives in {*CHECKED, Gives.FINDINGS} else "it is asked for once"


def _not_handed(row: Row) -> str:
    return "its findings are shown before their page" if row.gives is Gives.FINDINGS else ""


POINTS: tuple[Point, ...] = (
    Point("it is about to begin", at="window/workDoneProgress/create"),
    Point("the person is asked for consent", at="window/showMessageRequest", settings={"cloud": "ask"}),
    Point("the question is on its way", serve=hang),
    Point("before the first word", serve=headers),
    Point("in the middle of the answer", serve=middle),
    Point("while it is repaired", serve=hang, answers_before=1, why_not=_not_repaired),
    Point("the person chooses", at="window/showMessageRequest", why_not=_not_chosen),
    Point("the editor has the result", at="workspace/applyEdit", why_not=_not_handed),
)
"""In the order in which a run comes to them."""


class Cancelled(Cell):
    """A run of `row` that is cancelled at `point`."""

    def __init__(self, room: Room, row: Row, point: Point) -> None:
        answers = ("wrong", "good") if point.answers_before else ("good",)
        spent = Spent.NOTHING if point.serve is None else Spent.ESTIMATE
        super().__init__(room, row, Failure(point.name, settings=point.settings, answers=answers, spent=spent))
        self.point = point
        self.exchange: Exchange | None = None
        """The question that was on its way."""
        self.is_cancelled = False

    # ------------------------------------------------------------------ up to the point

    def _prepare_provider(self) -> None:
        super()._prepare_provider()
        if self.point.serve is not None and not self.point.answers_before:
            self.room.provider.always = ChatFault(self.point.name, self._serve)

    def _answer(self, body: dict[str, Any]) -> Any:
        answer = super()._answer(body)
        if self.point.answers_before and self.point.serve is not None:
            # From the next question on.
            self.room.provider.always = ChatFault(self.point.name, self._serve)
        return answer

    async def _serve(self, exchange: Exchange, wire: Wire) -> None:
        assert self.point.serve is not None
        self.exchange = exchange
        await self.point.serve(exchange, wire)

    async def _meanwhile(self) -> None:
        if self.point.serve is None:
            return
        await until(lambda: self.exchange is not None and (self.point.serve is hang or self.exchange.bytes_sent > 0))
        # What the provider has sent so far is read before a second answer of the server's.
        await self.room.command("tierlsp.usage")
        self.cancel()
        exchange = self.exchange
        assert exchange is not None
        async with asyncio.timeout(DEADLINE_S):
            await exchange.until_gone()

    def _take(self, message: Message) -> None:
        if not self.is_cancelled and self._is_at(message):
            self.seen.questions += [tuple(each["title"] for each in message["params"].get("actions", ()))]
            self.cancel()
            return
        super()._take(message)

    def _is_at(self, message: Message) -> bool:
        """Whether `message` is the request at which the run is cancelled: the editor does not get to answer it."""
        row, method = self.row, message["method"]
        wanted = self.point.at
        if self.point.name == "the person chooses" and row.gives is Gives.FILES and self.room.profile == "vscode":
            # It shows changes itself, and asks there.
            wanted = "workspace/applyEdit"
        if wanted == "workspace/applyEdit" and row.gives is Gives.TEXT:
            wanted = "window/showDocument"
        return bool(wanted) and method == wanted

    def cancel(self) -> None:
        """Cancel it as this editor does: VS Code by the progress that it shows, the others by the command."""
        self.is_cancelled = True
        if self.room.profile == "vscode" and self.point.at != "window/workDoneProgress/create":
            self.room.client.notify("window/workDoneProgress/cancel", {"token": self.identifier})
            return
        arguments = [{"runId": self.identifier}]
        self.room.client.ask("workspace/executeCommand", {"command": "tierlsp.cancel", "arguments": arguments})

    # ------------------------------------------------------------------ afterwards

    def _is_booked(self, models: dict[str, Any]) -> bool:
        """Whether each question that was sent is booked: those that were answered as counted, the others estimated."""
        return super()._is_booked(models) and not [
            name
            for name in models
            if name.startswith(f"{self.room.name}/") and name.partition("/")[2] not in self.questions()
        ]
