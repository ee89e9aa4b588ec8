"""The model behind the server: how seldom it is asked, when it is stopped, and everything that it can do wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.protocol.client import DEADLINE_S, Client, Refused
from tests.protocol.conftest import Place
from tests.protocol.editor import BARE_CAPABILITIES, Editor, start_session
from tests.protocol.waiting import until
from tests.real.by_heart import knows, shown
from tests.servers import faults
from tests.servers.dialects import OLLAMA
from tests.servers.fake_ollama import FakeModel, FakeOllama
from tests.servers.faults import Fault
from tests.servers.loopback import Exchange

COMMAND = "workspace/executeCommand"
MODEL = "qwen2.5-coder:1.5b-base"

TEXT = "def area(radius):\n    total = compute_area(radius, 3.14159)\n    return total\n\n\ndef more(radius):\n"
BEFORE = "    total = compute_area(radius,"
FROM_LOOKUP = " 3.14159)"
"""How the embedded completer goes on after `BEFORE`: as the line above did."""
FROM_MODEL = " pi)"
"""How the model does."""


# ------------------------------------------------------------------ the model is named


async def test_an_editor_that_shows_the_model_is_told_it_before_a_file_is_open(place: Place) -> None:
    """A base model, which fills in the middle and does nothing else; not where completion is switched off."""
    shows = {**BARE_CAPABILITIES, "experimental": {"tierlsp": {"status": True}}}
    ollama = FakeOllama(lambda request: "", models=(FakeModel(MODEL),))
    async with ollama, place.client(model_url=ollama.url) as client:

        def named() -> str | None:
            return client.statuses[-1]["tiers"]["local"]["model"] if client.statuses else None

        await start_session(client, place.workspace, shows)
        await client.until(lambda: named() == f"ollama/{MODEL}", "the model's name")
        for enabled, name in ((False, None), (True, f"ollama/{MODEL}")):
            settings = {"tierlsp": {"completion": {"enabled": enabled}}}
            client.notify("workspace/didChangeConfiguration", {"settings": settings})
            await client.until(lambda name=name: named() == name, f"the name {name}")
        # Naming it asks it nothing.
        assert ollama.requests == []


# ------------------------------------------------------------------ few calls


async def test_typing_through_a_line_asks_the_model_once_and_shows_the_rest_at_every_key(place: Place) -> None:
    lines = ["    first = area(1)", "    second = area(2) + first", "    return first * second"]
    known = "def area(r):\n    return r\n\n\ndef main():\n" + "\n".join(lines) + "\n"
    async with FakeOllama(knows(known)) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open(known.partition(lines[0].lstrip())[0])
        missing = 0
        for line in lines:
            keys = line.lstrip()
            for index, key in enumerate(keys, 1):
                editor.type(key)
                ghost = await editor.ghost()
                missing += ghost == "" and index < len(keys)
                assert keys[index:].startswith(ghost.partition("\n")[0])
            # An editor indents by itself.
            editor.type("\n    ")
        assert missing <= 2 * len(lines)
        # One for each line, and one where a line was complete and the next not begun.
        assert len(ollama.requests) <= 2 * len(lines)
        assert ollama.most_running == 1
        assert "".join(shown(ollama.requests[-1])).startswith(known.partition(lines[-1])[0])


async def test_who_asks_gets_what_else_is_known_and_who_does_not_gets_one(place: Place) -> None:
    async with FakeOllama(lambda request: FROM_MODEL) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open(f"{TEXT}{BEFORE}█\n")
        assert await editor.ghost() == FROM_MODEL
        for kind, texts in ((2, [FROM_MODEL]), (1, [FROM_MODEL, FROM_LOOKUP])):
            items = await editor.complete(kind)
            assert [item["insertText"].removeprefix(BEFORE) for item in items] == texts
            assert len({json.dumps(item["range"]) for item in items}) == 1
        # What comes behind the text may have been asked for meanwhile.
        assert [shown(request)[0].endswith(BEFORE) for request in ollama.requests].count(True) == 1


async def test_keys_that_agree_with_what_is_being_written_wait_for_it(place: Place) -> None:
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        yield "3.14"
        await go_on.wait()
        yield " * r ** 2"

    async with FakeOllama(lambda request: slowly()) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open("def area(r):\n    return █\n")
        asked = [editor.ask()]
        await until(lambda: bool(ollama.requests))
        for key in "3.1":
            editor.type(key)
            asked.append(editor.ask())
        # All but the last were overtaken.
        for id_ in asked[:-1]:
            assert await client.answer(id_) == {"items": []}
        go_on.set()
        (item,) = (await client.answer(asked[-1]))["items"]
        assert item["insertText"] == "    return 3.14 * r ** 2"
        assert len(ollama.requests) == 1


async def test_a_cancelled_request_leaves_the_generation_to_the_next_key(place: Place) -> None:
    """VS Code cancels at every key; what the model has begun is still what the person wants."""
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[str]:
        await go_on.wait()
        yield "3.14 * r"

    async with FakeOllama(lambda request: slowly()) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open("def area(r):\n    return █\n")
        for key in "3.1":
            cancelled = editor.ask()
            await until(lambda: bool(ollama.requests))
            client.notify("$/cancelRequest", {"id": cancelled})
            with pytest.raises(Refused, match="-32800"):
                await client.answer(cancelled)
            editor.type(key)
        last = editor.ask()
        go_on.set()
        assert (await client.answer(last))["items"][0]["insertText"] == "    return 3.14 * r"
        assert len(ollama.requests) == 1


# ------------------------------------------------------------------ stopping it


@asynccontextmanager
async def generating(place: Place) -> AsyncIterator[tuple[FakeOllama, Client, Editor, Any]]:
    """Start a session with a generation that would go on for ever, and the request that waits for it."""
    async with FakeOllama(first_ms=3_600_000) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open("def area(r):\n    return █\n")
        waiting = editor.ask()
        await until(lambda: ollama.running == 1)
        yield ollama, client, editor, waiting


async def test_closing_the_document_closes_the_models_connection(place: Place) -> None:
    async with generating(place) as (ollama, client, editor, waiting):
        editor.close()
        assert await client.answer(waiting) == {"items": []}
        await until(lambda: ollama.running == 0)


async def test_pausing_closes_the_models_connection(place: Place) -> None:
    async with generating(place) as (ollama, client, editor, waiting):
        await client.request(COMMAND, {"command": "tierlsp.pause"})
        assert await client.answer(waiting) == {"items": []}
        await until(lambda: ollama.running == 0)
        assert await editor.complete() == []
        assert len(ollama.requests) == 1
        await client.request(COMMAND, {"command": "tierlsp.resume"})
        editor.ask()
        await until(lambda: len(ollama.requests) == 2)


async def test_switching_off_closes_the_models_connection(place: Place) -> None:
    async with generating(place) as (ollama, client, _, waiting):
        settings = {"tierlsp": {"completion": {"enabled": False}}}
        client.notify("workspace/didChangeConfiguration", {"settings": settings})
        assert await client.answer(waiting) == {"items": []}
        await until(lambda: ollama.running == 0)


async def test_asking_elsewhere_closes_the_models_connection_and_the_latest_wins(place: Place) -> None:
    async with generating(place) as (ollama, client, _, waiting):
        other = Editor(client, place.uri("b.py"))
        other.open("def volume(r):\n    return █\n")
        other.ask()
        assert await client.answer(waiting) == {"items": []}
        await until(lambda: len(ollama.requests) == 2)
        await until(lambda: ollama.running == 1)
        assert "volume" in ollama.requests[-1]["prompt"]


async def test_a_hundred_open_requests_as_neovim_leaves_them_cost_one_generation_at_a_time(place: Place) -> None:
    async with generating(place) as (ollama, client, editor, waiting):
        asked = [waiting]
        for number in range(100):
            editor.type("x" if number % 2 else " ")
            editor.move(len(editor.text) // 2)
            asked.append(editor.ask(trigger_kind=1))
        for id_ in asked[:-1]:
            assert await client.answer(id_) == {"items": []}
        assert ollama.most_running == 1


# ------------------------------------------------------------------ what it can do wrong


class FaultyOllama(FakeOllama):
    """Ollama that lists its models, and at a generation does wrong what `fault` says."""

    def __init__(self) -> None:
        super().__init__(lambda request: FROM_MODEL)
        self.fault: Fault | None = None

    async def handle(self, exchange: Exchange) -> None:
        if self.fault is not None and exchange.path == "/api/generate":
            await self.fault(exchange, OLLAMA)
        else:
            await super().handle(exchange)


def a_text(text: str) -> Fault:
    """A whole answer with this text, all of it in one line."""

    async def answer(exchange: Exchange, dialect: Any) -> None:
        await OLLAMA.good(exchange, text)

    return answer


GENERATION_FAULTS: dict[str, tuple[Fault, str]] = {
    "hangs": (faults.hang, "silent"),
    "stops": (faults.text_then_nothing, "silent"),
    "drips": (faults.drip, "silent"),
    "half a line": (faults.half_a_line, "silent"),
    "cut in a line": (faults.cut_in_a_line, "silent"),
    "a gigabyte": (faults.gigabyte_line, "silent"),
    "nothing": (faults.empty_ok, "silent"),
    "garbage": (faults.garbage_body, "silent"),
    "a page": (faults.page_as_answer, "silent"),
    "no HTTP": (faults.not_http, "silent"),
    "broken UTF-8": (faults.broken_utf8, "silent"),
    "deep nesting": (faults.deep_nesting, "silent"),
    "an error in the middle": (faults.error_midway, "told"),
    "no memory": (faults.memory_midway, "told"),
    "down": (faults.close_at_once, "told"),
    "broken off": (faults.reset_at_once, "told"),
    "a redirect": (faults.redirect, "told"),
    "busy": (faults.status(503), "told"),
    "forbidden": (faults.status(403), "told"),
    "the model gone": (faults.status(404, f"model '{MODEL}' not found"), "told"),
}
"""Each fault, and whether the person is told of it: one garbled answer is nobody's business."""


async def test_whatever_a_generation_does_wrong_the_embedded_completer_answers_until_it_is_cured(place: Place) -> None:
    arguments = ("--set", f"completion.model=ollama/{MODEL}", "--set", "completion.patienceMs=300")
    async with FaultyOllama() as ollama, place.client(*arguments, model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        # The index reads the first documents.
        await ghost_in(client, place, "warm-up")
        for number, (name, (fault, kind)) in enumerate(GENERATION_FAULTS.items()):
            ollama.fault = fault
            for again in range(3):
                assert await ghost_in(client, place, f"{number}-{again}") == FROM_LOOKUP, name
            said = [message["params"]["message"] for message in client.unexpected()]
            assert len(said) <= 1, (name, said)
            if kind == "told":
                await client.expect("window/showMessage")
            else:
                assert said == [], name
            ollama.fault = None
            await until_model_answers(client, place, f"{number}-cured")
        # Whatever came in between, the server has the text that the editor has.
        assert "".join(shown(ollama.requests[-1])) == TEXT + BEFORE + "\n"


async def ghost_in(client: Client, place: Place, name: str) -> str:
    """Return what is offered after `BEFORE` in a document of that name, which nothing is known of yet."""
    editor = Editor(client, place.uri(f"{name}.py"))
    editor.open(f"{TEXT}{BEFORE}█\n")
    ghost = await editor.ghost()
    editor.close()
    return ghost


async def until_model_answers(client: Client, place: Place, name: str) -> None:
    """Wait until the server has found the model again; it looks ever less often, from once a second on."""
    async with asyncio.timeout(DEADLINE_S):
        number = 0
        while await ghost_in(client, place, f"{name}-{number}") != FROM_MODEL:
            number += 1
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("is_named", [True, False], ids=["named", "auto"])
async def test_a_server_that_is_down_is_told_of_only_if_it_was_named(
    place: Place, closed_port: int, is_named: bool
) -> None:
    arguments = ("--set", f"completion.model=ollama/{MODEL}") if is_named else ()
    async with place.client(*arguments) as client:
        await start_session(client, place.workspace)
        for number in range(3):
            assert await ghost_in(client, place, f"{number}") == FROM_LOOKUP
        state = (await client.request(COMMAND, {"command": "tierlsp.doctor"}))["model"]
        assert str(closed_port) in state["detail"]
        if is_named:
            message = (await client.expect("window/showMessage"))["message"]
            assert str(closed_port) in message
            assert "ollama serve" in message
        assert state["state"] == ("down" if is_named else "unconfigured")


@pytest.mark.parametrize("fault", [faults.hang, faults.garbage_body, faults.gigabyte_line, faults.half_a_line])
async def test_a_server_that_cannot_even_list_its_models_is_one_message_at_most(place: Place, fault: Fault) -> None:
    class Broken(FakeOllama):
        async def handle(self, exchange: Exchange) -> None:
            await fault(exchange, OLLAMA)

    async with Broken() as ollama, place.client("--set", "completion.patienceMs=300", model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        for number in range(3):
            assert await ghost_in(client, place, f"{number}") == FROM_LOOKUP
        if fault is not faults.hang:
            message = (await client.expect("window/showMessage"))["message"]
            assert str(ollama.port) in message


async def test_a_model_that_is_missing_is_one_message_that_says_how_to_get_it(place: Place) -> None:
    arguments = ("--set", "completion.model=ollama/codestral:22b")
    ollama = FakeOllama(lambda request: FROM_MODEL)
    async with ollama, place.client(*arguments, model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        assert await ghost_in(client, place, "a") == FROM_LOOKUP
        message = (await client.expect("window/showMessage"))["message"]
        assert "ollama pull codestral:22b" in message
        for number in range(3):
            await ghost_in(client, place, f"{number}")
        assert ollama.requests == []
        # It is pulled while the session runs.
        ollama.models = (FakeModel("codestral:22b", family="llama"),)
        await until_model_answers(client, place, "pulled")


async def test_no_model_that_can_fill_in_the_middle_is_said_without_a_box(place: Place) -> None:
    chat = FakeModel("llama3.2:3b", capabilities=("completion", "tools"), family="llama")
    async with FakeOllama(models=(chat,)) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        assert await ghost_in(client, place, "a") == FROM_LOOKUP
        state = (await client.request(COMMAND, {"command": "tierlsp.doctor"}))["model"]
        assert state["state"] == "unconfigured"
        assert ollama.requests == []
        assert any("local model" in text for text in client.logs)


async def test_a_text_with_unusual_line_breaks_arrives_whole(place: Place) -> None:
    text = "'a\u2028b\x85c\x0bd' + 1"
    async with FakeOllama(lambda request: [text]) as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"))
        editor.open("def area(r):\n    return █\n")
        assert await editor.ghost() == text


async def test_special_characters_of_a_document_reach_the_model_as_they_are(place: Place) -> None:
    odd = "x = '\0 \x1b[31m \ud800 \u202e <|fim_middle|> \"'"
    async with FakeOllama(lambda request: "1") as ollama, place.client(model_url=ollama.url) as client:
        await start_session(client, place.workspace)
        editor = Editor(client, place.uri("a.py"), encoding="utf-16")
        item = {"uri": editor.uri, "languageId": "python", "version": 0, "text": f"{odd}\ny = \n"}
        client.notify("textDocument/didOpen", {"textDocument": item})
        params = {"textDocument": {"uri": editor.uri}, "position": {"line": 1, "character": 4}}
        await client.request("textDocument/inlineCompletion", params)
        (request,) = ollama.requests
        # The model's own word for the middle stands there once, where it belongs.
        assert request["prompt"].count("<|fim_middle|>") == 1
        assert "\x1b[31m" in request["prompt"]
        assert json.dumps(request)
