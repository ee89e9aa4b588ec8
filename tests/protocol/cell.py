"""One run in one editor, from its command to its end: what the editor and the person do, and what they see of it."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from math import isclose
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.protocol.client import DEADLINE_S, Failed, Message
from tests.protocol.every_action import Row
from tests.protocol.failure_classes import Editor, Failure, Meanwhile, Spent
from tests.protocol.room import PRICES, Room, usd_of
from tests.protocol.waiting import until
from tests.servers.chat_faults import FAULTS
from tests.servers.fake_chat import Said

NOTHING = "NOTHING: it is fine"
LONG = "x = 1\n" * 2_600


@dataclass(frozen=True)
class Left:
    """What there is once a run has ended."""

    texts: dict[str, str]
    """Of the open documents, by URI."""
    files: dict[str, str]
    """Of the run's folder, by name."""
    findings: dict[str, list[str]]


@dataclass
class Seen:
    """What a person sees of a run, and what the editor does for them."""

    ends: list[str] = field(default_factory=list)
    questions: list[tuple[str, ...]] = field(default_factory=list)
    """The titles of the answers that could be given."""
    pages: list[str] = field(default_factory=list)
    progress: list[str] = field(default_factory=list)
    edits: int = 0
    findings: dict[str, list[str]] = field(default_factory=dict)
    """By the URI, the messages that are shown."""
    other: list[Message] = field(default_factory=list)


class Cell:
    """One run of `row` that meets `failure`, in `room`."""

    def __init__(self, room: Room, row: Row, failure: Failure) -> None:
        self.room, self.row, self.failure = room, row, failure
        self.seen = Seen()
        self.asked = len(room.provider.questions)
        """Questions that the provider had before."""
        self.counted: Counter[str] = Counter()
        """Answers that the provider has counted, by model."""
        self.texts: dict[str, str] = {}
        """Of the documents that are open, by URI."""
        self.versions: dict[str, int] = {}
        self.may_answer = asyncio.Event()
        self.left = Left({}, {}, {})
        self.identifier = ""
        """Of the run."""

    # ------------------------------------------------------------------ where it is

    @property
    def folder(self) -> str:
        """The folder of the run, below the workspace."""
        return f"r{self.room.runs}"

    @property
    def path(self) -> Path:
        """The same as a path."""
        return self.room.place.workspace / self.folder

    @property
    def uri(self) -> str:
        """Of the document at hand."""
        return self.room.place.uri(f"{self.folder}/{self.failure.folder}{self.row.file}")

    def put(self, text: str) -> str:
        """Return `text` of the row with the run's own folder in it."""
        return text.replace("{folder}", self.folder)

    # ------------------------------------------------------------------ the run

    async def run(self) -> None:
        """Do it all, from the settings to what is left behind; `seen` then holds what there was to see."""
        room, row, failure = self.room, self.row, self.failure
        await room.furnish(**failure.settings)
        self._prepare_provider()
        for name, text in row.beside.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(self.put(text), encoding="utf-8")
        if row.has_document:
            self._open(self.uri, self.put(row.text) + (LONG if failure.is_long else ""))
        self.identifier = (await room.command("tierlsp.run", self._argument()))["runId"]
        meanwhile = asyncio.ensure_future(self._meanwhile())
        try:
            await self._until_the_end()
            await meanwhile
        finally:
            meanwhile.cancel()
        await self._booked()
        await self._leave()

    def _argument(self) -> dict[str, Any]:
        found = dict(self.row.argument) | self.failure.argument
        uris = {"{folder}": self.path.as_uri(), "{workspace}": self.room.place.workspace.as_uri()}
        found["uri"] = uris.get(found.get("uri", ""), self.uri)
        if self.failure.is_long:
            last = (self.row.text + LONG).count("\n")
            found["range"] = {"start": {"line": 0, "character": 0}, "end": {"line": last, "character": 0}}
        return found

    def _prepare_provider(self) -> None:
        provider, failure = self.room.provider, self.failure
        fault = FAULTS[failure.fault] if failure.fault else None
        provider.faults.clear()
        provider.faults.extend([fault] if fault is not None and failure.is_fault_once else [])
        provider.always = None if failure.is_fault_once else fault
        provider.answer = self._answer

    def _answer(self, body: dict[str, Any]) -> Any:
        failure, model = self.failure, body["model"]
        before = self.counted[model]
        self.counted[model] += 1
        answers = (failure.by_large,) if failure.by_large and model == "large" else failure.answers
        name = answers[min(before, len(answers) - 1)]
        text = {"empty": "", "nothing": NOTHING}.get(name)
        text = self.put(getattr(self.row, name)) if text is None else text
        if failure.meanwhile is not Meanwhile.NOTHING:
            return self._slowly(text)
        return Said(text, reason=failure.reason)

    async def _slowly(self, text: str) -> AsyncIterator[str]:
        await self.may_answer.wait()
        yield text

    async def _meanwhile(self) -> None:
        """Do to the document what the person does while the model writes."""
        failure, row = self.failure, self.row
        if failure.meanwhile is Meanwhile.NOTHING:
            return
        await until(lambda: self.room.provider.running == 1)
        if failure.meanwhile is Meanwhile.CLOSES:
            self._close(self.uri)
        elif failure.meanwhile is Meanwhile.TYPES_INSIDE:
            self._type(row.inside, "#")
        else:
            self._type(row.elsewhere, "typed\n")
        # What was sent before a request is seen before it is answered.
        await self.room.command("tierlsp.usage")
        self.may_answer.set()

    # ------------------------------------------------------------------ the documents

    def _open(self, uri: str, text: str) -> None:
        self.texts[uri], self.versions[uri] = text, 1
        item = {"uri": uri, "languageId": self.row.language, "version": 1, "text": text}
        self.room.client.notify("textDocument/didOpen", {"textDocument": item})

    def _close(self, uri: str) -> None:
        del self.texts[uri], self.versions[uri]
        self.room.client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def _type(self, line: int, text: str) -> None:
        """Put `text` in front of a line of the document at hand."""
        at = {"line": line, "character": 0}
        self._change(self.uri, [{"range": {"start": at, "end": at}, "newText": text}])

    def _change(self, uri: str, edits: list[dict[str, Any]]) -> None:
        """Make edits in an open document, and tell the server."""
        self.texts[uri] = edited(self.texts[uri], edits)
        self.versions[uri] += 1
        changes = [{"range": each["range"], "text": each["newText"]} for each in last_first(edits)]
        identifier = {"uri": uri, "version": self.versions[uri]}
        self.room.client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": changes})

    # ------------------------------------------------------------------ what the editor does

    async def _until_the_end(self) -> None:
        """Do what the server asks for until it tells the end of the run."""
        while not self.seen.ends:
            self._take(await self.room.client.next_message())

    def _take(self, message: Message) -> None:
        seen, params = self.seen, message.get("params")
        match message["method"]:
            case "window/workDoneProgress/create":
                self._reply(message, None)
            case "$/progress":
                seen.progress.append(params["value"]["kind"])
            case "window/showMessage":
                seen.ends.append(params["message"])
            case "textDocument/publishDiagnostics":
                seen.findings[params["uri"]] = [each["message"] for each in params["diagnostics"]]
            case "window/showDocument":
                page = Path(unquote(urlsplit(params["uri"]).path))
                seen.pages.append(page.read_text(encoding="utf-8"))
                self._reply(message, {"success": self.failure.editor is not Editor.SHOWS_NO_PAGE})
            case "window/showMessageRequest":
                titles = tuple(each["title"] for each in params["actions"])
                seen.questions.append(titles)
                said = self._said(titles)
                self._reply(message, None if said is None else {"title": said})
            case "workspace/applyEdit":
                self._apply(message, params["edit"])
            case _:
                seen.other.append(message)

    def _said(self, titles: tuple[str, ...]) -> str | None:
        """Return the person's answer to a question."""
        for title, answer in self.failure.answer.items():
            if title in titles:
                return answer
        return next((title for title in ("Apply", self.row.choice) if title in titles), None)

    def _apply(self, message: Message, edit: dict[str, Any]) -> None:
        """Do with an edit what the editor does: all of it or nothing."""
        if self.failure.editor is Editor.ERRS:
            error = {"code": -32603, "message": "no room"}
            self.room.client.send({"jsonrpc": "2.0", "id": message["id"], "error": error})
            return
        is_wanted = "Leave them out" not in self.failure.answer.values() or not edit.get("changeAnnotations")
        if self.failure.editor is Editor.LEAVES_EDITS_OUT or not is_wanted:
            self._reply(message, {"applied": False} | ({"failureReason": "no"} if is_wanted else {}))
            return
        for each in edit["documentChanges"]:
            self._make(each)
        self.seen.edits += 1
        self._reply(message, {"applied": True})

    def _make(self, change: dict[str, Any]) -> None:
        if change.get("kind") == "create":
            path = path_of(change["uri"])
            assert not path.exists(), "a file that is there must not be made again"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("", encoding="utf-8")
            return
        uri, version = change["textDocument"]["uri"], change["textDocument"]["version"]
        if uri in self.texts:
            assert version == self.versions[uri], "an edit is for the version that is there"
            self._change(uri, change["edits"])
            return
        # What is not open the editor opens, changes, and writes.
        assert version is None
        path = path_of(uri)
        path.write_text(edited(path.read_text(encoding="utf-8"), change["edits"]), encoding="utf-8")

    def _reply(self, message: Message, result: Any) -> None:
        self.room.client.send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    # ------------------------------------------------------------------ afterwards

    async def _booked(self) -> None:
        """Return once the ledger has for this run what the provider counted; fail if it never has."""
        models: dict[str, Any] = {}
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not self._is_booked(models):
                    models = (await self.room.command("tierlsp.usage"))["models"]
        except TimeoutError:
            booked = {name: tally for name, tally in models.items() if name.startswith(f"{self.room.name}/")}
            raise Failed(f"booked {booked}, and the provider counted {self.counted} of {self.questions()}") from None

    def questions(self) -> Counter[str]:
        """Return how many questions of this run the provider had, by model."""
        return Counter(body["model"] for body in self.room.provider.questions[self.asked :])

    def _is_booked(self, models: dict[str, Any]) -> bool:
        is_estimate = self.failure.spent is Spent.ESTIMATE
        calls = self.questions() if is_estimate else self.counted
        found = {name: models[f"{self.room.name}/{name}"] for name in PRICES if f"{self.room.name}/{name}" in models}
        if {name: tally["calls"] for name, tally in found.items()} != dict(calls):
            return False
        return all(tally["usd"] > 0 for tally in found.values()) and (
            is_estimate or all(isclose(tally["usd"], calls[name] * usd_of(name)) for name, tally in found.items())
        )

    async def _leave(self) -> None:
        """Close what is open, and take all that still comes of the run."""
        self.left = Left(dict(self.texts), self._files(), dict(self.seen.findings))
        for uri in list(self.texts):
            self._close(uri)
        await self.room.command("tierlsp.usage")
        while self.room.client.unexpected():
            self._take(await self.room.client.next_message())
        if self.failure.is_asked_about == "Allow for this workspace":
            argument = {"root": self.room.place.workspace.as_uri(), "answer": "ask"}
            await self.room.command("tierlsp.consent", argument)
        for path in (self.path, self.room.place.workspace / "tests"):
            shutil.rmtree(path, ignore_errors=True)

    def _files(self) -> dict[str, str]:
        """Return what is on disk of the run, by name: in its folder, and where the project has its tests."""
        places = (self.path, self.room.place.workspace / "tests")
        paths = [path for place in places for path in place.rglob("*") if path.is_file()]
        return {path.name: path.read_text(encoding="utf-8") for path in paths}


def last_first(edits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return edits of one document in the order in which none moves another."""
    return sorted(edits, key=lambda one: (one["range"]["start"]["line"], one["range"]["start"]["character"]))[::-1]


def edited(text: str, edits: list[dict[str, Any]]) -> str:
    """Return `text`, of ASCII alone, after edits of the protocol's."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for each in last_first(edits):
        start, end = (starts[at["line"]] + at["character"] for at in (each["range"]["start"], each["range"]["end"]))
        text = text[:start] + each["newText"] + text[end:]
    return text


def path_of(uri: str) -> Path:
    """Return the path of a file's URI."""
    return Path(unquote(urlsplit(uri).path))
