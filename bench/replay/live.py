"""The simulated Ollama behind a real socket, and the real server as a policy, both in real time."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from typing import Any

from bench.replay.backend import SimulatedOllama
from bench.replay.buffer import Change
from bench.replay.policy import Maker, Offer, Place, Policy, World
from tests.servers.dialects import OLLAMA
from tests.servers.fake_ollama import FakeModel, FakeOllama
from tests.servers.loopback import Exchange
from tierlsp.backends.base import FimRequest
from tierlsp.backends.families import Order, family_of
from tierlsp.lsp.wire import Framer, frame

READ_BYTES = 262_144


class LiveOllama(FakeOllama):
    """Ollama's wire format in front of the replay's machine and oracle."""

    def __init__(self, backend: SimulatedOllama) -> None:
        name = backend.machine.kind.model
        super().__init__(models=(FakeModel(name, vram_share=1.0),))
        self._backend = backend

    async def _stream(self, exchange: Exchange, request: dict[str, Any]) -> None:
        options = request["options"]
        prompt: str = request["prompt"]
        prefix = prefix_of(prompt, request["model"])
        stop = tuple(options.get("stop", ()))
        asked = FimRequest(request["model"], prefix, "", prompt, stop, options["num_predict"])
        chunks = self._backend.fim(asked)
        try:
            await exchange.start_chunked()
            while (chunk := await exchange.unless_gone(anext(chunks))).usage is None:
                await exchange.chunk(OLLAMA.piece(chunk.text))
            await exchange.chunk(OLLAMA.last())
            await exchange.end_chunked()
        finally:
            await chunks.aclose()


def prefix_of(prompt: str, model: str) -> str:
    """Return the text left of the cursor from a raw prompt, whatever its layout."""
    family = family_of(model)
    assert family is not None, "the replay knows the models it uses"
    if family.order is Order.SUFFIX_FIRST:
        return prompt.partition(family.prefix_token)[2]
    head, _, tail = prompt.removeprefix(family.prefix_token).partition(family.suffix_token)
    return head + tail.partition(family.middle_token)[2]


class OverStdio:
    """The real server as a child, asked over its pipes."""

    ask_after_ms: float | None = None

    def __init__(self, world: World) -> None:
        self._world = world
        self._ollama = LiveOllama(world.backend)
        self._framer = Framer()
        self._ids = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._home = tempfile.TemporaryDirectory(prefix="tierlsp-replay-")
        self._child: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._started = asyncio.get_running_loop().create_task(self._start())
        self._asking: set[asyncio.Task[Offer]] = set()
        self.reply_ms: list[float] = []
        """From each request sent to its answer read."""

    def changed(self, change: Change) -> None:
        span = {"start": _position(change.start), "end": _position(change.end)}
        identifier = {"uri": self._world.buffer.uri, "version": self._world.buffer.version}
        content = {"textDocument": identifier, "contentChanges": [{"range": span, "text": change.text}]}
        self._notify("textDocument/didChange", content)

    def accepted(self, text: str) -> None:
        """Tell the server, as an editor does that runs an item's command."""
        arguments = [{"uri": self._world.buffer.uri}]
        self._request("workspace/executeCommand", {"command": "tierlsp.accepted", "arguments": arguments})

    def ask(self, place: Place) -> asyncio.Future[Offer]:
        task = asyncio.get_running_loop().create_task(self._ask(place))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return task

    async def aclose(self) -> None:
        assert self._child is not None and self._reader is not None, "it was started"
        self._child.kill()
        await self._child.wait()
        self._reader.cancel()
        await asyncio.gather(self._reader, *self._asking, return_exceptions=True)
        await self._ollama.stop()
        self._home.cleanup()

    async def _start(self) -> None:
        await self._ollama.start()
        home = self._home.name
        self._child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tierlsp", "--stdio"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={
                "HOME": home,
                "XDG_CONFIG_HOME": home,
                "XDG_STATE_HOME": home,
                "PATH": "",
                "OLLAMA_HOST": self._ollama.url.removeprefix("http://"),
            },
        )
        self._reader = asyncio.get_running_loop().create_task(self._read())
        inline = {"textDocument": {"inlineCompletion": {"dynamicRegistration": False}}}
        refresh = {"experimental": {"tierlsp": {"refresh": self._world.can_refresh}}}
        general = {"general": {"positionEncodings": ["utf-32"]}}
        await self._request(
            "initialize", {"processId": None, "rootUri": None, "capabilities": general | inline | refresh}
        )
        self._notify("initialized", {})
        buffer = self._world.buffer
        text = "\n".join(buffer.lines)
        item = {"uri": buffer.uri, "languageId": buffer.language, "version": buffer.version, "text": text}
        self._notify("textDocument/didOpen", {"textDocument": item})

    async def _ask(self, place: Place) -> Offer:
        await self._started
        buffer = self._world.buffer
        column = len(buffer.lines[place.line])
        started_s = asyncio.get_running_loop().time()
        answer = self._request(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": buffer.uri},
                "position": {"line": place.line, "character": column},
                "context": {"triggerKind": 2},
            },
        )
        id_ = self._ids
        try:
            result = await answer
        except asyncio.CancelledError:
            self._notify("$/cancelRequest", {"id": id_})
            raise
        self.reply_ms.append((asyncio.get_running_loop().time() - started_s) * 1000.0)
        items = result["items"]
        return Offer(items[0]["insertText"][column:]) if items else Offer()

    async def _read(self) -> None:
        assert self._child is not None and self._child.stdout is not None, "it has a pipe"
        while data := await self._child.stdout.read(READ_BYTES):
            self._framer.feed(data)
            for body in self._framer.bodies():
                self._take(json.loads(body))

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("method") == "tierlsp/inlineCompletion/refresh":
            if message["params"]["version"] == self._world.buffer.version:
                self._world.refresh()
        elif "method" in message and "id" in message:
            items = message.get("params", {}).get("items")
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": items and [None] * len(items)})
        elif "id" in message and "method" not in message:
            answer = self._answers.pop(message["id"], None)
            if answer is not None and not answer.done():
                answer.set_result(message.get("result"))

    def _request(self, method: str, params: Any) -> asyncio.Future[Any]:
        self._ids += 1
        answer = self._answers[self._ids] = asyncio.get_running_loop().create_future()
        self._send({"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params})
        return answer

    def _notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._child is not None and self._child.stdin is not None, "it was started"
        self._child.stdin.write(frame(message))


def _position(place: tuple[int, int]) -> dict[str, int]:
    return {"line": place[0], "character": place[1]}


def over_stdio() -> Maker:
    """Return the real server as a policy."""

    def make(world: World) -> Policy:
        return OverStdio(world)

    return make
