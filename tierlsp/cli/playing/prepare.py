"""What comes before the first key: start the session, open the file, wait until index and model are ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tierlsp.cli.playing.buffer import Buffer
from tierlsp.cli.playing.material import Material
from tierlsp.clock import Clock
from tierlsp.lsp.notices import plain
from tierlsp.lsp.positions import Encoding
from tierlsp.trace import Outcome

READY_MS = 8_000.0
"""How long the typing waits for the index and the model at most: a small model is loaded from disk in that time."""

SETTLED_MS = 1_000.0
"""An answer within this time says that nothing is being loaded any more."""

POLL_MS = 100.0
"""How often the server is asked whether it is ready."""

ANSWER_MS = 20_000.0
"""How long any one answer may take before the server counts as hung; its own patience is two seconds."""

INVOKED = 1
"""`InlineCompletionTriggerKind`: the person asks."""

Say = Callable[[str], None]


class Peer(Protocol):
    """What is needed of the client here."""

    encoding: Encoding

    async def initialize(self, root: Path) -> None:
        """Begin a session in the workspace `root`."""

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""

    async def request(self, method: str, params: Any, timeout_ms: float) -> Any:
        """Send a request and return its result."""


@dataclass(frozen=True, slots=True)
class Described:
    """What the server says about itself (`tierlsp.doctor`), as far as the demo needs it."""

    model: str = ""
    """`backend/model`, empty if no model serves."""
    detail: str = ""
    """One sentence about the model, or about why there is none."""
    is_loading: bool = False
    """Whether a model is being looked for or loaded."""
    is_reading: bool = False
    """Whether the index is being built."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """How the start went."""

    described: Described
    started_ms: float
    """From the start of the process to the answer to `initialize`."""
    ready_ms: float
    """From the start of the process to the first key."""
    is_ready: bool
    """False if the typing begins although something is still being read or loaded."""


async def prepare(client: Peer, material: Material, clock: Clock, say: Say, since_ms: float) -> Readiness:
    """Begin the session, open `material` and wait until the server is ready, `READY_MS` at most.

    A model is looked for and loaded when the first completion is asked for; so one is asked for, as a person does who
    opens a file and looks at it before typing. Its answer is not counted.

    Raises:
        ServerGone: the server has ended or hangs.
    """
    say("starting the language server")
    await client.initialize(material.root)
    started_ms = clock.now_ms() - since_ms
    client.notify("textDocument/didOpen", {"textDocument": _document(material)})
    deadline_ms = clock.now_ms() + READY_MS
    say(f"reading {material.root.name} into the index of the embedded completer")
    while (await describe(client)).is_reading and clock.now_ms() < deadline_ms:
        await clock.sleep_ms(POLL_MS)
    say("looking for a model")
    while True:
        asked_ms = clock.now_ms()
        await client.request("textDocument/inlineCompletion", _question(client, material), ANSWER_MS)
        described = await describe(client)
        is_settled = clock.now_ms() - asked_ms < SETTLED_MS and not described.is_loading
        if is_settled or clock.now_ms() >= deadline_ms:
            is_ready = is_settled and not described.is_reading
            return Readiness(described, started_ms, clock.now_ms() - since_ms, is_ready)
        say(f"loading {described.model or 'the model'}")
        await clock.sleep_ms(POLL_MS)


async def describe(client: Peer, timeout_ms: float = ANSWER_MS) -> Described:
    """Ask the server about itself.

    Raises:
        ServerGone: the server has ended, or has not answered in time.
        ErrorAnswer: it does not know the question.
    """
    params = {"command": "tierlsp.doctor", "arguments": [{}]}
    return read_description(await client.request("workspace/executeCommand", params, timeout_ms))


def read_description(said: Any) -> Described:
    """Return what `tierlsp.doctor` answered. What it does not say counts as settled."""
    model, index, outcomes = (_part(said, key) for key in ("model", "index", "outcomes"))
    detail = plain(str(model.get("detail") or ""))
    state = model.get("state")
    # "ollama/qwen2.5-coder:1.5b: the only model that can fill in the middle"
    name = detail.partition(": ")[0] if state == "ready" else ""
    # Where the question was not followed up, completion is switched off, and no model is looked for.
    is_loading = state == "loading" and not outcomes.get(Outcome.GATED)
    return Described(name, detail, is_loading, index.get("isReading") is True)


def _part(said: Any, key: str) -> dict[str, Any]:
    part = said.get(key) if isinstance(said, dict) else None
    return part if isinstance(part, dict) else {}


def _document(material: Material) -> dict[str, Any]:
    return {
        "uri": material.path.as_uri(),
        "languageId": material.language,
        "version": 1,
        "text": material.opened,
    }


def _question(client: Peer, material: Material) -> dict[str, Any]:
    return {
        "textDocument": {"uri": material.path.as_uri()},
        "position": Buffer(len(material.above)).position(client.encoding),
        "context": {"triggerKind": INVOKED},
    }
