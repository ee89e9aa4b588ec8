"""Asking again with less, where a model does not take a parameter that it could do without.

Which model takes which parameter changes with every generation, and `dialects.py` and `claude.py` cannot know those to
come. A refusal names the parameter and costs nothing; it is left out from then on, as long as the server runs.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

from tierlsp.backends.chat import ChatChunk
from tierlsp.backends.http import Body
from tierlsp.errors import BackendError, Rejected

_LOG = logging.getLogger(__name__)

OPTIONAL = (
    "temperature",
    "reasoning_effort",
    "reasoning",
    "thinking",
    "enable_thinking",
    "chat_template_kwargs",
    "output_config",
    "stream_options",
    "prompt_cache_key",
)
"""Parameters without which the question is still the same."""

OTHER_NAMES: Mapping[str, str] = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""Parameters that may not be left out, and what else they are called."""


class LeftOut:
    """What has turned out not to be taken, by model."""

    def __init__(self) -> None:
        self._changes: dict[str, dict[str, str]] = {}
        """By model and name of a parameter, its other name; empty where it is left out."""

    def trimmed(self, body: Body) -> Body:
        """Return `body` with what its model takes."""
        changes = self._changes.get(str(body["model"]))
        if not changes:
            return body
        renamed = ((changes.get(name, name), value) for name, value in body.items())
        return {name: value for name, value in renamed if name}

    def learn(self, body: Body, error: BackendError) -> bool:
        """Take from a refusal of `body` what to leave out; return whether it names anything."""
        said = str(error)
        for name in OPTIONAL:
            if name in body and _names(said, name):
                return self._note(body, name, "")
        for name, other in OTHER_NAMES.items():
            if name in body and _names(said, name) and _names(said, other):
                return self._note(body, name, other)
        return False

    def _note(self, body: Body, name: str, other: str) -> bool:
        model = str(body["model"])
        changes = self._changes.setdefault(model, {})
        if other and other in changes:
            # It takes neither name, and would have us change for ever.
            return False
        changes[name] = other
        _LOG.info("%s does not take %s, which is left out or renamed from now on", model, name)
        return True


async def with_less(
    left_out: LeftOut, body: Body, ask: Callable[[Body], AsyncGenerator[ChatChunk, None]]
) -> AsyncGenerator[ChatChunk, None]:
    """Yield the answer to `body`, or to as much of it as the model takes.

    It ends: every refusal that is followed by another question has made the body smaller, or renamed its limit once.

    Raises:
        BackendError: as `ask` raises it.
    """
    while True:
        trimmed = left_out.trimmed(body)
        try:
            async with aclosing(ask(trimmed)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except Rejected as error:
            if error.cause != "bad-request" or error.has_begun or not left_out.learn(trimmed, error):
                raise
        else:
            return


def _names(said: str, name: str) -> bool:
    return re.search(rf"(?<!\w){name}(?!\w)", said) is not None
