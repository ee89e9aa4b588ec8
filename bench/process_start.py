"""Start-up and memory of the server beside a minimal pygls server, in the same run and interleaved."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from bench.stdio import INITIALIZE, StdioServer, inline_params, resident_kb

TIERLSP = (sys.executable, "-m", "tierlsp", "--stdio")
"""As editors start it."""

PYGLS = (sys.executable, "-m", "bench.minimal_pygls")

BARE = (sys.executable, "-m", "bench.bare", "--model")

CLIENTS = Path(__file__).parent.parent / "tests" / "protocol" / "clients"
"""What real editors send as `initialize`, recorded."""

SETTLED_S = 5.0
"""When memory is looked at, after `initialize`."""

TEXT = "def area(radius):\n    total = compute_area(radius, 3.14159)\n    return total\n\n\ndef more(radius):\n"

LINE = "    total = compute_area(radius,"
"""Begins as a line above does: the embedded completer knows how it goes on."""


def initialize_of(name: str) -> dict[str, Any]:
    """Return the `initialize` parameters of a recorded client; `bare` is the smallest."""
    if name == "bare":
        return INITIALIZE
    (file,) = CLIENTS.glob(f"{name}-*.json") if name != "vscode" else CLIENTS.glob("vscode-initialize.json")
    recorded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    params: dict[str, Any] = recorded.get("params", recorded)
    # The editor's process and folders are not on this machine.
    return params | {"processId": None, "rootUri": None, "rootPath": None, "workspaceFolders": None}


def start_once(command: tuple[str, ...], ollama: str | None, params: dict[str, Any]) -> tuple[float, float]:
    """Return milliseconds from spawn to the answer to `initialize` and to the first completion with text."""
    server = StdioServer(command, {"OLLAMA_HOST": ollama} if ollama else None)
    try:
        initialize_ms = server.initialize(params)
        server.open(TEXT + LINE)
        position = inline_params(6, len(LINE))
        while not server.request("textDocument/inlineCompletion", position)["items"]:
            # Nothing is known yet: the index is being built, or the model looked for. An editor asks at the next key.
            time.sleep(0.005)
        return initialize_ms, (time.perf_counter() - server.spawned_s) * 1e3
    finally:
        server.__exit__(None, None, None)


def measure_start(ollama: str, rounds: int) -> dict[str, Any]:
    """Return medians of start-up, and their ratios to minimal pygls."""
    variants = {"pygls": (PYGLS, None), "model": (TIERLSP, ollama), "noModel": (TIERLSP, None)}
    params = initialize_of("vscode")
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, (command, address) in variants.items():
            measured = start_once(command, address, params)
            # The first round reads the files from the disk.
            if number:
                times[name].append(measured)
    medians = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in times.items()}
    initialize_ms = statistics.median([row[0] for name in ("model", "noModel") for row in times[name]])
    pygls_initialize_ms, pygls_first_ms = medians["pygls"]
    return {
        "pyglsInitializeMs": round(pygls_initialize_ms, 1),
        "initializeMs": round(initialize_ms, 1),
        "initializeRatio": round(initialize_ms / pygls_initialize_ms, 3),
        "pyglsFirstCompletionMs": round(pygls_first_ms, 1),
        "firstCompletionMs": round(medians["model"][1], 1),
        "firstCompletionRatio": round(medians["model"][1] / pygls_first_ms, 3),
        "firstCompletionWithoutModelMs": round(medians["noModel"][1], 1),
        "firstCompletionWithoutModelRatio": round(medians["noModel"][1] / pygls_first_ms, 3),
    }


def measure_memory(ollama: str, rounds: int) -> dict[str, Any]:
    """Return the resident memory of an idle server, by what client it serves."""
    rows: dict[str, Any] = {}
    for client in ("bare", "vscode", "nvim", "helix"):
        sizes = {"pygls": 0.0, "tierlsp": 0.0}
        for name, command in (("pygls", PYGLS), ("tierlsp", TIERLSP)):
            sizes[name] = statistics.median([idle_kb(command, ollama, initialize_of(client)) for _ in range(rounds)])
        rows[client] = {**sizes, "ratio": round(sizes["tierlsp"] / sizes["pygls"], 3)}
    return rows


def idle_kb(command: tuple[str, ...], ollama: str, params: dict[str, Any]) -> int:
    """Return the resident kB of a server `SETTLED_S` after `initialize`."""
    server = StdioServer(command, {"OLLAMA_HOST": ollama})
    try:
        server.initialize(params)
        server.linger(SETTLED_S)
        return resident_kb(server.pid)
    finally:
        server.__exit__(None, None, None)
