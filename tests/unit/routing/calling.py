"""How the tests of this room make calls: scripted models, a ledger in memory, a gate that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from tests.fakes import FakeClock, settle
from tierlsp.backends.base import BackendSpec
from tierlsp.backends.chat import ChatChunk, ChatRequest, Finish, TokenUsage
from tierlsp.clock import Clock
from tierlsp.errors import BackendError, NeedsConsent, TierlspError
from tierlsp.privacy.outbound import Cleared, Destination, Part
from tierlsp.routing.booking import Bookings
from tierlsp.routing.caller import RunCaller
from tierlsp.routing.calls import Answered, Attempt, Break, Call, CallEvent, CallFailed, Piece
from tierlsp.routing.deadlines import KindLimits
from tierlsp.routing.decision import Decision
from tierlsp.routing.facts import Kind
from tierlsp.routing.health import Health
from tierlsp.routing.means import Listed, Means
from tierlsp.routing.retry import RetryBudget
from tierlsp.routing.slots import Slots
from tierlsp.routing.spend import Caps, Cost, Order, PriceSource, Spent
from tierlsp.routing.tiers import Tier

QUICK = KindLimits(first_token_ms=3_000.0, total_ms=12_000.0)

NOW = datetime(2026, 11, 26, tzinfo=UTC)

USAGE = TokenUsage(input_tokens=1_000, output_tokens=100)
HANG = "\0hang"

Line = str | float | BackendError | ChatChunk
"""What a scripted model does: text, milliseconds of silence, an error, a last chunk; `HANG` is silence for good."""


def good(text: str = "fine", usage: TokenUsage | None = USAGE, finish: Finish = Finish.STOP) -> tuple[Line, ...]:
    return (text, ChatChunk("", finish, usage))


class ScriptedModels:
    """A provider. Each call plays the next script of its model; the last one is played for ever."""

    def __init__(self, clock: Clock, name: str, kind: str = "openai") -> None:
        self.spec = BackendSpec(name=name, kind=kind, base_url="http://127.0.0.1:1")
        self.scripts: dict[str, list[Sequence[Line]]] = {}
        self.requests: list[ChatRequest] = []
        self.open = 0
        self.most_open = 0
        self._clock = clock

    async def chat(self, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
        scripts = self.scripts.get(request.model) or [good()]
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        self.requests.append(request)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self._clock.sleep_ms(1)
            async for chunk in self._play(script):
                yield chunk
        finally:
            self.open -= 1

    async def check(self) -> str:
        return "fine"

    async def aclose(self) -> None:
        return None

    async def _play(self, script: Iterable[Line]) -> AsyncGenerator[ChatChunk, None]:
        for line in script:
            if isinstance(line, BackendError):
                error = type(line)(str(line), cause=line.cause, retry_after_s=line.retry_after_s)
                error.has_begun = line.has_begun
                raise error
            if isinstance(line, float):
                await self._clock.sleep_ms(line)
            elif line == HANG:
                await asyncio.get_running_loop().create_future()
            else:
                yield line if isinstance(line, ChatChunk) else ChatChunk(line)


class MemoryAccounts:
    """A ledger that counts, and that can be slow or broken."""

    def __init__(self, clock: Clock) -> None:
        self.orders: dict[int, Order] = {}
        self.booked: dict[int, tuple[TokenUsage, Cost, bool]] = {}
        self.released: list[int] = []
        self.refuses: Callable[[Order], Exception | None] = lambda order: None
        self.write_ms = 1.0
        self._clock = clock

    async def reserve(self, order: Order, caps: Caps) -> int:
        refusal = self.refuses(order)
        if refusal is not None:
            raise refusal
        number = len(self.orders) + 1
        # The row is there before its number is known, as with a thread that writes while the loop goes on.
        self.orders[number] = order
        await self._clock.sleep_ms(self.write_ms)
        return number

    async def book(self, row: int, usage: TokenUsage, cost: Cost, *, is_estimate: bool = False) -> None:
        self._end(row)
        self.booked[row] = (usage, cost, is_estimate)
        await self._clock.sleep_ms(self.write_ms)

    async def release(self, row: int) -> None:
        self._end(row)
        self.released.append(row)
        await self._clock.sleep_ms(self.write_ms)

    async def spent(self) -> Spent:
        return Spent(Decimal(0), Decimal(0), Decimal(0))

    @property
    def open_rows(self) -> set[int]:
        return set(self.orders) - set(self.booked) - set(self.released)

    def _end(self, row: int) -> None:
        assert row in self.open_rows, f"row {row} was ended twice, or never reserved"


class FlatPrices:
    """A dollar for a million tokens read, ten for those written; nothing on this machine."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()

    def tokens_in(self, model: str, texts: Sequence[str]) -> int:
        return sum(-(-len(text) // 4) for text in texts)

    def highest(self, model: str, texts: Sequence[str], max_output_tokens: int, at: datetime) -> Decimal | None:
        read = sum(map(len, texts))
        return self.cost(model, TokenUsage(input_tokens=read, output_tokens=max_output_tokens), at).usd

    def cost(self, model: str, usage: TokenUsage, at: datetime) -> Cost:
        if model.startswith("ollama/"):
            return Cost(Decimal(0), PriceSource.FREE)
        if model in self.unknown:
            return Cost(None, PriceSource.UNKNOWN)
        millionths = usage.prompt_tokens + 10 * usage.output_tokens
        return Cost(Decimal(millionths) / 1_000_000, PriceSource.TABLE)


class OpenGate:
    """Lets everything through, but for the hosts in `closed`."""

    def __init__(self) -> None:
        self.closed: dict[str, TierlspError] = {}
        self.sent: list[str] = []
        self.delay: Callable[[], Awaitable[None]] | None = None

    async def clear(self, parts: tuple[Part, ...], destination: Destination) -> Cleared:
        if self.delay is not None:
            await self.delay()
        if not destination.is_local and destination.backend in self.closed:
            raise self.closed[destination.backend]
        self.sent.append(destination.backend)
        return Cleared(destination, parts, 0)


class Shelf:
    """A directory of scripted models."""

    def __init__(self, clock: FakeClock) -> None:
        self.providers: dict[str, ScriptedModels] = {}
        self.context: dict[str, int] = {}
        self._clock = clock

    def provider(self, name: str) -> ScriptedModels:
        if name not in self.providers:
            kind = name if name in ("ollama", "glm") else "openai"
            self.providers[name] = ScriptedModels(self._clock, name, kind)
        return self.providers[name]

    def play(self, model: str, *scripts: Sequence[Line]) -> None:
        provider, _, name = model.partition("/")
        self.provider(provider).scripts[name] = list(scripts)

    def find(self, name: str) -> Listed | None:
        provider, _, model = name.partition("/")
        if provider == "nowhere":
            return None
        is_local = provider == "ollama"
        host = "127.0.0.1" if is_local else f"api.{provider}.example"
        destination = Destination(provider, host, model, is_local)
        return Listed(name, self.provider(provider), destination, self.context.get(name, 0))


@dataclass
class Told:
    """What a call told, and when it ended."""

    events: list[CallEvent] = field(default_factory=list)
    error: TierlspError | None = None
    ended_ms: float = 0.0

    @property
    def attempts(self) -> list[str]:
        return [event.model for event in self.events if isinstance(event, Attempt)]

    @property
    def afters(self) -> list[str]:
        return [event.after for event in self.events if isinstance(event, Attempt)]

    @property
    def shown(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Piece))

    @property
    def breaks(self) -> list[Break]:
        return [event for event in self.events if isinstance(event, Break)]

    @property
    def answer(self) -> Answered:
        assert self.error is None, str(self.error)
        assert isinstance(self.events[-1], Answered)
        return self.events[-1]

    @property
    def failure(self) -> CallFailed:
        assert isinstance(self.error, CallFailed), repr(self.error)
        return self.error


class Rig:
    """A caller and everything around it, in the test's hands."""

    def __init__(self, limits: KindLimits = QUICK, seed: int = 1) -> None:
        self.clock = FakeClock()
        self.shelf = Shelf(self.clock)
        self.accounts = MemoryAccounts(self.clock)
        self.prices = FlatPrices()
        self.gate = OpenGate()
        self.told: list[tuple[str, str]] = []
        self.caps = Caps(Decimal(25), Decimal(20), Decimal(1))
        chance = Random(seed)
        self.health = Health(self.clock, chance, lambda name, sentence: self.told.append((name, sentence)))
        self.means = Means(
            directory=self.shelf,
            prices=self.prices,
            bookings=Bookings(self.accounts, self.clock),
            health=self.health,
            budget=RetryBudget(self.clock),
            slots=Slots(),
            clock=self.clock,
            chance=chance,
            now=lambda: NOW,
            caps=lambda: self.caps,
            limits=lambda kind: limits,
        )

    def change(self, **changes: object) -> None:
        self.means = replace(self.means, **changes)

    def caller(self) -> RunCaller:
        return RunCaller(self.means, self.gate)

    async def run(self, call: Call, caller: RunCaller | None = None, *, is_alone: bool = True) -> Told:
        """Make one call to its end, whatever time it takes; where it is alone, see that nothing is left behind."""
        told = Told()
        task = asyncio.create_task(self._follow(caller or self.caller(), call, told))
        for _ in range(2_000):
            if task.done():
                break
            await self.clock.tick(500 if is_alone else 10)
        assert task.done(), "the call never ended"
        await task
        if is_alone:
            await self.rest()
        return told

    async def rest(self) -> None:
        """Let the ledger finish, and see that nothing is left behind."""
        await settle()
        for _ in range(40):
            if self.means.bookings._writing:
                await self.clock.tick(500)
        assert self.accounts.open_rows == set()
        assert all(provider.open == 0 for provider in self.shelf.providers.values())
        assert not self.means.bookings._writing
        assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    async def _follow(self, caller: RunCaller, call: Call, told: Told) -> None:
        started_ms = self.clock.now_ms()
        try:
            async with aclosing(caller.call(call)) as events:
                async for event in events:
                    told.events.append(event)
        except (CallFailed, NeedsConsent) as error:
            told.error = error
        told.ended_ms = self.clock.now_ms() - started_ms


def call_of(
    *candidates: str,
    tier: Tier = Tier.CHEAP,
    higher: Mapping[Tier, tuple[str, ...]] | None = None,
    **others: object,
) -> Call:
    """Return a call for `candidates`, of one user's part of 400 characters."""
    decision = Decision(tier, candidates, tuple((higher or {}).items()), 0, (), ())
    values: dict[str, object] = {
        "run": "r1",
        "kind": Kind.EXPLAIN,
        "decision": decision,
        "parts": (Part("system", "Explain."), Part("user", "x" * 400)),
        "max_output_tokens": 1_000,
        "max_usd": None,
    }
    return Call(**(values | others))
