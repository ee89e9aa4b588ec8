"""The machine and the oracle together, as a backend that the engine and the other policies can ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from bench.replay.machine import Job, Machine
from bench.replay.oracle import Oracle, Site, spoken
from bench.replay.tokens import tokens_of
from tierlsp.backends.base import BackendSpec, Chunk, FimRequest, Model, Usage
from tierlsp.backends.families import Order, family_of

REAL, WARM_UP, SPECULATION = "real", "warm-up", "speculation"


@dataclass(slots=True, eq=False)
class Call:
    """One request to the model and what came of it."""

    site: Site
    job: Job
    used_chars: int = 0
    """How much of its text was ever on screen."""

    @property
    def wasted_tokens(self) -> int:
        """Tokens generated and never seen. The one that ends a text counts as seen where all before it were."""
        chars = wasted = 0
        for token in self.job.written:
            if chars + len(token) > self.used_chars or not self.used_chars:
                wasted += 1
            chars += len(token)
        return wasted


class SimulatedOllama:
    """A `FimBackend` for the replay. Every request is kept in `calls`."""

    def __init__(self, machine: Machine, oracle: Oracle) -> None:
        self.spec = BackendSpec(name="ollama", kind="ollama", base_url="http://127.0.0.1:11434")
        self.calls: list[Call] = []
        self.typed_now = ""
        """The person's line at this moment; told by the replay."""
        self.machine = machine
        self.oracle = oracle

    async def fim(self, request: FimRequest) -> AsyncGenerator[Chunk, None]:
        """Stream the answer; closing the generator is the client going away."""
        site = self.oracle.site_of(request.prefix)
        output = spoken(self.oracle.answer(site), request.stop, request.max_tokens)
        now_ms = asyncio.get_running_loop().time() * 1000.0
        job = Job(tokens_of(request.prompt or templated(request)), output, self._kind_of(request, site), now_ms)
        self.calls.append(Call(site, job))
        self.machine.submit(job)
        try:
            while (piece := await job.pieces.get()) is not None:
                yield Chunk(piece)
            yield Chunk("", self._usage(job))
        finally:
            if not job.is_done:
                job.gone.set()

    def _kind_of(self, request: FimRequest, site: Site) -> str:
        if request.max_tokens <= 1:
            return WARM_UP
        return REAL if (site.line, site.typed) == (self.oracle.line, self.typed_now) else SPECULATION

    def _usage(self, job: Job) -> Usage:
        """Return what Ollama reports: how much of the prompt was cached is not part of it."""
        kind = self.machine.kind
        return Usage(len(job.prompt), 0, len(job.written), job.read_ms, len(job.written) * kind.token_ms)

    async def version(self) -> str:
        return "0.30.2"

    async def models(self) -> tuple[Model, ...]:
        name = self.machine.kind.model
        family = family_of(name)
        return (Model(name, family.name if family else None, can_fim=True, is_loaded=True, on_gpu=1.0),)

    async def loaded(self) -> tuple[str, ...]:
        return (self.machine.kind.model,)

    async def warm(self, model: str) -> None:
        """Do nothing: the model is loaded."""

    async def aclose(self) -> None:
        """Do nothing: there is no connection."""


def templated(request: FimRequest) -> str:
    """Return the prompt as Ollama's template for the model lays it out."""
    family = family_of(request.model)
    assert family is not None, "the replay knows the models it uses"
    if family.order is Order.SUFFIX_FIRST:
        return f"{family.suffix_token}{request.suffix}{family.prefix_token}{request.prefix}{family.middle_token}"
    return f"{family.prefix_token}{request.prefix}{family.suffix_token}{request.suffix}{family.middle_token}"
