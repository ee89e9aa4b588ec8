"""Ollama, by its native interface: the only one to set the context size and how long a model stays loaded.

Answers are JSON objects, one a line; durations are in nanoseconds. Cancelling is closing the connection.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, suppress
from typing import Any

from tierlsp.backends.base import BackendSpec, Chunk, FimRequest, Model, Usage, merged
from tierlsp.backends.http import Body, HttpClient
from tierlsp.backends.limits import Limits
from tierlsp.backends.ollama_models import models_in, names_in
from tierlsp.backends.ollama_words import failed, words_in
from tierlsp.backends.payload import (
    count_in,
    number_in,
    read_object,
    text_in,
    word_in,
)
from tierlsp.backends.refusals import Header, Server
from tierlsp.errors import BackendError, Garbled, Unavailable

SHOWN_AT_A_TIME = 4
"""Models asked about at the same time. For each, Ollama reads the head of a file, some milliseconds."""

EXTRA_LINES = 16
"""Lines past the number of tokens asked for, until the server counts as knowing no limit.

A line has one token at least; the last has none.
"""

_NS_PER_MS = 1e6


class OllamaBackend:
    """One Ollama server."""

    def __init__(self, spec: BackendSpec, limits: Limits) -> None:
        self._spec = spec
        self._server = Server("Ollama", spec.base_url, "start it with: ollama serve")
        self._http = HttpClient(self._server, self._refuse, limits)
        self._limits = limits

    @property
    def spec(self) -> BackendSpec:
        """Where it is."""
        return self._spec

    async def fim(self, request: FimRequest) -> AsyncGenerator[Chunk, None]:
        """Stream the middle."""
        read = itertools.count(1)
        async with aclosing(self._http.lines("/api/generate", self._generation(request))) as batches:
            async for batch in batches:
                for chunk in merged(self._chunks(batch, request, read)):
                    yield chunk
                    if chunk.usage:
                        await self._http.settle(batches)
                        return
        raise Garbled(f"{self._server.title} broke off before the end of its answer", cause="cut")

    def _chunks(self, lines: list[bytes], request: FimRequest, read: Iterator[int]) -> Iterator[Chunk]:
        """Yield what lines say, up to the last one; `read` counts them over the whole answer."""
        for line in lines:
            if not line.strip():
                continue
            if next(read) > request.max_tokens + EXTRA_LINES:
                raise Garbled(
                    f"{self._server.title} went on after the {request.max_tokens} tokens asked for", cause="endless"
                )
            chunk = self._chunk(read_object(line, self._server.title), request)
            yield chunk
            if chunk.usage:
                return

    async def version(self) -> str:
        """The server's version."""
        version = word_in(await self._http.get("/api/version"), "version")
        if not version:
            raise Garbled(f"what answers at {self._server.place} is not Ollama", cause="not-ollama")
        return version

    async def models(self) -> tuple[Model, ...]:
        """The models it has."""
        tags = await self._http.get("/api/tags")
        names = names_in(tags)
        gate = asyncio.Semaphore(SHOWN_AT_A_TIME)
        running, *shown = await asyncio.gather(self._running(), *(self._shown(name, gate) for name in names))
        return models_in(tags, dict(zip(names, shown, strict=True)), running)

    async def loaded(self) -> tuple[str, ...]:
        """The names of the models in memory now."""
        return tuple(names_in(await self._http.get("/api/ps")))

    async def warm(self, model: str) -> None:
        """Have `model` loaded: a request without a prompt does nothing else."""
        body = {
            "model": model,
            "stream": False,
            "keep_alive": self._spec.keep_alive,
            "options": self._runner(),
        }
        answer = await self._http.post("/api/generate", body, self._limits.loading)
        if "error" in answer:
            raise failed(self._server, 200, word_in(answer, "error"), model)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def _running(self) -> dict[str, Any]:
        # What is loaded makes the choice of a model better; without it there still is one.
        with suppress(BackendError):
            return await self._http.get("/api/ps")
        return {}

    async def _shown(self, name: str, gate: asyncio.Semaphore) -> dict[str, Any]:
        # A model whose file is damaged must not hide the others.
        async with gate:
            with suppress(BackendError):
                return await self._http.post("/api/show", {"model": name})
        return {}

    def _runner(self) -> dict[str, object]:
        """Return the options that belong to the loaded model.

        They are the same in every request, since Ollama reloads the model when one of them changes.
        """
        return {"num_ctx": self._spec.num_ctx}

    def _generation(self, request: FimRequest) -> Body:
        return {
            "model": request.model,
            **_prompt(request),
            "stream": True,
            # Left out, it means `true` for every model that can think.
            "think": False,
            "keep_alive": self._spec.keep_alive,
            "options": {
                **self._runner(),
                # Left out, it means ten times the context.
                "num_predict": request.max_tokens,
                "temperature": 0,
                "stop": list(request.stop),
            },
        }

    def _chunk(self, answer: Mapping[str, Any], request: FimRequest) -> Chunk:
        if "error" in answer:
            raise failed(self._server, 200, word_in(answer, "error"), request.model)
        text = text_in(answer, "response", self._server.title)
        if answer.get("done") is not True:
            return Chunk(text)
        reason = word_in(answer, "done_reason")
        # An empty prompt is a request to load the model, and rightly ends in no text. Any other was lost
        # between a model being unloaded and loaded again.
        if reason == "unload" or (reason == "load" and (request.prompt or request.prefix)):
            raise Unavailable(f"{self._server.title} {reason}ed {request.model} instead of answering", cause="loading")
        return Chunk(text, _usage(answer))

    def _refuse(self, status: int, body: bytes, request: Mapping[str, object], header: Header) -> BackendError:
        return failed(self._server, status, words_in(body), str(request.get("model", "")))


def _prompt(request: FimRequest) -> dict[str, object]:
    if request.prompt is not None:
        # Past the template. A suffix beside it would be refused where the template has no place for one.
        return {"prompt": request.prompt, "raw": True}
    # Without a suffix the template asks for chat; at the end of a file a line end says as much as nothing.
    return {"prompt": request.prefix, "suffix": request.suffix or "\n", "raw": False}


def _usage(answer: Mapping[str, Any]) -> Usage:
    return Usage(
        prompt_tokens=count_in(answer, "prompt_eval_count"),
        output_tokens=count_in(answer, "eval_count"),
        prompt_ms=number_in(answer, "prompt_eval_duration") / _NS_PER_MS,
        output_ms=number_in(answer, "eval_duration") / _NS_PER_MS,
        load_ms=number_in(answer, "load_duration") / _NS_PER_MS,
    )
