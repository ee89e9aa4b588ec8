"""A run in a test's hands: a router that says what it is told, a caller that follows a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tierlsp.actions.finding_memory import Remembered
from tierlsp.actions.plan import Known
from tierlsp.actions.ports import Routed, Way
from tierlsp.actions.runner import Runner
from tierlsp.actions.types import ActionRequest, Diagnostic, Document, Place, RunProgress, RunResult, Span
from tierlsp.actions.workspace import Sample, Wanted
from tierlsp.backends.chat import Finish, TokenUsage
from tierlsp.errors import AlteredPlaceholder
from tierlsp.privacy.exclude import Exclusion
from tierlsp.routing.calls import Answered, Attempt, Break, Call, CallEvent, CallFailed, Piece
from tierlsp.routing.decision import Decision, Quote, Reason
from tierlsp.routing.facts import Facts, Kind
from tierlsp.routing.spend import Cost, PriceSource
from tierlsp.routing.tiers import Tier

CHEAP = "deepseek/flash"
PREMIUM = "anthropic/opus"
LOCAL = "ollama/coder"

SOURCE = """\
def area(radius):
    return 3.14 * raduis ** 2


def other():
    return area(1)
"""

FIXED = "```python\ndef area(radius):\n    return 3.14 * radius ** 2\n```"
BROKEN = "```python\ndef area(radius):\n    return 3.14 * (radius ** 2\n```"


def document_of(text: str, language: str = "python", name: str = "area.py", version: int = 7) -> Document:
    path = Path("/project") / name
    return Document(path.as_uri(), path, language, version, tuple(text.split("\n")))


def problem(line: int, message: str = "undefined name 'raduis'") -> Diagnostic:
    return Diagnostic(Span(Place(line, 4), Place(line, 10)), message, source="pyflakes")


def request_of(kind: Kind = Kind.FIX, **changes: object) -> ActionRequest:
    values: dict[str, object] = {
        "run": "r1",
        "kind": kind,
        "document": document_of(SOURCE),
        "span": Span(Place(1, 4), Place(1, 4)),
        "root": Path("/project"),
        "diagnostics": (problem(1),),
    }
    return ActionRequest(**(values | changes))


def decision_of(
    tier: Tier = Tier.CHEAP, models: tuple[str, ...] = (CHEAP,), higher: tuple = ((Tier.PREMIUM, (PREMIUM,)),), **more
) -> Decision:
    return Decision(tier, models, higher, 12, (Reason("kind:fix", 12, "it is a fix"),), (), **more)


@dataclass
class FakeRouter:
    routed: Routed
    asked: list[Facts] = field(default_factory=list)
    then: Routed | None = None
    """What it says to the question about one model or tier."""

    async def route(self, request: ActionRequest, facts: Facts) -> Routed:
        self.asked.append(facts)
        return self.then if self.then is not None and facts.tier is not None else self.routed


@dataclass
class Answer:
    """One call: the events before its end, and its end."""

    text: str = ""
    model: str = CHEAP
    tier: Tier = Tier.CHEAP
    finish: Finish = Finish.STOP
    usd: Decimal | None = Decimal("0.001")
    pieces: tuple[str, ...] = ()
    fails: Exception | None = None
    hangs: bool = False
    lost: str = ""


class FakeCaller:
    """Gives one `Answer` after the other."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.calls: list[Call] = []
        self.running = 0
        self.spent_usd: Decimal | None = Decimal("0.002")

    async def call(self, call: Call) -> AsyncGenerator[CallEvent, None]:
        self.calls.append(call)
        answer = self.answers[len(self.calls) - 1]
        self.running += 1
        try:
            if answer.fails is not None:
                raise answer.fails
            yield Attempt(answer.model, answer.tier, answer.usd)
            if answer.lost:
                yield Piece("lost words\n")
                yield Break(answer.lost, answer.model)
            for piece in answer.pieces:
                await asyncio.sleep(0)
                yield Piece(piece)
            if answer.hangs:
                await asyncio.get_running_loop().create_future()
            cost = Cost(answer.usd, PriceSource.TABLE)
            text = answer.text or "".join(answer.pieces)
            yield Answered(text, answer.finish, answer.model, answer.tier, TokenUsage(), cost, answer.usd, 1)
        finally:
            self.running -= 1


class FakeClearance:
    """Stands in for the gate: one secret with one placeholder."""

    def __init__(self, secret: str = "hunter2-hunter2", word: str = "HiddenSecretx1y2") -> None:
        self.secret, self.word = secret, word
        self.restored: list[Path | None] = []

    def restore_edit(self, text: str, path: Path | None) -> str:
        self.restored.append(path)
        if "HiddenSecret" in text.replace(self.word, ""):
            raise AlteredPlaceholder("The model changed a placeholder that stands for a secret.")
        return text.replace(self.word, self.secret)

    def scrub(self, text: str) -> str:
        return text.replace(self.word, "[secret]").replace(self.secret, "[secret]")

    def scrubber(self) -> FakeScrubber:
        return FakeScrubber(self)


class FakeScrubber:
    def __init__(self, clearance: FakeClearance) -> None:
        self._clearance = clearance
        self._held = ""

    def feed(self, piece: str) -> str:
        whole, mark, self._held = (self._held + piece).rpartition("\n")
        return self._clearance.scrub(whole + mark)

    def end(self) -> str:
        return ""


@dataclass
class FakeMemory:
    """Remembers findings as long as a test lasts."""

    units: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    dismissed: set[str] = field(default_factory=set)

    def load(self) -> Remembered:
        return Remembered(dict(self.units), frozenset(self.dismissed))

    def keep(self, units: Mapping[str, list[dict[str, Any]]]) -> None:
        self.units |= json.loads(json.dumps(units))


@dataclass
class Bench:
    """A runner with everything around it."""

    runner: Runner
    router: FakeRouter
    caller: FakeCaller
    clearance: FakeClearance
    memory: FakeMemory
    news: list[RunProgress] = field(default_factory=list)

    async def run(self, request: ActionRequest | None = None, **options: bool) -> RunResult:
        return await self.runner.run(request or request_of(), self.news.append, **options)


@dataclass
class _Reads:
    """A workspace that was read before."""

    sample: Sample

    async def __call__(self, request: ActionRequest, wanted: Wanted) -> Sample:
        return self.sample


def bench_of(
    *answers: Answer,
    decision: Decision | None = None,
    escalate: bool = True,
    known: Known | None = None,
    memory: FakeMemory | None = None,
    sample: Sample | None = None,
) -> Bench:
    memory = memory or FakeMemory()
    quote = Quote(Decimal("0.001"), Decimal("0.004"), 1_234, 100, 900)
    hosts = {CHEAP: "api.deepseek.com", PREMIUM: "api.anthropic.com", LOCAL: "127.0.0.1"}
    router = FakeRouter(
        Routed(decision or decision_of(), quote, hosts, frozenset({LOCAL, "lmstudio/coder"}), Decimal("0.2"))
    )
    caller, clearance = FakeCaller(list(answers)), FakeClearance()
    runner = Runner(
        router, lambda request: Way(caller, clearance), lambda request: known or Known(), escalate=escalate,
        own_paths=(Path("/home/me/.config/tierlsp"),), memory=lambda root: memory,
        reads=_Reads(sample or Sample()), is_excluded=Exclusion(["**/secrets/**"]).excludes,
    )  # fmt: skip
    return Bench(runner, router, caller, clearance, memory)


def failed(cause: str, message: str = "flash did not answer", usd: str | None = "0") -> CallFailed:
    return CallFailed(message, cause=cause, spent_usd=None if usd is None else Decimal(usd), attempts=1)
