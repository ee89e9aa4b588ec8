"""The typed lane: what pygls decodes is answered once, whatever it holds, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from tierlsp.lsp.dispatch import Reply
from tierlsp.lsp.typed import Typed
from tierlsp.lsp.typed_protocol import TypedProtocol

COMMAND = "workspace/executeCommand"
CHANGED = "workspace/didChangeConfiguration"


class Rig:
    """A typed lane, what it sent, and what its handlers saw."""

    def __init__(self, first: Callable[[], None] = lambda: None) -> None:
        self.sent: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.seen: list[Any] = []
        self.lane = Typed(self.sent.append, {COMMAND: self._execute}, {CHANGED: self._changed}, first)

    def _execute(self, params: types.ExecuteCommandParams) -> Any:
        self.seen.append(params.command)
        match params.command:
            case "wrong":
                raise JsonRpcInvalidParams("there is no such command")
            case "crash":
                raise ValueError("the secret")
            case "unwritable":
                return {1, 2}
            case _:
                return {"command": params.command, "arguments": params.arguments}

    def _changed(self, params: types.DidChangeConfigurationParams) -> None:
        self.seen.append(params.settings)
        if params.settings == "crash":
            raise ValueError("the secret")

    def _take(self, data: bytes) -> None:
        self.answers.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    async def ready(self) -> TypedProtocol:
        """Wait until the imports are over."""
        self.lane.load()
        async with asyncio.timeout(60):
            while self.lane._protocol is None:
                await asyncio.sleep(0.001)
        return self.lane._protocol

    def request(self, id_: Any, params: Any, **more: Any) -> Callable[[], None]:
        message = {"jsonrpc": "2.0", "id": id_, "method": COMMAND, "params": params} | more
        return self.lane.request(message, Reply(self._take, id_))

    def notify(self, params: Any, **more: Any) -> None:
        self.lane.notification({"jsonrpc": "2.0", "method": CHANGED, "params": params} | more)

    def codes(self) -> list[tuple[Any, int | None]]:
        return [(answer["id"], answer.get("error", {}).get("code")) for answer in self.answers]


@pytest.fixture
async def rig() -> Rig:
    rig = Rig()
    await rig.ready()
    return rig


async def test_messages_that_come_before_the_imports_are_over_wait_in_order() -> None:
    may_import = threading.Event()
    rig = Rig(first=lambda: may_import.wait(60))
    rig.request(1, {"command": "a"})
    rig.notify({"settings": "b"})
    rig.request(2, {"command": "c"})
    assert rig.seen == rig.answers == []
    may_import.set()
    await rig.ready()
    assert rig.seen == ["a", "b", "c"]
    assert rig.codes() == [(1, None), (2, None)]


async def test_a_request_cancelled_before_the_imports_are_over_is_answered_once_and_not_carried_out() -> None:
    may_import = threading.Event()
    rig = Rig(first=lambda: may_import.wait(60))
    cancel = rig.request(1, {"command": "a"})
    rig.request(2, {"command": "b"})
    cancel()
    cancel()
    assert rig.codes() == [(1, -32800)]
    may_import.set()
    await rig.ready()
    assert rig.codes() == [(1, -32800), (2, None)]
    assert rig.seen == ["b"]


async def test_one_message_that_fails_does_not_hold_up_those_behind_it() -> None:
    may_import = threading.Event()
    rig = Rig(first=lambda: may_import.wait(60))
    rig.request(1, 5)
    rig.notify(5)
    rig.notify({"settings": "crash"})
    rig.request(2, {"command": "crash"})
    rig.request(3, {"command": "a"})
    may_import.set()
    await rig.ready()
    assert rig.codes() == [(1, -32602), (2, -32603), (3, None)]


@pytest.mark.parametrize("params", [None, 5, "x", [], {}, {"arguments": []}, {"command": "a", "arguments": 5}])
async def test_parameters_that_do_not_fit_are_answered_as_such(rig: Rig, params: Any) -> None:
    rig.request(1, params)
    assert rig.codes() == [(1, -32602)]
    assert rig.seen == []


@pytest.mark.parametrize("more", [{"jsonrpc": "1.0"}, {"jsonrpc": None}, {"error": {}}, {"result": 1}])
async def test_a_message_that_pygls_would_pass_over_is_handled_all_the_same(rig: Rig, more: dict[str, Any]) -> None:
    rig.request(1, {"command": "a", "jsonrpc": "2.0"}, **more)
    rig.notify({"settings": "b", "id": 5}, **more)
    assert rig.codes() == [(1, None)]
    assert rig.seen == ["a", "b"]


async def test_a_handlers_fault_is_answered_without_its_text(rig: Rig) -> None:
    for number, command in enumerate(["wrong", "crash", "unwritable"]):
        rig.request(number, {"command": command})
    assert rig.codes() == [(0, -32602), (1, -32603), (2, -32603)]
    assert "secret" not in json.dumps(rig.answers)
    assert all(set(answer["error"]) == {"code", "message"} for answer in rig.answers)
    assert rig.answers[0]["error"]["message"] == "there is no such command"


async def test_nothing_of_a_thousand_messages_is_kept(rig: Rig) -> None:
    """pygls keeps a future of every notification that its own server handles."""
    protocol = await rig.ready()
    for number in range(1_000):
        rig.notify({"settings": number})
        rig.notify(5)
        rig.request(number, {"command": "a"})
        rig.request(f"{number}", {"command": "crash"})
        rig.request(f"{number}", 5)
    assert len(rig.answers) == 3_000
    assert left_in(protocol) == [0, 0, 0]
    assert rig.sent == []


def left_in(protocol: TypedProtocol) -> list[int]:
    return [len(protocol._request_futures), len(protocol._result_types), len(protocol._replies)]


# ------------------------------------------------------------------ our requests to the client


@pytest.fixture
async def asking(rig: Rig) -> AsyncIterator[tuple[Rig, asyncio.Task[Any]]]:
    """A question that the client has been sent."""
    question = types.ConfigurationParams(items=[types.ConfigurationItem(section="tierlsp")])
    task = asyncio.create_task(rig.lane.ask("workspace/configuration", lambda: question, timeout_s=60))
    await asyncio.sleep(0)
    yield rig, task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert left_in(await rig.ready()) == [0, 0, 0]


Asking = tuple[Rig, "asyncio.Task[Any]"]


async def test_a_question_goes_out_as_lsp_has_it_and_its_answer_comes_back(asking: Asking) -> None:
    rig, task = asking
    (sent,) = rig.sent
    assert sent["method"] == "workspace/configuration"
    assert sent["params"] == {"items": [{"section": "tierlsp"}]}
    rig.lane.response({"jsonrpc": "2.0", "id": sent["id"], "result": [{"a": {"b": [1]}}], "error": None})
    assert list(await task) == [{"a": {"b": [1]}}]


@pytest.mark.parametrize(
    "answer",
    [
        {"error": {"code": -32601, "message": "unknown"}},
        {"error": {"code": 1, "message": "x"}, "result": []},
        {"error": 5},
        {"error": {"code": "x"}},
        {"error": {}},
        {"result": 5},
    ],
)
async def test_an_error_or_garbage_ends_the_question(asking: Asking, answer: dict[str, Any]) -> None:
    rig, task = asking
    rig.lane.response({"id": rig.sent[0]["id"]} | answer)
    with pytest.raises(JsonRpcException):
        await task


async def test_an_answer_that_comes_twice_or_to_nothing_is_ignored(asking: Asking) -> None:
    rig, task = asking
    for id_ in ("nosuch", 5, 0, ""):
        rig.lane.response({"id": id_, "result": []})
    assert not task.done()
    for result in ([1], [2]):
        rig.lane.response({"id": rig.sent[0]["id"], "result": result})
    assert list(await task) == [1]


async def test_a_question_that_is_never_answered_is_given_up_and_forgotten(rig: Rig) -> None:
    for _ in range(50):
        with pytest.raises(TimeoutError):
            await rig.lane.ask("workspace/configuration", lambda: types.ConfigurationParams(items=[]), timeout_s=0)
    protocol = await rig.ready()
    assert left_in(protocol) == [0, 0, 0]
    # An answer after all does no harm.
    for sent in rig.sent:
        rig.lane.response({"id": sent["id"], "result": []})


async def test_a_question_given_up_before_the_imports_are_over_is_not_sent() -> None:
    may_import = threading.Event()
    rig = Rig(first=lambda: may_import.wait(60))
    with pytest.raises(TimeoutError):
        await rig.lane.ask("workspace/configuration", lambda: types.ConfigurationParams(items=[]), timeout_s=0)
    may_import.set()
    await rig.ready()
    assert rig.sent == []
