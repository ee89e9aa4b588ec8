"""What no editor should send and some day one does: answered with the right error, and forgotten.

None of it shows a box, none of it stays unanswered, and none of it makes the server's text differ from the editor's.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.protocol.client import Client, Refused, framed
from tests.protocol.conftest import Place
from tests.protocol.editor import BARE_CAPABILITIES, Editor, start_session
from tests.servers.fake_ollama import FakeOllama

INVALID_PARAMS = -32602
INLINE = "textDocument/inlineCompletion"
COMPLETION = "textDocument/completion"
COMMAND = "workspace/executeCommand"


async def outcome(client: Client, method: str, params: Any = None) -> int | str:
    """Return the error code of a request, or "answered"."""
    try:
        await client.request(method, params)
    except Refused as error:
        assert "Traceback" not in error.message
        return error.code
    return "answered"


async def test_wrong_parameters_are_answered_as_such(place: Place) -> None:
    document = {"textDocument": {"uri": place.uri("a.py")}}
    here = {"position": {"line": 0, "character": 0}}
    whole = document | here
    selected = {"range": {"start": here["position"], "end": here["position"]}, "text": "x"}
    wrong: list[tuple[str, Any]] = [
        *[(method, params) for method in (INLINE, COMPLETION) for params in (None, [], [whole], 5, "x", True, {})],
        *[(INLINE, here | {"textDocument": value}) for value in (None, 5, [], {}, {"uri": 5}, {"uri": None})],
        *[(INLINE, document | {"position": value}) for value in (None, 5, [0, 0], {}, {"line": 0}, {"character": 0})],
        *[
            (method, document | {"position": {"line": 0, "character": 0} | {name: value}})
            for method in (INLINE, COMPLETION)
            for name in ("line", "character")
            for value in (-1, 0.5, "1", None, True, [], {}, -(2**31))
        ],
        *[(INLINE, whole | {"context": {"triggerKind": kind}}) for kind in (99, -1, 3, "2", 1.5, None, True, [])],
        *[
            (INLINE, whole | {"context": {"triggerKind": 1, "selectedCompletionInfo": value}})
            for value in (5, "x", [], {}, {"text": 5}, selected | {"range": None}, selected | {"range": {"start": 5}})
        ],
        (COMPLETION, whole | {"context": 5}),
        *[(COMMAND, params) for params in (None, [], 5, {}, {"command": 5}, {"command": None})],
        (COMMAND, {"command": "tierlsp.doctor", "arguments": 5}),
        (COMMAND, {"command": "tierlsp.nosuch"}),
        (COMMAND, {"command": ""}),
    ]
    async with place.client() as client:
        await start_session(client, place.workspace)
        Editor(client, place.uri("a.py")).open("x = 1\n")
        results = [(row, await outcome(client, *row)) for row in wrong]
    assert [row for row, result in results if result != INVALID_PARAMS] == []


async def test_what_only_looks_wrong_is_taken(place: Place) -> None:
    uri = place.uri("a.py")
    whole = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
    fine: list[tuple[str, Any]] = [
        # A key that pygls takes for a message of its own, at every depth.
        (INLINE, whole | {"jsonrpc": "2.0"}),
        (INLINE, {"textDocument": {"uri": uri, "jsonrpc": "2.0", "id": 1}, "position": whole["position"]}),
        (COMMAND, {"command": "tierlsp.accepted", "arguments": [{"jsonrpc": "2.0", "method": "exit"}]}),
        (COMMAND, {"command": "tierlsp.doctor"}),
        (COMMAND, {"command": "tierlsp.doctor", "arguments": None}),
        (COMMAND, {"command": "tierlsp.doctor", "arguments": []}),
        (COMMAND, {"command": "tierlsp.doctor", "arguments": [None, 5], "workDoneToken": 5}),
        # Numbers as JSON has them: one kind only.
        (INLINE, whole | {"position": {"line": 0.0, "character": 1e0}}),
        (INLINE, whole | {"position": {"line": 2**31 - 1, "character": 2**31 - 1}}),
        (INLINE, whole | {"position": {"line": 1e300, "character": 10**4000}}),
        *[(INLINE, whole | {"context": {"triggerKind": kind}}) for kind in (0, 1, 2)],
        (INLINE, whole | {"context": {}}),
        (INLINE, whole | {"context": None}),
        (INLINE, whole | {"unknown": [{"deeply": {"unknown": []}}]}),
        # A document that is not open, and addresses that are none.
        *[
            (INLINE, whole | {"textDocument": {"uri": other}})
            for other in ("", "x", "file:///etc/hostname", "vscode-remote://host/etc/hostname", "untitled:1", "\ud800")
        ],
    ]
    async with place.client() as client:
        await start_session(client, place.workspace)
        Editor(client, uri).open("x = 1\n")
        results = [(row, await outcome(client, *row)) for row in fine]
    assert [(row, result) for row, result in results if result != "answered"] == []


async def test_a_request_in_another_wrapping_is_still_answered(place: Place) -> None:
    wrappings: list[dict[str, Any]] = [
        *[{}, {"jsonrpc": "1.0"}, {"jsonrpc": 2}, {"jsonrpc": None}],
        *[{"jsonrpc": "2.0", "error": {}}, {"jsonrpc": "2.0", "result": 5}, {"jsonrpc": "2.0", "x": 1}],
    ]
    params = {"command": "tierlsp.doctor", "textDocument": {"uri": "x"}}
    async with place.client() as client:
        await start_session(client, place.workspace)
        for method in (INLINE, COMMAND, "nosuch"):
            for wrapping in wrappings:
                id_ = f"{method} {wrapping}"
                client.owe(id_)
                client.send({"id": id_, "method": method, "params": params} | wrapping)
                await client.answered()


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "blank": b" \r\n ",
    "half a message": b'{"jsonrpc":"2.0","id":1,',
    "a word": b"hello",
    "null": b"null",
    "a number": b"3",
    "a string": b'"x"',
    "an array": b"[]",
    "a batch": b'[{"jsonrpc":"2.0","id":1,"method":"shutdown"},{"jsonrpc":"2.0","method":"exit"}]',
    "an empty object": b"{}",
    "a nest": b"[" * 100_000,
    "a nest of objects": b'{"a":' * 100_000,
    "a huge number": b'{"jsonrpc":"2.0","method":' + b"9" * 5_000 + b"}",
    "NaN": b'{"jsonrpc":"2.0","method":"nosuch","params":NaN}',
    "infinity": b'{"jsonrpc":"2.0","method":"nosuch","params":[-Infinity]}',
    "UTF-16": '{"jsonrpc":"2.0","method":"nosuch"}'.encode("utf-16"),
    "UTF-32": '{"jsonrpc":"2.0","method":"nosuch"}'.encode("utf-32"),
    "a byte order mark": '{"jsonrpc":"2.0","method":"nosuch"}'.encode("utf-8-sig"),
    "broken UTF-8": b'{"jsonrpc":"2.0","method":"nos\xffuch"}',
    "a NUL": b'{"jsonrpc":"2.0","method":"nosuch"}\0',
    "a method that is none": b'{"jsonrpc":"2.0","method":5}',
    "no method": b'{"jsonrpc":"2.0","params":{}}',
    "an id alone": b'{"jsonrpc":"2.0","id":null}',
    "an id that is an object": b'{"jsonrpc":"2.0","id":{"a":1},"method":"shutdown"}',
    "an id that is a list": b'{"jsonrpc":"2.0","id":[1],"method":"shutdown"}',
    "an id that is true": b'{"jsonrpc":"2.0","id":true,"method":"shutdown"}',
    "an id that is null": b'{"jsonrpc":"2.0","id":null,"method":"shutdown"}',
    "an id beyond all numbers": b'{"jsonrpc":"2.0","id":1e999,"method":"shutdown"}',
    "an id alone beyond all numbers": b'{"jsonrpc":"2.0","id":-1e999}',
}  # fmt: skip


async def test_a_body_that_is_no_message_is_one_error_and_no_more(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        for name, body in BODIES.items():
            # In one write with what follows it, as a pipe hands it on.
            client.owe(name)
            client.send_bytes(framed(body) + framed(json.dumps({"id": name, "method": "nosuch"}).encode()))
            error = await client.error_without_id()
            assert error["code"] in (-32700, -32600), name
            assert set(error) == {"code", "message"}
            await client.answered()
        await client.request(COMMAND, {"command": "tierlsp.doctor"})


async def test_a_notification_sent_as_a_request_is_refused_and_the_other_way_round_dropped(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        for method in (
            "initialized",
            "textDocument/didOpen",
            "workspace/didChangeConfiguration",
            "$/cancelRequest",
            "exit",
        ):
            assert await outcome(client, method, {"settings": {}}) == -32601, method
        for method in (INLINE, COMMAND, "initialize", "shutdown"):
            client.notify(method, {"command": "tierlsp.doctor"})
        assert await outcome(client, COMMAND, {"command": "tierlsp.doctor"}) == "answered"


async def test_an_id_comes_back_as_it_went(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        for id_ in (0, -1, 2**53, "", "0", "é\ud800", "x" * 5_000, 10**4_000):
            client.ask("nosuch", {}, id_)
            client.ask(COMMAND, {"command": "tierlsp.doctor"}, id_)
        await client.answered()
        # A number with a fraction is none, and is told so.
        client.ask("nosuch", {}, 1.5)
        with pytest.raises(Refused, match="-32600"):
            await client.answer(1.5)


FRAMES: dict[str, bytes] = {
    "no space": b"Content-Length:%d\r\n\r\n%b",
    "lower case": b"content-length: %d\r\n\r\n%b",
    "line feeds only": b"Content-Length: %d\n\n%b",
    "a type": b"Content-Length: %d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n%b",
    "a type first": b"Content-Type: application/vscode-jsonrpc\r\nContent-Length: %d\r\n\r\n%b",
    "blank lines before": b"\r\n\r\nContent-Length: %d\r\n\r\n%b",
}


async def test_headers_in_other_spellings_are_read(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        for name, pattern in FRAMES.items():
            body = json.dumps({"jsonrpc": "2.0", "id": name, "method": "nosuch"}).encode()
            client.owe(name)
            client.send_bytes(pattern % (len(body), body))
            await client.answered()


DAMAGE: dict[str, bytes] = {
    "a length of 5,000 digits": b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    "a length of 10^13": b"Content-Length: 10000000000000\r\n\r\n",
    "a length of four gigabytes": b"Content-Length: 4000000000\r\n\r\n",
    "a length below nothing": b"Content-Length: -5\r\n\r\n",
    "a length that is a word": b"Content-Length: many\r\n\r\n",
    "no length": b"Content-Type: x\r\n\r\n{}",
    "a length twice": b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a length too long": b"Content-Length: 7\r\n\r\n{}",
    "a length far too long": b"Content-Length: 70000\r\n\r\n{}",
    "a length too short": b'Content-Length: 1\r\n\r\n{"jsonrpc":"2.0"}',
    "a header of a megabyte": b"X: " + b"x" * 1_000_000,
    "a print": b"loading model ... done\n",
    "a print of a million lines": b"no header in sight\r\n\r\n" * 50_000,
    "NULs": b"\0" * 10_000,
}


async def test_the_stream_is_found_again_after_any_damage(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        for name, damage in DAMAGE.items():
            client.owe(name)
            body = json.dumps({"jsonrpc": "2.0", "id": name, "method": "nosuch"}).encode()
            client.send_bytes(damage + framed(body))
            await client.answered()
        # An error with a null id for what could be taken for a body, nothing for what could not.
        assert client.count_unaddressed() <= len(DAMAGE)


async def test_cancelling_what_is_not_there_does_nothing(place: Place) -> None:
    async with place.client() as client:
        await start_session(client, place.workspace)
        done = client.ask("nosuch")
        with pytest.raises(Refused, match="-32601"):
            await client.answer(done)
        for params in (
            {"id": done},
            {"id": "nosuch"},
            {"id": 0},
            {"id": None},
            {"id": [1]},
            {"id": {}},
            {},
            [],
            None,
            5,
        ):
            client.notify("$/cancelRequest", params)
        await client.request(COMMAND, {"command": "tierlsp.doctor"})


async def test_cancel_withdraws_that_request_only_and_once(place: Place) -> None:
    ollama = FakeOllama(lambda request: ["3.14"], first_ms=60_000)
    async with ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editors = [Editor(client, place.uri(f"{name}.py")) for name in "ab"]
        for editor in editors:
            editor.open("def area(r):\n    return █\n")
        params = {"textDocument": {"uri": editors[0].uri}, "position": editors[0].position}
        client.ask(INLINE, params, 5)
        client.notify("$/cancelRequest", {"id": "5"})
        client.notify("$/cancelRequest", {"id": 5})
        client.notify("$/cancelRequest", {"id": 5})
        with pytest.raises(Refused, match="-32800"):
            await client.answer(5)


async def test_an_answer_that_cannot_be_read_leaves_nothing_waiting(place: Place) -> None:
    capabilities = BARE_CAPABILITIES | {"workspace": {"configuration": True}}
    garbage: list[dict[str, Any]] = [
        {"result": 5},
        {"result": None},
        {"result": []},
        {"error": None},
        {"error": 5},
        {"error": {"code": "x"}},
        {"error": {"code": 1, "message": 5}},
        {"error": {"code": -32601, "message": "no"}, "result": 5},
    ]
    async with place.client() as client:
        client.responds = False
        await start_session(client, place.workspace, capabilities)
        for number, answer in enumerate(garbage):
            await client.until(lambda number=number: len(client.asked) > number, "a request of the server's")
            request = client.asked[number]
            assert request["method"] == "workspace/configuration"
            client.send({"jsonrpc": "2.0", "id": request["id"]} | answer)
            client.notify("workspace/didChangeConfiguration", {"settings": None})
        for id_ in (None, 5, "nosuch", [1], {}, 1.5, True):
            client.send({"jsonrpc": "2.0", "id": id_, "result": None})
            client.send({"jsonrpc": "2.0", "id": id_, "error": {"code": 1, "message": "x"}})
        await client.request(COMMAND, {"command": "tierlsp.doctor"})
        # A right answer after all the wrong ones still counts.
        await client.until(lambda: len(client.asked) > len(garbage), "one more request")
        client.send({"jsonrpc": "2.0", "id": client.asked[-1]["id"], "result": [{"completion": {"budgetMs": "x"}}]})
        message = await client.expect("window/showMessage")
        assert "budgetMs" in message["message"]


async def test_settings_nested_beyond_reason_do_not_keep_a_session_from_starting(place: Place) -> None:
    nest: Any = 1
    for _ in range(900):
        nest = {"completion": nest}
    async with place.client() as client:
        await start_session(client, place.workspace, options={"completion": {"enabled": nest}, "nest": nest})
        shown = [(await client.expect("window/showMessage"))["message"] for _ in range(2)]
        assert "completion.enabled" in shown[0] + shown[1]
        assert "nest from initializationOptions is not a setting" in shown[0] + shown[1]
        await client.request(COMMAND, {"command": "tierlsp.accepted", "arguments": [nest]})
