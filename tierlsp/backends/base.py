"""What every model server is asked, and what it answers, whatever its wire format."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tierlsp.errors import BackendError


@dataclass(frozen=True, slots=True)
class BackendSpec:
    """Where one model server is and how to treat it."""

    name: str
    """The person's name for it, the part before the slash in `backend/model`."""
    kind: str
    """How it is spoken to: one of the presets. `ollama` and `llamacpp` fill in the middle, all can chat."""
    base_url: str
    """Scheme, host, port and path, without a slash at the end: what stands in front of `/chat/completions`,
    `/v1/messages` (Anthropic) or the server's own paths (Ollama, llama.cpp)."""
    keep_alive: str = "30m"
    """How long the server should keep the model loaded after a request (Ollama's notation)."""
    num_ctx: int = 4096
    """The one context size, in tokens, sent with every request: with another, Ollama reloads the model."""


@dataclass(frozen=True, slots=True)
class FimRequest:
    """Fill in the middle: write what belongs between `prefix` and `suffix`."""

    model: str
    prefix: str
    suffix: str
    prompt: str | None
    """The whole raw prompt, with the family's special tokens; `None` where the server builds it itself."""
    stop: tuple[str, ...]
    """Texts at which the model stops; they are not part of the answer."""
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What a generation took, as the server reports it. A field is 0 where the server says nothing."""

    prompt_tokens: int = 0
    """Tokens of the prompt, those found in the server's cache included."""
    cached_tokens: int = 0
    """Those of them found in the cache (llama.cpp reports it, Ollama does not)."""
    output_tokens: int = 0
    prompt_ms: float = 0.0
    output_ms: float = 0.0
    load_ms: float = 0.0
    """Time to load the model; above a second it was a cold start."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer. Only the last one has `usage`."""

    text: str
    usage: Usage | None = None
    pieces: int = 1
    """The pieces that the server sent it in; what comes in one go is one chunk."""


def merged(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Make one of what came in one go; what came before an error is passed on before it is raised."""
    texts: list[str] = []
    usage: Usage | None = None
    try:
        for chunk in chunks:
            if chunk.text:
                texts.append(chunk.text)
            usage = chunk.usage
    except BackendError:
        if texts:
            yield Chunk("".join(texts), None, len(texts))
        raise
    if texts or usage is not None:
        yield Chunk("".join(texts), usage, len(texts))


@dataclass(frozen=True, slots=True)
class Model:
    """A model that a server has."""

    name: str
    family: str | None
    """The name of its `Family` (`backends/families.py`), or `None` where it is not known."""
    can_fim: bool
    parameters: int = 0
    """Number of weights, 0 if unknown."""
    size_bytes: int = 0
    is_loaded: bool = False
    can_chat: bool = True
    """Whether it was made to follow instructions, as far as the server tells."""
    is_remote: bool = False
    """Whether the server would pass the text on to somebody else's machine."""
    context_tokens: int = 0
    """The largest context the model was made for, 0 if unknown."""
    on_gpu: float | None = None
    """The share of a loaded model that is on the GPU, 0 to 1; `None` if unknown or not loaded."""


class FimBackend(Protocol):
    """A model server that can fill in the middle. Every method raises `BackendError` and nothing else."""

    @property
    def spec(self) -> BackendSpec:
        """Where it is."""

    def fim(self, request: FimRequest) -> AsyncGenerator[Chunk, None]:
        """Stream the middle. Closing the generator closes the connection, and the server stops the model.

        It must be closed by whoever does not read it to its end (`contextlib.aclosing`). What follows the
        chunk with `usage` is only the connection being put away.
        """

    async def version(self) -> str:
        """The server's version. The cheapest sign of life."""

    async def models(self) -> tuple[Model, ...]:
        """The models it has, in its own order."""

    async def loaded(self) -> tuple[str, ...]:
        """The names of the models in memory now."""

    async def warm(self, model: str) -> None:
        """Have `model` loaded, without generating anything."""

    async def aclose(self) -> None:
        """Close every connection."""
