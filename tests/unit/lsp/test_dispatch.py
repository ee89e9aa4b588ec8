"""The dispatcher: one response to every request, whatever it holds, and the rules of the session's life."""

import asyncio
import json
from typing import Any

import pytest

from tierlsp.lsp.dispatch import Dispatcher, First, Life
from tierlsp.lsp.documents import BadParams
from tierlsp.lsp.later import Later
from tierlsp.lsp.wire import frame


class NoTypedLane:
    def takes_request(self, method: str) -> bool:
        return False

    def takes_notification(self, method: str) -> bool:
        return False

    def request(self, message: dict[str, Any], reply: Any) -> Any:
        raise AssertionError("it takes nothing")

    def notification(self, message: dict[str, Any]) -> None:
        raise AssertionError("it takes nothing")


class Rig:
    """A dispatcher, what it sent, and handlers for every way of answering."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.exits: list[int] = []
        self.seen: list[Any] = []
        self.responses: list[dict[str, Any]] = []
        self.futures: list[asyncio.Future[Any]] = []
        self.requests: dict[str, Any] = {
            "initialize": lambda params: {"capabilities": {}},
            "shutdown": lambda params: None,
            "echo": lambda params: params,
            "bad": self.bad,
            "crash": lambda params: 1 // 0,
            "unwritable": lambda params: {"set": {1}},
            "later": self.later,
        }
        self.dispatcher = Dispatcher(
            lambda data: self.sent.append(json.loads(data.partition(b"\r\n\r\n")[2])),
            self.requests,
            {"note": self.seen.append, "crashing": lambda params: 1 // 0},
            NoTypedLane(),
            self.responses.append,
            self.exits.append,
        )

    def bad(self, params: Any) -> None:
        raise BadParams("`x` must be y")

    def later(self, params: Any) -> Later:
        self.futures.append(asyncio.get_running_loop().create_future())
        return Later(self.futures[-1], lambda value: {"then": value})

    def request(self, id_: Any, method: str, params: Any = None) -> None:
        self.dispatcher.dispatch({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})

    def notify(self, method: str, params: Any = None) -> None:
        self.dispatcher.dispatch({"jsonrpc": "2.0", "method": method, "params": params})

    def take(self) -> list[dict[str, Any]]:
        sent, self.sent[:] = list(self.sent), []
        return sent


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.request(0, "initialize", {})
    rig.take()
    return rig


def codes(sent: list[dict[str, Any]]) -> list[tuple[Any, int | None]]:
    return [(message["id"], message.get("error", {}).get("code")) for message in sent]


def test_requests_before_initialize_are_refused_and_notifications_dropped() -> None:
    rig = Rig()
    rig.request(1, "echo")
    rig.notify("note", 1)
    assert codes(rig.take()) == [(1, -32002)]
    assert rig.seen == []


def test_an_early_result_is_sent_before_its_work_is_done_and_the_next_message_waits_for_the_work() -> None:
    rig = Rig()
    order: list[Any] = []

    def work(_: None) -> None:
        order.append([message["id"] for message in rig.sent])
        rig.requests["new"] = lambda params: order.append("new")

    rig.requests["initialize"] = lambda params: First({"capabilities": {}}, work)
    messages = [{"id": 1, "method": "initialize", "params": {}}, {"id": 2, "method": "new"}]
    rig.dispatcher.feed(b"".join(frame({"jsonrpc": "2.0", **message}) for message in messages))
    assert order == [[1], "new"]
    assert codes(rig.take()) == [(1, None), (2, None)]


def test_work_behind_an_early_result_that_fails_is_no_second_answer() -> None:
    rig = Rig()
    rig.requests["initialize"] = lambda params: First({}, lambda _: 1 // 0)
    rig.request(1, "initialize", {})
    rig.request(2, "echo")
    assert codes(rig.take()) == [(1, None), (2, None)]


def test_a_second_initialize_is_refused_and_loses_nothing(rig: Rig) -> None:
    rig.request(1, "initialize", {})
    assert codes(rig.take()) == [(1, -32600)]
    assert rig.dispatcher.life is Life.RUNNING


def test_after_shutdown_requests_are_refused_and_exit_is_clean(rig: Rig) -> None:
    rig.request(1, "shutdown")
    rig.request(2, "echo")
    rig.notify("note", 1)
    rig.notify("exit")
    assert codes(rig.take()) == [(1, None), (2, -32600)]
    assert rig.seen == []
    assert rig.exits == [0]


def test_exit_without_shutdown_ends_with_one(rig: Rig) -> None:
    rig.notify("exit")
    assert rig.exits == [1]
    fresh = Rig()
    fresh.notify("exit")
    assert fresh.exits == [1]


@pytest.mark.parametrize(
    ("method", "code"),
    [("bad", -32602), ("crash", -32603), ("unwritable", -32603), ("nosuch", -32601), ("$/nosuch", -32601)],
)
def test_each_failure_is_one_error_without_a_traceback(rig: Rig, method: str, code: int) -> None:
    rig.request("a", method, {})
    (answer,) = rig.take()
    assert answer["error"]["code"] == code
    assert set(answer["error"]) == {"code", "message"}
    assert "Traceback" not in answer["error"]["message"]
    assert "division" not in answer["error"]["message"]


@pytest.mark.parametrize("id_", [None, True, False, [], {}, [1], 1.5])
def test_an_id_that_is_none_is_an_invalid_request(rig: Rig, id_: Any) -> None:
    rig.request(id_, "echo", 1)
    (answer,) = rig.take()
    assert answer["error"]["code"] == -32600


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b'{"a":NaN}', b"null", b"[]", b"3"]
)
def test_what_is_no_message_is_answered_and_forgotten(rig: Rig, body: bytes) -> None:
    rig.dispatcher.feed(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    rig.dispatcher.feed(frame({"jsonrpc": "2.0", "id": 9, "method": "echo", "params": "still here"}))
    broken, answer = rig.take()
    assert broken["id"] is None
    assert broken["error"]["code"] in (-32700, -32600)
    assert answer == {"jsonrpc": "2.0", "id": 9, "result": "still here"}


def test_a_request_without_a_method_is_answered_with_its_id(rig: Rig) -> None:
    rig.dispatcher.dispatch({"id": 4})
    rig.dispatcher.dispatch({"id": 5, "method": 7})
    assert codes(rig.take()) == [(4, -32600), (5, -32600)]


def test_answers_of_the_client_go_to_the_typed_lane(rig: Rig) -> None:
    rig.dispatcher.dispatch({"id": "x", "result": None})
    rig.dispatcher.dispatch({"id": "y", "error": {}})
    assert [message["id"] for message in rig.responses] == ["x", "y"]
    assert rig.take() == []


def test_a_notification_that_fails_shows_nothing_and_ends_nothing(rig: Rig) -> None:
    rig.notify("crashing")
    rig.notify("nosuch")
    rig.notify("note", 1)
    assert rig.take() == []
    assert rig.seen == [1]


async def test_a_later_result_is_sent_once_it_comes() -> None:
    rig = Rig()
    rig.request(0, "initialize", {})
    rig.request(1, "later")
    rig.take()
    assert rig.dispatcher.in_flight == 1
    rig.futures[0].set_result("x")
    await asyncio.sleep(0)
    assert rig.take() == [{"jsonrpc": "2.0", "id": 1, "result": {"then": "x"}}]
    assert rig.dispatcher.in_flight == 0


async def test_a_cancelled_request_is_answered_at_once_and_only_once() -> None:
    rig = Rig()
    rig.request(0, "initialize", {})
    rig.request(1, "later")
    rig.request("1", "later")
    rig.take()
    rig.notify("$/cancelRequest", {"id": 1})
    assert codes(rig.take()) == [(1, -32800)]
    rig.notify("$/cancelRequest", {"id": 1})
    for nonsense in ({"id": None}, {"id": [1]}, {}, None, 7, {"id": True}):
        rig.notify("$/cancelRequest", nonsense)
    await asyncio.sleep(0)
    assert rig.take() == []
    assert rig.futures[0].cancelled()
    assert not rig.futures[1].cancelled()


async def test_two_requests_with_one_id_both_get_an_answer() -> None:
    rig = Rig()
    rig.request(0, "initialize", {})
    rig.request(1, "later")
    rig.request(1, "later")
    rig.take()
    rig.notify("$/cancelRequest", {"id": 1})
    rig.futures[0].set_result("first")
    await asyncio.sleep(0)
    assert [("error" in message, message.get("result")) for message in rig.take()] == [
        (True, None),
        (False, {"then": "first"}),
    ]
    assert rig.dispatcher.in_flight == 0


async def test_shutdown_answers_whatever_is_still_running() -> None:
    rig = Rig()
    rig.request(0, "initialize", {})
    for id_ in range(1, 21):
        rig.request(id_, "later")
    rig.take()
    rig.request(99, "shutdown")
    await asyncio.sleep(0)
    answered = codes(rig.take())
    assert sorted(answered, key=str) == sorted([(id_, -32800) for id_ in range(1, 21)] + [(99, None)], key=str)
