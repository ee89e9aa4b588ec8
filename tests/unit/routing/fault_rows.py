"""The fault table: everything that can go wrong with a provider, and one run against it over the real backends.

Each row is played by the first of two models; the second one is well. Time is virtual (`tests.jumping`), the limits are
those of a code action divided by thirty.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import NamedTuple
from unittest.mock import patch

from tests.jumping import JumpingClock, run_jumping
from tests.servers.chat_faults import FAULTS, ChatFault
from tests.servers.fake_chat import FakeChat
from tests.unit.routing.calling import FlatPrices, MemoryAccounts, OpenGate, Told
from tierlsp.backends.base import BackendSpec
from tierlsp.backends.chat import ChatBackend
from tierlsp.backends.connections import load_client
from tierlsp.backends.keys import ApiKey
from tierlsp.backends.limits import Limits
from tierlsp.backends.open import open_chat_backend
from tierlsp.errors import NeedsConsent
from tierlsp.privacy.outbound import Destination, Part
from tierlsp.routing.booking import Bookings
from tierlsp.routing.caller import RunCaller
from tierlsp.routing.calls import Call, CallFailed
from tierlsp.routing.deadlines import KindLimits
from tierlsp.routing.decision import Decision
from tierlsp.routing.facts import Kind
from tierlsp.routing.health import Health
from tierlsp.routing.means import Listed, Means
from tierlsp.routing.retry import RetryBudget
from tierlsp.routing.slots import Slots
from tierlsp.routing.spend import Caps
from tierlsp.routing.tiers import Tier

LIMITS = KindLimits(first_token_ms=1_000.0, total_ms=4_000.0, stall_ms=500.0)
"""A code action's, divided by thirty."""

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)

GOOD = "fine"
"""What the second model answers."""

KEY = "sk-planted-0123456789"


@dataclass(frozen=True)
class Row:
    """One fault."""

    name: str
    fault: ChatFault | None = None
    """What the first server does; `None` where there is no server that could do anything."""
    place: str = "served"
    """`served`, or what is wrong with the way there: `refused`, `dns`, `tls`, `hang`."""
    has_begun: bool = False
    wires: frozenset[str] = frozenset({"openai"})

    def __str__(self) -> str:
        return self.name


WAYS: tuple[Row, ...] = (
    Row("refused", place="refused"),
    Row("dns", place="dns"),
    Row("tls", place="tls"),
    Row("connect-hang", place="hang"),
)

ROWS: tuple[Row, ...] = (
    *WAYS,
    *(Row(name, fault, has_begun=fault.has_begun, wires=fault.wires) for name, fault in FAULTS.items()),
)


class Bench:
    """Two providers, the first of which is at fault, and a caller over the real backends."""

    def __init__(self, urls: dict[str, tuple[str, str]]) -> None:
        """`urls` has kind and address of each backend, by name."""
        self.clock = JumpingClock()
        self.accounts = MemoryAccounts(self.clock)
        self.gate = OpenGate()
        self.told_off: list[tuple[str, str]] = []
        self.backends = {name: backend_at(name, kind, url) for name, (kind, url) in urls.items()}
        chance = Random(1)
        self.health = Health(self.clock, chance, lambda name, sentence: self.told_off.append((name, sentence)))
        self.means = Means(
            directory=self,
            prices=FlatPrices(),
            bookings=Bookings(self.accounts, self.clock),
            health=self.health,
            budget=RetryBudget(self.clock),
            slots=Slots(),
            clock=self.clock,
            chance=chance,
            now=lambda: NOW,
            caps=lambda: Caps(Decimal(25), Decimal(20), Decimal(1)),
            limits=lambda kind: LIMITS,
        )

    def find(self, name: str) -> Listed | None:
        backend, _, model = name.partition("/")
        if backend not in self.backends:
            return None
        return Listed(name, self.backends[backend], Destination(backend, f"{backend}.example", model, False))

    async def run(self, call: Call) -> Told:
        """Make a call and listen to its end."""
        told, started_ms = Told(), self.clock.now_ms()
        try:
            async with aclosing(RunCaller(self.means, self.gate).call(call)) as events:
                async for event in events:
                    told.events.append(event)
        except (CallFailed, NeedsConsent) as error:
            told.error = error
        told.ended_ms = self.clock.now_ms() - started_ms
        return told

    async def aclose(self) -> None:
        await self.means.bookings.wait_written()
        for backend in self.backends.values():
            await backend.aclose()


@asynccontextmanager
async def bench_for(row: Row, wire: str) -> AsyncIterator[tuple[Bench, FakeChat, FakeChat]]:
    """Open two servers, the first with the row's fault on every question, and what asks them."""
    async with FakeChat(wire) as first, FakeChat("openai", lambda body: GOOD) as second:
        first.always = row.fault
        async with _way(row, first) as url:
            bench = Bench({"a": (wire, url), "b": ("openai", second.url)})
            try:
                yield bench, first, second
            finally:
                await bench.aclose()
        await first.all_closed()
        await second.all_closed()


@dataclass
class Result:
    """How one run over the table went."""

    told: Told
    asked: int
    """Questions that came to the first server."""
    accounts: MemoryAccounts


class Way(NamedTuple):
    """How a row is met."""

    is_streamed: bool
    answer: str
    """`text` or `edit`."""
    is_alone: bool
    """Whether there is no second model."""


def play(row: Row, wire: str, ways: Sequence[Way]) -> list[Result]:
    """Make a run against a row in each of `ways`, at the same time, and return how they went.

    Nothing of them may be left running.
    """

    async def one(way: Way) -> Result:
        async with bench_for(row, wire) as (bench, first, _):
            models = ("a/m",) if way.is_alone else ("a/m", "b/m")
            told = await bench.run(call_for(models, way.is_streamed, way.answer))
            asked = len(first.questions)
        return Result(told, asked, bench.accounts)

    async def main() -> list[Result]:
        if row.place == "served":
            results = await asyncio.gather(*map(one, ways))
        else:
            # Some of these ways are closed by a patch of what is everybody's.
            results = [await one(way) for way in ways]
        assert asyncio.all_tasks() == {asyncio.current_task()}, "something runs on"
        return results

    load_client()
    return run_jumping(main())


def call_for(models: tuple[str, ...], is_streamed: bool, answer: str) -> Call:
    return Call(
        run="r1",
        kind=Kind.EXPLAIN,
        decision=Decision(Tier.CHEAP, models, (), 0, (), ()),
        parts=(Part("system", "Explain."), Part("user", "x" * 400)),
        max_output_tokens=1_000,
        max_usd=Decimal("0.5"),
        answer="edit" if answer == "edit" else "text",
        is_streamed=is_streamed,
    )


def backend_at(name: str, kind: str, url: str, key: str = KEY) -> ChatBackend:
    """Return the real backend for a server."""
    api_key = None if url.startswith("http://no-such") else ApiKey(key, "TEST_KEY")
    spec = BackendSpec(name=name, kind=kind, base_url=url)
    return open_chat_backend(spec, api_key, Limits(connect_ms=200, error_ms=200), lambda: NOW)


@asynccontextmanager
async def _way(row: Row, first: FakeChat) -> AsyncIterator[str]:
    """Give the address at which the first provider is asked."""
    if row.place == "served":
        yield first.url
    elif row.place == "refused":
        with _closed_port() as port:
            yield f"http://127.0.0.1:{port}"
    elif row.place == "dns":
        error = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        with patch.object(socket, "getaddrinfo", side_effect=error):
            yield "http://no-such-host.invalid"
    elif row.place == "tls":
        async with await asyncio.start_server(_speak_plainly, "127.0.0.1", 0) as server:
            yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    else:
        with _full_door() as port:
            yield f"http://127.0.0.1:{port}"


async def _speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await reader.read(1)
    writer.close()


@contextmanager
def _closed_port() -> Iterator[int]:
    """Hold a port at which nobody listens."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        yield door.getsockname()[1]


@contextmanager
def _full_door() -> Iterator[int]:
    """Hold a port at which the system takes no more connections: their first packet is dropped."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(door.getsockname())
            waiting.append(one)
        try:
            yield door.getsockname()[1]
        finally:
            for one in waiting:
                one.close()
