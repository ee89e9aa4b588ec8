"""How many tokens the real llama.cpp reads again per key: what `tests/unit/completion/test_prompt_cache.py` counts.

The little model was made with Qwen's tokens; it takes those of the other families for plain text, which costs their
prompts some tokens more and leaves the order of their parts as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from tests.real.conftest import LlamaServer
from tierlsp.backends.base import BackendSpec, FimBackend, FimRequest
from tierlsp.backends.families import family_of
from tierlsp.backends.open import open_backend
from tierlsp.completion.prompt import Layout, build_request
from tierlsp.completion.supply import Serving
from tierlsp.completion.window import next_window
from tierlsp.completion.window_size import WindowSize
from tierlsp.text.cursor import cursor_in

pytestmark = pytest.mark.real

SIZE = WindowSize(2_400, 600)
ABOVE = (
    "import shop\n\n\ndef sum_up(items):\n" + "".join(f"    total += price(items[{n}])\n" for n in range(50)) + "    "
)
BELOW = "\n" + "    total += tax(total)\n" * 15 + "    return total\n"


@pytest.fixture
async def backend(llama_server: LlamaServer) -> AsyncIterator[FimBackend]:
    opened = open_backend(BackendSpec("llamacpp", "llamacpp", llama_server.url))
    yield opened
    await opened.aclose()


def keys() -> list[tuple[str, str]]:
    """The text on both sides of the cursor after each key, as an editor leaves it."""
    steps = [(ABOVE, BELOW)]

    def press(before: str, after: str = "", typed_over: int = 0) -> None:
        left, right = steps[-1]
        steps.append((left + before, after + right[typed_over:]))

    for char in "rate = rate_of":
        press(char)
    press("(", ")")
    press('"', '"')
    for char in "spring":
        press(char)
    press('"', typed_over=1)
    press(")", typed_over=1)
    press("\n    ")
    for char in "rates = ":
        press(char)
    press("{", "}")
    press("\n        ", "\n    ")
    for char in "rate: 1":
        press(char)
    steps.extend((steps[-1][0][:-count], steps[-1][1]) for count in range(1, 4))
    return steps


async def tokens_read(backend: FimBackend, request: FimRequest) -> int:
    async with aclosing(backend.fim(request)) as chunks:
        usage = [chunk async for chunk in chunks][-1].usage
    assert usage is not None
    return usage.prompt_tokens - usage.cached_tokens


async def costs_of(backend: FimBackend, model: str, layout: Layout) -> list[int]:
    """Return the tokens read for each key after the first, which finds nothing in the cache."""
    serving = Serving(backend, model, family_of(model))
    window = None
    costs = []
    for before, after in keys():
        lines = before.split("\n")
        window = next_window(window, cursor_in((before + after).split("\n"), len(lines) - 1, len(lines[-1])), SIZE)
        costs.append(await tokens_read(backend, build_request(window, serving, layout, 8)))
    return costs[1:]


@pytest.mark.parametrize(
    ("model", "layout"),
    [("qwen2.5-coder:7b", "auto"), ("codestral:22b", "auto"), ("deepseek-coder:6.7b", "lineAfterMiddle")],
)
async def test_a_key_has_three_tokens_read_again_at_most(backend: FimBackend, model: str, layout: Layout) -> None:
    """Keys, Enter, backspace, and brackets that the editor closes."""
    assert max(await costs_of(backend, model, layout)) <= 3


async def test_the_native_order_has_the_suffix_read_again_at_each_key(backend: FimBackend) -> None:
    """What the other layout is worth."""
    assert min(await costs_of(backend, "qwen2.5-coder:7b", "native")) > 100
