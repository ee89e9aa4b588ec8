"""Messages as editors send them, and what can become of them on the way."""

from __future__ import annotations

import copy
import json
import math
import random
from typing import Any

NO_ID = object()
"""What is due for a body that cannot be told apart: an error whose id is null."""

ODD: list[Any] = [
    *[None, True, False, 0, -1, 1, 7, 99, 0.5, 1.0, 2**31, -(2**53), 10**30],
    *["", "1", "x", "\ud800", "\0", "2.0", "file:///etc/hostname", "é" * 300, "tierlsp.resume"],
    *[[], {}, [[]], [None], {"uri": 5}, {"line": -1}, {"jsonrpc": "2.0"}, {"id": 3, "method": "nosuch"}],
]
"""What may stand where something else belongs. No `exit` and no `shutdown`: they end the run, and have other tests."""

METHODS = [
    *["textDocument/inlineCompletion", "textDocument/completion", "textDocument/didOpen", "textDocument/didChange"],
    *["textDocument/didClose", "textDocument/didSave", "textDocument/hover", "workspace/executeCommand"],
    *["workspace/didChangeConfiguration", "workspace/didChangeWorkspaceFolders", "workspace/configuration"],
    *["initialize", "initialized", "$/cancelRequest", "$/setTrace", "$/nosuch", "nosuch", "", "window/showMessage"],
]

WORDS = ["return", "area", "x", "(", ")", " ", " ", "\n", "\r\n", "    ", "é", "😀", "\u2028", "'", "1"]


class Grammar:
    """Makes messages. The same seed makes the same messages."""

    def __init__(self, rng: random.Random, uris: list[str], folder: str) -> None:
        self._rng = rng
        self._uris = uris
        self._folder = folder
        self._versions = dict.fromkeys(uris, 0)
        self._last_id = 0

    def message(self) -> dict[str, Any]:
        """Return a right message."""
        kinds = {
            self._inline: 30,
            self._change: 30,
            self._completion: 6,
            self._open: 5,
            self._cancel: 12,
            self._command: 6,
            self._close: 2,
            self._notice: 5,
            self._unknown: 3,
            self._response: 2,
        }
        (kind,) = self._rng.choices(list(kinds), list(kinds.values()))
        return {"jsonrpc": "2.0"} | kind()

    def body(self, mutated_share: float) -> bytes:
        """Return a message's body, mutated more or less in so many of them."""
        message = self.message()
        if self._rng.random() >= mutated_share:
            return json.dumps(message).encode()
        for _ in range(self._rng.choice([1, 1, 1, 2, 4])):
            message = self._mutated(message)
        body = json.dumps(message, ensure_ascii=self._rng.random() < 0.5).encode("utf-8", "surrogatepass")
        return self._mangled(body) if self._rng.random() < 0.15 else body

    # ------------------------------------------------------------------ right messages

    def _request(self, method: str, params: Any) -> dict[str, Any]:
        self._last_id += 1
        id_ = self._last_id if self._rng.random() < 0.8 else f"s{self._last_id}"
        return {"id": id_, "method": method, "params": params}

    def _position(self) -> dict[str, int]:
        return {"line": self._rng.choice([0, 0, 1, 1, 2, 3, 9]), "character": self._rng.choice([0, 1, 4, 8, 11, 30])}

    def _inline(self) -> dict[str, Any]:
        context: dict[str, Any] = {"triggerKind": self._rng.choice([1, 2, 2, 2])}
        if self._rng.random() < 0.1:
            span = {"start": self._position(), "end": self._position()}
            context["selectedCompletionInfo"] = {"range": span, "text": self._text(3)}
        document = {"uri": self._rng.choice(self._uris)}
        params = {"textDocument": document, "position": self._position(), "context": context}
        return self._request("textDocument/inlineCompletion", params)

    def _completion(self) -> dict[str, Any]:
        document = {"uri": self._rng.choice(self._uris)}
        params = {"textDocument": document, "position": self._position(), "context": {"triggerKind": 1}}
        return self._request("textDocument/completion", params)

    def _command(self) -> dict[str, Any]:
        names = ["tierlsp.doctor", "tierlsp.accepted", "tierlsp.pause", *["tierlsp.resume"] * 4, "tierlsp.nosuch"]
        params = {"command": self._rng.choice(names), "arguments": [{"uri": self._rng.choice(self._uris)}]}
        return self._request("workspace/executeCommand", params)

    def _unknown(self) -> dict[str, Any]:
        return self._request(self._rng.choice(METHODS[-6:]), self._rng.choice(ODD))

    def _open(self) -> dict[str, Any]:
        uri = self._rng.choice(self._uris)
        version = self._versions[uri] = self._rng.randint(0, 5)
        text = "def area(r):\n    return \n" + self._text(self._rng.choice([0, 30, 3_000]))
        item = {"uri": uri, "languageId": "python", "version": version, "text": text}
        return {"method": "textDocument/didOpen", "params": {"textDocument": item}}

    def _change(self) -> dict[str, Any]:
        uri = self._rng.choice(self._uris)
        self._versions[uri] += self._rng.choice([1, 1, 1, 1, 0, 2])
        changes: list[dict[str, Any]] = []
        for _ in range(self._rng.choice([1, 1, 1, 2, 0])):
            start = self._position()
            end = start if self._rng.random() < 0.7 else self._position()
            changes.append({"range": {"start": start, "end": end}, "text": self._text(2)})
        if self._rng.random() < 0.1:
            changes.append({"text": "def area(r):\n    return " + self._text(10)})
        identifier = {"uri": uri, "version": self._versions[uri]}
        return {
            "method": "textDocument/didChange",
            "params": {"textDocument": identifier, "contentChanges": changes},
        }

    def _close(self) -> dict[str, Any]:
        return {"method": "textDocument/didClose", "params": {"textDocument": {"uri": self._rng.choice(self._uris)}}}

    def _cancel(self) -> dict[str, Any]:
        id_ = max(0, self._last_id - self._rng.choice([0, 0, 0, 1, 2, 50]))
        return {"method": "$/cancelRequest", "params": {"id": self._rng.choice([id_, id_, id_, f"s{id_}"])}}

    def _notice(self) -> dict[str, Any]:
        folder = {"uri": self._folder, "name": "x"}
        method, params = self._rng.choice(
            [
                ("workspace/didChangeConfiguration", {"settings": {}}),
                ("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}}),
                ("initialized", {}),
                ("textDocument/didSave", {"textDocument": {"uri": self._uris[0]}}),
                ("$/setTrace", {"value": "off"}),
                ("nosuch", None),
            ]
        )
        return {"method": method, "params": params}

    def _response(self) -> dict[str, Any]:
        return {"id": self._rng.choice([0, "nosuch", 7]), "result": self._rng.choice(ODD)}

    def _text(self, words: int) -> str:
        return "".join(self._rng.choice(WORDS) for _ in range(words))

    # ------------------------------------------------------------------ wrong ones

    def _mutated(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return `message` with one thing in it changed, near the root or deep inside."""
        message = copy.deepcopy(message)
        node: Any = message
        while isinstance(node, dict | list) and node:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = self._rng.choice(keys)
            if isinstance(node[key], dict | list) and node[key] and self._rng.random() < 0.8:
                node = node[key]
                continue
            self._change_at(node, key)
            break
        return message

    def _change_at(self, node: Any, key: Any) -> None:
        match self._rng.randrange(6):
            case 0:
                del node[key]
            case 1 if isinstance(node, dict):
                node[self._rng.choice(["jsonrpc", "id", "method", "result", "error", "x"])] = self._odd()
            case 2 if key == "method":
                node[key] = self._rng.choice(METHODS)
            case 3 if self._rng.random() < 0.2:
                for _ in range(self._rng.choice([1, 2, 30])):
                    node[key] = [node[key]]
            case _:
                node[key] = self._odd()

    def _odd(self) -> Any:
        return copy.deepcopy(self._rng.choice(ODD))

    def _mangled(self, body: bytes) -> bytes:
        """Return `body` with bytes lost, doubled, or turned into others."""
        at = self._rng.randrange(len(body))
        match self._rng.randrange(6):
            case 0:
                return body[:at]
            case 4:
                # Far from what a parser's stack can hold, or well within it.
                depth = self._rng.choice([200, 100_000])
                nest = b'"params": {"deep": %b%b, ' % (b"[" * depth, b"]" * depth)
                return body.replace(b'"params": {', nest, 1)
            case 1:
                return body[:at] + body[at + self._rng.randint(1, 9) :]
            case 2:
                return body[:at] + self._rng.randbytes(3) + body[at:]
            case 3:
                return body[:at] + b"NaN" + body[at + 1 :]
            case _:
                return body + body

    # ------------------------------------------------------------------ frames

    def damaged(self, body: bytes) -> bytes:
        """Return a frame for `body` from which it may or may not be possible to read it."""
        length = len(body) + self._rng.choice([-1000, -5, -1, 1, 5, 20, 1000, 10**8, 10**12])
        header = self._rng.choice(
            [
                b"Content-Length: %d\r\n\r\n" % length,
                b"Content-Length: %d\r\n\r\n" % length,
                b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
                b"Content-Length:\r\n\r\n",
                b"",
                b"\r\n\r\n",
                b"Content-Type: x\r\n" * 50,
            ]
        )
        return header + body

    def junk(self) -> bytes:
        """Return bytes that belong to no message, such as a stray `print`."""
        return self._rng.choice(
            [b"\n", b"loading ...\r\n", b"{}\r\n\r\n", b"\0" * 99, self._rng.randbytes(40), b"x" * 9_000]
        )


def due_for(body: bytes) -> Any:
    """Return what JSON-RPC owes for `body`: an id, `NO_ID` for an error without one, or `None` for nothing.

    Shares no code with the server.
    """
    try:
        message = json.loads(body.decode("utf-8"), parse_constant=_no_json)
    except (ValueError, RecursionError):
        return NO_ID
    if not isinstance(message, dict):
        return NO_ID
    if isinstance(message.get("method"), str):
        return _id_or_none(message["id"]) if "id" in message else None
    if "id" in message and ("result" in message or "error" in message):
        return None
    return _id_or_none(message.get("id"))


def _id_or_none(id_: Any) -> Any:
    is_number = isinstance(id_, int | float) and not isinstance(id_, bool) and math.isfinite(id_)
    return id_ if is_number or isinstance(id_, str) else NO_ID


def _no_json(name: str) -> Any:
    raise ValueError(name)
