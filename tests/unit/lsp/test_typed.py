"""The typed lane: what pygls decodes is answered once, whatever it holds, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from tierlsp.errors import LedgerError
from tierlsp.lsp.later import Later
from tierlsp.lsp.reply import Reply
from tierlsp.lsp.typed import Typed
from tierlsp.lsp.typed_protocol import TypedProtocol

COMMAND = "workspace/executeCommand"
CHANGED = "workspace/didChangeConfiguration"


class Rig:
    """A typed lane, what it sent, and what its handlers saw."""

    def __init__(self, first: Callable[[], None] = lambda: None) -> None:
        self.answers: list[dict[str, Any]] = []
        self.seen: list[Any] = []
        self.lane = Typed({COMMAND: self._execute}, {CHANGED: self._changed}, first)

    def _execute(self, params: types.ExecuteCommandParams) -> Any:
        self.seen.append(params.command)
        match params.command:
            case "wrong":
                raise JsonRpcInvalidParams("there is no such command")
            case "crash":
                raise ValueError("the secret")
            case "unwritable":
                return {1, 2}
            case "later":
                self.later = asyncio.get_running_loop().create_future()
                return Later(self.later, lambda value: {"came": value})
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


def left_in(protocol: TypedProtocol) -> list[int]:
    return [len(protocol._request_futures), len(protocol._result_types), len(protocol._replies)]


async def test_a_result_that_comes_later_is_answered_when_it_has_come(rig: Rig) -> None:
    rig.request(1, {"command": "later"})
    assert rig.answers == []
    rig.later.set_result(5)
    await asyncio.sleep(0)
    assert rig.answers == [{"jsonrpc": "2.0", "id": 1, "result": {"came": 5}}]


async def test_a_result_that_comes_later_can_be_cancelled(rig: Rig) -> None:
    cancel = rig.request(1, {"command": "later"})
    cancel()
    await asyncio.sleep(0)
    assert rig.codes() == [(1, -32800)]
    assert rig.later.cancelled()
    assert rig.lane._protocol is not None
    assert not rig.lane._protocol._later


async def test_a_later_failure_shows_its_sentence_if_it_is_meant_for_people_and_nothing_else_if_not(rig: Rig) -> None:
    rig.request(1, {"command": "later"})
    rig.later.set_exception(LedgerError("the ledger cannot be read"))
    rig.request(2, {"command": "later"})
    rig.later.set_exception(ValueError("the secret"))
    await asyncio.sleep(0)
    first, second = (answer["error"] for answer in rig.answers)
    assert first == {"code": -32803, "message": "the ledger cannot be read"}
    assert "secret" not in second["message"]
