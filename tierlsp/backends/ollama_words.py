"""What Ollama says when it does not answer, understood in one place for completion and chat. Pure."""

from __future__ import annotations

from contextlib import suppress

from tierlsp.backends.payload import one_line, read_object, word_in
from tierlsp.backends.refusals import Server, refusal, said_in
from tierlsp.errors import BackendError, Garbled, Rejected


def words_in(body: bytes) -> str:
    """Return the sentence in the body of an answer with an error status."""
    words = ""
    with suppress(Garbled):
        words = word_in(read_object(body, "Ollama"), "error")
    return said_in(body, words)


def failed(server: Server, status: int, words: str, model: str) -> BackendError:
    """Return the error for what Ollama says, in an answer's status or (200) in the middle of a stream."""
    lower = words.lower()
    if "not found" in lower and "model" in lower:
        return Rejected(f"Ollama has no model {model}; get it with: ollama pull {model}", cause="model-missing")
    if "does not support insert" in lower:
        return Rejected(
            f"the template of {model} cannot fill in the middle; take a code model such as qwen2.5-coder",
            cause="no-fim",
        )
    if "does not support generate" in lower or "does not support completion" in lower:
        return Rejected(f"{model} generates no text; take a code model such as qwen2.5-coder", cause="no-fim")
    if "does not support chat" in lower:
        return Rejected(f"{model} cannot chat; take a model that can, such as qwen2.5-coder", cause="unsupported")
    if "exceeds the context length" in lower or "exceeds maximum context" in lower:
        return Rejected(
            f"the prompt is longer than the context that {model} is loaded with; raise `numCtx`", cause="context"
        )
    # Within a stream the status has been sent long ago: it failed, whatever it was.
    return refusal(server, 500 if status == 200 else status, one_line(words))
