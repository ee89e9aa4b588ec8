"""A model that knows a file by heart, and what it was shown of the person's text."""

from __future__ import annotations

from typing import Any

from tests.servers.fake_ollama import Answer
from tierlsp.backends.families import family_of


def knows(*texts: str) -> Answer:
    """Return the answer of a model that goes on as the first of `texts` that begins with what stands above the cursor.

    It writes nothing where none of them does.
    """

    def answer(request: dict[str, Any]) -> str:
        head, tail = shown(request)
        return next((text[len(head) :].removesuffix(tail) for text in texts if text.startswith(head)), "")

    return answer


def shown(request: dict[str, Any]) -> tuple[str, str]:
    """Return the text left and right of the cursor, as a request to generate shows it to the model.

    In files that are smaller than the prompt's window that is the server's whole document.
    """
    family = family_of(request["model"])
    assert family is not None
    head, _, middle = request["prompt"].removeprefix(family.prefix_token).rpartition(family.middle_token)
    above, _, suffix = head.partition(family.suffix_token)
    return above + middle, suffix
