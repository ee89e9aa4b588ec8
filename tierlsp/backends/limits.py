"""How long and how much a model server may take: every limit of the HTTP client, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one call may take, in milliseconds."""

    first_byte_ms: float
    """From the call to the first byte of the body: connecting, queueing, loading, reading the prompt."""
    stall_ms: float
    """Between two pieces of the body."""
    total_ms: float
    """For all of it. The only limit that a server which drips a byte now and then ever meets."""


GENERATION = Patience(first_byte_ms=60_000.0, stall_ms=10_000.0, total_ms=120_000.0)
"""A completion.

A cold model of 13 GB takes 3 to 30 s to load, and a prompt of 4,096 tokens takes 40 s to read where a
processor does 100 a second. Between two tokens lies at most a batch of 2,048 tokens of somebody else's
prompt (1.8 to 2.6 s on two cores). 128 tokens at 3 a second take 43 s. Nobody waits that long for ghost
text, the engine answers without; these limits free what a dead server holds.
"""

QUESTION = Patience(first_byte_ms=5_000.0, stall_ms=2_000.0, total_ms=5_000.0)
"""A question such as "which models are there".

It is answered from memory within milliseconds, even while a model runs; the rest is for a machine that is
swapping.
"""

LOADING = Patience(first_byte_ms=300_000.0, stall_ms=10_000.0, total_ms=300_000.0)
"""Loading a model on request. Ollama itself gives up after 5 minutes (`OLLAMA_LOAD_TIMEOUT`)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of one model server."""

    generation: Patience = GENERATION
    question: Patience = QUESTION
    loading: Patience = LOADING

    connect_ms: float = 2_000.0
    """Loopback answers in microseconds; a name in the local network may have to be looked up."""
    pool_ms: float = 250.0
    """How long to wait for a free connection before the pool is held to be broken and is replaced."""
    settle_ms: float = 50.0
    """How long a finished answer may take to end its body, so that its connection can be used again.

    The end comes with the last piece; a server that keeps it back costs a new connection (0.5 ms on
    loopback)."""

    line_bytes: int = 256 * 1024
    """One line of a stream holds one token, 100 to 300 bytes; llama.cpp's last one has 2 to 20 kB."""
    answer_bytes: int = 8 * 1024 * 1024
    """A whole answer. The largest real ones are Ollama's descriptions of a model, under 1 MB."""
    error_bytes: int = 64 * 1024
    """Of an error's body no more is read: the sentence in it stands at the front."""
    error_ms: float = 2_000.0
    """Nor is it waited for longer: the status, which says the most, is there already."""

    connections: int = 16
    """At a time. One completion, a few questions and local code actions run side by side."""
    idle_connections: int = 4
    """Kept open between calls."""
    idle_ms: float = 60_000.0
    """How long one is kept: longer than a pause in typing. llama.cpp closes after 5 s by itself."""
