"""Our own requests: each gets the client's answer or an end, and nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from lsprotocol import types
from lsprotocol.converters import get_converter

from tierlsp.lsp.client_requests import ClientRefused, ClientRequests
from tierlsp.lsp.configuration import CONFIGURATION_PARAMS, REGISTRATION_PARAMS

METHOD = "workspace/configuration"


class Rig:
    """The requests, and what was sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.requests = ClientRequests(self.sent.append)


@pytest.fixture
async def asking() -> AsyncIterator[tuple[Rig, asyncio.Task[Any]]]:
    """A question that the client has been sent."""
    rig = Rig()
    task = asyncio.create_task(rig.requests.ask(METHOD, CONFIGURATION_PARAMS, timeout_s=60))
    await asyncio.sleep(0)
    yield rig, task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert rig.requests.waiting == 0


Asking = tuple[Rig, "asyncio.Task[Any]"]


async def test_a_question_goes_out_and_its_answer_comes_back(asking: Asking) -> None:
    rig, task = asking
    (sent,) = rig.sent
    assert sent["method"] == METHOD
    assert sent["params"] == {"items": [{"section": "tierlsp"}]}
    rig.requests.take({"jsonrpc": "2.0", "id": sent["id"], "result": [{"a": {"b": [1]}}], "error": None})
    assert await task == [{"a": {"b": [1]}}]


async def test_a_question_that_nobody_waits_for_any_more_is_withdrawn(asking: Asking) -> None:
    rig, task = asking
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    sent, withdrawn = rig.sent
    assert withdrawn == {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": sent["id"]}}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": {"code": -32601, "message": "unknown"}}, "unknown"),
        ({"error": {"code": 1, "message": "x"}, "result": []}, "x"),
        ({"error": 5}, "without a message"),
        ({"error": {"code": "x", "message": 5}}, "without a message"),
        ({"error": {}}, "without a message"),
        ({"error": None}, "without a message"),
    ],
)
async def test_an_error_or_garbage_ends_the_question(asking: Asking, answer: dict[str, Any], words: str) -> None:
    rig, task = asking
    rig.requests.take({"id": rig.sent[0]["id"]} | answer)
    with pytest.raises(ClientRefused, match=words):
        await task


async def test_an_answer_that_comes_twice_or_to_nothing_is_ignored(asking: Asking) -> None:
    rig, task = asking
    for id_ in ("nosuch", 5, 0, ""):
        rig.requests.take({"id": id_, "result": []})
    assert not task.done()
    for result in ([1], [2]):
        rig.requests.take({"id": rig.sent[0]["id"], "result": result})
    assert await task == [1]


async def test_a_question_that_is_never_answered_is_given_up_and_forgotten() -> None:
    rig = Rig()
    for _ in range(50):
        with pytest.raises(TimeoutError):
            await rig.requests.ask(METHOD, CONFIGURATION_PARAMS, timeout_s=0)
    assert rig.requests.waiting == 0
    asked = [sent for sent in rig.sent if sent["method"] == METHOD]
    assert len({sent["id"] for sent in asked}) == 50
    # An answer after all does no harm.
    for sent in asked:
        rig.requests.take({"id": sent["id"], "result": []})


@pytest.mark.parametrize(
    ("params", "kind"),
    [(CONFIGURATION_PARAMS, types.ConfigurationParams), (REGISTRATION_PARAMS, types.RegistrationParams)],
)
def test_what_is_asked_is_what_lsp_says(params: dict[str, Any], kind: type[Any]) -> None:
    converter = get_converter()
    assert converter.unstructure(converter.structure(params, kind)) == params
