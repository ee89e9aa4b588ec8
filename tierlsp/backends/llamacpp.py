"""llama.cpp's `llama-server`, by its native interface.

Answers are server-sent events, of which only the `data:` lines matter; they end with `"stop": true` and,
always, with the connection. No slot is named: with one slot there is nothing to choose, and with several
the server itself takes the one whose cache has most of the prompt.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, suppress
from pathlib import PurePath
from typing import Any

from tierlsp.backends.base import BackendSpec, Chunk, FimRequest, Model, Usage, merged
from tierlsp.backends.families import family_of
from tierlsp.backends.http import Body, HttpClient
from tierlsp.backends.limits import Limits
from tierlsp.backends.payload import (
    count_in,
    number_in,
    object_in,
    objects_in,
    read_object,
    text_in,
    word_in,
)
from tierlsp.backends.refusals import Header, Server, refusal, said_in
from tierlsp.errors import BackendError, Garbled, Rejected, Unavailable

EXTRA_EVENTS = 16
"""Events past the number of tokens asked for, until the server counts as knowing no limit.

An event has one token; the last has none, and one token comes even where none is asked for.
"""

LAST_FIELDS = ("content", "stop", "timings", "tokens_evaluated")
"""What the last event is to hold. All of it, with the prompt and every setting, is 2 to 20 kB."""


class LlamaCppBackend:
    """One `llama-server`."""

    def __init__(self, spec: BackendSpec, limits: Limits) -> None:
        self._spec = spec
        self._server = Server("llama.cpp", spec.base_url, "start it with: llama-server -m MODEL.gguf")
        self._http = HttpClient(self._server, self._refuse, limits)
        self._limits = limits
        self._can_infill: dict[str, bool] = {}
        """By model, what asking the server has shown."""

    @property
    def spec(self) -> BackendSpec:
        """Where it is."""
        return self._spec

    async def fim(self, request: FimRequest) -> AsyncGenerator[Chunk, None]:
        """Stream the middle."""
        path = "/infill" if request.prompt is None else "/completion"
        read = itertools.count(1)
        async with aclosing(self._http.lines(path, _generation(request))) as batches:
            async for batch in batches:
                for chunk in merged(self._chunks(batch, request, read)):
                    yield chunk
                    if chunk.usage:
                        return
        raise Garbled(f"{self._server.title} broke off before the end of its answer", cause="cut")

    def _chunks(self, lines: list[bytes], request: FimRequest, read: Iterator[int]) -> Iterator[Chunk]:
        """Yield what lines say, up to the last one; `read` counts the events over the whole answer."""
        for line in lines:
            event = self._event(line)
            if event is None:
                continue
            if next(read) > request.max_tokens + EXTRA_EVENTS:
                raise Garbled(
                    f"{self._server.title} went on after the {request.max_tokens} tokens asked for", cause="endless"
                )
            chunk = self._chunk(event)
            yield chunk
            if chunk.usage:
                return

    async def version(self) -> str:
        """The server's build."""
        build = word_in(await self._http.get("/props"), "build_info")
        if not build:
            raise Garbled(f"what answers at {self._server.place} is not llama.cpp", cause="not-llamacpp")
        return build

    async def models(self) -> tuple[Model, ...]:
        """The models it has: the one that it was started with, or those that it can load."""
        entries = objects_in(await self._http.get("/v1/models"), "data")
        entries = [entry for entry in entries if word_in(entry, "id")]
        if len(entries) == 1:
            return (await self._only_model(entries[0]),)
        return tuple(_one_of_many(entry) for entry in entries)

    async def loaded(self) -> tuple[str, ...]:
        """The names of the models in memory now: the one that it was started with, or those that it has loaded."""
        models = await self.models()
        return tuple(model.name for model in models if model.is_loaded or len(models) == 1)

    async def warm(self, model: str) -> None:
        """Have `model` loaded. A server that is up has it, unless it was told to sleep when idle."""
        body = {"model": model, "prompt": "", "n_predict": 0, "stream": False, "cache_prompt": True}
        await self._http.get("/health")
        properties = await self._properties()
        if properties.get("is_sleeping") is True:
            await self._http.post("/completion", body, self._limits.loading)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def _properties(self) -> dict[str, Any]:
        # It tells what is good to know; a server that does not say it works as well.
        with suppress(BackendError):
            return await self._http.get("/props")
        return {}

    async def _only_model(self, entry: Mapping[str, Any]) -> Model:
        """Return the model that the server was started with. What requests call it does not matter."""
        identifier = word_in(entry, "id")
        properties = await self._properties()
        family = family_of(identifier) or family_of(word_in(properties, "model_path"))
        meta = object_in(entry, "meta")
        # Without `--alias` the identifier is the path of the file.
        name = PurePath(identifier).stem if identifier.endswith(".gguf") else identifier
        return Model(
            name=name,
            family=family.name if family else None,
            can_fim=family is not None or await self._infills(name),
            parameters=count_in(meta, "n_params"),
            size_bytes=count_in(meta, "size"),
            is_loaded=properties.get("is_sleeping") is not True,
            context_tokens=count_in(meta, "n_ctx_train"),
        )

    async def _infills(self, name: str) -> bool:
        """Whether the server can build the prompt for a model of unknown family.

        It answers 501 where the model's file names no tokens for it; else it costs a handful of tokens, once.
        """
        if name not in self._can_infill:
            probe = {"model": name, "input_prefix": "a", "input_suffix": "b", "n_predict": 0, "stream": False}
            try:
                await self._http.post("/infill", probe)
            except Rejected as error:
                if error.cause != "no-fim":
                    raise
                self._can_infill[name] = False
            else:
                self._can_infill[name] = True
        return self._can_infill[name]

    def _event(self, line: bytes) -> dict[str, Any] | None:
        """Return what a line of the stream brings; `None` for blank lines, comments and other fields."""
        line = line.rstrip(b"\r")
        field, separator, data = line.partition(b":")
        if not line or (separator and field in (b"", b"event", b"id", b"retry")):
            return None
        if field == b"data" and separator:
            return None if data.strip() == b"[DONE]" else read_object(data, self._server.title)
        if field == b"error" and separator:
            # What servers of 2024 write in the middle of a stream.
            return {"error": read_object(data, self._server.title)}
        # No stream of events: read, it gives the better message.
        return read_object(line, self._server.title)

    def _chunk(self, event: Mapping[str, Any]) -> Chunk:
        if "error" in event:
            error = object_in(event, "error")
            raise self._failed(count_in(error, "code") or 500, error, b"")
        text = text_in(event, "content", self._server.title)
        return Chunk(text, _usage(event)) if event.get("stop") is True else Chunk(text)

    def _refuse(self, status: int, body: bytes, request: Mapping[str, object], header: Header) -> BackendError:
        error: dict[str, Any] = {}
        with suppress(Garbled):
            error = object_in(read_object(body, self._server.title), "error")
        return self._failed(status, error, body)

    def _failed(self, status: int, error: Mapping[str, Any], body: bytes) -> BackendError:
        """Return the error for what the server says, in an answer's status or in the middle of a stream."""
        kind = word_in(error, "type")
        words = said_in(body, word_in(error, "message"))
        if status == 503 and (kind == "unavailable_error" or "loading" in words.lower()):
            return Unavailable(f"{self._server.title} is loading its model", cause="loading")
        if status == 501 or kind == "not_supported_error":
            return Rejected(f"the model of {self._server.title} cannot fill in the middle: {words}", cause="no-fim")
        if kind == "exceed_context_size_error":
            return Rejected(
                f"the prompt of {count_in(error, 'n_prompt_tokens')} tokens is longer than the context of "
                f"{self._server.title} ({count_in(error, 'n_ctx')}); start it with a larger -c",
                cause="context",
            )
        return refusal(self._server, status, words)


def _one_of_many(entry: Mapping[str, Any]) -> Model:
    """Return one of the models of a server that loads what a request names. Trying it out would load it."""
    name = word_in(entry, "id")
    family = family_of(name)
    return Model(
        name=name,
        family=family.name if family else None,
        can_fim=family is not None,
        is_loaded=word_in(object_in(entry, "status"), "value") == "loaded",
    )


def _generation(request: FimRequest) -> Body:
    prompt: dict[str, object] = (
        {"prompt": request.prompt}
        if request.prompt is not None
        else {"input_prefix": request.prefix, "input_suffix": request.suffix}
    )
    return {
        "model": request.model,
        **prompt,
        "stream": True,
        "cache_prompt": True,
        "n_predict": request.max_tokens,
        "temperature": 0,
        "stop": list(request.stop),
        "response_fields": LAST_FIELDS,
    }


def _usage(event: Mapping[str, Any]) -> Usage:
    timings = object_in(event, "timings")
    cached = count_in(timings, "cache_n")
    return Usage(
        prompt_tokens=count_in(event, "tokens_evaluated") or cached + count_in(timings, "prompt_n"),
        cached_tokens=cached,
        output_tokens=count_in(timings, "predicted_n"),
        prompt_ms=number_in(timings, "prompt_ms"),
        output_ms=number_in(timings, "predicted_ms"),
    )
